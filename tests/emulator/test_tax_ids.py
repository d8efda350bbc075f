"""Customers' tax ids, and whether they can be taxed where they are."""

import pytest
import stripe

from stripe_emulator import travelling
from tests.emulator.buying import event, history
from tests.emulator.shape_checker import must_be_whole


def soon(emulator):
    running = emulator.emulator
    travelling.travel(running, running.clock.precise() + 3)


def test_a_tax_id_is_made_looked_up_and_deleted(client, emulator):
    customer = client.v1.customers.create({"tax_id_data": [{"type": "gb_vat", "value": "gb999"}]})
    made = client.v1.customers.tax_ids.create(
        customer.id, {"type": "eu_vat", "value": "EL123456789"}
    )
    must_be_whole(made)
    assert (made.country, made.verification.status) == ("GR", "pending")
    soon(emulator)
    assert client.v1.tax_ids.retrieve(made.id).verification.status == "verified"
    whole = client.v1.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert [each.type for each in whole.tax_ids.data] == ["eu_vat", "gb_vat"]
    owner = {"type": "customer", "customer": customer.id}
    assert len(client.v1.tax_ids.list({"owner": owner}).data) == 2
    assert client.v1.customers.tax_ids.delete(customer.id, made.id).deleted
    assert len(client.v1.customers.tax_ids.list(customer.id).data) == 1
    assert "customer.tax_id.deleted" in history(client)


def test_a_register_may_know_nothing_of_it(client, emulator):
    customer = client.v1.customers.create()
    made = client.v1.tax_ids.create(
        {
            "type": "eu_vat",
            "value": "DE111111111",
            "owner": {"type": "customer", "customer": customer.id},
        }
    )
    soon(emulator)
    assert client.v1.tax_ids.retrieve(made.id).verification.status == "unverified"
    told = event(client, "customer.tax_id.updated").data.object
    assert told["verification"]["status"] == "unverified"


def test_a_tax_id_that_is_none_is_refused(client):
    customer = client.v1.customers.create()
    other = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "US1"})
    assert (caught.value.code, caught.value.param) == ("tax_id_invalid", "value")
    kept = client.v1.customers.tax_ids.create(customer.id, {"type": "us_ein", "value": "12-34"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.tax_ids.retrieve(other.id, kept.id)
    assert caught.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"tax_id_data": [{"type": "eu_vat", "value": "?"}]})
    assert len(client.v1.customers.list().data) == 2


def test_where_a_customer_is_taxed(client):
    address = {"country": "US", "state": "CA", "postal_code": "94105"}
    customer = client.v1.customers.create({"address": address})
    whole = client.v1.customers.retrieve(customer.id, {"expand": ["tax"]})
    assert (whole.tax.automatic_tax, whole.tax.location.state) == ("supported", "CA")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.create({"tax": {"validate_location": "immediately"}})
    assert caught.value.code == "customer_tax_location_invalid"
