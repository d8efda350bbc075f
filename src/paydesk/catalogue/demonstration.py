"""Products to try the shop with: an electronics workshop's small shelf."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import Product, Rhythm, Terms, Visibility, add_variant
from paydesk.foundation.clock import Clock
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money


@dataclass(frozen=True)
class _Offer:
    usd_cents: int
    name: str = ""
    on_hand: int | None = 20
    rhythm: Rhythm | None = None
    others: tuple[Money, ...] = ()


@dataclass(frozen=True)
class _Sample:
    slug: str
    name: str
    summary: str
    description: str
    offers: tuple[_Offer, ...]


_SHELF = (
    _Sample(
        "arduino-board",
        "Arduino Board",
        "A small computer for things that blink, turn and measure.",
        "The board the first project starts with: 14 digital pins, 6 analogue ones, a USB port "
        "to program it by.\n\nComes with a cable, and with nothing you have to solder.",
        (_Offer(3900, on_hand=50),),
    ),
    _Sample(
        "sensor-kit",
        "Sensor Kit",
        "Light, warmth, distance, movement: twelve senses in a box.",
        "Twelve small sensors that plug into a breadboard, each with a card that says how it is "
        "wired and what it can tell.",
        (_Offer(2450, on_hand=12),),
    ),
    _Sample(
        "breadboard",
        "Breadboard",
        "Build a circuit, change your mind, build it again.",
        "Spring contacts hold every wire; nothing is soldered. Choose the size by the number of "
        "contacts.",
        (
            _Offer(490, "400 contacts", 40),
            _Offer(790, "830 contacts", 3),
            _Offer(1490, "1660 contacts", 0),
        ),
    ),
    _Sample(
        "jumper-wires",
        "Jumper Wires",
        "Forty wires in ten colours, ready to plug.",
        "Flexible wires with firm ends. Ten colours, so that you can still read the circuit "
        "tomorrow.",
        (_Offer(650, "pin to pin", 60), _Offer(650, "pin to socket", 60)),
    ),
    _Sample(
        "soldering-iron",
        "Soldering Iron",
        "Warm in twenty seconds, and it stays where you set it.",
        "A light iron with a fine tip, a stand, and a dial from 200 to 450 °C.",
        (_Offer(5900, on_hand=5),),
    ),
    _Sample(
        "workshop-mug",
        "Workshop Mug",
        "Holds coffee, tea, or forty resistors.",
        "Stoneware, 350 ml, survives the dishwasher and the edge of the bench.",
        (_Offer(1200, on_hand=None, others=(Money(1100, "eur"), Money(950, "gbp"))),),
    ),
    _Sample(
        "parts-club",
        "Parts Club",
        "A parcel of parts you did not know you needed, as long as you like.",
        "Each parcel holds twelve parts and a card with a circuit that uses them all.\n\nYou can "
        "stop whenever you like, from your order’s page.",
        (
            _Offer(900, "monthly, first two weeks free", None, Rhythm("month", 1, 14)),
            _Offer(9000, "yearly", None, Rhythm("year")),
        ),
    ),
)


def load_products(tx: Session, clock: Clock) -> int:
    """Put the shelf into an empty catalogue; the number of products, 0 if it was not empty."""
    if tx.scalar(select(Product.id).limit(1)) is not None:
        return 0
    for position, sample in enumerate(_SHELF):
        product = Product(
            id=new_id("prd"),
            slug=sample.slug,
            name=sample.name,
            summary=sample.summary,
            description=sample.description,
            pictures=[
                Picture(
                    id=new_id("pic"), file=f"{sample.slug}.svg", alt=f"Drawing of {sample.name}"
                )
            ],
            visibility=Visibility.PUBLISHED,
            position=position,
            created_at=clock.now(),
        )
        tx.add(product)
        for offer in sample.offers:
            price = Terms(Money(offer.usd_cents, "usd"), offer.rhythm, offer.others)
            add_variant(tx, product, price, clock, name=offer.name, on_hand=offer.on_hand)
    return len(_SHELF)
