"""Any products at all go to a spreadsheet and come back as they were."""

from hypothesis import given, settings
from hypothesis import strategies as st

from paydesk.catalogue import sheet, wanted
from paydesk.catalogue.product import Rhythm, Terms
from paydesk.catalogue.wanted import ProductWish, VariantWish
from paydesk.catalogue.wording import Texts, read_product, read_variant
from paydesk.foundation.money import Money

LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
LINE = st.text(LETTERS, min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
# What a spreadsheet would compute, people really write: -20 %, @home, =1.
WORDS = st.one_of(
    LINE, LINE.map(lambda text: f"=1+{text}"), st.sampled_from(["=", "+", "-", "@", "'=", "''"])
)
WORDS = WORDS.filter(bool)
PARTS = WORDS.filter(lambda text: "|" not in text)
LABELS = WORDS.filter(lambda text: ":" not in text)
CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "kwd"])
AMOUNTS = st.integers(0, 10**9)


@st.composite
def terms(draw):
    own, *others = draw(st.lists(CURRENCIES, min_size=1, max_size=3, unique=True))
    rhythm = draw(
        st.none() | st.builds(Rhythm, st.sampled_from(["month", "year"]), st.integers(1, 3))
    )
    prices = tuple(Money(draw(AMOUNTS), each) for each in sorted(others))
    return Terms(Money(draw(AMOUNTS), own), rhythm, prices)


@st.composite
def products(draw):
    options = draw(st.lists(PARTS, max_size=2, unique=True))
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique_by=str.casefold))
    variants = [
        VariantWish(
            id=None,
            name=name,
            values=tuple(draw(PARTS) for _ in options),
            sku=draw(st.none() | WORDS),
            terms=draw(st.none() | terms()),
            on_hand=draw(st.none() | st.integers(0, 10**6)),
            low_stock_at=draw(st.none() | st.integers(0, 99)),
            weight_grams=draw(st.none() | st.integers(0, 99999)),
            is_digital=draw(st.booleans()),
        )
        for name in names
    ]
    return ProductWish(
        slug="a-product",
        name=draw(WORDS),
        summary=draw(st.just("") | WORDS),
        description=draw(st.lists(WORDS, max_size=3).map("\n\n".join)),
        details=tuple(draw(st.lists(st.tuples(LABELS, WORDS), max_size=3))),
        options=tuple(options),
        is_featured=draw(st.booleans()),
        visibility=draw(st.sampled_from(["draft", "published", "hidden"])),
        position=draw(st.integers(0, 999)),
        variants=tuple(variants),
    )


@given(products())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_as_it_was(product):
    text = "".join(sheet.write([product]))
    rows = sheet.read(sheet.decode(text.encode()))
    errors: dict[str, str] = {}
    variants = []
    for row in rows:
        texts = Texts(row.cells)
        variants.append(read_variant(texts, None, None, "xxx"))
        errors |= texts.errors
    texts = Texts(rows[0].cells)
    read = read_product(texts, tuple(variants))
    assert {**errors, **texts.errors} == {}
    assert wanted.differences(product, read) == []
    assert read == product


@given(products())
@settings(max_examples=30, deadline=None)
def test_no_cell_is_a_formula(product):
    import csv
    import io

    rows = list(csv.reader(io.StringIO("".join(sheet.write([product])), newline="")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
