"""The two that are compared, on one server: the shop, and bare views of the same pages' size."""

import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from flask_wtf.csrf import generate_csrf
from jinja2 import DictLoader
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.pages import PAGES
from paydesk.business import demonstration as sellers
from paydesk.catalogue.demonstration import load_products
from paydesk.cli.serving import Server
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.foundation.logs import configure_logs
from paydesk.migrations.schema import migrate
from paydesk.settings import Mode, Settings
from paydesk.web.app import create_app

_A_VALUE = "Small, ink"
_TOKEN = re.compile(r'(name="csrf_token" value=")[^"]+')


def main() -> None:
    """Serve both until the input ends."""
    port, url = int(sys.argv[1]), sys.argv[2]
    configure_logs()
    stop = threading.Event()
    with both(None if url == "-" else url) as app:
        server = Server(app, "127.0.0.1", port, app.app.extensions["paydesk"].shop.settings)
        serving = threading.Thread(target=server.run, args=(stop,))
        serving.start()
        sys.stdin.read()
        stop.set()
        serving.join()


@contextmanager
def both(database_url: str | None = None) -> Iterator[Any]:
    """The app: the shop's pages where they are, the bare ones as `/bare/home` and so on."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), database_url)
        database = Database(settings.database_url)
        migrate(database)
        with database.transaction() as tx:
            load_products(tx, Clock())
            sellers.load(tx, Clock())
        database.close()
        shop = create_app(settings)
        try:
            yield DispatcherMiddleware(shop, {"/bare": _bare(shop)})
        finally:
            shop.extensions["paydesk"].shop.close()


def _settings(folder: Path, database_url: str | None) -> Settings:
    return Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_of_the_bench",
        secret_key="sk_test_of_the_bench",
        webhook_secrets=("whsec_of_the_bench_0123456789abcd",),
        base_url="http://localhost:5000",
        database_url=database_url or f"sqlite:///{folder / 'shop.sqlite3'}",
        app_secret="a secret of the bench alone",
        data_dir=folder,
    )


def _bare(shop: Flask) -> Flask:
    """Views as a tutorial has them: one template each, a few values put into it, nothing else."""
    bare = Flask("bare")
    pages = {name: shop.test_client().get(path).text for name, path in PAGES.items()}
    bare.jinja_loader = DictLoader(
        {
            f"{name}.html": _TOKEN.sub(
                r"\1{{ token }}", page.replace("{", "&#123;").replace(_A_VALUE, "{{ value }}")
            )
            for name, page in pages.items()
        }
    )
    for name in pages:
        bare.add_url_rule(f"/{name}", name, _view(f"{name}.html"))
    # The same with the session a form's token needs.
    bare.secret_key = "a secret of the bench alone"
    bare.add_url_rule("/product-with-token", "token", _view("product.html", token=generate_csrf))
    return bare


def _view(template: str, token: Callable[[], str] = lambda: "") -> Any:
    return lambda: render_template(template, value=_A_VALUE, token=token())


if __name__ == "__main__":
    main()
