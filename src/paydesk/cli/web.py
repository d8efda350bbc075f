"""`paydesk web`: serve the shop."""

from dataclasses import replace

import click

from paydesk.cli.asking import fail, mounted, opened_shop
from paydesk.cli.metrics_port import metrics_host, metrics_port, must_be_free


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--pull",
    is_flag=True,
    help="Ask Stripe every other second for what happened, as where no webhook can arrive.",
)
@metrics_port
@metrics_host
def web(host: str, port: int, metrics_port: int | None, metrics_host: str, *, pull: bool) -> None:
    """Serve the shop and run its jobs, in one process. The database must be up to date.

    Under `flask paydesk web` it serves your app, with the shop in it.
    """
    from paydesk.cli.serving import serve
    from paydesk.migrations import schema
    from paydesk.settings import QUICK_PULL_SECONDS

    with opened_shop() as shop:
        if not schema.is_current(shop.database):
            fail("The database is not up to date. Run: paydesk db migrate")
        settings = shop.settings
    if pull:
        settings = replace(settings, pull_seconds=min(settings.pull_seconds, QUICK_PULL_SECONDS))
    must_be_free(host, port, "--port")
    metrics = (metrics_host, metrics_port) if metrics_port is not None else None
    if metrics is not None:
        must_be_free(*metrics, "--metrics-port")
    serve(settings, host=host, port=port, metrics=metrics, mount=mounted())
