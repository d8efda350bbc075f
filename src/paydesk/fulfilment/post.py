"""The post: takes letters that are due out of the outbox, has them written, and sends them.

Nobody waits for a mail server inside a transaction. A letter's next try is noted before the try
itself, so several processes can be at it, and one that dies leaves its letter to be tried again:
under the same Message-ID, by which mail programs know a letter that comes twice.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment import smtp
from paydesk.fulfilment.letters import Letter, LetterState
from paydesk.fulfilment.smtp import NotDelivered, ServerAway
from paydesk.fulfilment.writing import (
    Outgoing,
    Sender,
    Unaddressed,
    Untrue,
    Writer,
    Written,
    message,
)
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.mail")

_LOOK_SECONDS = 0.5
# A process that dies at a try keeps the others from it for no longer; longer than any try takes.
_HELD_FOR = timedelta(minutes=2)
# How long a letter waits after each try that failed: three days in all.
_WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
)
# A server that is away is left alone for so long, however many letters wait.
_PAUSE = timedelta(seconds=5)
_AT_ONCE = 50
_MAX_ERROR = 1000
_OFF = "PAYDESK_MAIL is off."

Carry = Callable[[Letter, Written], None]


class Post:
    """Sends what is due. `write` is set by whoever has the templates: the web."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._mail = settings.mail
        self._host = urlsplit(settings.base_url).hostname or "localhost"
        self._resting_until: datetime | None = None
        self._stopping = threading.Event()
        self.write: Writer | None = None
        # The host's own instead of ours, within what it needs around it.
        self.send: Sender | None = None
        self.around: Callable[[], AbstractContextManager[object]] = nullcontext

    @property
    def keeps(self) -> bool:
        """Whether letters are only kept, as there is nobody to hand them to."""
        return self.send is None and self._mail.server is None

    def start(self) -> None:
        """Go on a thread of its own: a slow mail server keeps nobody else waiting."""
        self._stopping.clear()
        threading.Thread(target=self._go, name="paydesk-post", daemon=True).start()

    def stop(self) -> None:
        """Begin no other letter."""
        self._stopping.set()

    def run(self) -> int:
        """Send what is due now; how many letters had their turn."""
        now = self._clock.now()
        if self.write is None or (self._resting_until is not None and now < self._resting_until):
            return 0
        due = self._due(now)
        if not due:
            return 0
        try:
            with self._carrier() as carry:
                return sum(self._take(each, carry) for each in due)
        except ServerAway as error:
            self._resting_until = now + _PAUSE
            self._put_off(due, str(error))
            log.warning("mail_server_away", error=str(error), letters=len(due))
            return len(due)

    def send_one(self, letter_id: str) -> None:
        """Send one letter now, while somebody waits for how it goes: it is tried this once."""
        try:
            with self._carrier() as carry:
                self._take(letter_id, carry, is_due=True)
        except ServerAway as error:
            with self._database.transaction() as tx:
                letter = tx.get_one(Letter, letter_id, with_for_update=True)
                letter.error = str(error)[:_MAX_ERROR]
        with self._database.transaction() as tx:
            letter = tx.get_one(Letter, letter_id, with_for_update=True)
            if letter.state == LetterState.QUEUED:
                self._close(letter, LetterState.FAILED, letter.error)

    def _go(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self.run()
            except Exception:
                log.exception("post_interrupted")

    def _due(self, now: datetime) -> list[str]:
        query = select(Letter.id).where(Letter.state == LetterState.QUEUED, Letter.due_at <= now)
        with self._database.transaction() as tx:
            return list(tx.scalars(query.order_by(Letter.due_at, Letter.id).limit(_AT_ONCE)))

    @contextmanager
    def _carrier(self) -> Iterator[Carry | None]:
        """What letters are handed to; None: they are kept."""
        if self.send is not None:
            yield self._by_host
        elif self._mail.server is None or not self._mail.is_on:
            yield None
        else:
            with smtp.connected(self._mail) as connection:
                yield lambda letter, written: smtp.deliver(
                    connection, message(written, str(letter.message_id), self._clock.now())
                )

    def _by_host(self, letter: Letter, written: Written) -> None:
        assert self.send is not None
        with self.around():
            self.send(Outgoing(letter.kind, letter.order_id, written, str(letter.message_id)))

    def _take(self, letter_id: str, carry: Carry | None, *, is_due: bool = False) -> int:
        claimed = None if self._stopping.is_set() else self._claim(letter_id, is_due=is_due)
        if claimed is None:
            return 0
        letter, write = claimed
        if write is None:
            return 1
        written = None
        try:
            written = write()
            if carry is not None:
                carry(letter, written)
        except ServerAway as error:
            self._end(letter_id, written, error)
            raise
        except Exception as error:
            if not isinstance(error, NotDelivered):
                # A template, or the host's sender: once it is mended, the letter leaves.
                log.exception("letter_not_sent", letter=letter_id, kind=letter.kind)
            self._end(letter_id, written, error)
        else:
            self._end(letter_id, written)
        return 1

    def _claim(
        self, letter_id: str, *, is_due: bool = False
    ) -> tuple[Letter, Callable[[], Written] | None] | None:
        """Note the next try, and gather what is to be written; None: another was first.

        `is_due`: whatever its time says.
        """
        now = self._clock.now()
        claim = (
            update(Letter)
            .where(Letter.id == letter_id, Letter.state == LetterState.QUEUED)
            .values(due_at=now + _HELD_FOR, tries=Letter.tries + 1)
            .execution_options(synchronize_session=False)
        )
        if not is_due:
            claim = claim.where(Letter.due_at <= now)
        with self._database.transaction() as tx:
            claimed = tx.execute(claim)
            assert isinstance(claimed, CursorResult)
            if claimed.rowcount != 1:
                return None
            letter = tx.get_one(Letter, letter_id, populate_existing=True)
            letter.message_id = letter.message_id or self._message_id(letter)
            if not self._mail.is_on:
                self._close(letter, LetterState.DROPPED, _OFF)
                return letter, None
            assert self.write is not None
            try:
                return letter, self.write(tx, letter)
            except Untrue as error:
                self._close(letter, LetterState.DROPPED, str(error))
            except Unaddressed as error:
                self._close(letter, LetterState.FAILED, str(error))
            return letter, None

    def _message_id(self, letter: Letter) -> str:
        domain = self._mail.sender.rpartition("@")[2] or self._host
        again = f".{letter.repeats}" if letter.repeats else ""
        return f"<{letter.id}{again}@{domain}>"

    def _put_off(self, letter_ids: list[str], error: str) -> None:
        """Those that had no turn: the server is away for all of them."""
        with self._database.transaction() as tx:
            waiting = select(Letter).where(
                Letter.id.in_(letter_ids),
                Letter.state == LetterState.QUEUED,
                Letter.due_at <= self._clock.now(),
            )
            for letter in tx.scalars(waiting):
                letter.tries += 1
                self._note(letter, error, is_final=False)

    def _end(self, letter_id: str, written: Written | None, error: Exception | None = None) -> None:
        with self._database.transaction() as tx:
            letter = tx.get_one(Letter, letter_id, with_for_update=True)
            if written is not None:
                letter.recipient, letter.language = written.recipient, written.language
                letter.subject, letter.text = written.subject, written.text
                letter.html = written.html
            if error is None:
                self._close(letter, LetterState.KEPT if self.keeps else LetterState.SENT)
            else:
                is_final = isinstance(error, NotDelivered) and error.is_final
                self._note(letter, _told(error), is_final=is_final)

    def _note(self, letter: Letter, error: str, *, is_final: bool) -> None:
        if is_final or letter.tries > len(_WAITS):
            self._close(letter, LetterState.FAILED, error)
            return
        letter.error = error[:_MAX_ERROR]
        letter.due_at = self._clock.now() + _WAITS[max(letter.tries, 1) - 1]
        log.warning("letter_delayed", letter=letter.id, kind=letter.kind, error=error)

    def _close(self, letter: Letter, state: LetterState, error: str | None = None) -> None:
        letter.state = state
        letter.error = error[:_MAX_ERROR] if error else None
        if state is LetterState.SENT:
            letter.sent_at = self._clock.now()
        log.info("letter_closed", letter=letter.id, kind=letter.kind, state=state.value)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, NotDelivered) else f"{type(error).__name__}: {error}"
