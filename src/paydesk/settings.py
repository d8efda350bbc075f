"""Every setting, read once from the environment (and a .env file), checked before anything runs."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from paydesk import checkout_options, mail_options
from paydesk.checkout_options import CheckoutOptions
from paydesk.foundation import naming
from paydesk.foundation.called import Called
from paydesk.foundation.errors import MisconfiguredError
from paydesk.foundation.language import LANGUAGES
from paydesk.mail_options import MailOptions

EMULATOR_URL = "http://127.0.0.1:12111"
# Where the shop of a laptop is, if nothing else is said.
BASE_URL = "http://localhost:5000"
# What the emulator is told; it takes any test key. Not secrets: they open nothing but it.
EMULATOR_SECRET_KEY = "sk_test_emulator_on_this_machine"  # noqa: S105 - no secret
EMULATOR_PUBLISHABLE_KEY = "pk_test_emulator_on_this_machine"
# Webhooks are quicker; the pull is for those that did not come.
USUAL_PULL_SECONDS = 300.0
# Where Stripe cannot call us, the buyer waits for the pull.
QUICK_PULL_SECONDS = 1.5
# Its address carries the name of the API version the page was written for.
STRIPE_JS_HOST = "https://js.stripe.com"
# The ways to pay, each by the name of its file in payments/ways.
WAYS = ("hosted", "embedded", "element", "charge")
# Offered only where it is asked for.
_LEGACY_WAY = "charge"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Mode(StrEnum):
    """Which Stripe we talk to."""

    EMULATOR = "emulator"
    TEST = "test"
    LIVE = "live"


class Environment(BaseSettings):
    """The variables as they stand in the environment, before they are checked together."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    stripe_publishable_key: str = Field("", validation_alias="STRIPE_PUBLISHABLE_KEY")
    """`pk_…`, of the same mode as the secret key. Neither: the emulator."""
    stripe_secret_key: str = Field("", validation_alias="STRIPE_SECRET_KEY", repr=False)
    """`sk_…` or a restricted `rk_…`. Neither key: the emulator."""
    stripe_webhook_secret: Annotated[list[str], NoDecode] = Field(
        default_factory=list, validation_alias="STRIPE_WEBHOOK_SECRET", repr=False
    )
    """`whsec_…`, several separated by commas. None: there is no webhook."""
    base_url: str = Field("", validation_alias="PAYDESK_BASE_URL")
    """The shop's own address; https with live keys. Unset: `http://localhost:5000`."""
    database_url: str = Field("", validation_alias="PAYDESK_DATABASE_URL", repr=False)
    """`postgresql://…` or `sqlite:///…`. Unset: a SQLite file in the data folder."""
    table_prefix: str = Field(naming.DECLARED, validation_alias="PAYDESK_TABLE_PREFIX")
    """What the names of Paydesk's tables begin with, in a database shared with others."""
    secret_key: str = Field("", validation_alias="PAYDESK_SECRET_KEY", repr=False)
    """Signs cookies; required with live keys. Unset: made and kept in the data folder."""
    url_prefix: str = Field(
        "", validation_alias="PAYDESK_URL_PREFIX", pattern=r"^(/[A-Za-z0-9._~-]+)*$"
    )
    """Where the pages stand below the address, such as `/shop`. Unset: at its root."""
    data_dir: Path = Field(Path("instance"), validation_alias="PAYDESK_DATA_DIR")
    """What the shop keeps on disk."""
    desk: bool | None = Field(None, validation_alias="PAYDESK_DESK")
    """Whether there is the operators' desk at `/admin`. Unset: in the shop, not in a host app."""
    emulator_url: str = Field("", validation_alias="PAYDESK_EMULATOR_URL")
    """An emulator that runs already, on this machine. Never with live keys."""
    shop_name: str = Field(
        "Paydesk", validation_alias="PAYDESK_SHOP_NAME", min_length=1, max_length=80
    )
    """The name in the head of each page."""
    languages: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: list(LANGUAGES), validation_alias="PAYDESK_LANGUAGES"
    )
    """What the pages and mails are offered in, the usual one first: `en`, `de`."""
    stripe_timeout_seconds: float = Field(
        10.0, validation_alias="PAYDESK_STRIPE_TIMEOUT_SECONDS", gt=0, le=10
    )
    """How long one call to Stripe may take."""

    ways: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["hosted"], validation_alias="PAYDESK_WAYS"
    )
    """The ways to pay, the usual one first: `hosted`, `embedded`, `element`, `charge`."""
    legacy_charges: bool = Field(default=False, validation_alias="PAYDESK_LEGACY_CHARGES")
    """Offers the legacy Charges API, too, after the other ways."""

    log_format: Literal["text", "json"] = Field("text", validation_alias="PAYDESK_LOG_FORMAT")
    """`text` for people; `json`: one object a line, on stderr."""
    trusted_proxies: int = Field(0, validation_alias="PAYDESK_TRUSTED_PROXIES", ge=0, le=10)
    """How many proxies before the shop add to `X-Forwarded-For`; 0: none is believed."""
    pull_seconds: float | None = Field(
        None, validation_alias="PAYDESK_PULL_SECONDS", ge=1, le=86_400
    )
    """How often Stripe is asked for events. Unset: `300`, or `1.5` without a webhook secret."""

    @field_validator("stripe_webhook_secret", "ways", "languages", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("stripe_publishable_key", "stripe_secret_key", "secret_key", "base_url")
    @classmethod
    def _strip(cls, value: str) -> str:
        return value.strip()


@dataclass(frozen=True)
class Settings:
    """What the shop runs with. Made by `load` or, in tests and host apps, by hand."""

    mode: Mode
    publishable_key: str
    secret_key: str
    webhook_secrets: tuple[str, ...]
    base_url: str
    database_url: str
    app_secret: str
    data_dir: Path
    shop_name: str = "Paydesk"
    # The languages that are offered, the usual one first: codes of foundation/language.
    languages: tuple[str, ...] = tuple(LANGUAGES)
    # None: Stripe's own address.
    stripe_api_base: str | None = None
    stripe_timeout_seconds: float = 10.0
    # Where `paydesk run` listens; behind a proxy this is not in `base_url`.
    listen_port: int | None = None
    # How often Stripe is asked for events that did not come by themselves.
    pull_seconds: float = USUAL_PULL_SECONDS
    # The ways to pay that are offered, the usual one first: names of payments/ways.
    ways: tuple[str, ...] = ("hosted",)
    checkout: CheckoutOptions = field(default_factory=CheckoutOptions)
    mail: MailOptions = field(default_factory=MailOptions)
    # How many proxies stand before us that add to X-Forwarded-For; 0: the header is not believed.
    trusted_proxies: int = 0
    # What the names of our tables begin with.
    table_prefix: str = naming.DECLARED
    # One line an event: `text` for people, `json` for machines.
    log_format: str = "text"
    # Where the pages stand below `base_url`, such as /shop; empty: at its root.
    url_prefix: str = ""
    # Whether there is the operators' desk; None: as it is usual where the shop stands.
    desk: bool | None = None
    # How our commands are called where the shop stands.
    called: Called = field(default_factory=Called)

    @property
    def livemode(self) -> bool:
        return self.mode is Mode.LIVE

    @property
    def pages_url(self) -> str:
        """Where the shop's pages stand; the webhook is one of them."""
        return f"{self.base_url}{self.url_prefix}"

    @property
    def desk_url(self) -> str:
        """Where the operators' desk stands."""
        return f"{self.pages_url}/admin"

    @property
    def stripe_js(self) -> str:
        """Where Stripe.js is loaded from: Stripe alone may serve it ("Stripe.js", PCI)."""
        return f"{self.stripe_api_base or STRIPE_JS_HOST}/endive/stripe.js"

    @cached_property
    def is_https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"

    def __repr__(self) -> str:
        # A settings object in a log or a traceback must not carry a key.
        return f"Settings(mode={self.mode.value!r}, base_url={self.base_url!r})"


def load(
    environment: Environment | None = None, *, given: Mapping[str, Any] | None = None
) -> Settings:
    """Read, check and complete the settings; what is `given` under a variable's name goes first.

    Raises MisconfiguredError, whose message names the variable and says what to do.
    """
    given = given or {}
    unknown = sorted(set(given) - known_names())
    if unknown:
        raise MisconfiguredError(f"{unknown[0]} is no setting of Paydesk.")
    env = environment if environment is not None else read_environment(given)
    mode = _mode(env)
    base_url = _base_url(env.base_url or BASE_URL, mode)
    emulated = mode is Mode.EMULATOR
    return Settings(
        mode=mode,
        publishable_key=env.stripe_publishable_key
        or (EMULATOR_PUBLISHABLE_KEY if emulated else ""),
        secret_key=env.stripe_secret_key or (EMULATOR_SECRET_KEY if emulated else ""),
        webhook_secrets=_webhook_secrets(env.stripe_webhook_secret),
        base_url=base_url,
        database_url=env.database_url or f"sqlite:///{env.data_dir.absolute() / 'paydesk.sqlite3'}",
        table_prefix=naming.checked_prefix(env.table_prefix),
        url_prefix=env.url_prefix,
        desk=env.desk,
        app_secret=_app_secret(env, mode),
        data_dir=env.data_dir.absolute(),
        shop_name=env.shop_name,
        languages=_languages(env.languages),
        stripe_api_base=_emulator_url(env.emulator_url or EMULATOR_URL) if emulated else None,
        stripe_timeout_seconds=env.stripe_timeout_seconds,
        trusted_proxies=env.trusted_proxies,
        log_format=env.log_format,
        ways=_ways(env.ways, legacy_charges=env.legacy_charges),
        checkout=checkout_options.load(given),
        mail=mail_options.load(given),
        pull_seconds=env.pull_seconds
        or (USUAL_PULL_SECONDS if env.stripe_webhook_secret else QUICK_PULL_SECONDS),
    )


def known_names() -> frozenset[str]:
    """The names of all variables there are."""
    ours = (str(field.validation_alias) for field in Environment.model_fields.values())
    return frozenset({*ours, *checkout_options.names(), *mail_options.names()})


def read_environment(given: Mapping[str, Any] | None = None) -> Environment:
    """The variables, each checked by itself. Raises MisconfiguredError naming the variable."""
    try:
        return Environment(
            **{name: value for name, value in (given or {}).items() if value not in (None, "")}
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise MisconfiguredError(f"{name}: {first['msg']}") from None


def _mode(env: Environment) -> Mode:
    secret, public = env.stripe_secret_key, env.stripe_publishable_key
    if not secret and not public:
        return Mode.EMULATOR
    if not secret:
        raise MisconfiguredError(
            "STRIPE_SECRET_KEY is missing although STRIPE_PUBLISHABLE_KEY is set. Take it from "
            "your Stripe Dashboard, Developers > API keys, or unset both to use the emulator."
        )
    if not public:
        raise MisconfiguredError(
            "STRIPE_PUBLISHABLE_KEY is missing although STRIPE_SECRET_KEY is set. Take it from "
            "your Stripe Dashboard, Developers > API keys, or unset both to use the emulator."
        )
    live = _is_live(secret, "STRIPE_SECRET_KEY", ("sk", "rk"))
    if _is_live(public, "STRIPE_PUBLISHABLE_KEY", ("pk",)) is not live:
        raise MisconfiguredError(
            "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes: one is a test "
            "key, the other a live key. Use two keys of one mode."
        )
    if live and env.emulator_url:
        raise MisconfiguredError(
            "PAYDESK_EMULATOR_URL is set together with a live STRIPE_SECRET_KEY. A live key is "
            "never sent to an emulator: unset PAYDESK_EMULATOR_URL, or use test keys."
        )
    if live:
        return Mode.LIVE
    return Mode.EMULATOR if env.emulator_url else Mode.TEST


def _is_live(key: str, name: str, kinds: tuple[str, ...]) -> bool:
    kind, _, rest = key.partition("_")
    mode, _, tail = rest.partition("_")
    if kind not in kinds or mode not in ("test", "live") or not tail or not key.isascii():
        wanted = " or ".join(f"{each}_test_…, {each}_live_…" for each in kinds)
        raise MisconfiguredError(f"{name} does not look like Stripe's: it should be {wanted}.")
    if any(character.isspace() for character in key):
        raise MisconfiguredError(f"{name} contains a space or a line break; paste it again.")
    return mode == "live"


def _base_url(url: str, mode: Mode) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise MisconfiguredError(
            f"PAYDESK_BASE_URL is {url!r}; it must be the shop's own address, "
            "such as https://shop.example"
        )
    if mode is Mode.LIVE and parts.scheme != "https":
        raise MisconfiguredError(
            f"PAYDESK_BASE_URL is {url!r}; with live keys it must begin with https://"
        )
    return url.rstrip("/")


def _emulator_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise MisconfiguredError(
            f"PAYDESK_EMULATOR_URL is {url!r}; the emulator runs on this machine only, "
            f"so it must be like {EMULATOR_URL}"
        )
    return url.rstrip("/")


def _webhook_secrets(values: list[str]) -> tuple[str, ...]:
    for value in values:
        if not value.startswith("whsec_") or not value.isascii() or len(value) < 12:
            raise MisconfiguredError(
                "STRIPE_WEBHOOK_SECRET holds something that is not a signing secret: each begins "
                "with whsec_; several are separated by commas."
            )
    return tuple(values)


def _languages(codes: list[str]) -> tuple[str, ...]:
    for code in codes:
        if code not in LANGUAGES:
            raise MisconfiguredError(
                f"PAYDESK_LANGUAGES names {code!r}; there is: {', '.join(LANGUAGES)}. Several are "
                "separated by commas, the usual one first."
            )
    return tuple(dict.fromkeys(codes)) or tuple(LANGUAGES)


def _ways(names: list[str], *, legacy_charges: bool) -> tuple[str, ...]:
    allowed = [name for name in WAYS if legacy_charges or name != _LEGACY_WAY]
    for name in names:
        if name == _LEGACY_WAY and not legacy_charges:
            raise MisconfiguredError(
                "PAYDESK_WAYS names charge, which is the legacy Charges API: Stripe does not "
                "support it any more, and it knows no 3-D Secure. To offer it all the same, set "
                "PAYDESK_LEGACY_CHARGES=true as well."
            )
        if name not in allowed:
            raise MisconfiguredError(
                f"PAYDESK_WAYS names {name!r}; there is: {', '.join(allowed)}. Several are "
                "separated by commas, the usual one first."
            )
    # The flag alone offers it after the others.
    legacy = [_LEGACY_WAY] if legacy_charges else []
    return tuple(dict.fromkeys([*names, *legacy])) or WAYS[:1]


def _app_secret(env: Environment, mode: Mode) -> str:
    if env.secret_key:
        if len(env.secret_key) < 16:
            raise MisconfiguredError(
                "PAYDESK_SECRET_KEY is shorter than 16 characters. Make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        return env.secret_key
    if mode is Mode.LIVE:
        raise MisconfiguredError(
            "PAYDESK_SECRET_KEY is missing; with live keys it must be set. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return kept_secret(env.data_dir / "secret_key")


def kept_secret(file: Path) -> str:
    """A secret made once and kept in `file`, readable by its owner alone; for test modes only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Exclusive: of two processes that start at once, one writes and the other reads.
        with file.open("x", encoding="ascii") as out:
            file.chmod(0o600)
            out.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    value = file.read_text(encoding="ascii").strip()
    if not value:
        raise MisconfiguredError(f"{file} is empty; delete it and start again.")
    return value
