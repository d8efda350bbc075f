"""A host's own suite, as its author would write it; test_testing.py runs it."""

import time

import pytest
from flask import Flask, redirect

from paydesk import Line, Paydesk, Sale

pytest_plugins = ["paydesk.testing"]


@pytest.fixture
def app(paydesk_settings, tmp_path, monkeypatch) -> Flask:
    monkeypatch.chdir(tmp_path)
    app = Flask("host")
    app.config.update(paydesk_settings)
    desk = Paydesk(app, url_prefix="/pay")
    told: list[tuple[str, Sale]] = []
    app.extensions["told"] = told

    @app.post("/buy")
    def buy():
        url = desk.sell([Line("Tea", 400)], currency="usd", reference="tea", success_url="/thanks")
        return redirect(url, code=303)

    @app.post("/join")
    def join():
        line = Line("Club", 900, interval="month")
        return redirect(desk.sell([line], currency="usd", reference="club"), code=303)

    @desk.on_paid
    def plain(sale: Sale) -> None:
        told.append(("paid", sale))

    @desk.on_paid
    async def awaited(sale: Sale) -> None:
        told.append(("paid, awaited", sale))

    @desk.on_refunded
    async def back(sale: Sale) -> None:
        told.append(("refunded", sale))

    @desk.on_subscription_active
    def active(sale: Sale) -> None:
        told.append(("active", sale))

    @desk.on_subscription_ended
    def ended(sale: Sale) -> None:
        told.append(("ended", sale))

    return app


def test_a_hosts_suite_buys_pays_refunds_and_travels(app, paydesk_run):
    shop = paydesk_run(app)
    desk, told = app.extensions["paydesk"], app.extensions["told"]
    http = app.test_client()
    first = http.post("/buy").location
    assert shop.pay(first, card="4000000000000002")["outcome"] == "declined"
    assert told == []
    assert shop.pay(first)["outcome"] == "paid"
    assert sorted((what, sale.reference) for what, sale in told) == [
        ("paid", "tea"),
        ("paid, awaited", "tea"),
    ]
    assert http.post("/buy").location == "/thanks"
    desk.refund("tea", 150)
    shop.wait()
    assert (told[-1][0], told[-1][1].amount.minor) == ("refunded", 150)

    shop.pay(http.post("/join").location)
    assert [what for what, sale in told if sale.reference == "club"][0:1]
    membership = desk.membership("club")
    assert membership is not None
    assert membership.entitles
    until = membership.paid_until
    shop.travel(days=32)
    renewed = desk.membership("club")
    assert renewed.paid_until > until
    (subscription,) = shop.stripe.client().v1.subscriptions.list().data
    shop.stripe.client().v1.subscriptions.cancel(subscription.id)
    shop.wait()
    assert told[-1][0] == "ended"
    assert not desk.membership("club").entitles


def test_each_of_two_shops_in_one_database_has_its_own_worker(app, paydesk_run, paydesk_settings):
    told = app.extensions["told"]
    club = Paydesk(app, name="club", url_prefix="/club")

    @club.on_paid
    def of_the_club(sale: Sale) -> None:
        told.append(("paid at the club", sale))

    # It has run before, so the job engine knows its queue.
    club.migrate()
    club.start_worker()
    club.shop.worker.stop()
    shop = paydesk_run(app)
    with pytest.raises(RuntimeError, match="--desk NAME worker"):
        club.start_worker()
    url = club.sell([Line("Badge", 100)], currency="usd", reference="badge")
    # The emulator's webhooks go to the first shop, which passes on what is not its own.
    shop.pay(url)
    assert told == []
    club.shop.pulling.run()
    order = club.order("badge")
    assert order is not None
    assert order.payment == "paid"
    # Nobody runs the club's handlers here, and the first shop's worker does not meddle.
    time.sleep(1.5)
    assert told == []
    shop.mount.shop.worker.stop()
    club.start_worker()
    shop.mount = club.mount
    shop.wait()
    assert [(what, sale.reference) for what, sale in told] == [("paid at the club", "badge")]
    club.shop.worker.stop()
    app.extensions["paydesk"].start_worker()
    club.shop.close()
