"""An emulator in somebody's tests: what the `stripe_emulator` fixture of the pytest plugin is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stripe_emulator.remote import Remote, segment

if TYPE_CHECKING:
    import stripe

API_KEY = "sk_test_of_the_stripe_emulator"


class StripeEmulator:
    """The emulator at `url`, in this process or in another: all goes over HTTP.

    Every method raises `stripe_emulator.remote.Refused`, with the reason, for what makes no sense.
    """

    api_key = API_KEY

    def __init__(self, url: str) -> None:
        self.url = url
        # Every control call there is, for what has no method here.
        self.remote = Remote(url)
        self._http: list[stripe.HTTPClient] = []

    def client(self, **options: Any) -> "stripe.StripeClient":
        """Stripe's own client, pointed at the emulator; it is closed after the test."""
        import stripe  # only those who ask for a client need the library

        http = stripe.RequestsClient()
        self._http.append(http)
        addresses: Any = {"api": self.url, "files": self.url}
        return stripe.StripeClient(
            self.api_key, base_addresses=addresses, http_client=http, **options
        )

    def reset(self) -> None:
        """Forget every object; it is now again, and nothing goes wrong any more."""
        self.remote.reset()

    @property
    def now(self) -> datetime:
        """What time it is for the emulator, in UTC."""
        return datetime.fromtimestamp(self.remote.clock()["now"], UTC)

    def travel(self, to: datetime | None = None, **span: float) -> datetime:
        """Let time run: `travel(days=31)`, or to a time with a time zone.

        What is due on the way happens at its own time, webhooks included: when it returns they
        have been answered. The time it is then.
        """
        if to is not None:
            self.remote.travel(to=to.timestamp())
        else:
            self.remote.travel(timedelta(**span).total_seconds())
        return self.now

    def deliver_to(
        self, url: str, secret: str | None = None, events: Sequence[str] = ("*",)
    ) -> str:
        """Have webhooks sent there from now on; the secret they are signed with."""
        asked = {"url": url, "secret": secret, "events": list(events)}
        return str(self.remote.ask("POST", "/_emulator/endpoints", asked)["secret"])

    def wait_for_deliveries(self, timeout_seconds: float = 10.0) -> bool:
        """Until every webhook that is due has been answered; False if that takes too long."""
        return self.remote.wait(timeout_seconds)

    def pay(self, session_id: str, card: str | None = None, **form: Any) -> dict[str, Any]:
        """Pay a checkout session as its page would; `outcome` says what came of it.

        `form` may have `email`, `name`, `country`, `kind` (such as sepa_debit), `promotion_code`
        and whatever else the page asks for; what is left out is filled in.
        """
        given = {**form, **({"card": card} if card is not None else {})}
        return self.remote.ask("POST", f"/_emulator/checkout/{segment(session_id)}/pay", given)

    def authenticate(self, session_id: str, *, complete: bool = True) -> dict[str, Any]:
        """Pass 3-D Secure for the payment of a session, or fail it."""
        path = f"/_emulator/checkout/{segment(session_id)}/authenticate"
        return self.remote.ask("POST", path, {"complete": complete})

    def settle(self, payment_intent_id: str, *, succeed: bool = True) -> dict[str, Any]:
        """A bank debit or voucher arrives now, or fails; the payment intent after it."""
        path = f"/_emulator/payment_intents/{segment(payment_intent_id)}/settle"
        return self.remote.ask("POST", path, {"succeed": succeed})

    def dispute(self, charge_id: str, reason: str = "fraudulent", **more: Any) -> dict[str, Any]:
        """The holder disputes a charge; `more` may have `amount` and `inquiry`. The dispute."""
        path = f"/_emulator/charges/{segment(charge_id)}/dispute"
        return self.remote.ask("POST", path, {"reason": reason, **more})

    def decide(self, dispute_id: str, *, won: bool) -> dict[str, Any]:
        """The bank decides a dispute."""
        path = f"/_emulator/disputes/{segment(dispute_id)}/decide"
        return self.remote.ask("POST", path, {"won": won})

    def faults(self, fault: str, **more: Any) -> str:
        """Have something go wrong: `faults("delivery.drop", times=1, types=["charge.*"])`.

        The page about the emulator names every fault. Its id, for `clear_faults`.
        """
        asked = {"fault": fault, **more}
        return str(self.remote.ask("POST", "/_emulator/faults", asked)["id"])

    def fail_next(
        self,
        status: int = 500,
        times: int = 1,
        path: str | None = None,
        method: str | None = None,
    ) -> str:
        """The next calls are answered with an error; `path` is the beginning of theirs."""
        where = {"paths": [path] if path else None, "methods": [method] if method else None}
        return self.faults("api.fail", status=status, times=times, **where)

    def clear_faults(self, fault_id: str | None = None) -> None:
        """Nothing goes wrong any more; or only that one."""
        path = "/_emulator/faults" + (f"/{segment(fault_id)}" if fault_id else "")
        self.remote.ask("DELETE", path, {})

    def snapshot(self, name: str = "test") -> None:
        """Keep everything, to `restore` it as often as need be; a reset does not touch it."""
        self.remote.snapshot(name)

    def restore(self, name: str = "test") -> None:
        self.remote.restore(name)

    def seed(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """Make API calls in their order; what the named ones answered, by name."""
        return self.remote.seed(calls)

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What has happened, oldest first: the last 200 events, of one type if it is named."""
        narrowed = f"&type={segment(kind)}" if kind else ""
        found = self.remote.ask("GET", f"/_emulator/events?limit=200{narrowed}")["data"]
        return [each["event"] for each in reversed(found)]

    def close(self) -> None:
        """Close the clients that were made."""
        for http in self._http:
            http.close()  # type: ignore[no-untyped-call] # the library leaves it so
        self._http.clear()
