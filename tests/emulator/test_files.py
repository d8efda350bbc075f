"""Files: handed in, looked at, used as evidence."""

import io

import pytest
import stripe

from tests.emulator.buying import pay_now
from tests.emulator.conftest import KEY, Ask
from tests.emulator.shape_checker import list_problems, must_be_whole
from tests.emulator.waiting import later

PDF = b"%PDF-1.4 a receipt \x00\xff"


@pytest.fixture
def uploader(emulator):
    """Stripe's client, which sends files to an address of their own."""
    http = stripe.RequestsClient()
    yield stripe.StripeClient(
        KEY,
        base_addresses={"api": emulator.url, "files": emulator.url},
        http_client=http,
        max_network_retries=0,
    )
    http.close()


def handed_in(uploader, contents=PDF, name="receipt.pdf", purpose="dispute_evidence"):
    file = io.BytesIO(contents)
    file.name = name
    return uploader.v1.files.create({"purpose": purpose, "file": file})


def test_a_file_is_kept(uploader, client, ask: Ask):
    made = handed_in(uploader)
    must_be_whole(made)
    assert (made.filename, made.size, made.type) == ("receipt.pdf", len(PDF), "pdf")
    assert client.v1.files.retrieve(made.id).to_dict() == made.to_dict()
    files = client.v1.files.list({"purpose": "dispute_evidence"})
    assert list_problems(files) == []
    assert [each.id for each in files.data] == [made.id]
    answer = ask("GET", f"/v1/files/{made.id}/contents")
    assert (answer.status, answer.body) == (200, PDF)
    assert answer.headers["content-disposition"] == "attachment"
    assert ask("GET", f"/v1/files/{made.id}/contents", key=None).status == 401
    assert ask("GET", "/v1/files/file_none/contents").status == 404


def test_a_file_is_evidence(uploader, client, emulator):
    pay_now(client, method="pm_card_createDispute")
    later(emulator, 4)
    (dispute,) = client.v1.disputes.list().data
    logo = handed_in(uploader, purpose="business_logo")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.disputes.update(dispute.id, {"evidence": {"receipt": logo.id}})
    assert caught.value.param == "evidence[receipt]"
    made = handed_in(uploader)
    sent = client.v1.disputes.update(
        dispute.id, {"evidence": {"receipt": made.id}, "expand": ["evidence.receipt"]}
    )
    assert sent.status == "under_review"
    assert getattr(sent.evidence.receipt, "id", sent.evidence.receipt) == made.id


@pytest.mark.parametrize(
    ("contents", "purpose", "said"),
    [
        (b"", "dispute_evidence", "empty"),
        (b"#!/bin/sh", "dispute_evidence", "PDF, PNG or JPEG"),
        (PDF + b"x" * 5 * 1024 * 1024, "dispute_evidence", "too large"),
        (PDF, "poetry", "Invalid purpose"),
    ],
)
def test_a_file_that_will_not_do_is_refused(uploader, client, contents, purpose, said):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        handed_in(uploader, contents, purpose=purpose)
    assert (caught.value.http_status, said in str(caught.value)) == (400, True)
    assert client.v1.files.list().data == []


def test_what_is_no_upload_is_refused(ask: Ask):
    assert ask("POST", "/v1/files", "purpose=dispute_evidence&file=x").status == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert ask("POST", "/v1/files", "nonsense", headers=broken).status == 400
    body = '--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n--x--'
    assert ask("POST", "/v1/files", body, headers=broken).error["param"] == "file"
    named = body.replace('name="purpose"', 'name="other"; filename="a"')
    assert ask("POST", "/v1/files", named, headers=broken).error["param"] == "other"
