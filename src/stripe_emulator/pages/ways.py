"""The ways to pay a page offers: what each asks for, says, and how much of an address it needs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stripe_emulator.methods import named
from stripe_emulator.methods.kind import Flow
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.languages.phrase import Phrase, phrase

Rule = Callable[[str], Phrase | None]


@dataclass(frozen=True)
class Box:
    """One input. `detail` is its name in the API, `label` a name in the lists of words."""

    name: str
    detail: str
    label: str
    rule: Rule
    example: str = ""
    mode: str = "text"


@dataclass(frozen=True)
class Way:
    """One way to pay.

    `billing`: how much of a billing address is asked for: `none`, `name`, `postal` (name, country
    and postal code) or `full`. `mandate` and `hint` are names in the lists of words.
    """

    kind: str
    label: str
    flow: Flow
    billing: str
    boxes: tuple[Box, ...] = ()
    mandate: str = ""
    hint: str = ""

    def problems(self, typed: Mapping[str, str]) -> dict[str, Phrase | None]:
        """What is wrong with each of its own fields; a card's are looked at elsewhere."""
        return {box.name: box.rule(typed.get(box.name, "")) for box in self.boxes}

    def details(self, typed: Mapping[str, str]) -> dict[str, str]:
        return {box.detail: typed.get(box.name, "") for box in self.boxes}

    def name_in(self, language: Language) -> str:
        """What it is called; most are names that every language has as they are."""
        own = f"way.{self.kind}"
        return language.say(own) if language.knows(own) else self.label


def way(kind: str) -> Way:
    """A way to pay by its Stripe name."""
    known = named(kind)
    flow = known.flow if known else Flow.REDIRECT
    return Way(
        kind,
        known.label if known else kind.replace("_", " ").capitalize(),
        flow,
        _BILLING.get(kind) or ("none" if flow is Flow.REDIRECT else "name"),
        _BOXES.get(kind, ()),
        f"mandate.{kind}" if flow is Flow.LATER else "",
        _HINTS.get(flow, ""),
    )


def compact(written: str) -> str:
    """Without the spaces and signs that people group digits with."""
    return re.sub(r"[\s.\-/]", "", written)


def _iban(written: str) -> Phrase | None:
    iban = compact(written).upper()
    if len(iban) < 15:
        return phrase("wrong.iban.short")
    right = iban.isascii() and iban.isalnum() and len(iban) <= 34
    # Some of Stripe's own test numbers have wrong check digits, so that these are not looked at.
    return None if right and iban[:2].isalpha() and iban[2:4].isdigit() else phrase("wrong.iban")


def _routing(written: str) -> Phrase | None:
    if found := _digits(9, 9)(written):
        return found
    digits = [int(each) for each in compact(written)]
    # The check digit of the American Bankers Association.
    weighed = sum(digit * weight for digit, weight in zip(digits, (3, 7, 1) * 3, strict=True))
    return None if weighed % 10 == 0 else phrase("wrong.routing")


def _digits(least: int, most: int) -> Rule:
    def rule(written: str) -> Phrase | None:
        given = compact(written)
        if given.isascii() and given.isdigit() and least <= len(given) <= most:
            return None
        if least == most:
            return phrase("wrong.digits", least=least)
        return phrase("wrong.digits.between", least=least, most=most)

    return rule


def _boleto(written: str) -> Phrase | None:
    given = compact(written)
    right = given.isascii() and given.isdigit() and len(given) in (11, 14)
    return None if right else phrase("wrong.boleto")


_BILLING = {"card": "postal", "boleto": "full"}
_HINTS = {Flow.VOUCHER: "hint.voucher", Flow.REDIRECT: "hint.redirect"}
_BOXES = {
    "sepa_debit": (Box("iban", "iban", "account.iban", _iban, "AT61 1904 3002 3457 3201"),),
    "us_bank_account": (
        Box(
            *("routingNumber", "routing_number", "account.routing", _routing),
            *("110000000", "numeric"),
        ),
        Box(
            *("accountNumber", "account_number", "account.number", _digits(4, 17)),
            *("000123456789", "numeric"),
        ),
    ),
    "boleto": (Box("boletoTaxId", "tax_id", "boleto.tax", _boleto, "000.000.000-00"),),
}
