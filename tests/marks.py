"""Marks that more than one file uses."""

import pytest

# What is about pages or about a missing guard is shown on both databases by `make test-slow`.
slow_on_postgres = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])],
    indirect=True,
)
