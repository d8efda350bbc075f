"""A process with a worker, for tests to kill: `python -m … DATABASE_URL FOLDER`.

Its handlers write what they do into FOLDER/runs; while FOLDER/hang exists, one of them hangs,
while FOLDER/broken exists, it raises. FOLDER/attempts says how often it is tried. SIGTERM stops
the worker first, SIGINT just ends the program.
"""

import signal
import sys
import threading
import time
from pathlib import Path

from paydesk.fulfilment import steps
from paydesk.fulfilment.hooks import Effect, Sale
from paydesk.settings import Mode, Settings
from paydesk.wiring import open_shop

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()


def note(text: str) -> None:
    with (FOLDER / "runs").open("a") as out:
        out.write(text + "\n")


def first(sale: Sale) -> None:
    note(f"first {sale.key}")


def second(sale: Sale) -> None:
    note(f"second begins {sale.key}")
    while (FOLDER / "hang").exists():
        time.sleep(0.05)
    if (FOLDER / "broken").exists():
        raise RuntimeError("never")
    if (FOLDER / "fail").exists():
        (FOLDER / "fail").unlink()
        raise RuntimeError("not this time")
    note(f"second ends {sale.key}")


def refunded(sale: Sale) -> None:
    note(f"refunded {sale.amount.text() if sale.amount else '?'} {sale.about}")


def main() -> None:
    settings = Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_x",
        secret_key="sk_test_x",
        webhook_secrets=(),
        base_url="http://localhost:5000",
        database_url=sys.argv[1],
        app_secret="-",
        data_dir=FOLDER,
    )
    if (FOLDER / "attempts").exists():
        steps._ATTEMPTS = int((FOLDER / "attempts").read_text())
    shop = open_shop(settings)
    shop.hooks.register(Effect.PAID, first)
    shop.hooks.register(Effect.PAID, second)
    shop.hooks.register(Effect.REFUNDED, refunded)
    shop.worker.start()
    received, stopped = [], threading.Event()

    def stop(number: int, _frame: object) -> None:
        received.append(number)
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    (FOLDER / "ready").touch()
    stopped.wait(600)
    if received == [signal.SIGTERM]:
        shop.worker.stop()


if __name__ == "__main__":
    main()
