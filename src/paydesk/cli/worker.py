"""`paydesk worker`: run jobs without serving pages."""

import signal
import threading

import click

from paydesk.cli.asking import fail, opened_mount, opened_shop
from paydesk.cli.metrics_port import metrics_host, metrics_port, serve_on_free_port


@click.command()
@metrics_port
@metrics_host
def worker(metrics_port: int | None, metrics_host: str) -> None:
    """Run handlers, retries, the pull and the sweeper, without serving pages.

    Any number of workers and of `paydesk web` can share one PostgreSQL; what one leaves undone
    when it dies, the others take over.
    """
    from paydesk.cli.ending import end_process
    from paydesk.migrations import schema

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    # Letters are written from the pages' templates.
    with opened_mount() as mount:
        shop = mount.shop
        if not schema.is_current(shop.database):
            fail("The database is not up to date. Run: paydesk db migrate")
        if metrics_port is not None:
            serve_on_free_port(shop, metrics_host, metrics_port)
        shop.worker.start()
        click.echo("The worker runs. Ctrl-C stops it.")
        stopped.wait()
        shop.worker.stop()
    end_process()


@click.command()
def sweep() -> None:
    """Ask Stripe about orders nobody speaks of any more, once. The worker does so by itself."""
    with opened_shop() as shop:
        count = shop.sweeping.run()
    click.echo(f"{count} looked at.")
