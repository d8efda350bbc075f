"""What a shop itself charges beside the goods, and whether a buyer's country makes a difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.business import shipping, tax
from paydesk.business.countries import COUNTRIES
from paydesk.business.shipping import ShippingRate
from paydesk.business.tax import TaxRate
from paydesk.checkout_options import CheckoutOptions


@dataclass(frozen=True)
class Dues:
    """The rates of the shop that are reckoned into an order. Stripe's own are not among them."""

    ships: bool
    rates: Sequence[ShippingRate]
    taxes: Sequence[TaxRate]

    @property
    def countries(self) -> tuple[str, ...]:
        """Where the buyer may be; none to choose from where it makes no difference."""
        if self.ships and self.rates:
            return tuple(shipping.destinations(self.rates))
        return COUNTRIES if self.taxes else ()


def of(tx: Session, options: CheckoutOptions, *, ships: bool, is_recurring: bool) -> Dues:
    """What is due for goods of which some are sent by parcel, or which are paid anew each time."""
    # A subscription's tax must come anew with each invoice, which only Stripe can see to.
    untaxed = options.automatic_tax or options.tax_rates or is_recurring
    return Dues(
        ships=ships,
        rates=[] if options.shipping_rates else shipping.rates(tx),
        taxes=[] if untaxed else tax.rates(tx),
    )
