"""The first five steps of a new shop; each ticks itself."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.business.shop import ShopFact
from paydesk.catalogue.product import Product, Visibility
from paydesk.doctor.diagnosis import Diagnosis, Grade
from paydesk.settings import Mode, Settings
from paydesk.web.desk.addresses import desk_has, desk_url


@dataclass(frozen=True)
class Step:
    """One step: whether it is done, what it is, how to do it, and where (a page of the desk)."""

    is_done: bool
    title: str
    hint: str
    url: str | None


def first_steps(tx: Session, settings: Settings, found: list[Diagnosis]) -> list[Step]:
    """The steps, in the order in which they make sense."""
    named = tx.get(ShopFact, "name") is not None
    on_sale = select(Product.id).where(Product.visibility == Visibility.PUBLISHED).limit(1)
    has_product = tx.scalars(on_sale).first() is not None
    has_key = settings.mode is not Mode.EMULATOR
    is_well = all(each.grade is Grade.OK for each in found)
    return [
        Step(named, "Name your shop", "Its name, and who sells.", _url("settings")),
        Step(has_product, "Put a product on sale", "One is enough to begin.", _url("products")),
        Step(
            _sends_mail(settings),
            "Send letters",
            "Until PAYDESK_SMTP_URL says how, they wait in the mailbox page.",
            _url("mail"),
        ),
        Step(has_key, "Connect Stripe", "Set STRIPE_SECRET_KEY; test keys first.", None),
        Step(is_well, "Let the doctor look", "Everything it says is mended.", _url("doctor")),
    ]


def _sends_mail(settings: Settings) -> bool:
    return getattr(getattr(settings, "mail", None), "server", None) is not None


def _url(endpoint: str) -> str | None:
    return desk_url(endpoint) if desk_has(endpoint) else None
