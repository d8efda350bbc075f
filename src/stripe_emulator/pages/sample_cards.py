"""The test cards worth a click on the hosted page, in the order people look for them."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class SampleCard:
    """`says` is what happens when it is used."""

    number: str
    says: str

    @property
    def cvc(self) -> str:
        return "1234" if self.number.startswith(("34", "37")) else "123"


@dataclass(frozen=True)
class SampleGroup:
    title: str
    cards: tuple[SampleCard, ...]


@cache
def groups() -> tuple[SampleGroup, ...]:
    return tuple(
        SampleGroup(title, tuple(SampleCard(number, says) for number, says in cards))
        for title, cards in _GROUPS
    )


_GROUPS = (
    (
        "Succeeds",
        (
            ("4242424242424242", "Visa"),
            ("4000056655665556", "Visa debit"),
            ("5555555555554444", "Mastercard"),
            ("378282246310005", "American Express"),
            ("6011111111111117", "Discover"),
            ("3056930009020004", "Diners Club"),
            ("3566002020360505", "JCB"),
            ("6200000000000005", "UnionPay"),
        ),
    ),
    (
        "Asks for 3-D Secure",
        (
            ("4000002760003184", "Always asks"),
            ("4000002500003155", "Asks unless set up"),
            ("4000008260003178", "Asks, then insufficient funds"),
            ("4000008400001629", "Asks, then declined"),
        ),
    ),
    (
        "Declined",
        (
            ("4000000000000002", "Declined"),
            ("4000000000009995", "Insufficient funds"),
            ("4000000000009987", "Lost card"),
            ("4000000000009979", "Stolen card"),
            ("4000000000000069", "Expired card"),
            ("4000000000000127", "Wrong CVC"),
            ("4000000000000119", "Processing error"),
            ("4000000000006975", "Used too often"),
            ("4100000000000019", "Blocked as fraud"),
        ),
    ),
    (
        "Succeeds, and then",
        (
            ("4000000000007726", "Refund stays pending"),
            ("4000000000005126", "Refund fails"),
            ("4000000000000101", "CVC check fails"),
            ("4000000000000036", "ZIP check fails"),
            ("4000000000000077", "Funds at once available"),
        ),
    ),
)
