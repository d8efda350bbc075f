"""Refunds by lines: in any order and any pieces they come to what was paid, and never to more."""

from hypothesis import given
from hypothesis import strategies as st

from paydesk.orders.order import Order, OrderLine
from paydesk.orders.sharing import Part, shares, split

_EDGES = st.sampled_from([0, 1, 2, 3, 99, 100, 101, 1999, 10**6])


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Paid, with taxes in or on top of the prices, reckoned by us or by Stripe, and discounts."""
    own = draw(st.booleans())
    inclusive = draw(st.booleans())
    lines = []
    for position in range(draw(st.integers(1, 4))):
        unit, quantity = draw(_EDGES), draw(st.integers(1, 5))
        tax = draw(st.integers(0, unit * quantity // 4)) if own else 0
        line = OrderLine(position=position, unit_minor=unit, quantity=quantity, name="x")
        line.tax_minor, line.tax_inclusive = tax, inclusive
        line.tax_percentage = "19" if own else ""
        lines.append(line)
    goods = sum(line.unit_minor * line.quantity for line in lines)
    shipping, discount = draw(_EDGES), draw(st.integers(0, goods))
    on_lines = sum(line.tax_minor for line in lines)
    beside = draw(st.integers(0, shipping // 4)) if own else draw(st.integers(0, goods // 4))
    on_top = 0 if inclusive else on_lines + beside
    order = Order(discount_minor=discount, shipping_minor=shipping, tax_minor=on_lines + beside)
    order.total_minor = max(0, goods - discount + shipping + on_top)
    order.paid_minor = draw(st.sampled_from([order.total_minor, order.total_minor // 2]))
    order.lines = lines
    return order


@given(orders(), st.data())
def test_all_pieces_in_any_order_come_to_exactly_what_was_paid(order, data):
    of = shares(order)
    paid = min(order.paid_minor, order.total_minor) or order.total_minor
    wanted = [position for position, share in of.lines.items() for _ in range(share.quantity)]
    gone = dict.fromkeys(of.lines, 0)
    refunded = Part()
    queue = data.draw(st.permutations(wanted))
    while queue:
        position = queue.pop()
        more = 1
        while queue and queue[-1] == position and data.draw(st.booleans()):
            queue.pop()
            more += 1
        part = of.lines[position].pieces(gone[position], more)
        gone[position] += more
        assert part.minor >= part.tax_minor >= 0 or part.minor >= 0
        refunded += part
        assert refunded.minor <= paid
    refunded += of.shipping
    assert refunded.minor == paid
    whole = sum(share.whole.tax_minor for share in of.lines.values()) + of.shipping.tax_minor
    assert refunded.tax_minor == whole <= max(order.tax_minor, 0)


@given(st.integers(0, 10**7), st.lists(_EDGES, min_size=1, max_size=6))
def test_a_split_adds_up_and_is_fair_to_the_cent(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * whole - total * weight) < whole


def test_the_readers_example():
    """Two boards of 10.00 and shipping of 3.80, 19 % within: the second board is the same."""
    order = Order(discount_minor=0, shipping_minor=380, tax_minor=380, total_minor=2380)
    order.paid_minor = 2380
    line = OrderLine(position=0, unit_minor=1000, quantity=2, name="Board", tax_percentage="19")
    line.tax_minor, line.tax_inclusive = 319, True
    order.lines = [line]
    of = shares(order)
    assert of.lines[0].pieces(0, 1) == Part(1000, 159)
    assert of.lines[0].pieces(1, 1) == Part(1000, 160)
    assert of.shipping == Part(380, 61)
