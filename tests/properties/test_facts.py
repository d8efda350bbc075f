"""Facts: whatever the order and repetition, the same payment follows."""

from hypothesis import given
from hypothesis import strategies as st

from paydesk.foundation.money import Money
from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import STAGES, Fact, Kind, merge, merge_all
from paydesk.payments.folding import Agreed, fold

AGREED = Agreed(Money(3900, "usd"), livemode=False)
IDS = st.sampled_from(["a", "b"])


@st.composite
def facts(draw) -> Fact:
    kind = draw(st.sampled_from(list(Kind)))
    return Fact(
        kind=kind,
        stripe_id=f"{kind.value}_{draw(IDS)}",
        stage=draw(st.sampled_from(STAGES[kind])),
        # The edges: nothing, half, one less, all, one more.
        amount_minor=draw(st.sampled_from([0, 1950, 3899, 3900, 3901])),
        currency=draw(st.sampled_from(["usd", "usd", "usd", "eur"])),
        livemode=draw(st.booleans()) and draw(st.booleans()),
        intent_id=draw(st.sampled_from([None, "pi_a", "pi_b"])),
        checkout_id=draw(st.sampled_from([None, "chk_a"])),
        # What was asked for is more than arrived only where a part was captured.
        asked_minor=draw(st.sampled_from([0, 0, 0, 3900])),
        subtotal_minor=draw(st.sampled_from([0, 3900])),
        told_at=draw(st.integers(0, 2)),
        until=draw(st.integers(0, 2)),
        invoice_id=draw(st.sampled_from([None, "invoice_a"])),
        subscription_id=draw(st.sampled_from([None, "subscription_a"])),
        email=draw(st.sampled_from([None, "a@example.com", "b@example.com"])),
    )


def same_object(draw_from: st.SearchStrategy[Fact]) -> st.SearchStrategy[list[Fact]]:
    return st.lists(draw_from, min_size=3, max_size=3).map(
        lambda three: [Fact(**{**vars(f), "kind": Kind.SESSION, "stripe_id": "cs", "stage": s})
                       for f, s in zip(three, [_stage(f) for f in three], strict=True)]
    )  # fmt: skip


def _stage(fact: Fact) -> str:
    return STAGES[Kind.SESSION][fact.rank % len(STAGES[Kind.SESSION])]


@given(same_object(facts()))
def test_merge_is_commutative_associative_and_idempotent(three):
    a, b, c = three
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a
    assert merge(merge(a, b), b) == merge(a, b)


@given(same_object(facts()))
def test_a_stage_never_goes_back(three):
    a, b, _ = three
    assert merge(a, b).rank == max(a.rank, b.rank)


@given(st.lists(facts(), max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_payment(history, random):
    told = history + random.sample(history, random.randint(0, len(history)))
    random.shuffle(told)
    assert fold(AGREED, told) == fold(AGREED, history)
    # And in two steps, as two doors would tell it.
    half = random.randint(0, len(told))
    known = merge_all(told[:half]).values()
    assert fold(AGREED, [*known, *told[half:]]) == fold(AGREED, history)


def test_the_order_of_two_refunds_is_not_in_the_payment():
    first, second = (Fact(Kind.REFUND, each, "pending", 100, "usd") for each in ("re_a", "re_b"))
    assert fold(AGREED, [first, second]) == fold(AGREED, [second, first])


# Said here once more, so that the fold cannot agree with itself alone.
_MONEY = {
    (Kind.SESSION, "paid"),
    (Kind.INTENT, "succeeded"),
    (Kind.CHARGE, "succeeded"),
    (Kind.INVOICE, "paid"),
}


@given(st.lists(facts(), max_size=12))
def test_paid_means_the_agreed_amount_in_the_agreed_currency_and_mode(history):
    payment = fold(AGREED, history)
    money = [
        fact
        for fact in merge_all(history).values()
        if (fact.kind, fact.stage) in _MONEY
        and fact.currency == "usd"
        and not fact.livemode
        and 3900 in (fact.amount_minor, fact.asked_minor)
    ]
    if payment.status is PaymentStatus.PAID:
        assert money
    if not money:
        assert payment.status is not PaymentStatus.PAID


@given(st.integers(0, 10**12), st.integers(1, 999), st.sampled_from(["usd", "jpy", "kwd"]))
def test_money_is_exact(minor, quantity, currency):
    price = Money(minor, currency)
    assert price.times(quantity).minor == minor * quantity
    digits = "".join(filter(str.isdigit, price.text()))
    assert int(digits) == minor
