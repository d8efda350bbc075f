"""A letter to try the mail server with, sent at once rather than in its turn."""

from datetime import timedelta

from sqlalchemy import select

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.ids import new_id
from paydesk.fulfilment.letters import Letter, LetterKind, owe_letter
from paydesk.fulfilment.post import Post


def send_trial(database: Database, clock: Clock, post: Post, to: str) -> Letter:
    """Send a test letter to an address now; the letter, which says how it went."""
    about = new_id("try")
    with database.transaction() as tx:
        owe_letter(tx, LetterKind.TEST, None, about, {"to": to}, at=clock.now())
        letter = tx.scalars(select(Letter).where(Letter.about == about)).one()
        # Not yet its turn, so that no worker takes it from under us.
        letter.due_at += timedelta(minutes=10)
    post.send_one(letter.id)
    with database.transaction() as tx:
        return tx.get_one(Letter, letter.id)
