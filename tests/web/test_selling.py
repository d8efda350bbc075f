"""Selling what is in no catalogue, from a host's own code and within its own transactions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from paydesk import Line, Paydesk
from paydesk.foundation.errors import Invalid, Refused
from paydesk.migrations import schema
from paydesk.orders.order import PaymentStatus
from paydesk.orders.selling import OtherLines
from paydesk.payments.reading import facts_of
from paydesk.wiring import open_shop
from tests.fake_gateway import unreachable

CAKE = Line("Cake", 1250, quantity=2)


class Model(DeclarativeBase):
    pass


@pytest.fixture
def database_url(request) -> str:
    """Each of both: sharing a host's session is not the same on them."""
    return str(request.getfixturevalue(f"stocked_{request.param}"))


def pytest_generate_tests(metafunc):
    if "database_url" in metafunc.fixturenames:
        postgres = pytest.param("postgres", marks=pytest.mark.postgres)
        metafunc.parametrize("database_url", ["sqlite", postgres], indirect=True)


@pytest.fixture
def desk(settings, clock, gateway, monkeypatch) -> Iterator[Paydesk]:
    from paydesk.web import extension

    monkeypatch.setattr(extension, "open_shop", partial(open_shop, clock=clock, gateway=gateway))
    desk = Paydesk(Flask("host"), settings=settings, url_prefix="/shop")
    yield desk
    desk.shop.close()


def paid(desk: Paydesk, gateway, reference: str) -> None:
    """Pay the order of a reference on Stripe's page."""
    order = desk.order(reference)
    assert order is not None
    session = gateway.pay(list(gateway.sessions)[-1])
    with desk.shop.database.transaction() as tx:
        desk.shop.settling.settle(tx, order.id, facts_of(session, livemode=False))


def test_a_buyer_is_written_to_in_the_language_that_is_named_or_the_shops_own(
    settings, clock, gateway, monkeypatch
):
    from paydesk.web import extension

    monkeypatch.setattr(extension, "open_shop", partial(open_shop, clock=clock, gateway=gateway))
    german = replace(settings, languages=("de", "en"))
    desk = Paydesk(Flask("host"), settings=german, url_prefix="/shop")
    assert desk.place([CAKE], currency="eur").language == "de"
    assert desk.place([CAKE], currency="eur", language="en").language == "en"
    desk.shop.close()


def test_any_lines_are_sold_at_the_hosts_price(desk, gateway):
    url = desk.sell([CAKE, Line("Candle", 50)], currency="usd", reference="party", email="a@b.de")
    order = desk.order("party")
    assert url == gateway.sessions["cs_test_0001"]["url"]
    assert (order.total_minor, order.currency, order.email) == (2550, "usd", "a@b.de")
    asked = next(iter(gateway.by_key.values()))[0]
    assert [(each.name, each.unit_minor, each.quantity) for each in asked.lines] == [
        ("Cake", 1250, 2),
        ("Candle", 50, 1),
    ]
    assert asked.success_url.startswith("http://localhost:5000/shop/success?")
    assert desk.order("nothing") is None
    assert desk.order(order.number).id == order.id


def test_a_customer_who_is_signed_in_with_the_host_is_named_to_stripe(desk, gateway):
    desk.sell([CAKE], currency="usd", customer_id="cus_7", email="a@b.de")
    asked = next(iter(gateway.by_key.values()))[0]
    # Stripe takes a customer or an e-mail address, not both.
    assert (asked.params["customer"], asked.params.get("customer_email")) == ("cus_7", None)


def test_the_same_reference_is_the_same_order_while_it_is_open(desk, gateway):
    sell = partial(desk.sell, [CAKE], currency="usd", reference="party")
    assert sell() == sell()
    assert len(gateway.sessions) == 1
    # Without a reference each is a sale of its own.
    numbers = {desk.place([CAKE], currency="usd").number for _ in range(2)}
    assert len(numbers) == 2


def test_other_lines_of_an_open_reference_take_its_place(desk, gateway):
    desk.sell([CAKE], currency="usd", reference="party")
    first = desk.order("party")
    with pytest.raises(OtherLines):
        desk.place([Line("Pie", 900)], currency="usd", reference="party")
    desk.sell([Line("Pie", 900)], currency="usd", reference="party")
    assert gateway.sessions["cs_test_0001"]["status"] == "expired"
    assert desk.order("party").id != first.id
    assert desk.order(first.number).cancelled_at is not None


def test_what_is_paid_is_not_sold_twice_until_it_was_given_back(desk, gateway):
    sell = partial(desk.sell, [CAKE], currency="usd", reference="party")
    sell()
    paid(desk, gateway, "party")
    order = desk.order("party")
    assert order.payment == PaymentStatus.PAID
    assert (
        sell()
        == desk.link("party")
        == f"http://localhost:5000/shop/o/{order.number}/" + (order.secret)
    )
    assert sell(success_url="/thanks") == desk.link("party")
    (row,) = desk.refund("party", 500)
    assert (row.amount_minor, row.state) == (500, "succeeded")
    assert desk.order("party").id == order.id
    desk.refund(order)
    assert desk.order("party").refunded_minor == 2500
    with pytest.raises(Refused, match="Nothing is left"):
        desk.refund("party")
    assert sell() == gateway.sessions["cs_test_0002"]["url"]
    assert desk.order("party").id != order.id


def test_the_buyer_goes_where_the_host_wants(desk, gateway):
    app = desk.mount.app

    @app.post("/buy")
    def buy():
        return desk.sell(
            [CAKE],
            currency="usd",
            reference=request.form["as"],
            success_url="/thanks?for=cake",
            cancel_url="/basket",
        )

    http = app.test_client()
    http.post("/buy", data={"as": "one"})
    session = gateway.pay("cs_test_0001")
    answer = http.get(f"/shop/success?session_id={session['id']}")
    assert (answer.status_code, answer.location) == (303, "/thanks?for=cake")
    assert desk.order("one").payment == PaymentStatus.PAID
    http.post("/buy", data={"as": "two"})
    answer = http.get(f"/shop/cancelled?order={desk.order('two').number}")
    assert (answer.status_code, answer.location) == (302, "/basket") or answer.status_code == 303
    # A stranger learns nothing, and cancels nothing.
    http.post("/buy", data={"as": "three"})
    stranger = app.test_client().get(f"/shop/cancelled?order={desk.order('three').number}")
    assert stranger.location == "/shop/"
    assert desk.order("three").is_open


@pytest.mark.parametrize(
    "line",
    [
        Line("", 100),
        Line("x", -1),
        Line("x", 1.5),  # type: ignore[arg-type]
        Line("x", 1, quantity=0),
        Line("x", 0),
    ],
)
def test_what_cannot_be_sold_is_refused_and_nothing_written(desk, line):
    with pytest.raises(Invalid):
        desk.sell([line], currency="usd", reference="party")
    with pytest.raises(Invalid):
        desk.place([CAKE], currency="EUR", reference="party")
    assert desk.order("party") is None


def test_an_order_of_no_catalogue_passes_the_check_and_has_a_page(desk, gateway):
    from paydesk.reports import checking

    desk.sell([CAKE], currency="usd", reference="party")
    paid(desk, gateway, "party")
    page = desk.mount.app.test_client().get(desk.link("party"))
    assert "Cake" in page.text
    assert "$25.00" in page.text
    desk.place([CAKE], currency="usd", reference="later")
    shop = desk.shop
    assert [str(each) for each in checking.check(shop.database, shop.clock, lambda *_: None)] == []


class Baker(Model):
    __tablename__ = "orders"  # a name that would have been ours

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


@pytest.fixture
def host(settings, clock, gateway, monkeypatch, tmp_path):
    """A Flask-SQLAlchemy app; its desk shares the database, under another prefix."""
    from paydesk.web import extension

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(extension, "open_shop", partial(open_shop, clock=clock, gateway=gateway))
    db = SQLAlchemy(model_class=Model)
    app = Flask("host")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url.replace(
        "postgresql://", "postgresql+psycopg://"
    )
    app.config.update(PAYDESK_TABLE_PREFIX="cake_", PAYDESK_SECRET_KEY="x" * 20)
    db.init_app(app)
    desk = Paydesk(app, db=db)
    schema.migrate(desk.shop.database)
    with app.app_context():
        db.create_all()
        yield db, desk
        db.session.remove()
        db.engine.dispose()
    desk.shop.close()


def test_order_and_own_rows_are_committed_together_or_not_at_all(host, gateway):
    db, desk = host
    sell = partial(desk.sell, currency="usd", reference="party", session=db.session)
    # Also where the host has written nothing yet, and SQLite's driver has begun nothing.
    desk.place([CAKE], currency="usd", reference="party", session=db.session)
    db.session.rollback()
    assert desk.order("party") is None
    db.session.add(Baker(name="Ada"))
    desk.place([CAKE], currency="usd", reference="party", session=db.session)
    db.session.rollback()
    assert desk.order("party") is None
    assert db.session.query(Baker).count() == 0
    db.session.add(Baker(name="Ada"))
    url = sell([CAKE])
    assert url == gateway.sessions["cs_test_0001"]["url"]
    db.session.rollback()
    assert desk.order("party").total_minor == 2500
    assert db.session.query(Baker).count() == 1
    # The second time it is the same order.
    assert sell([CAKE]) == url


def test_a_refused_order_leaves_the_hosts_transaction_as_it_was(host):
    db, desk = host
    desk.sell([CAKE], currency="usd", reference="party")
    db.session.add(Baker(name="Ada"))
    with pytest.raises(OtherLines):
        desk.sell([Line("Pie", 900)], currency="usd", reference="party", session=db.session)
    db.session.commit()
    assert db.session.query(Baker).count() == 1


def test_if_stripe_cannot_be_reached_the_order_stays_and_is_gone_on_with(host, gateway):
    db, desk = host
    db.session.add(Baker(name="Ada"))
    gateway.trouble = unreachable()
    sell = partial(desk.sell, [CAKE], currency="usd", reference="party", session=db.session)
    with pytest.raises(type(gateway.trouble)):
        sell()
    assert db.session.query(Baker).count() == 1
    first = desk.order("party")
    gateway.trouble = None
    db.session.rollback()
    assert sell() == gateway.sessions["cs_test_0001"]["url"]
    assert desk.order("party").id == first.id


def test_on_postgresql_the_hosts_own_connections_are_used(host):
    db, desk = host
    if db.engine.dialect.name == "postgresql":
        assert desk.shop.database.engine.pool is db.engine.pool
    else:
        assert desk.shop.database.engine.url.database == db.engine.url.database


def test_two_who_sell_the_same_reference_at_once_make_one_order(desk, gateway):
    def sell(_n: int) -> str:
        return desk.sell([CAKE], currency="usd", reference="party")

    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(sell, range(4)))
    assert len(urls) == 1
    assert len(gateway.sessions) == 1
    assert desk.order("party").number == 1001
