"""What a letter is once it is written, and the message a mail server is handed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlalchemy.orm import Session

from paydesk.fulfilment.letters import Letter


@dataclass(frozen=True)
class Written:
    """A letter as it is sent. `reply_to`: whom an answer goes to, if not the sender."""

    recipient: str
    language: str
    subject: str
    text: str
    html: str
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class Outgoing:
    """What a host's own sender is handed: `message_id` stays the same if a letter comes again."""

    kind: str
    order_id: str | None
    written: Written
    message_id: str


class Untrue(Exception):
    """What a letter says is no longer so: it is not sent."""


class Unaddressed(Exception):
    """Nobody knows whom a letter should go to."""


# Gathers within a transaction what a letter needs; what it returns writes it, outside of it.
# Raises Untrue or Unaddressed.
Writer = Callable[[Session, Letter], Callable[[], Written]]
# A host's own; what it raises is tried again.
Sender = Callable[[Outgoing], None]


def message(written: Written, message_id: str, at: datetime) -> EmailMessage:
    """The message for a mail server. No line break reaches a header, whoever wrote it."""
    made = EmailMessage(policy=SMTP)
    made["From"] = _mailbox(written.sender_name, written.sender)
    made["To"] = _mailbox("", written.recipient)
    if written.reply_to and written.reply_to != written.sender:
        made["Reply-To"] = _mailbox("", written.reply_to)
    made["Subject"] = one_line(written.subject)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = one_line(message_id)
    made["Content-Language"] = one_line(written.language)
    # So that nobody's holiday notice answers ("RFC 3834", section 5).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(written.text, cte="quoted-printable")
    made.add_alternative(written.html, subtype="html", cte="quoted-printable")
    return made


def one_line(text: str) -> str:
    """Without line breaks and control characters: what may stand in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=one_line(address))
