"""A running emulator, steered over HTTP: what the command and the pytest plugin speak through."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

# A journey through time waits for the webhooks on the way.
_PATIENCE_SECONDS = 600.0


class Unreachable(Exception):
    """Nothing answers at the address, or not what an emulator would."""


class Refused(Exception):
    """The emulator says no; the message says why."""


class Remote:
    """The control calls of the emulator at `url`. All raise Unreachable or Refused."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def health(self) -> dict[str, Any]:
        return self.ask("GET", "/health")

    def reset(self) -> None:
        """Forget everything; it is now again, and nothing goes wrong any more."""
        self.ask("POST", "/_emulator/reset", {})

    def clock(self) -> dict[str, Any]:
        """What time it is there, and what will happen next."""
        return self.ask("GET", "/_emulator/clock")

    def travel(self, seconds: float | None = None, to: str | float | None = None) -> dict[str, Any]:
        """Let time run so far, or to a time (seconds UTC or ISO 8601): what is due happens."""
        far = {"seconds": seconds} if to is None else {"to": to}
        return self.ask("POST", "/_emulator/travel", far)

    def wait(self, timeout_seconds: float = 10.0) -> bool:
        """Until everything due has been done and every due webhook answered; False: not in time."""
        said = self.ask("POST", "/_emulator/wait", {"timeout_seconds": timeout_seconds})
        return bool(said["quiet"])

    def snapshots(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/_emulator/snapshots")["data"]
        return found

    def snapshot(self, name: str) -> dict[str, Any]:
        """Keep everything under a name."""
        return self.ask("POST", "/_emulator/snapshots", {"name": name})

    def restore(self, name: str) -> dict[str, Any]:
        """Everything is as it was when the snapshot was taken, the clock too."""
        return self.ask("POST", f"/_emulator/snapshots/{segment(name)}/restore", {})

    def delete_snapshot(self, name: str) -> None:
        self.ask("DELETE", f"/_emulator/snapshots/{segment(name)}", {})

    def seed(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """Make the calls in their order; what the named ones answered, by name."""
        return self.ask("POST", "/_emulator/seed", calls)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Any control call; the JSON object that is answered."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310 - the address is the caller's own
            self.url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with _opener.open(asked, timeout=_PATIENCE_SECONDS) as answer:
                return _object(answer.read(), self.url)
        except urllib.error.HTTPError as error:
            with error:
                said = _object(error.read(), self.url)
            raise Refused(str(said.get("error", {}).get("message", said))) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(f"nothing answers at {self.url}: {reason}") from None


def segment(text: str) -> str:
    """A name as a part of a path."""
    return quote(text, safe="")


# Never through a proxy of the environment's: the emulator is on this machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _object(body: bytes, url: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise Unreachable(f"what answers at {url} is no Stripe emulator") from None
    if not isinstance(found, dict):
        raise Unreachable(f"what answers at {url} is no Stripe emulator")
    return found
