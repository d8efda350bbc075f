"""The webhook endpoints of this shop at Stripe: registered, rolled and taken away through the API.

Stripe shows an endpoint's secret once and has no call that makes a new one. So a secret is rolled
by a second endpoint at the same address: both deliver until the older is deleted, the inbox drops
what comes twice, and nothing is lost in between.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from paydesk.foundation.errors import Refused, Unavailable
from paydesk.foundation.ids import new_id
from paydesk.payments.gateway import Answer
from paydesk.payments.gateway.administration import API_VERSION, Administration
from paydesk.payments.marks import ENDPOINT_KEY
from paydesk.payments.reading import EVENT_TYPES
from paydesk.settings import Mode, Settings

EVERYTHING = "*"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Enough to tell two secrets apart, of no use for anything else.
_FINGERPRINT_LENGTH = 12


class Registered(StrEnum):
    """What `register` found to do."""

    CREATED = "created"
    MENDED = "mended"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Endpoint:
    """One of Stripe's webhook endpoints; `secret` is known only when it was just made."""

    id: str
    url: str
    is_enabled: bool
    api_version: str | None
    events: tuple[str, ...]
    created: int
    fingerprint: str | None
    secret: str | None = None

    @property
    def missing(self) -> list[str]:
        """The events we read and it does not send."""
        return [] if EVERYTHING in self.events else sorted(EVENT_TYPES - set(self.events))

    @property
    def speaks_our_version(self) -> bool:
        return self.api_version == API_VERSION

    def is_of(self, secrets: tuple[str, ...]) -> bool | None:
        """Whether one of `secrets` is its own; None if nobody noted which it has."""
        if self.fingerprint is None:
            return None
        return any(fingerprint(each) == self.fingerprint for each in secrets)

    def __repr__(self) -> str:
        # Its secret must not get into a log.
        return f"Endpoint({self.id!r}, {self.url!r})"


def fingerprint(secret: str) -> str:
    """Names a secret without giving it away: it is 190 random bits, and this is 48 of its hash."""
    return hashlib.sha256(secret.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def address(settings: Settings) -> str:
    """Where Stripe is to send its events."""
    return f"{settings.pages_url}/webhook"


class Endpoints:
    """Registers this shop's address at Stripe, with exactly the events that are read."""

    def __init__(self, calls: Administration, settings: Settings) -> None:
        self._calls = calls
        self._settings = settings
        self.url = address(settings)

    def all(self) -> list[Endpoint]:
        """Those of the whole account, newest first. Raises StripeUnreachable or StripeRefused."""
        return [_read(each) for each in self._calls.list_endpoints()]

    def here(self) -> list[Endpoint]:
        """Those at this shop's address, newest first."""
        return [each for each in self.all() if each.url == self.url]

    def register(self) -> tuple[Registered, Endpoint]:
        """Make an endpoint here, or mend the one that is.

        Raises Refused where Stripe could not call, or where the endpoint is of another API
        version, which never changes.
        """
        self._must_be_reachable()
        known = self.here()
        if not known:
            return Registered.CREATED, self._create()
        newest = known[0]
        if not newest.speaks_our_version:
            raise Refused(
                f"{newest.id} sends events in API version {newest.api_version or 'of the account'};"
                f" {API_VERSION} is read here, and an endpoint keeps its version. Replace it with: "
                "paydesk webhooks roll-secret"
            )
        if newest.is_enabled and set(newest.events) == EVENT_TYPES:
            return Registered.UNCHANGED, newest
        mended = self._calls.update_endpoint(
            newest.id, enabled_events=sorted(EVENT_TYPES), disabled=False
        )
        return Registered.MENDED, _read(mended)

    def roll(self) -> Endpoint:
        """A second endpoint here, with a secret of its own; the older goes on delivering.

        Raises Refused if there is none to roll, or two already.
        """
        self._must_be_reachable()
        known = self.here()
        if not known:
            raise Refused("There is no endpoint here yet. Make one with: paydesk webhooks register")
        if len(known) > 1:
            raise Refused(
                f"There are {len(known)} endpoints at {self.url}: a secret is being rolled. Once "
                "the shop runs with the new one: paydesk webhooks roll-secret --finish"
            )
        return self._create()

    def finish_roll(self) -> list[Endpoint]:
        """Delete all here but the newest, whose secret must be in use. The deleted ones.

        Raises Refused while this shop's settings do not hold the newest one's secret.
        """
        known = self.here()
        if len(known) < 2:
            return []
        newest, *older = known
        if newest.is_of(self._settings.webhook_secrets) is False:
            raise Refused(
                f"STRIPE_WEBHOOK_SECRET does not hold the secret of {newest.id}, the newest "
                "endpoint here. Put it in and start the shop anew first: what the older one "
                "delivers is all that is understood now."
            )
        for each in older:
            self.delete(each.id)
        return older

    def delete(self, endpoint_id: str) -> None:
        self._calls.delete_endpoint(endpoint_id)

    def _create(self) -> Endpoint:
        answer = self._calls.create_endpoint(
            self.url, sorted(EVENT_TYPES), {ENDPOINT_KEY: "1"}, idempotency_key=new_id("whk")
        )
        secret = str(answer["secret"])
        # Noted at Stripe, so that the doctor of any machine can tell whether a secret fits.
        noted = answer
        # Without the note one only knows less; without the secret the endpoint would be useless.
        with suppress(Unavailable, Refused):
            noted = self._calls.update_endpoint(
                str(answer["id"]), metadata={ENDPOINT_KEY: fingerprint(secret)}
            )
        return _read({**noted, "secret": secret})

    def _must_be_reachable(self) -> None:
        parts = urlsplit(self.url)
        if self._settings.mode is Mode.EMULATOR:
            return
        if parts.hostname in _LOOPBACK:
            raise Refused(
                f"Stripe cannot call {self.url}. Set PAYDESK_BASE_URL to the shop's public "
                "address, or let Stripe's CLI forward events: paydesk stripe listen "
                f"--forward-to {self.url}"
            )
        if parts.scheme != "https" and self._settings.livemode:
            raise Refused("Live events go to https addresses only: set PAYDESK_BASE_URL.")


def _read(answer: Answer) -> Endpoint:
    noted = (answer.get("metadata") or {}).get(ENDPOINT_KEY)
    return Endpoint(
        id=str(answer["id"]),
        url=str(answer["url"]),
        is_enabled=answer.get("status") == "enabled",
        api_version=answer.get("api_version"),
        events=tuple(answer.get("enabled_events") or ()),
        created=int(answer.get("created") or 0),
        fingerprint=noted if noted and len(noted) == _FINGERPRINT_LENGTH else None,
        secret=answer.get("secret"),
    )
