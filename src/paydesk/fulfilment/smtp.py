"""Hands letters to a mail server; what it answers is sorted into "again" and "never"."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from paydesk.mail_options import MailOptions, SmtpServer

_PERMANENT = 500


class NotDelivered(Exception):
    """A letter was not taken. `is_final`: nor will it ever be, as it is."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class ServerAway(NotDelivered):
    """The mail server cannot be reached or refuses us: no letter can be handed over now."""


@contextmanager
def connected(options: MailOptions) -> Iterator[smtplib.SMTP]:
    """A connection that has signed in. Raises ServerAway, in words without the password."""
    assert options.server is not None
    try:
        connection = _connect(options.server, options.timeout_seconds)
    except (OSError, smtplib.SMTPException) as error:
        # An OSError may name the address, never what was sent.
        raise ServerAway(f"{options.server.name}: {words(error)}") from None
    try:
        yield connection
    finally:
        try:
            connection.quit()
        except (OSError, smtplib.SMTPException):
            connection.close()


def deliver(connection: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand one letter over. Raises NotDelivered, or ServerAway if the connection is of no use."""
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words_ = next(iter(error.recipients.values()))
        raise NotDelivered(_answer(code, words_), is_final=code >= _PERMANENT) from None
    except smtplib.SMTPResponseException as error:
        said = _answer(error.smtp_code, error.smtp_error)
        raise NotDelivered(said, is_final=error.smtp_code >= _PERMANENT) from None
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered(words(error), is_final=True) from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerAway(words(error)) from None


def words(error: Exception) -> str:
    """What went wrong, for operators."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _connect(server: SmtpServer, timeout_seconds: float) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    where: dict[str, Any] = {"host": server.host, "port": server.port, "timeout": timeout_seconds}
    if server.security == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(**where, context=secure)
    else:
        connection = smtplib.SMTP(**where)
    try:
        if server.security == "smtp+starttls":
            connection.starttls(context=secure)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:500]
