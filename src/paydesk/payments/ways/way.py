"""A way to pay: turns an order into what the browser does next, and names what settles it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from paydesk.foundation.errors import Refused
from paydesk.payments.gateway import Answer, Gateway, session_params
from paydesk.payments.ways.errand import Errand
from paydesk.payments.ways.step import Step

Params = dict[str, Any]
# Changes the parameters of a checkout session right before the call.
Change = Callable[[Params], None]

__all__ = ["Answer", "Change", "Errand", "Gateway", "Params", "Step", "Way", "session_params"]


class Way(ABC):
    """One of several, each in a file of its own and named in one line, `settings.WAYS`.

    `open`, `look` and `close` raise StripeUnreachable or StripeRefused.
    """

    # Stored with each trip and sent by forms: never changes.
    name: ClassVar[str]
    # What stands on its button.
    label: ClassVar[str]
    # Whether Stripe ends the object by itself at the trip's `expires_at`; else the sweeper does.
    ends_by_itself: ClassVar[bool] = False
    sells_recurring: ClassVar[bool] = False
    # Whether nothing exists at Stripe before the buyer's browser has handed us something.
    opens_late: ClassVar[bool] = False
    # Whether what Stripe shows asks where the goods go.
    asks_address: ClassVar[bool] = False
    # Whether the buyer stays on our page, which then loads Stripe.js.
    stays_here: ClassVar[bool] = True

    @abstractmethod
    def open(self, gateway: Gateway, errand: Errand, change: Change) -> Answer | None:
        """Make the object that settles the trip, once for each `errand.checkout_id`.

        None: it is made only by what the buyer hands us.
        """

    @abstractmethod
    def step(self, answer: Answer | None) -> Step | None:
        """What the browser does with that object; None: nothing any more."""

    @abstractmethod
    def look(
        self, gateway: Gateway, stripe_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        """The object as it is now."""

    @abstractmethod
    def close(self, gateway: Gateway, stripe_id: str) -> Answer:
        """Let nobody pay it any more. StripeRefused if it is over already."""

    def find(self, gateway: Gateway, checkout_id: str, since: int) -> Answer | None:
        """The object of a trip whose answer was lost, created since then, seconds UTC."""
        del gateway, checkout_id, since
        return None

    def take(self, gateway: Gateway, errand: Errand, token: str) -> Answer:
        """Make the object from what the buyer's browser hands us."""
        del gateway, errand, token
        raise Refused("This way to pay takes nothing from the browser.", code="bad_way")
