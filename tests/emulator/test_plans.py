"""Plans: recurring prices by their old name."""

import json

import pytest
import stripe

from tests.emulator.shape_checker import must_be_whole

MONTHLY = {"currency": "usd", "interval": "month", "amount": 2000, "product": {"name": "Tea"}}


def test_a_plan_is_a_recurring_price_too(client):
    plan = client.v1.plans.create(MONTHLY)
    must_be_whole(plan)
    assert (plan.amount, plan.interval, plan.usage_type) == (2000, "month", "licensed")
    price = client.v1.prices.retrieve(plan.id)
    assert price.recurring is not None
    assert (price.unit_amount, price.recurring.interval) == (2000, "month")
    assert client.v1.plans.retrieve(plan.id) == plan
    assert [each.id for each in client.v1.plans.list().data] == [plan.id]
    types = {each.type for each in client.v1.events.list().data}
    assert types == {"product.created", "price.created", "plan.created"}


def test_a_plan_is_changed_and_deleted(client):
    plan = client.v1.plans.create({**MONTHLY, "id": "gold"})
    assert plan.id == "gold"
    changed = client.v1.plans.update("gold", {"nickname": "Gold", "metadata": {"a": "1"}})
    assert changed.nickname == "Gold"
    event = client.v1.events.list({"type": "plan.updated"}).data[0]
    assert json.loads(str(event.data.previous_attributes)) == {"metadata": {}, "nickname": None}
    assert client.v1.plans.delete("gold").deleted
    assert client.v1.events.list().data[1].type == "plan.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="No such plan: 'gold'"):
        client.v1.plans.retrieve("gold")


def test_a_plan_s_id_is_taken_once(client):
    client.v1.plans.create({**MONTHLY, "id": "gold"})
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.plans.create({**MONTHLY, "id": "gold"})


def test_a_one_time_price_is_no_plan(client):
    price = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 5, "product_data": {"name": "x"}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="No such plan"):
        client.v1.plans.retrieve(price.id)
    assert client.v1.plans.list().data == []
