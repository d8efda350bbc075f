"""The receipt's page and its PDF: the same words, for whoever holds the order's link."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from paydesk.foundation.language import GERMAN, speaking
from paydesk.foundation.money import Money
from paydesk.fulfilment.receipt_paper import paper
from paydesk.fulfilment.receipt_pdf import pdf
from tests.fake_gateway import event_of
from tests.paydesk.test_receipts import a_document
from tests.web.test_buying import bought


@pytest.fixture
def link(visitor, gateway) -> str:
    session_id = bought(visitor, gateway)
    return str(visitor.http.get(f"/success?session_id={session_id}").location)


@pytest.fixture
def paid_link(visitor, stripe, gateway, link) -> str:
    thing = gateway.pay("cs_test_0001", email="ada@example.com")
    stripe.sends(event_of(thing, "checkout.session.completed", "evt_paid"))
    return link


def words(data: bytes) -> str:
    pages = PdfReader(BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_there_is_no_receipt_before_the_order_is_paid(visitor, link):
    for name in ("receipt", "receipt.pdf"):
        answer = visitor.http.get(f"{link}/{name}")
        assert answer.status_code == 404
        assert "not paid" in answer.text


def test_page_and_file_say_the_same(visitor, stranger, paid_link):
    page = stranger.http.get(f"{paid_link}/receipt")
    file = stranger.http.get(f"{paid_link}/receipt.pdf")
    assert (page.status_code, file.status_code, file.mimetype) == (200, 200, "application/pdf")
    for answer in (page, file):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "receipt-test-2026-0001.pdf" in file.headers["Content-Disposition"]
    for text in ("TEST-2026-0001", "Arduino Board", "$39.00", "ada@example.com", "no real money"):
        assert text in page.text
        assert text in words(file.data)


def test_a_wrong_secret_finds_no_receipt(visitor, paid_link):
    wrong = re.sub(r"[^/]+$", "x" * 26, paid_link)
    for name in ("receipt", "receipt.pdf"):
        assert visitor.http.get(f"{wrong}/{name}").status_code == 404


def test_what_went_back_is_a_credit_and_the_rest_stays(visitor, stripe, gateway, paid_link):
    before = visitor.http.get(f"{paid_link}/receipt").text
    refund = gateway.dashboard_refund("pi_cs_test_0001", 900)
    stripe.sends(event_of(refund, "refund.created", "evt_refund"))
    after = visitor.http.get(f"{paid_link}/receipt").text
    assert "−$9.00" in after
    assert "$30.00" in after
    assert "−$9.00" not in before
    assert "TEST-2026-0001" in after


def test_names_in_any_script_come_out_or_are_marked():
    shown = paper(a_document("Größe „Öl“ №7 Łódź 山田 🎁", "eur"), shop_name="Müller & Söhne")
    text = words(pdf(shown))
    assert "Größe „Öl“ №7 Łódź □□ □" in text
    assert "Müller & Söhne" in text
    assert "€39.00" in text


def test_in_german_it_is_a_german_receipt():
    with speaking(GERMAN):
        shown = paper(a_document("Tasse", "eur"), shop_name="Laden")
    assert shown.language == "de"
    assert "39,00 €" in " ".join(words(pdf(shown)).split())


def test_the_sums_on_paper_come_to_its_total():
    document = a_document("Mug", "eur")
    lines = sum(line.unit.minor * line.quantity for line in document.lines)
    assert document.total == Money(lines, "eur")
    assert paper(document, shop_name="").sums[-1].amount == document.total.text()
