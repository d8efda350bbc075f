"""The whole examination: asks everybody, in an order in which one failure explains the next."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError

from paydesk.doctor import (
    of_business,
    of_database,
    of_files,
    of_mail,
    of_settings,
    of_staff,
    of_stripe,
    reaching,
)
from paydesk.doctor.diagnosis import Diagnosis, Grade
from paydesk.foundation.logs import hidden
from paydesk.migrations import schema
from paydesk.payments.endpoints import Endpoint
from paydesk.payments.gateway import StripeRefused, StripeUnreachable
from paydesk.payments.gateway.administration import API_VERSION
from paydesk.payments.vitals import vitals
from paydesk.wiring import Shop

_TOLD = ("flask", "sqlalchemy", "dbos", "stripe", "waitress")


@dataclass(frozen=True)
class Group:
    """Checks that are made together. `asks_others`: it waits for Stripe or for our own address."""

    name: str
    title: str
    checks: Callable[[Shop], list[Diagnosis]]
    asks_others: bool = False

    def look(self, shop: Shop) -> list[Diagnosis]:
        """What they find; what mends it is called as it is called where the shop stands."""
        called = shop.settings.called
        return [replace(each, fix=called.in_words(each.fix)) for each in self.checks(shop)]


def examine(shop: Shop) -> list[Diagnosis]:
    """Every check; changes nothing, here or at Stripe. Raises nothing that a check foresees."""
    return [found for group in GROUPS for found in group.look(shop)]


def report(found: list[Diagnosis], shop: Shop) -> str:
    """What can be sent to whoever helps: versions and findings, without keys and addresses."""
    lines = [
        f"Paydesk {version('paydesk')}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}",
        ", ".join(f"{name} {version(name)}" for name in _TOLD),
        f"mode {shop.settings.mode.value}, API {API_VERSION}, "
        f"{shop.database.engine.dialect.name}, "
        f"{len(shop.settings.webhook_secrets)} webhook secrets",
        "",
        *(f"{each.grade.value:8} {each.check}: {each.reason}" for each in found),
    ]
    text = "\n".join(lines)
    for private in _private(shop):
        text = text.replace(private, "***")
    return hidden(text)


def worst(found: list[Diagnosis]) -> Grade:
    grades = {each.grade for each in found}
    return next(each for each in (Grade.FAILURE, Grade.WARNING, Grade.OK) if each in grades)


def _settings(shop: Shop) -> list[Diagnosis]:
    settings = shop.settings
    return [
        of_settings.keys(settings),
        of_settings.emulator(settings),
        of_settings.address(settings),
        of_settings.folder(settings),
        of_settings.secret(settings),
        of_settings.proxies(settings),
    ]


def _reached(shop: Shop) -> list[Diagnosis]:
    if not shop.settings.webhook_secrets:
        # There is no such page then.
        return []
    return [reaching.reached(shop.settings, shop.endpoints.url, reaching.knock)]


def _stripe(shop: Shop) -> list[Diagnosis]:
    settings = shop.settings
    look = shop.administration.look()
    now = shop.clock.now()
    account = of_stripe.account(settings, look)
    if account.grade is not Grade.OK:
        # Nothing else can be asked.
        clock = [of_stripe.clock(look, now)] if look.told_at else []
        return [*_reached(shop), account, *clock]
    return [
        *_reached(shop),
        account,
        of_stripe.version(),
        of_stripe.clock(look, now),
        of_stripe.endpoint(settings, shop.endpoints.url, _endpoints(shop)),
    ]


def _endpoints(shop: Shop) -> list[Endpoint] | None:
    try:
        return shop.endpoints.all()
    except (StripeRefused, StripeUnreachable):
        return None


def _database(shop: Shop) -> list[Diagnosis]:
    try:
        current = schema.is_current(shop.database)
        if not current:
            return [of_database.migrations(current=False)]
        now: datetime = shop.clock.now()
        with shop.database.transaction() as tx:
            found, outbox = vitals(tx, now), of_mail.outbox(tx, now)
    except SQLAlchemyError as error:
        return [of_database.unreachable(_words(error))]
    return [
        of_database.migrations(current=True),
        of_database.worker(found),
        of_database.events(shop.settings, found, now),
        of_database.pull(found, now),
        of_database.effects(found),
        outbox,
    ]


def _business(shop: Shop) -> list[Diagnosis]:
    try:
        with shop.database.reading() as tx:
            return [
                of_business.seller(tx, shop.settings),
                of_business.texts(tx, shop.settings),
                of_staff.owners(tx, shop.settings),
                of_files.present(tx, shop.settings),
            ]
    except SQLAlchemyError:
        # Said of the database already.
        return []


def _words(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    words = str(cause).strip().splitlines()
    return hidden(words[0][:200]).rstrip(".") if words else type(error).__name__


def _private(shop: Shop) -> list[str]:
    settings, mail = shop.settings, shop.settings.mail
    found = [
        *((mail.server.password, mail.server.user, mail.server.host) if mail.server else ()),
        *(mail.sender, *mail.notified),
        *(settings.secret_key, settings.publishable_key, settings.app_secret),
        *settings.webhook_secrets,
        *(settings.database_url, settings.base_url, str(settings.data_dir)),
    ]
    return [each for each in found if each]


def _mail(shop: Shop) -> list[Diagnosis]:
    return [of_mail.server(shop.settings, shop.post)]


GROUPS = (
    Group("settings", "Settings", _settings),
    Group("stripe", "Stripe", _stripe, asks_others=True),
    Group("mail", "Mail server", _mail, asks_others=True),
    Group("database", "Database and worker", _database),
    Group("business", "Shop and staff", _business),
)
