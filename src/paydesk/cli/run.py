"""`paydesk run`: the shop, and the emulator unless there are keys, with one command."""

import os
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from paydesk.cli import whereabouts
from paydesk.cli.asking import environment_settings, fail, mounted
from paydesk.cli.progress import progress_bar
from paydesk.cli.whereabouts import Place

if TYPE_CHECKING:
    from paydesk.cli.emulator_process import EmulatorProcess
    from paydesk.settings import Settings

_HOST = "127.0.0.1"
_SHOP_PORT = 5000
_EMULATOR_PORT = 12111
_START_SECONDS = 20.0


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=f"Port of the shop. Default: {_SHOP_PORT}, or the next free one.",
)
@click.option(
    "--emulator-port",
    type=click.IntRange(1, 65535),
    help=f"Port of the emulator. Default: {_EMULATOR_PORT}, or the next free one.",
)
@click.option("--demo", is_flag=True, help="Fill a new shop with sixty days of orders first.")
def run(port: int | None, emulator_port: int | None, *, demo: bool) -> None:
    """Start everything: database, demonstration products, Stripe emulator, shop.

    With STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY set, the shop talks to Stripe instead of
    the emulator. Ctrl-C stops everything.
    """
    from paydesk.settings import Mode

    if mounted() is not None:
        fail(
            "In an app of your own: run stripe-emulator, then flask paydesk db migrate and "
            "flask paydesk web."
        )
    wanted = environment_settings()
    settings = _at_port(wanted, port)
    emulator = None
    if settings.mode is Mode.EMULATOR:
        if demo:
            fill(settings, emulator_port)
            # That takes a while, and the port may be somebody else's by now.
            settings = _still_at_port(settings, wanted, port)
        settings, emulator = with_emulator(settings, emulator_port)
    whereabouts.write(settings.data_dir, Place(settings.base_url, settings.stripe_api_base))
    try:
        prepare(settings)
        _serve(settings, emulator)
    finally:
        whereabouts.forget(settings.data_dir)
        if emulator is not None:
            emulator.stop()


def with_emulator(
    settings: "Settings", port: int | None
) -> "tuple[Settings, EmulatorProcess | None]":
    """Settings for a new emulator and its process; none if PAYDESK_EMULATOR_URL answers already."""
    from paydesk.cli.emulator_process import is_answering, start_emulator
    from paydesk.settings import EMULATOR_URL, QUICK_PULL_SECONDS

    # Asking costs nothing here, and a webhook that the emulator was told to lose is soon missed.
    settings = replace(settings, pull_seconds=min(settings.pull_seconds, QUICK_PULL_SECONDS))
    wanted = settings.stripe_api_base
    if wanted != EMULATOR_URL and wanted is not None and is_answering(f"{wanted}/health"):
        return settings, None
    secrets = settings.webhook_secrets or whereabouts.kept_webhook_secrets(
        settings.data_dir, make=True
    )
    emulator = start_emulator(
        port=_port(port, _EMULATOR_PORT, "--emulator-port"),
        data=settings.data_dir / "stripe",
        webhook_url=_webhook_url(settings),
        secret=secrets[0],
    )
    return replace(settings, webhook_secrets=secrets, stripe_api_base=emulator.url), emulator


def fill(settings: "Settings", port: int | None) -> None:
    """Sixty days of orders for a shop that has none, at an emulator that tells nobody of them."""
    from paydesk.cli.demonstrating import demonstrate
    from paydesk.cli.emulator_process import is_answering, start_emulator
    from paydesk.cli.working_off import work_off
    from paydesk.foundation.errors import ShopError
    from paydesk.settings import EMULATOR_URL

    prepare(settings)
    if settings.stripe_api_base not in (None, EMULATOR_URL) or _has_orders(settings):
        # Somebody's own emulator has things of theirs, and a shop with orders is a shop.
        return
    chosen = _port(port, _EMULATOR_PORT, "--emulator-port")
    data = settings.data_dir / "stripe"
    emulator = start_emulator(port=chosen, data=data, webhook_url=None, secret="")
    try:
        until = time.monotonic() + _START_SECONDS
        while not is_answering(f"{emulator.url}/health") and time.monotonic() < until:
            time.sleep(0.05)
        with progress_bar("Sixty days of demonstration orders") as progress:
            demonstrate(replace(settings, stripe_api_base=emulator.url), progress)
        work_off(settings, emulator.url)
    except (RuntimeError, ShopError) as error:
        # The shop is there all the same, with what had come of it.
        click.echo(f"The demonstration ended early: {error}", err=True)
    finally:
        emulator.stop()


def _has_orders(settings: "Settings") -> bool:
    from sqlalchemy import select

    from paydesk.foundation.database import Database
    from paydesk.orders.order import Order

    database = Database(settings.database_url, prefix=settings.table_prefix)
    try:
        with database.transaction() as tx:
            return tx.scalar(select(Order.id).limit(1)) is not None
    finally:
        database.close()


def prepare(settings: "Settings") -> None:
    """Bring the database up to date and, in a shop that is not live, fill an empty catalogue."""
    from paydesk.business import demonstration
    from paydesk.catalogue.demonstration import load_products
    from paydesk.foundation.clock import Clock
    from paydesk.foundation.database import Database
    from paydesk.fulfilment.demonstration_files import give_files
    from paydesk.migrations import schema

    database = Database(settings.database_url, prefix=settings.table_prefix)
    try:
        schema.migrate(database)
        if not settings.livemode:
            with database.transaction() as tx:
                if load_products(tx, Clock()):
                    demonstration.load(tx, Clock())
                    give_files(tx, settings.data_dir, Clock())
    finally:
        database.close()


def _serve(settings: "Settings", emulator: "EmulatorProcess | None") -> None:
    from paydesk.cli.serving import serve

    if emulator is not None:
        emulator.watch(_emulator_died)
    threading.Thread(target=_announce, args=(settings, emulator), daemon=True).start()
    serve(
        settings,
        host=_HOST,
        port=_port_of(settings),
        stopped=emulator.stop if emulator is not None else None,
    )


def _announce(settings: "Settings", emulator: "EmulatorProcess | None") -> None:
    """Say where to go, once it is true."""
    from paydesk.cli.emulator_process import is_answering

    waiting = [f"http://{_HOST}:{_port_of(settings)}/healthz"]
    if emulator is not None:
        waiting.append(f"{emulator.url}/health")
    until = time.monotonic() + _START_SECONDS
    while waiting and time.monotonic() < until:
        waiting = [url for url in waiting if not is_answering(url)]
        time.sleep(0.05)
    if waiting:
        click.echo(f"Still no answer from {waiting[0]}; see the messages above.", err=True)
        return
    click.echo(_welcome(settings, emulator))


def _welcome(settings: "Settings", emulator: "EmulatorProcess | None") -> str:
    lines = ["", f"  Shop               {settings.pages_url}"]
    if settings.desk is not False:
        lines.append(f"  Desk               {_desk_address(settings)}")
    if emulator is not None:
        lines += [
            f"  Stripe emulator    {emulator.url}/dashboard",
            "",
            "  Open the shop, purchase something, and pay with the card 4242 4242 4242 4242.",
            "  No account, no internet, no real money.",
        ]
    else:
        lines += [
            f"  Stripe             {settings.mode.value} mode",
            "",
            _webhook_advice(settings),
        ]
    lines += ["  Ctrl-C stops everything; what was sold is kept.", ""]
    return "\n".join(lines)


def _desk_address(settings: "Settings") -> str:
    """The desk; while nobody can sign in, a link that makes the first owner."""
    from paydesk.foundation.clock import Clock
    from paydesk.foundation.database import Database
    from paydesk.staff import links, member

    if settings.livemode:
        # A terminal's scrollback is no place for what opens a live shop: paydesk staff owner-link
        return f"{settings.desk_url}/"
    database = Database(settings.database_url, prefix=settings.table_prefix)
    try:
        with database.transaction() as tx:
            if member.has_owner(tx):
                return f"{settings.desk_url}/"
            return f"{settings.desk_url}/welcome/{links.issue(tx, Clock(), None)}"
    finally:
        database.close()


def _webhook_advice(settings: "Settings") -> str:
    if settings.webhook_secrets:
        return f"  Webhooks are taken at {settings.pages_url}/webhook."
    return (
        "  No STRIPE_WEBHOOK_SECRET, so Stripe cannot call: it is asked for payments every "
        f"{settings.pull_seconds:g} s instead."
    )


def _at_port(settings: "Settings", port: int | None) -> "Settings":
    """Settings whose address is where the shop will listen."""
    if settings.base_url != f"http://localhost:{_SHOP_PORT}":
        # Somebody chose the address: a proxy stands there, or this very port.
        return replace(settings, listen_port=_port(port, _SHOP_PORT, "--port"))
    chosen = _port(port, _SHOP_PORT, "--port")
    return replace(settings, base_url=f"http://localhost:{chosen}", listen_port=chosen)


def _still_at_port(settings: "Settings", wanted: "Settings", port: int | None) -> "Settings":
    from paydesk.cli.ports import is_free

    return settings if is_free(_HOST, _port_of(settings)) else _at_port(wanted, port)


def _port(wanted: int | None, usual: int, option: str) -> int:
    from paydesk.cli.ports import first_free, is_free

    if wanted is not None:
        if not is_free(_HOST, wanted):
            fail(f"Port {wanted} is in use. Stop what uses it, or choose another: {option}")
        return wanted
    free = first_free(_HOST, usual)
    if free is None:
        fail(f"No free port from {usual} on. Choose one: {option}")
    if free != usual:
        click.echo(f"Port {usual} is in use; taking {free}.", err=True)
    return free


def _port_of(settings: "Settings") -> int:
    assert settings.listen_port is not None
    return settings.listen_port


def _webhook_url(settings: "Settings") -> str:
    return f"http://{_HOST}:{_port_of(settings)}{settings.url_prefix}/webhook"


def _emulator_died(code: int) -> None:
    click.echo(f"The Stripe emulator ended (exit code {code}); stopping the shop.", err=True)
    os.kill(os.getpid(), signal.SIGTERM)
