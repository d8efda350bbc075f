"""Everything a buyer enters on the hosted page: reads it, says what is wrong, and hands it on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from stripe_emulator.checkout.buyer import Entry
from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.pages import card_form, choice_form, extra_form
from stripe_emulator.pages.address_form import LONGEST_FIELD, AddressForm
from stripe_emulator.pages.languages.phrase import Phrase, phrase
from stripe_emulator.pages.ways import Way, way

# Never written back into a page: who looks over a shoulder or into a file must not find them.
SECRET = frozenset(
    {"cardNumber", "cardExpiry", "cardCvc", "iban", "routingNumber", "accountNumber"}
)
# Radios of saved methods: the id follows.
SAVED = "saved:"
# How much of a billing address, each with what comes before it.
DEPTHS = ("name", "postal", "full")

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
_PHONE = re.compile(r"\+?[\d\s()./-]{5,30}", re.ASCII)


@dataclass(frozen=True)
class BuyerForm:
    """The form of one session as it was sent; `typed` is by name of the input, trimmed."""

    shown: CheckoutPage
    typed: Mapping[str, str]

    @property
    def harmless(self) -> dict[str, str]:
        """What may be written back into a page."""
        return {name: value for name, value in self.typed.items() if name not in SECRET}

    @cached_property
    def saved(self) -> str | None:
        """The id of the saved method that was chosen."""
        chosen = self.typed.get("way", "")
        return chosen.removeprefix(SAVED) if chosen.startswith(SAVED) else None

    @cached_property
    def way(self) -> Way | None:
        """The way to pay; None for a saved one, and if nothing has to be paid."""
        if not self.shown.needs_method or self.saved:
            return None
        chosen = self.typed.get("way") or next(iter(self.shown.kinds), "card")
        return way(chosen)

    @cached_property
    def shipping(self) -> AddressForm | None:
        allowed = self.shown.asked.shipping_countries
        return None if allowed is None else AddressForm("shipping", whole=True, allowed=allowed)

    @cached_property
    def has_same_address(self) -> bool:
        """Whether the billing address is the shipping address."""
        return self.shipping is not None and bool(self.typed.get("billingSame"))

    @cached_property
    def billing(self) -> AddressForm | None:
        """The billing address as far as this form asks for it."""
        if self.has_same_address:
            return AddressForm("shipping", whole=True)
        depth = billing_depth(self.shown, self.way)
        if depth in ("none", "name"):
            return None
        return AddressForm("billing", whole=depth == "full")

    @cached_property
    def asks_name(self) -> bool:
        return not self.has_same_address and billing_depth(self.shown, self.way) != "none"


def read(sent: Mapping[str, str], shown: CheckoutPage) -> BuyerForm:
    """The sent form; an e-mail address the session brought along cannot be changed by it."""
    typed = {name: value.strip() for name, value in sent.items() if name not in ("token", "do")}
    if shown.email:
        typed["email"] = shown.email
    return BuyerForm(shown, typed)


def billing_depth(shown: CheckoutPage, chosen: Way | None) -> str:
    """How much of a billing address is asked for: `none`, `name`, `postal` or `full`."""
    if shown.asked.billing == "required":
        return "full"
    if chosen is not None:
        wanted = chosen.billing
        return "postal" if shown.waits_for_address and wanted in ("none", "name") else wanted
    return "postal" if shown.waits_for_address else "none"


def problems(form: BuyerForm, today: date) -> dict[str, Phrase]:
    """What is wrong with each field, in the order of the form; empty if all is well."""
    found: dict[str, Phrase | None] = {**choice_form.problems(form.shown, form.typed)}
    found |= _contact_problems(form)
    found |= _shipping_problems(form)
    found |= _way_problems(form, today)
    found |= _billing_problems(form)
    found |= extra_form.problems(form.shown, form.typed)
    return {name: problem for name, problem in found.items() if problem is not None}


def entry(form: BuyerForm) -> Entry:
    """The form as the session takes it; only for one without problems."""
    typed, chosen = form.typed, form.way
    kind = chosen.kind if chosen else "card"
    details = chosen.details(typed) if chosen else {}
    name = typed.get("shippingName" if form.has_same_address else "billingName", "")
    return Entry(
        kind=kind,
        details=card_form.details(typed) if chosen and kind == "card" else details,
        payment_method=form.saved,
        email=typed.get("email", ""),
        name=name if form.asks_name or form.has_same_address else "",
        phone=typed.get("phoneNumber", ""),
        billing=form.billing.read(typed) if form.billing else {},
        shipping_name=typed.get("shippingName", ""),
        shipping=form.shipping.read(typed) if form.shipping else {},
        **extra_form.entered(form.shown, typed),
        saves_method=bool(typed.get("saveMethod")),
        choice=choice_form.choice(form.shown, typed, form.shipping, form.billing),
        expected_amount=choice_form.whole_number(typed.get("shownAmount", "")),
    )


def _contact_problems(form: BuyerForm) -> dict[str, Phrase | None]:
    found: dict[str, Phrase | None] = {}
    if form.shown.asked.email or form.shown.email:
        found["email"] = _email_problem(form.typed.get("email", ""))
    if form.shown.asked.phone:
        found["phoneNumber"] = _phone_problem(form.typed.get("phoneNumber", ""))
    return found


def _shipping_problems(form: BuyerForm) -> dict[str, Phrase | None]:
    if form.shipping is None:
        return {}
    name = _name_problem(form.typed.get("shippingName", ""), "wrong.name")
    return {"shippingName": name, **form.shipping.problems(form.typed)}


def _way_problems(form: BuyerForm, today: date) -> dict[str, Phrase | None]:
    if not form.shown.needs_method:
        return {}
    if form.way is None:
        known = any(each.id == form.saved for each in form.shown.saved_methods)
        return {} if known else {"way": phrase("wrong.way")}
    if form.way.kind not in form.shown.kinds:
        return {"way": phrase("wrong.way")}
    if form.way.kind == "card":
        return dict(card_form.problems(form.typed, today))
    return form.way.problems(form.typed)


def _billing_problems(form: BuyerForm) -> dict[str, Phrase | None]:
    if form.has_same_address:
        return {}
    found: dict[str, Phrase | None] = {}
    if form.asks_name:
        by_card = form.way is not None and form.way.kind == "card"
        empty = "wrong.name.card" if by_card else "wrong.name"
        found["billingName"] = _name_problem(form.typed.get("billingName", ""), empty)
    return found | (form.billing.problems(form.typed) if form.billing else {})


def _email_problem(email: str) -> Phrase | None:
    if not email:
        return phrase("wrong.email.empty")
    right = len(email) <= LONGEST_FIELD and _EMAIL.fullmatch(email)
    return None if right else phrase("wrong.email")


def _phone_problem(number: str) -> Phrase | None:
    if not number:
        return phrase("wrong.phone.empty")
    right = _PHONE.fullmatch(number) and sum(each.isdigit() for each in number) >= 5
    return None if right else phrase("wrong.phone")


def _name_problem(name: str, empty: str) -> Phrase | None:
    if not name:
        return phrase(empty)
    return phrase("wrong.name.long") if len(name) > LONGEST_FIELD else None
