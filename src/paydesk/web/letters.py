"""Writes letters from their templates, in their reader's language, outside of any request."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, Template
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from paydesk.business import shop as business
from paydesk.business.shop import ShopFacts
from paydesk.foundation.language import LANGUAGES, speaking
from paydesk.fulfilment.letters import TO_MERCHANT, Letter, LetterKind
from paydesk.fulfilment.writing import Unaddressed, Written, one_line
from paydesk.mail_options import is_address
from paydesk.orders.order import Order
from paydesk.web import letter_contents
from paydesk.web.current import DESK_SUFFIX, Mount
from paydesk.web.language import speech
from paydesk.web.letter_contents import Contents

_FOLDERS = ("paydesk/mail", "paydesk/mail/original")
# What a template leaves out leaves its blank lines behind.
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
# Before anybody says who writes, letters can be looked at all the same.
_NOBODY = "shop@localhost.invalid"


@dataclass(frozen=True)
class _Envelope:
    """Whom a letter is from and to."""

    recipient: str
    language: str
    facts: ShopFacts
    sender: str


class LetterWriter:
    """Writes the letters of one shop. A host's `templates/paydesk/mail/<kind>.txt` go before ours.

    The first line of the text is the subject.
    """

    def __init__(self, mount: Mount) -> None:
        self._mount = mount
        self._settings = mount.shop.settings

    def gather(self, tx: Session, letter: Letter) -> Callable[[], Written]:
        """What a letter says, as it is now; what is returned writes it.

        Raises Untrue, or Unaddressed.
        """
        order = tx.get(Order, letter.order_id) if letter.order_id else None
        contents = letter_contents.gather(tx, letter, order)
        envelope = self._envelope(tx, letter, order, contents)
        return lambda: self._write(letter.kind, order, contents, envelope)

    def preview(
        self, tx: Session, kind: LetterKind, order: Order | None, language: str
    ) -> Callable[[], Written]:
        """A letter as it would be written: of an order, or of one that is made up."""
        shown = order or letter_contents.sample_order(tx, self._mount.shop.clock.now())
        contents = letter_contents.pretended(tx, kind, shown)
        facts = business.facts(tx, self._settings)
        to_merchant = kind in TO_MERCHANT
        buyer = shown.email or "buyer@example.com"
        recipient = self._merchant(facts) or _NOBODY if to_merchant else buyer
        sender = self._sender(facts) or _NOBODY
        envelope = _Envelope(recipient, language, facts, sender)
        return lambda: self._write(kind, shown, contents, envelope)

    def _envelope(
        self, tx: Session, letter: Letter, order: Order | None, contents: Contents
    ) -> _Envelope:
        facts = business.facts(tx, self._settings)
        post = self._mount.shop.post
        kept = post.keeps
        sender = self._sender(facts) or (_NOBODY if kept else "")
        if letter.kind in TO_MERCHANT:
            recipient, language = self._merchant(facts), self._settings.languages[0]
            recipient = recipient or (_NOBODY if kept else "")
        else:
            recipient = contents.to or (order.email if order is not None else "") or ""
            language = contents.language or (order.language if order is not None else "")
        if not recipient or not all(map(is_address, recipient.split(", "))):
            raise Unaddressed(_nowhere(letter.kind))
        if not sender and post.send is None:
            raise Unaddressed("Nobody is named whom letters come from: set PAYDESK_MAIL_FROM.")
        known = language if language in LANGUAGES else self._settings.languages[0]
        return _Envelope(recipient, known, facts, sender)

    def _sender(self, facts: ShopFacts) -> str:
        return self._settings.mail.sender or facts.sender

    def _merchant(self, facts: ShopFacts) -> str:
        return ", ".join(self._settings.mail.notified) or facts.email

    def _write(
        self, kind: str, order: Order | None, contents: Contents, envelope: _Envelope
    ) -> Written:
        with self._mount.app.app_context(), speaking(envelope.language):
            said = {
                **speech(),
                **contents.said(),
                "shop": envelope.facts,
                "shop_link": self._mount.address("home"),
                "order_link": self._order_link(order),
                "desk_link": self._desk_link(order),
                "is_test": not (order.livemode if order else self._settings.livemode),
            }
            first, _, text = self._render(f"{kind}.txt", said).strip().partition("\n")
            subject = one_line(first)
            html = self._render(f"{kind}.html", {**said, "subject": subject})
        return Written(
            recipient=envelope.recipient,
            language=envelope.language,
            subject=subject,
            text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
            html=html.strip() + "\n",
            sender=envelope.sender,
            sender_name=envelope.facts.name,
            reply_to=envelope.facts.email,
        )

    def _render(self, name: str, said: Mapping[str, Any]) -> str:
        suffix = name.rpartition(".")[2]
        frame, parts = self._template(f"letter.{suffix}"), self._template(f"parts.{suffix}")
        return self._template(name).render(frame=frame, parts=parts, **said)

    def _template(self, name: str) -> Template:
        environment: Environment = self._mount.app.jinja_env
        return environment.select_template([f"{folder}/{name}" for folder in _FOLDERS])

    def _order_link(self, order: Order | None) -> str:
        if order is None:
            return ""
        return self._mount.address("order_page", number=order.number, secret=order.secret)

    def _desk_link(self, order: Order | None) -> str:
        """The order's page at the desk, or the desk's first, or nothing without a desk."""
        paths = self._mount.app.url_map.bind("paydesk.invalid")
        desk = f"{self._mount.name}{DESK_SUFFIX}"
        for endpoint, values in (
            ("order", {"number": order.number} if order is not None else {}),
            ("home", {}),
        ):
            try:
                path = paths.build(f"{desk}.{endpoint}", values)
            except BuildError:
                continue
            return self._settings.base_url + path
        return ""


def _nowhere(kind: str) -> str:
    if kind in TO_MERCHANT:
        return "Nobody of the shop is to be told: set PAYDESK_MAIL_NOTIFY or the shop's address."
    return "There is no e-mail address to send it to."
