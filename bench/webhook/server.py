"""One server for all: `python -m bench.webhook.server WHAT PORT DATABASE FOLDER`.

WHAT is `paydesk` (the shop's own webhook), `signature` (checks it, no more), `insert` (and one
durable insert), or `tutorial` (the tutorial's view: construct_event, print).
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import stripe
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from paydesk.cli.serving import Server
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database, insert_once
from paydesk.foundation.logs import configure_logs
from paydesk.payments.event import EventState, StoredEvent, parse
from paydesk.payments.gateway import Gateway
from paydesk.settings import Mode, Settings
from paydesk.web.app import create_app

SECRET = "whsec_of_the_bench_0123456789abcdef"


def settings(database_url: str, folder: str) -> Settings:
    return Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_x",
        secret_key="sk_test_x",
        webhook_secrets=(SECRET,),
        base_url="http://localhost:5000",
        database_url=database_url,
        app_secret="-",
        data_dir=Path(folder),
    )


def signature(chosen: Settings) -> Flask:
    app, gateway = Flask("signature"), Gateway(chosen, Clock())

    @app.post("/webhook")
    def webhook() -> ResponseReturnValue:
        gateway.verify_signature(request.get_data(), request.headers["Stripe-Signature"])
        return jsonify(received=True)

    return app


def insert(chosen: Settings) -> Flask:
    app, gateway, clock = Flask("insert"), Gateway(chosen, Clock()), Clock()
    database = Database(chosen.database_url)

    @app.post("/webhook")
    def webhook() -> ResponseReturnValue:
        body = request.get_data()
        gateway.verify_signature(body, request.headers["Stripe-Signature"])
        event = parse(body)
        with database.transaction() as tx:
            insert_once(
                tx,
                StoredEvent,
                id=event.id,
                type=event.type,
                livemode=event.livemode,
                created=event.created,
                received_at=clock.now(),
                payload=event.body,
                state=EventState.RECEIVED,
                tries=0,
            )
        return jsonify(received=True)

    return app


def tutorial(_chosen: Settings) -> Flask:
    app = Flask("tutorial")

    @app.route("/webhook", methods=["POST"])
    def webhook() -> ResponseReturnValue:
        payload = request.get_data(as_text=True)
        header = request.headers.get("Stripe-Signature")
        try:
            event = stripe.Webhook.construct_event(payload, header, SECRET)
        except ValueError:
            return "Invalid payload", 400
        except stripe.SignatureVerificationError:
            return "Invalid signature", 400
        if event["type"] == "checkout.session.completed":
            print("Payment was successful.")
        return "Success", 200

    return app


APPS: dict[str, Callable[[Settings], Flask]] = {
    "paydesk": create_app,
    "signature": signature,
    "insert": insert,
    "tutorial": tutorial,
}


def main() -> None:
    what, port, database_url, folder = sys.argv[1:5]
    configure_logs()
    chosen = settings(database_url, folder)
    app = APPS[what](chosen)
    app.add_url_rule("/ready", "ready", lambda: "yes")
    Server(app, "127.0.0.1", int(port), chosen).run(threading.Event())


if __name__ == "__main__":
    main()
