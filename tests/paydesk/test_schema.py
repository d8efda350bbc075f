"""The schema: what the migrations make is what the code declares; prices stay what they were."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from alembic import command
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from paydesk.catalogue.demonstration import load_products
from paydesk.catalogue.product import Product
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import Database
from paydesk.migrations import schema


def test_the_migrations_make_what_the_code_declares(shop):
    assert schema.differences(shop.database) == []


def test_migrating_from_two_processes_at_once_and_again_does_no_harm(database_url, tmp_path):
    variables = {**os.environ, "PAYDESK_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "paydesk", "db", "migrate"]
    both = [subprocess.Popen(command, env=variables, cwd=tmp_path) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    database = Database(database_url)
    schema.migrate(database)
    assert schema.is_current(database)
    assert schema.differences(database) == []
    database.close()


def test_a_new_file_opened_by_many_at_once_opens_for_each(tmp_path):
    def open_at_once(number):
        engine = Database(f"sqlite:///{tmp_path / str(number // 4)}").engine
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS anything (x INTEGER)"))
            return str(connection.execute(text("PRAGMA journal_mode")).scalar())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(open_at_once, range(400))) == {"wal"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE paydesk_prices SET amount_minor = 1",
        "UPDATE paydesk_prices SET currency = 'eur'",
        "DELETE FROM paydesk_prices",
    ],
)
def test_the_database_itself_keeps_prices(shop, statement):
    with pytest.raises(DBAPIError, match="superseded"), shop.database.transaction() as tx:
        tx.execute(text(statement))


def test_a_variant_has_one_current_price(shop):
    with pytest.raises(DBAPIError), shop.database.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO paydesk_prices (id, variant_id, amount_minor, currency, active_from) "
                "SELECT 'prc_x', variant_id, 1, 'usd', active_from FROM paydesk_prices"
            )
        )


def test_under_another_prefix_no_name_is_in_the_way_of_another_shops(database_url):
    databases = [Database(database_url, prefix=prefix) for prefix in ("club_", "paydesk_two_")]
    for database in databases:
        schema.migrate(database)
        assert schema.is_current(database)
    ours = Database(database_url)
    assert not schema.is_current(ours)
    schema.migrate(ours)
    assert schema.differences(ours) == []
    names = inspect(ours.engine).get_table_names()
    for table in ("orders", "prices", "schema_version"):
        assert {f"{each}{table}" for each in ("club_", "paydesk_", "paydesk_two_")} <= {*names}
    with databases[0].transaction() as tx:
        load_products(tx, StillClock(datetime(2026, 11, 23, tzinfo=UTC)))
    with pytest.raises(DBAPIError, match="superseded"), databases[0].transaction() as tx:
        tx.execute(text("UPDATE club_prices SET amount_minor = 1"))
    counts = []
    for database in (*databases, ours):
        with database.transaction() as tx:
            counts.append(tx.scalar(select(func.count()).select_from(Product)) or 0)
        database.close()
    assert counts[0] > 0
    assert counts[1:] == [0, 0]


_A_PRODUCT_OF_THE_DAYS = (
    "INSERT INTO products (id, slug, name, summary, description, visibility, position, created_at)"
    " VALUES ('prd_1', 'board', 'Board', '', '', 'published', 0, '2026-11-23 10:00:00')",
    "INSERT INTO variants (id, product_id, name, position, held) VALUES ('v', 'prd_1', '', 0, 0)",
    "INSERT INTO prices (id, variant_id, amount_minor, currency, active_from)"
    " VALUES ('prc_1', 'v', 3900, 'usd', '2026-11-23 10:00:00')",
)


def test_a_database_of_the_days_without_a_prefix_is_taken_over(database_url, monkeypatch):
    before = Database(database_url, prefix="")
    upgrade = command.upgrade
    with monkeypatch.context() as then:
        then.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0003"))
        schema.migrate(before)
    with before.transaction() as tx:
        # As the version of those days wrote it: today's knows columns that were not there.
        for statement in _A_PRODUCT_OF_THE_DAYS:
            tx.execute(text(statement))
        tx.execute(text("ALTER TABLE schema_version RENAME TO alembic_version"))
    before.close()
    database = Database(database_url)
    assert not schema.is_current(database)
    schema.migrate(database)
    assert schema.is_current(database)
    # SQLite has no words to rename a constraint, and knows its name within the table alone.
    left = [str(each[0]) for each in cast(list[Any], schema.differences(database))]
    assert left == (["remove_constraint", "add_constraint"] if database.is_sqlite else [])
    assert [each for each in inspect(database.engine).get_table_names() if each == "orders"] == []
    with database.transaction() as tx:
        assert (tx.scalar(select(func.count()).select_from(Product)) or 0) > 0
    with pytest.raises(DBAPIError, match="superseded"), database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_prices SET amount_minor = 1"))
    database.close()


def test_tables_of_the_host_that_are_named_like_ours_were_are_left_alone(database_url):
    database = Database(database_url)
    with database.transaction() as tx:
        tx.execute(text("CREATE TABLE orders (id INTEGER)"))
        tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        tx.execute(text("INSERT INTO alembic_version VALUES ('0003')"))
    schema.migrate(database)
    assert {"orders", "paydesk_orders"} <= {*inspect(database.engine).get_table_names()}
    database.close()


# Of what was sold before there were shipments: paid, paid by a host app, given back, not paid.
_ORDERS_BEFORE_SHIPMENTS = tuple(
    f"INSERT INTO paydesk_orders (id, number, secret, attempt, generation, payment, currency, "
    f"total_minor, paid_minor, refunded_minor, flags, livemode, created_at, version) VALUES "
    f"('{name}', {number}, '', '{name}', 0, '{payment}', 'usd', 3900, {paid}, {back}, '[]', false, "
    f"'2026-11-23 10:00:00', 0)"
    for number, (name, payment, paid, back) in enumerate(
        (("a", "paid", 3900, 0), ("b", "paid", 3900, 3900), ("c", "expired", 0, 0))
    )
)


def test_orders_from_before_there_were_shipments_wait_to_be_sent(database_url, monkeypatch):
    database = Database(database_url)
    upgrade = command.upgrade
    with monkeypatch.context() as then:
        then.setattr(command, "upgrade", lambda config, _newest: upgrade(config, "0005"))
        schema.migrate(database)
    lines = (
        "INSERT INTO paydesk_order_lines (order_id, position, variant_id, product_slug, name, "
        "variant_name, unit_minor, quantity) VALUES (:order, :n, :variant, '', 'x', '', 1, 1)"
    )
    product = [each.replace("INTO ", "INTO paydesk_") for each in _A_PRODUCT_OF_THE_DAYS[:2]]
    with database.transaction() as tx:
        for statement in (*product, *_ORDERS_BEFORE_SHIPMENTS):
            tx.execute(text(statement))
        for order in "abc":
            tx.execute(text(lines), {"order": order, "n": 0, "variant": "v"})
            tx.execute(text(lines), {"order": order, "n": 1, "variant": None})
    schema.migrate(database)
    with database.transaction() as tx:
        query = text("SELECT id, fulfilment FROM paydesk_orders ORDER BY id")
        found = [tuple(row) for row in tx.execute(query)]
        ships = text("SELECT position, ships FROM paydesk_order_lines WHERE order_id = 'a'")
        sent = {position: bool(it_is) for position, it_is in tx.execute(ships)}
    assert found == [("a", "unfulfilled"), ("b", "none"), ("c", "none")]
    assert sent == {0: True, 1: False}
    database.close()
