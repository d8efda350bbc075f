"""What the doctor can tell without asking Stripe or anybody else: quick enough for a page."""

from datetime import datetime

from sqlalchemy.orm import Session

from paydesk.doctor import of_business, of_database, of_mail, of_settings
from paydesk.doctor.diagnosis import Diagnosis
from paydesk.payments.vitals import pulse
from paydesk.settings import Settings


def at_hand(tx: Session, settings: Settings, now: datetime) -> list[Diagnosis]:
    """Settings, work that stands still, what buyers cannot find out."""
    found = pulse(tx, now)
    return [
        of_settings.keys(settings),
        of_settings.address(settings),
        of_database.worker(found),
        of_database.pull(found, now),
        of_mail.outbox(tx, now),
        of_business.seller(tx, settings),
        of_business.texts(tx, settings),
    ]
