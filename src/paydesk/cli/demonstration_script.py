"""What happens in the sixty days of the demonstration: who orders what, and what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

BUYERS = (
    "ada.lovelace@example.com",
    "alan.turing@example.com",
    "grace.hopper@example.com",
    "konrad.zuse@example.com",
    "hedy.lamarr@example.com",
    "nikola.tesla@example.com",
    "emmy.noether@example.com",
    "karl.jansky@example.com",
    "mary.jackson@example.com",
    "heinrich.hertz@example.com",
    "annie.easley@example.com",
    "jack.kilby@example.com",
    "radia.perlman@example.com",
    "guglielmo.marconi@example.com",
)

Fields = dict[str, object]

# Where they live, one after the other.
PLACES: tuple[dict[str, str], ...] = (
    {"country": "DE", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin"},
    {"country": "GB", "line1": "2 Mill Road", "postal_code": "CB1 2AD", "city": "Cambridge"},
    {"country": "US", "line1": "3 Mill St", "postal_code": "22201", "city": "Arlington"}
    | {"state": "VA"},
    {"country": "DE", "line1": "Gasse 4", "postal_code": "34117", "city": "Kassel"},
    {"country": "AT", "line1": "Platz 5", "postal_code": "1010", "city": "Wien"},
)

# What is filled in at Stripe's page: a card that is good, a debit, one whose bank takes its time.
_GOOD: Fields = {"card": "4242424242424242"}
_DEBIT: Fields = {"kind": "us_bank_account"}
_SLOW_DEBIT: Fields = _DEBIT | {"details": {"account_number": "000000000009"}}

# So many days later, a deed of demonstrating.Stage.
Then = tuple[tuple[float, str], ...]

_SHIPPED: Then = ((1.1, "ship"), (4.2, "deliver"))


@dataclass(frozen=True)
class Scene:
    """One order. `pays`: what is filled in at Stripe's page, or None: nothing, nobody pays."""

    days_ago: float
    slug: str
    buyer: int
    quantity: int = 1
    variant: int = 0
    currency: str = "usd"
    pays: Fields | None = field(default_factory=lambda: _GOOD)
    cancels: bool = False
    then: Then = ()


def _usual() -> Iterator[Scene]:
    """What most days are like: paid, shipped, delivered; a little more each week."""
    shelf = (
        ("arduino-board", 1, 0),
        ("circuit-poster", 1, 0),
        ("multimeter", 1, 0),
        ("workshop-mug", 1, 0),
        ("led-assortment", 2, 0),
        ("first-circuits", 1, 0),
        ("arduino-board", 2, 0),
        ("jumper-wires", 2, 0),
        ("workshop-apron", 1, 2),
        ("jumper-wires", 3, 1),
        ("sensor-kit", 1, 0),
        ("workshop-mug", 4, 0),
        ("breadboard", 1, 0),
    )
    day, n = 59.3, 0
    while day > 0.2:
        slug, quantity, variant = shelf[n * 5 % len(shelf)]
        euros = slug == "workshop-mug" and n % 2 == 1
        yield Scene(
            days_ago=round(day, 3),
            slug=slug,
            buyer=n * 3 + n // 4,
            quantity=quantity,
            variant=variant,
            currency="eur" if euros else "usd",
            then=_SHIPPED if day > 2.4 else (),
        )
        # Closer and closer together, and never at the same hour.
        day -= 2.3 - n * 0.03 + (n % 4) * 0.13
        n += 1


UNUSUAL = (
    Scene(50.2, "parts-club", 2, variant=1),
    Scene(44.6, "arduino-board", 5, quantity=2, then=(*_SHIPPED, (9.0, "refund_one"))),
    Scene(38.4, "soldering-iron", 7, then=(*_SHIPPED, (6.0, "dispute"), (10.0, "win"))),
    Scene(33.1, "sensor-kit", 1, pays=None),
    Scene(29.7, "breadboard", 9, quantity=3, then=((0.6, "refund_all"),)),
    Scene(24.3, "arduino-board", 11, pays=_DEBIT, then=((5.4, "ship"),)),
    Scene(21.8, "soldering-iron", 4, pays=None, cancels=True),
    Scene(18.2, "jumper-wires", 6, quantity=4, pays=_SLOW_DEBIT, then=((0.9, "bounce"),)),
    Scene(15.9, "sensor-kit", 3, quantity=2, then=(*_SHIPPED, (8.0, "refund_one"))),
    Scene(12.6, "arduino-board", 8, then=((0.8, "refund_all"),)),
    Scene(9.4, "soldering-iron", 10, then=((1.2, "ship"), (5.8, "dispute"))),
    Scene(7.7, "breadboard", 2, then=(*_SHIPPED, (6.3, "withdraw"))),
    Scene(6.5, "workshop-mug", 12, quantity=2, pays=None),
    Scene(2.9, "sensor-kit", 1, quantity=2, then=((1.2, "ship_one"),)),
    Scene(4.1, "arduino-board", 0, pays=None, then=((0.9, "pay_late"),)),
    Scene(1.3, "arduino-board", 13, quantity=2, pays=_SLOW_DEBIT),
    Scene(0.01, "breadboard", 5, pays=None),
)

SCRIPT: tuple[Scene, ...] = tuple(sorted((*_usual(), *UNUSUAL), key=lambda scene: -scene.days_ago))
