"""Marks that more than one file uses."""

import pytest

# What takes long and is no different there is shown on PostgreSQL by `make test-slow`.
slow_on_postgres = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])],
    indirect=True,
)
