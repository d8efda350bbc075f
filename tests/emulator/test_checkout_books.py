"""The books of a session balance: what is shown is what is charged, and what can be refunded."""

import stripe
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stripe_emulator import paying
from stripe_emulator.checkout.buyer import Choice
from stripe_emulator.checkout.usual import entry_for
from tests.emulator.buying import line
from tests.emulator.test_checkout_amounts import new_session, seen

HOMES = {
    "US": {"country": "US", "state": "CA", "postal_code": "94105"},
    "DE": {"country": "DE", "postal_code": "89073"},
    "AQ": {"country": "AQ"},
}
lines = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(1, 7), st.sampled_from([None, 0, 1, 2])),
    min_size=1,
    max_size=4,
)
coupons = st.one_of(
    st.none(),
    st.builds(lambda p: {"percent_off": p}, st.sampled_from([0.5, 10, 33.33, 100])),
    st.builds(lambda a: {"amount_off": a, "currency": "usd"}, st.sampled_from([1, 777, 10**7])),
)
shippings = st.sampled_from([None, 0, 1, 499])


def tax_rates(client):
    return [
        client.v1.tax_rates.create(
            {"display_name": "Tax", "percentage": percentage, "inclusive": inclusive}
        ).id
        for percentage, inclusive in ((19, True), (8.875, False), (0, False))
    ]


def a_session(client, ordered, coupon, shipping, more):
    options = [
        {
            "shipping_rate_data": {
                "display_name": "Post",
                "fixed_amount": {"amount": shipping, "currency": "usd"},
            }
        }
    ]
    wish = {"line_items": ordered, **more}
    if coupon is not None:
        made = client.v1.coupons.create(coupon)
        wish["discounts"] = [{"coupon": made.id}]
    if shipping is not None:
        wish["shipping_options"] = options
    return new_session(client, **wish)


def test_what_is_shown_is_charged_and_can_be_refunded(client, emulator):
    known = tax_rates(client)

    @settings(
        max_examples=50,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(lines, coupons, shippings, st.sampled_from([None, *HOMES]))
    def books(ordered, coupon, shipping, home):
        buy(client, emulator.emulator, (known, ordered, coupon, shipping, home))

    books()


def buy(client, running, case):
    known, ordered, coupon, shipping, home = case
    # A dollar that nothing takes away: less than the least charge would be refused.
    first = [{**line(100), "quantity": 1}] if coupon is None else []
    wished = [
        {
            **line(amount, quantity=quantity),
            **({"tax_rates": [known[rate]]} if rate is not None and home is None else {}),
        }
        for amount, quantity, rate in ordered
    ]
    more = {"automatic_tax": {"enabled": True}} if home else {}
    try:
        made = a_session(client, [*first, *wished], coupon, shipping, more)
    except stripe.InvalidRequestError as refused:
        if refused.code != "amount_too_small":
            raise
        return
    if home:
        assert paying.revise(running, made.id, Choice(billing=HOMES[home])) is None
    page = paying.page_of(running, made.id)
    assert page is not None
    entry = entry_for(page, {"expected_amount": page.amount_total})
    outcome = paying.pay(running, made.id, entry)
    assert isinstance(outcome, paying.Paid), outcome
    balances(client, seen(client, made, "total_details.breakdown"), page)


def balances(client, paid, page):
    shipping = paid.shipping_cost.amount_total if paid.shipping_cost else 0
    assert paid.amount_total == page.amount_total
    assert paid.amount_total == sum(each.amount_total for each in page.lines) + shipping
    assert paid.amount_subtotal == sum(each.amount_subtotal for each in page.lines)
    details = paid.total_details
    assert details.amount_discount == sum(each.amount for each in details.breakdown.discounts)
    assert details.amount_tax == sum(each.amount for each in details.breakdown.taxes)
    assert details.amount_discount == sum(each.amount_discount for each in page.lines)
    if paid.payment_intent is None:
        assert (paid.amount_total, paid.payment_status) == (0, "no_payment_required")
        return
    intent = client.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.amount, intent.amount_received) == (paid.amount_total, paid.amount_total)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.amount == paid.amount_total
