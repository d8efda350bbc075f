"""Downloads: signed links of one buyer's, that expire, run out, and end with what was paid."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from paydesk.catalogue import files
from paydesk.catalogue.product import Variant
from paydesk.foundation.errors import Invalid
from paydesk.fulfilment import downloads
from paydesk.fulfilment.letters import Letter
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact, Kind
from tests.fake_gateway import event_of
from tests.web.test_buying import bought

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)


@pytest.fixture
def file(shop, clock, tmp_path) -> files.File:
    """What whoever buys the board gets."""
    source = tmp_path / "Größe & „Öl“.pdf"
    source.write_bytes(CONTENT)
    stored = files.store(shop.settings.data_dir, source)
    with shop.database.transaction() as tx:
        order_able = tx.scalars(select(Variant).join(Variant.product)).all()
        board = next(each for each in order_able if each.product.slug == "arduino-board")
        return files.attach(tx, board.id, stored, clock.now())


@pytest.fixture
def order_link(file, visitor, stripe, gateway) -> str:
    session_id = bought(visitor, gateway)
    link = str(visitor.http.get(f"/success?session_id={session_id}").location)
    thing = gateway.pay("cs_test_0001", email="ada@example.com")
    stripe.sends(event_of(thing, "checkout.session.completed", "evt_paid"))
    return link


def link_on(visitor, order_link: str) -> str:
    found = re.search(r'href="(/download/[^"]+)"', visitor.http.get(order_link).text)
    assert found is not None
    return found[1]


@pytest.fixture
def link(visitor, order_link) -> str:
    return link_on(visitor, order_link)


def fetch(visitor, link: str, **headers: str) -> TestResponse:
    answer = visitor.http.get(link, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer.get_data()
    answer.close()
    return answer


def order_of(shop) -> Order:
    with shop.database.transaction() as tx:
        return tx.scalars(select(Order)).one()


def test_the_file_comes_whole_under_its_own_name(visitor, stranger, link):
    answer = fetch(stranger, link)
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, SIZE), ("bytes=-7", SIZE - 7, SIZE)],
)
def test_parts_of_it_come_as_asked(visitor, link, asked, start, stop):
    answer = fetch(visitor, link, Range=asked)
    assert (answer.status_code, answer.data) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(stop - start)


def test_what_is_no_part_of_it_is_refused_or_sent_whole(visitor, link):
    assert fetch(visitor, link, Range=f"bytes={SIZE}-").status_code == 416
    assert fetch(visitor, link, Range="bytes=0-1,4-5").data == CONTENT
    etag = fetch(visitor, link).headers["ETag"]
    assert fetch(visitor, link, Range="bytes=5-9", If_Range=etag).status_code == 206
    assert fetch(visitor, link, Range="bytes=5-9", If_Range='"other"').status_code == 200


def test_it_runs_out_and_going_on_is_no_new_fetch(visitor, shop, link, order_link):
    with visitor.http.head(link) as asked:
        assert (asked.status_code, asked.content_length) == (200, SIZE)
    for _ in range(downloads.MOST_FETCHES):
        assert fetch(visitor, link).status_code == 200
        assert fetch(visitor, link, Range="bytes=10-").status_code == 206
    refused = fetch(visitor, link)
    assert refused.status_code == 403
    assert "as often as it can be" in refused.text
    page = visitor.http.get(order_link).text
    assert "/download/" not in page
    assert "as often as it can be" in page
    with shop.database.transaction() as tx:
        assert downloads.allow_more(tx, order_of(shop), 1) == 1
    assert fetch(visitor, link_on(visitor, order_link)).status_code == 200
    assert fetch(visitor, link).status_code == 403


def test_ten_at_once_are_five(visitor, shop, clock, link):
    ticket = shop.tickets.read(link.rpartition("/")[2], clock.now())
    start = threading.Barrier(10)

    def one(_number: int) -> None:
        start.wait()
        with shop.database.transaction() as tx:
            downloads.fetch(tx, ticket)

    with ThreadPoolExecutor(10) as buyers:
        done = [buyers.submit(one, number) for number in range(10)]
    refused = [each.exception() for each in done if each.exception() is not None]
    assert [type(each) for each in refused] == [downloads.NoDownload] * 5


def test_a_link_expires_by_the_shops_clock_and_the_page_has_a_new_one(
    visitor, clock, link, order_link
):
    clock.travel(timedelta(days=1) - timedelta(seconds=1))
    assert fetch(visitor, link).status_code == 200
    clock.travel(timedelta(seconds=1))
    expired = fetch(visitor, link)
    assert expired.status_code == 403
    assert "A new one is on your order’s page" in expired.text
    assert fetch(visitor, link_on(visitor, order_link)).status_code == 200


def test_given_back_in_full_it_is_fetched_no_more(visitor, shop, link, order_link):
    back = Fact(Kind.REFUND, "re_1", "succeeded", 3900, "usd", intent_id="pi_cs_test_0001")
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order_of(shop).id, [back])
    assert fetch(visitor, link).status_code == 403
    assert "/download/" not in visitor.http.get(order_link).text


def test_a_line_that_was_given_back_is_fetched_no_more(visitor, shop, link):
    with shop.database.transaction() as tx:
        tx.scalars(select(Order)).one().lines[0].returned = 1
    refused = fetch(visitor, link)
    assert refused.status_code == 403
    assert "given back" in refused.text


def test_nothing_is_fetched_before_the_order_is_paid(file, visitor, shop, gateway):
    session_id = bought(visitor, gateway)
    order_link = str(visitor.http.get(f"/success?session_id={session_id}").location)
    assert "/download/" not in visitor.http.get(order_link).text
    with shop.database.transaction() as tx:
        assert downloads.rights(tx, order_of(shop)) == []


@pytest.mark.parametrize(
    "token",
    ["x", "..%2F..%2Fsecret_key", "%2e%2e/secret_key", "W10.x", "9" * 5000, "%00", "%F0%9F%8E%81"],
)
def test_what_we_did_not_sign_is_unknown(visitor, link, token):
    assert fetch(visitor, f"/download/{token}").status_code == 404


def test_a_link_cannot_be_turned_into_anothers(visitor, shop, clock, link, file):
    token = link.rpartition("/")[2]
    payload, _, signature = token.rpartition(".")
    assert fetch(visitor, f"/download/{payload[:-1]}.{signature}").status_code == 404
    forged = downloads.Tickets("another secret of sixteen").sign(
        order_of(shop).id, downloads.Right(0, file, 5), clock.now()
    )
    assert fetch(visitor, f"/download/{forged}").status_code == 404
    # Signed by us, and of no file of this order.
    for position, file_id in ((7, file.id), (0, "fil_other")):
        other = shop.tickets._signer.dumps([order_of(shop).id, position, file_id, 2**33])
        assert fetch(visitor, f"/download/{other}").status_code == 404


def test_earlier_buyers_keep_what_is_taken_off_and_later_ones_do_not_get_it(
    visitor, shop, clock, link, file
):
    clock.travel(timedelta(hours=1))
    with shop.database.transaction() as tx:
        files.detach(tx, file.id, clock.now())
        order = tx.scalars(select(Order)).one()
        assert len(downloads.rights(tx, order)) == 1
        order.paid_at = clock.now() + timedelta(hours=1)
        assert downloads.rights(tx, order) == []


def test_the_buyer_is_written_to_once_the_files_are_there(shop, order_link):
    with shop.database.transaction() as tx:
        kinds = tx.scalars(select(Letter.kind)).all()
    assert kinds.count("download") == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\Plan.pdf", "Plan.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("x" * 300 + ".epub", "x" * 145 + ".epub"),
    ],
)
def test_a_name_is_only_a_name(name, kept):
    assert files.clean_name(name) == kept


def test_what_is_empty_or_too_large_or_no_file_is_not_kept(shop, tmp_path, monkeypatch):
    folder = shop.settings.data_dir
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "large").write_bytes(b"12345")
    monkeypatch.setattr(files, "MOST_BYTES", 4)
    for name in ("empty", "large", "missing", "."):
        with pytest.raises(Invalid):
            files.store(folder, tmp_path / name, "name")
    assert list((folder / files.FOLDER).iterdir()) == []
