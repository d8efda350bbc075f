"""Where Prometheus may ask: the options of `paydesk web` and `paydesk worker`."""

from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import fail

if TYPE_CHECKING:
    from paydesk.wiring import Shop

metrics_port = click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Show Prometheus metrics at http://ADDRESS:PORT/metrics. Default: not at all.",
)
metrics_host = click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="Address for --metrics-port. Never one that buyers can reach.",
)


def must_be_free(host: str, port: int, option: str) -> None:
    """End with exit code 1 if a server could not listen there."""
    from paydesk.cli.ports import is_free

    if not is_free(host, port):
        fail(f"Port {port} on {host} is in use. Stop what uses it, or choose another: {option}")


def serve_on_free_port(shop: "Shop", host: str, port: int) -> None:
    """Answer Prometheus there, or end with exit code 1 if something else does."""
    from paydesk.cli.metrics import serve_metrics

    must_be_free(host, port, "--metrics-port")
    serve_metrics(shop, host, port)
