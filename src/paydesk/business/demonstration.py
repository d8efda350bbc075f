"""A seller to try the shop with: facts, legal texts that bind nobody, shipping and tax."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.business import legal, shipping, shop, tax
from paydesk.business.demonstration_texts import TEXTS
from paydesk.business.shipping import ELSEWHERE, RateTerms
from paydesk.business.shop import ShopFact, ShopFacts
from paydesk.business.tax import TaxTerms
from paydesk.foundation.clock import Clock

_FACTS = {
    "welcome": "Parts, tools and paper for people who like to know how it works.",
    "legal_name": "Paydesk Demonstration Ltd",
    "address": "1 Example Street\n10115 Berlin\nGermany",
    "email": "shop@paydesk.example",
    "phone": "+49 30 5550 100",
    "vat_id": "DE123456789",
    "register": "Demonstration register, no. 0",
    "country": "DE",
}


def sells(facts: ShopFacts) -> bool:
    """Whether the seller is the one made up here; pages say so until a real one is named."""
    return facts.legal_name == _FACTS["legal_name"]


_EUROPE = (
    "AT",
    "BE",
    "CH",
    "DK",
    "ES",
    "FI",
    "FR",
    "GB",
    "IE",
    "IT",
    "LU",
    "NL",
    "NO",
    "PL",
    "PT",
    "SE",
)
_SHIPPING = (
    RateTerms("Parcel", ("DE",), {"usd": 490, "eur": 490}, {"usd": 8000, "eur": 8000}, 1, 3),
    RateTerms("Express", ("DE",), {"usd": 1290, "eur": 1190}, {}, 1, 1),
    RateTerms(
        "Parcel",
        _EUROPE,
        {"usd": 990, "eur": 990},
        {"usd": 15000, "eur": 15000},
        3,
        6,
    ),
    RateTerms("Air mail", ("US", "CA"), {"usd": 1490, "eur": 1390}, {}, 5, 10),
    RateTerms("Air mail", (ELSEWHERE,), {"usd": 1990, "eur": 1890}, {}, 7, 21),
)
_TAXES = (("DE", "19"), ("AT", "20"), ("FR", "20"), ("NL", "21"), ("IT", "22"), ("ES", "21"))


def load(tx: Session, clock: Clock) -> bool:
    """Fill in a shop about which nothing was written; whether this call did."""
    if tx.scalars(select(ShopFact).limit(1)).first() or legal.present(tx):
        return False
    shop.change_facts(tx, clock, _FACTS)
    for (kind, language), body in TEXTS.items():
        legal.write_text(tx, clock, kind, language, body, is_demonstration=True)
    for terms in _SHIPPING:
        shipping.add_rate(tx, clock, terms)
    for country, percentage in _TAXES:
        tax.add_rate(tx, clock, TaxTerms(country, percentage, name="VAT"))
    return True
