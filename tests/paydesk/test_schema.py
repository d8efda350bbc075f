"""The schema: what the migrations make is what the code declares; prices stay what they were."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE prices SET amount_minor = 1",
        "UPDATE prices SET currency = 'eur'",
        "DELETE FROM prices",
    ],
)
def test_the_database_itself_keeps_prices(shop, statement):
    with pytest.raises(DBAPIError, match="superseded"), shop.database.transaction() as tx:
        tx.execute(text(statement))


def test_a_variant_has_one_current_price(shop):
    with pytest.raises(DBAPIError), shop.database.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO prices (id, variant_id, amount_minor, currency, active_from) "
                "SELECT 'prc_x', variant_id, 1, 'usd', active_from FROM prices"
            )
        )
