"""Whatever is sent to the webhook: no 500, and of what Stripe did not sign nothing is stored."""

import hashlib
import hmac
import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from paydesk.catalogue.demonstration import load_products
from paydesk.migrations import schema
from paydesk.payments.event import StoredEvent
from paydesk.settings import Mode, Settings
from paydesk.web import extension
from paydesk.web.app import create_app
from paydesk.wiring import open_shop
from tests.conftest import WEBHOOK_SECRET
from tests.fake_gateway import FakeGateway, event_of

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
# The words of an event, in places of an event and in others.
_NAMES = st.sampled_from(
    [
        "id",
        "object",
        "type",
        "created",
        "livemode",
        "data",
        "status",
        "amount",
        "currency",
        "payment_status",
        "payment_intent",
        "metadata",
        "amount_total",
        "customer_details",
    ]
)
_WORDS = st.sampled_from(
    [
        "event",
        "checkout.session",
        "refund",
        "dispute",
        "charge",
        "paid",
        "complete",
        "usd",
        "evt_1",
        "checkout.session.completed",
        "refund.updated",
    ]
)
_VALUES = _JSON | _WORDS | st.sampled_from(["\x00", "\ud800", 2**63, -1, float("inf")])
_THINGS = st.dictionaries(_NAMES, _VALUES, max_size=8)


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Something that looks like an event, more or less."""
    kind = draw(st.sampled_from(["checkout.session.completed", "refund.updated", "x.y"]))
    event = event_of(draw(_THINGS), kind, draw(st.text(min_size=1, max_size=12)))
    for name in draw(st.lists(st.sampled_from([*event, "data"]), max_size=2)):
        event[name] = draw(_VALUES)
    body = json.dumps(event).encode()
    if draw(st.booleans()):
        # Cut off, or with a byte that does not belong there.
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    return body


_BODIES = events() | _JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=300)
_HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80)
_NEARLY = st.builds(
    "t={},v{}={}".format,
    st.integers() | st.text("0123456789²٣ ", max_size=14),
    st.integers(0, 2),
    st.text("0123456789abcdef", max_size=70),
)


@pytest.fixture
def http(tmp_path, clock, monkeypatch):
    """The shop on SQLite; how the database is spoken to is proved elsewhere."""
    chosen = Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_x",
        secret_key="sk_test_x",
        webhook_secrets=(WEBHOOK_SECRET,),
        base_url="http://localhost:5000",
        database_url=f"sqlite:///{tmp_path / 'shop.sqlite3'}",
        app_secret="-",
        data_dir=tmp_path,
    )
    shop = open_shop(chosen, clock=clock, gateway=FakeGateway(chosen, clock))
    schema.migrate(shop.database)
    with shop.database.transaction() as tx:
        load_products(tx, clock)
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: shop)
    yield create_app(chosen).test_client(), shop, clock
    shop.close()


_MANY = hypothesis_settings(
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


def stored(shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(StoredEvent)) or 0)


def throw(http, count: int, capsys) -> None:
    client, shop, clock = http
    tally: Counter[str] = Counter()

    @given(
        body=_BODIES,
        header=st.none() | _HEADER | _NEARLY,
        signed=st.sampled_from([True, False, False]),
    )
    @hypothesis_settings(_MANY, max_examples=count)
    def one(body: bytes, header: str | None, *, signed: bool) -> None:
        if signed:
            text = f"{clock.timestamp()}.".encode() + body
            right = hmac.new(WEBHOOK_SECRET.encode(), text, hashlib.sha256).hexdigest()
            header = f"t={clock.timestamp()},v1={right}"
        headers = {} if header is None else {"Stripe-Signature": header}
        before = stored(shop) if not signed else 0
        status = client.post("/webhook", data=body, headers=headers).status_code
        tally[f"{'signed' if signed else 'unsigned'} {status}"] += 1
        assert status in ((200, 400) if signed else (400,)), (status, body, header)
        if not signed:
            assert stored(shop) == before

    one()
    with capsys.disabled():
        print(f"\n  {sum(tally.values())} bodies: {dict(tally)}")
    assert tally["signed 200"]


def test_bad_bodies(http, capsys):
    throw(http, 300, capsys)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_bad_bodies(http, capsys):
    throw(http, 100_000, capsys)
