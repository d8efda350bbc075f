"""Ids of the lengths Stripe's have (its published fixtures)."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTHS = {"cus": 14, "prod": 14, "req": 14, "cs_test": 58}


def new(prefix: str) -> str:
    """`prefix`, an underscore and as many random characters as Stripe's ids of that kind have."""
    return f"{prefix}_{random_text(_LENGTHS.get(prefix, 24))}"


def random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
