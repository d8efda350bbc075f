"""How letters leave: by which server, from whom, and to whom of the shop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from paydesk.foundation.errors import MisconfiguredError

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class SmtpServer:
    """Where letters are handed over. `security`: of `smtp`, `smtp+starttls` and `smtps`."""

    security: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """For people; the password is no part of it."""
        return f"{self.security}://{self.host}:{self.port}"


@dataclass(frozen=True)
class MailOptions:
    """`is_on`: letters are written at all. Without `server` they are kept, and sent to nobody."""

    is_on: bool = True
    server: SmtpServer | None = None
    sender: str = ""
    # Who of the shop is told of orders, disputes and late payments.
    notified: tuple[str, ...] = ()
    timeout_seconds: float = 10.0


class _Environment(BaseSettings):
    """The variables as they stand in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="PAYDESK_",
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    mail: Literal["on", "off"] = "on"
    """`off`: no letters, to nobody."""
    smtp_url: str = Field("", repr=False)
    """`smtps://user:password@host:465`, `smtp+starttls://…:587`. Unset: letters are only kept."""
    mail_from: str = ""
    """Whom letters come from, such as `shop@example.com`; needed with `PAYDESK_SMTP_URL`."""
    mail_notify: Annotated[tuple[str, ...], NoDecode] = ()
    """Who is told of orders, disputes and late payments: addresses, separated by commas."""
    smtp_timeout_seconds: float = Field(10.0, gt=0, le=60)
    """How long the mail server may take to answer."""

    @field_validator("mail_notify", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def names() -> list[str]:
    """The names of the variables."""
    return [f"PAYDESK_{name.upper()}" for name in _Environment.model_fields]


def load(given: Mapping[str, Any] | None = None) -> MailOptions:
    """What the environment says; what is `given` under a variable's name goes first.

    Raises MisconfiguredError, naming the variable.
    """
    ours = {
        name.removeprefix("PAYDESK_").lower(): value
        for name, value in (given or {}).items()
        if name in names() and value not in (None, "")
    }
    try:
        env = _Environment(**ours)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"] if isinstance(part, str))
        raise MisconfiguredError(f"PAYDESK_{name.upper()}: {first['msg']}") from None
    for variable, addresses in (("FROM", (env.mail_from,)), ("NOTIFY", env.mail_notify)):
        for address in filter(None, addresses):
            if not is_address(address):
                raise MisconfiguredError(
                    f"PAYDESK_MAIL_{variable}: {address!r} is no e-mail address; it should be "
                    "like shop@example.com"
                )
    server = _server(env.smtp_url.strip()) if env.smtp_url.strip() else None
    if server is not None and not env.mail_from:
        raise MisconfiguredError(
            "PAYDESK_MAIL_FROM is missing although PAYDESK_SMTP_URL is set: letters need a sender."
        )
    return MailOptions(
        is_on=env.mail == "on",
        server=server,
        sender=env.mail_from,
        notified=env.mail_notify,
        timeout_seconds=env.smtp_timeout_seconds,
    )


def is_address(text: str) -> bool:
    """Whether a letter can be addressed so: one mailbox in ASCII, without a name."""
    if not text.isprintable() or " " in text or text.count("@") != 1:
        return False
    try:
        found = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return False
    return bool(found.username) and "." in found.domain.strip(".")


def _server(url: str) -> SmtpServer:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query:
        # Not what it is: there is a password in it.
        raise MisconfiguredError(
            "PAYDESK_SMTP_URL is no address of a mail server; it should be like "
            "smtps://user:password@mail.example:465 or smtp+starttls://user:password@…:587, with "
            "%40 for an @ and %2F for a / in the password."
        )
    if parts.username and parts.scheme == "smtp" and host not in _LOOPBACK:
        raise MisconfiguredError(
            "PAYDESK_SMTP_URL would send the password unprotected: begin it with smtps:// or "
            "smtp+starttls://"
        )
    return SmtpServer(
        security=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
