"""Whether a buyer can find out who sells, and on what terms."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.business import legal, shop
from paydesk.catalogue.product import Product, Visibility
from paydesk.doctor.diagnosis import Diagnosis, ok, warning
from paydesk.settings import Settings


def sells(tx: Session) -> bool:
    """Whether the catalogue has anything on sale; a host app may sell without it."""
    query = select(Product.id).where(Product.visibility == Visibility.PUBLISHED).limit(1)
    return tx.scalars(query).first() is not None


def seller(tx: Session, settings: Settings) -> Diagnosis:
    check = "seller"
    facts = shop.facts(tx, settings)
    if not sells(tx):
        return ok(check, "Nothing is on sale here, so nobody needs to be named.")
    if facts.is_complete:
        return ok(check, f"{facts.legal_name} is named, with an address and an e-mail.")
    wanted = {"legal name": facts.legal_name, "address": facts.address, "e-mail": facts.email}
    absent = ", ".join(name for name, value in wanted.items() if not value)
    return warning(
        check,
        f"Buyers cannot see who sells to them: {absent} not said.",
        "Write them at Settings > Shop in the desk, or with: paydesk business set legal_name=…",
    )


def texts(tx: Session, settings: Settings) -> Diagnosis:
    check = "legal texts"
    absent = ", ".join(legal.missing(tx))
    if not sells(tx):
        return ok(check, "Nothing is on sale here, so there is nothing to agree to.")
    if absent:
        return warning(
            check,
            f"These pages have no text: {absent}.",
            "Write them at Settings > Legal texts, or with: paydesk business write terms FILE",
        )
    if legal.of_demonstration(tx) and settings.livemode:
        return warning(
            check,
            "Some legal texts are the demonstration's, which bind nobody.",
            "Replace them at Settings > Legal texts in the desk, before anything is sold.",
        )
    return ok(check, "Terms, privacy, imprint, shipping and withdrawal are there.")
