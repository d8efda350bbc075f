"""Whether letters can leave, and whether they do."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.doctor.diagnosis import Diagnosis, ago, failure, ok, warning
from paydesk.fulfilment import smtp
from paydesk.fulfilment.letters import Letter, LetterState
from paydesk.fulfilment.post import Post
from paydesk.fulfilment.smtp import ServerAway
from paydesk.settings import Mode, Settings

# So long a letter may wait before somebody should know.
_WAITS_TOO_LONG = timedelta(hours=1)


def server(settings: Settings, post: Post) -> Diagnosis:
    """Asks the mail server: connects and signs in, and sends nothing."""
    check, mail = "mail", settings.mail
    if not mail.is_on:
        return ok(check, "Off: PAYDESK_MAIL=off.")
    if post.send is not None:
        return ok(check, "Letters are handed to the app's own sender.")
    if mail.server is None:
        return _without(settings)
    try:
        with smtp.connected(mail):
            pass
    except ServerAway as error:
        return failure(
            check,
            f"The mail server refuses us, or cannot be reached: {str(error).rstrip('.')}.",
            "Check PAYDESK_SMTP_URL: host, port, user and password.",
        )
    signed_in = ", and lets us in" if mail.server.user else ""
    return ok(check, f"{mail.server.host} answers{signed_in}; letters come from {mail.sender}.")


def outbox(tx: Session, now: datetime) -> Diagnosis:
    """What has not left."""
    check = "letters"
    query = select(Letter.state, func.count(), func.min(Letter.written_at)).where(
        Letter.state.in_((LetterState.QUEUED, LetterState.FAILED))
    )
    found = {state: (count, first) for state, count, first in tx.execute(query.group_by("state"))}
    failed, _ = found.get(LetterState.FAILED, (0, None))
    if failed:
        return warning(
            check,
            f"{failed} {'letter was' if failed == 1 else 'letters were'} not delivered.",
            "See paydesk mail list --state failed, then: paydesk mail resend LETTER",
        )
    waiting, first = found.get(LetterState.QUEUED, (0, None))
    if first is not None and now - first > _WAITS_TOO_LONG:
        return warning(
            check,
            f"{waiting} {'letter waits' if waiting == 1 else 'letters wait'} to be sent, the "
            f"oldest for {ago(now - first)}.",
            "See why: paydesk mail list --state queued",
        )
    return ok(check, f"{waiting} waiting, none failed." if waiting else "None waits, none failed.")


def _without(settings: Settings) -> Diagnosis:
    if settings.mode is Mode.LIVE:
        return warning(
            "mail",
            "There is no mail server: letters are kept, and no buyer gets any.",
            "Set PAYDESK_SMTP_URL and PAYDESK_MAIL_FROM, or PAYDESK_MAIL=off.",
        )
    return ok("mail", "No mail server: letters are kept, to be read in the mailbox.")
