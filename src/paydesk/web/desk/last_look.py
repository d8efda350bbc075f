"""Whether the doctor found a failure when last looked at: the dot beside its place in the frame."""

import time
from dataclasses import dataclass

from flask import current_app

from paydesk.doctor.diagnosis import Diagnosis, Grade
from paydesk.doctor.examination import GROUPS
from paydesk.web.current import current_mount, current_shop

# What the database and the settings say costs a few queries; Stripe is asked on the page alone.
_GOOD_FOR_SECONDS = 300.0


@dataclass(frozen=True)
class _Look:
    at: float
    problems: tuple[Diagnosis, ...]


def failures() -> int:
    """How many checks fail, of those that ask nobody else, as of some minutes ago at most."""
    return sum(each.grade is Grade.FAILURE for each in problems())


def problems() -> tuple[Diagnosis, ...]:
    """What those checks warn of or see failing."""
    found = _looks().get(current_mount().name)
    if found is None or time.monotonic() - found.at > _GOOD_FOR_SECONDS:
        shop = current_shop()
        remember([each for group in GROUPS if not group.asks_others for each in group.look(shop)])
    return _looks()[current_mount().name].problems


def remember(diagnoses: list[Diagnosis]) -> None:
    found = tuple(each for each in diagnoses if each.grade is not Grade.OK)
    _looks()[current_mount().name] = _Look(time.monotonic(), found)


def _looks() -> dict[str, _Look]:
    looks: dict[str, _Look] = current_app.extensions.setdefault("paydesk_doctor", {})
    return looks
