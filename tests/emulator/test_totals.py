"""What lines cost with discounts and taxes: nothing lost, nothing invented, to the cent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stripe_emulator.totals import Part, split, total


def rate(percentage: float, *, inclusive: bool = False) -> dict[str, object]:
    return {"id": "txr", "percentage": percentage, "inclusive": inclusive}


amounts = st.integers(0, 10**9)
rates = st.builds(
    rate, st.sampled_from([0.0, 5.0, 7.25, 8.875, 19.0, 21.0]), inclusive=st.booleans()
)
parts = st.lists(
    st.builds(
        Part, amounts, st.sampled_from([None, "a", "b"]), st.lists(rates, max_size=2).map(tuple)
    ),
    min_size=1,
    max_size=8,
)
coupons = st.one_of(
    st.builds(lambda p: {"percent_off": p}, st.sampled_from([0.01, 10.0, 33.33, 50.0, 100.0])),
    st.builds(lambda a: {"amount_off": a}, st.sampled_from([1, 500, 10**9, 10**12])),
    st.just({"percent_off": 20.0, "applies_to": {"products": ["a"]}}),
)


@given(parts, st.lists(coupons, max_size=2))
def test_the_sums_are_the_sums_of_the_lines(lines, taken_off):
    found = total(lines, taken_off, Part(500, None, (rate(19.0, inclusive=True),)))
    assert found.subtotal == sum(each.amount for each in lines)
    assert found.discount == sum(sum(each.discounts) for each in found.lines)
    for part, priced in zip(lines, found.lines, strict=True):
        assert 0 <= priced.discount <= part.amount
        inside = priced.tax - priced.exclusive_tax
        # Two rates inside are each rounded by itself.
        assert 0 <= inside <= priced.subtotal - priced.discount + 1
    assert found.total == (
        found.subtotal - found.discount + sum(each.exclusive_tax for each in found.lines) + 500
    )


@given(st.integers(0, 10**12), st.lists(amounts, min_size=1, max_size=9))
def test_a_split_loses_no_cent_and_is_fair(amount, weights):
    shares = split(amount, weights)
    whole = sum(weights)
    assert sum(shares) == (amount if whole else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert not whole or abs(Decimal(share) - Decimal(amount) * weight / whole) < 1


def test_taxes_of_a_shop_window():
    # $100 with 7.25 % on top; €119 that contain 19 %.
    found = total(
        [Part(10000, None, (rate(7.25),)), Part(11900, None, (rate(19.0, inclusive=True),))]
    )
    assert [each.tax for each in found.lines] == [725, 1900]
    assert [each.total for each in found.lines] == [10725, 11900]
    assert found.lines[1].taxes[0].taxable == 10000


def test_a_discount_comes_before_the_tax():
    found = total([Part(10000, "a", (rate(10.0),))], [{"percent_off": 20.0}])
    assert (found.discount, found.tax, found.total) == (2000, 800, 8800)
