"""The catalogue: what is counted as a change of it, what a price was before, what is low."""

from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import select, text

from paydesk.catalogue import pricing, revision, stock
from paydesk.catalogue import product as products
from paydesk.catalogue.category import Category, all_categories
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import Product, Rhythm, Terms, change_price
from paydesk.foundation.database import Database
from paydesk.foundation.money import Money
from paydesk.migrations import schema

_CHANGES = (
    "INSERT INTO paydesk_categories (id, slug, name, summary, position, created_at)"
    " VALUES ('cat_x', 'x', 'X', '', 9, '2026-11-23 10:00:00')",
    "UPDATE paydesk_products SET name = 'Another' WHERE slug = 'arduino-board'",
    "UPDATE paydesk_products SET visibility = 'hidden'",
    "UPDATE paydesk_variants SET name = 'Another', on_hand = 7",
    "UPDATE paydesk_variants SET low_stock_at = 2",
    "UPDATE paydesk_prices SET superseded_at = '2026-11-23 10:00:00'",
    "DELETE FROM paydesk_pictures",
    "INSERT INTO paydesk_shop_facts (name, value, changed_at)"
    " VALUES ('welcome', 'Hello', '2026-11-23 10:00:00')",
    "INSERT INTO paydesk_legal_texts (kind, language, version, body, is_demonstration, written_at)"
    " VALUES ('terms', 'en', 1, 'Be kind.', TRUE, '2026-11-23 10:00:00')",
)


def count(shop) -> int:
    with shop.database.transaction() as tx:
        return revision.current(tx)


@pytest.mark.parametrize("change", _CHANGES)
def test_each_change_of_the_catalogue_is_counted(shop, change):
    before = count(shop)
    with shop.database.transaction() as tx:
        tx.execute(text(change))
    assert count(shop) > before


def test_moving_stock_is_no_change_of_the_catalogue(shop):
    before = count(shop)
    with shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_variants SET held = 1, on_hand = 9"))
    assert count(shop) == before


def test_what_is_rolled_back_is_not_counted(shop):
    before = count(shop)
    with shop.database.transaction() as tx:
        tx.execute(text(_CHANGES[1]))
        tx.rollback()
    assert count(shop) == before


def board(tx):
    return products.by_slug(tx, "arduino-board").variants[0]


def priced(shop, clock, *steps: tuple[int, int]) -> pricing.Cut | None:
    """The cut after prices in cents, each after so many days."""
    for days, cents in steps:
        clock.travel(timedelta(days=days))
        with shop.database.transaction() as tx:
            change_price(tx, board(tx), Money(cents, "usd"), clock)
    with shop.database.transaction() as tx:
        return pricing.cut_of(board(tx))


def test_a_cut_names_the_lowest_price_of_the_thirty_days_before_it(shop, clock):
    cut = priced(shop, clock, (40, 4500), (31, 4200), (5, 4400), (3, 3500))
    assert cut is not None
    assert cut.lowest == Money(4200, "usd")
    assert cut.until == clock.now() + timedelta(days=30)


def test_the_lowest_price_counts_although_it_was_asked_only_at_the_beginning(shop, clock):
    # $39.00 was still asked 29 days before the cut.
    cut = priced(shop, clock, (40, 4500), (29, 3700))
    assert cut is not None
    assert cut.lowest == Money(3900, "usd")


def test_a_price_older_than_thirty_days_does_not_count(shop, clock):
    cut = priced(shop, clock, (40, 4500), (31, 3700))
    assert cut is not None
    assert cut.lowest == Money(4500, "usd")


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ((40, 4500),),
        # As low within the thirty days: raised only to be cut.
        ((40, 5000), (5, 3900)),
        # Never asked, as it was replaced in the same moment.
        ((40, 9900), (0, 3900)),
    ],
)
def test_what_is_no_real_cut_is_not_announced(shop, clock, steps):
    assert priced(shop, clock, *steps) is None


def test_a_subscription_is_not_compared_with_what_is_paid_once(shop, clock):
    clock.travel(timedelta(days=1))
    with shop.database.transaction() as tx:
        change_price(tx, board(tx), Terms(Money(500, "usd"), Rhythm("month")), clock)
        assert pricing.cut_of(board(tx)) is None


def test_a_cut_is_reckoned_in_the_currency_it_is_shown_in(shop, clock):
    def priced_in_euros(dollars: int, *euros: Money) -> None:
        with shop.database.transaction() as tx:
            change_price(tx, board(tx), Terms(Money(dollars, "usd"), others=euros), clock)
        clock.travel(timedelta(days=40))

    priced_in_euros(5000, Money(4000, "eur"))
    priced_in_euros(4500, Money(4000, "eur"))
    with shop.database.transaction() as tx:
        assert pricing.cut_of(board(tx), "eur") is None
        in_dollars = pricing.cut_of(board(tx))
    assert in_dollars is not None
    assert in_dollars.lowest == Money(5000, "usd")


def test_low_is_five_unless_the_variant_says_otherwise(shop):
    with shop.database.transaction() as tx:
        variant = board(tx)
        variant.on_hand, variant.held = 7, 1
        assert not stock.is_low(variant)
        variant.low_stock_at = 6
        assert stock.is_low(variant)
        variant.on_hand = None
        assert not stock.is_low(variant)


def test_two_variants_share_no_sku(shop):
    with shop.database.transaction() as tx:
        wires = products.by_slug(tx, "jumper-wires").variants
        wires[0].sku = "W-1"
    with pytest.raises(Exception, match=r"(?i)unique"), shop.database.transaction() as tx:
        products.by_slug(tx, "jumper-wires").variants[1].sku = "W-1"


def test_a_product_keeps_its_category_details_and_pictures(shop, clock):
    with shop.database.transaction() as tx:
        tx.add(Category(id="cat_1", slug="boards", name="Boards", created_at=clock.now()))
        product = products.by_slug(tx, "arduino-board")
        product.category_id = "cat_1"
        product.details = [["Pins", "20"], ["Voltage", "5 V"]]
        product.pictures.append(Picture(id="pic_1", position=-1, file="media/front.webp"))
    with shop.database.transaction() as tx:
        product = products.by_slug(tx, "arduino-board")
        assert product.category is not None
        assert (product.category.slug, product.details[1]) == ("boards", ["Voltage", "5 V"])
        assert product.pictures[0].file == "media/front.webp"
        assert "boards" in [each.slug for each in all_categories(tx)]


_A_PRODUCT_OF_VERSION_5 = (
    "INSERT INTO paydesk_products (id, slug, name, summary, description, image, visibility,"
    " position, created_at) VALUES ('prd_old', 'old', 'Old', '', '', '/mine/old.png',"
    " 'published', 0, '2026-11-23 10:00:00')",
    "INSERT INTO paydesk_variants (id, product_id, name, position, held, on_hand)"
    " VALUES ('var_old', 'prd_old', '', 0, 1, 4)",
)


def test_a_database_of_the_version_before_keeps_its_products(database_url, monkeypatch):
    database = Database(database_url)
    upgrade = command.upgrade
    with monkeypatch.context() as then:
        then.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0005"))
        schema.migrate(database)
    with database.transaction() as tx:
        for statement in _A_PRODUCT_OF_VERSION_5:
            tx.execute(text(statement))
    schema.migrate(database)
    assert schema.differences(database) == []
    with database.transaction() as tx:
        product = tx.scalars(select(Product)).one()
        assert [(each.file, each.alt) for each in product.pictures] == [
            ("/mine/old.png", "Drawing of Old")
        ]
        variant = product.variants[0]
        assert (variant.on_hand, variant.held, variant.sku) == (4, 1, None)
        assert (product.details, product.options, variant.option_values) == ([], [], [])
        assert not product.is_digital
    database.close()
