"""Credit notes: before the payment less is due, after it money goes back."""

from urllib.parse import urlsplit

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import payer


@pytest.fixture
def customer(client):
    return payer(client)


@pytest.fixture
def invoice(client, customer):
    """Open, 20.00 with 19 % on top."""
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    made = client.v1.invoices.create({"customer": customer.id, "default_tax_rates": [rate.id]})
    line = {"amount": 2000, "description": "Chairs"}
    client.v1.invoices.add_lines(made.id, {"lines": [line]})
    return client.v1.invoices.finalize_invoice(made.id)


def test_before_the_payment_less_is_due(client, invoice):
    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 380, "memo": "Sorry"})
    must_be_whole(note)
    assert (note.type, note.pre_payment_amount, note.number) == (
        *("pre_payment", 380),
        f"{invoice.number}-CN-01",
    )
    left = client.v1.invoices.retrieve(invoice.id)
    assert (left.amount_due, left.pre_payment_credit_notes_amount) == (2000, 380)
    assert client.v1.credit_notes.void_credit_note(note.id).status == "void"
    assert client.v1.invoices.retrieve(invoice.id).amount_due == 2380
    client.v1.credit_notes.create({"invoice": invoice.id, "amount": 1380})
    paid = client.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid) == ("paid", 1000)
    assert client.v1.charges.list().data[0].amount == 1000


def test_a_note_over_all_of_it_closes_the_invoice(client, invoice, ask):
    with pytest.raises(stripe.InvalidRequestError, match="left to pay"):
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": 2381})
    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 2380})
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert client.v1.charges.list().data == []
    (payment,) = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    intent = client.v1.payment_intents.retrieve(str(payment.payment.payment_intent))
    assert (payment.status, intent.status) == ("canceled", "canceled")
    paper = ask("GET", urlsplit(note.pdf).path)
    assert paper.body.startswith(b"%PDF")
    assert note.number.encode() in paper.body
    assert ask("GET", urlsplit(note.pdf).path.replace(note.id, "cn_none")).status == 404


def test_after_the_payment_it_is_refunded_or_kept_as_credit(client, customer, invoice):
    client.v1.invoices.pay(invoice.id)
    with pytest.raises(stripe.InvalidRequestError, match="must equal"):
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": 1000})
    (line,) = invoice.lines.data
    half = {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 1000}
    wish = {"invoice": invoice.id, "lines": [half], "refund_amount": 1000, "credit_amount": 190}
    foreseen = client.v1.credit_notes.preview(wish)
    assert (foreseen.total, client.v1.credit_notes.list().data) == (1190, [])
    note = client.v1.credit_notes.create(wish)
    must_be_whole(note)
    assert (note.type, note.total, note.total_taxes[0].amount) == ("post_payment", 1190, 190)
    assert client.v1.refunds.retrieve(str(note.refunds[0].refund)).amount == 1000
    assert client.v1.customers.retrieve(customer.id).balance == -190
    kept = client.v1.invoices.retrieve(invoice.id)
    assert (kept.status, kept.post_payment_credit_notes_amount) == ("paid", 1190)
    assert "credit_note.created" in history(client)
    page = client.v1.credit_notes.line_items.list(note.id)
    assert [each.amount for each in page.data] == [1000]
    listed = client.v1.credit_notes.list({"invoice": invoice.id}).data
    assert [each.id for each in listed] == [note.id]
    with pytest.raises(stripe.InvalidRequestError, match="open invoice"):
        client.v1.credit_notes.void_credit_note(note.id)
