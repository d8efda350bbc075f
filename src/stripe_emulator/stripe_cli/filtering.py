"""What `stripe logs tail --filter-…` leaves out."""

from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.store import Thing


@dataclass(frozen=True)
class Filters:
    """The CLI's filters by their names; each is a list of values, of which one must fit."""

    by_name: dict[str, list[str]] = field(default_factory=dict)

    def pass_on(self, request: Thing) -> bool:
        facts = _facts(request)
        return all(
            name not in facts or facts[name].lower() in (each.lower() for each in wanted)
            for name, wanted in self.by_name.items()
        )


def read(given: Any) -> Filters | None:
    """The filters as the CLI sends them; None if they cannot be read."""
    if not isinstance(given, dict):
        return None
    found = {}
    for name, values in given.items():
        if isinstance(values, str):
            values = [values]
        if not isinstance(values, list):
            return None
        found[name] = [str(each) for each in values]
    return Filters(found)


def _facts(request: Thing) -> dict[str, str]:
    status = int(request["status"])
    return {
        "filter_http_method": str(request["method"]),
        "filter_ip_address": "127.0.0.1",
        "filter_request_path": str(request["url"]).partition("?")[0],
        "filter_request_status": "SUCCEEDED" if status < 400 else "FAILED",
        "filter_source": "API",
        "filter_account": "self",
        "filter_status_code": str(status),
        "filter_status_code_type": f"{status // 100}XX",
    }
