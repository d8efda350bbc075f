"""Ids of the lengths Stripe's have (its published fixtures)."""

import os
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
# One read of random bytes for a whole text. Bytes beyond the last whole alphabet are left out:
# they would make some letters likelier than others.
_UNEVEN = bytes(range(256 - 256 % len(_ALPHABET), 256))
_LETTERS = bytes(ord(_ALPHABET[each % len(_ALPHABET)]) for each in range(256))
_LENGTHS = {"cus": 14, "prod": 14, "req": 14, "cs_test": 58}


def new(prefix: str) -> str:
    """`prefix`, an underscore and as many random characters as Stripe's ids of that kind have."""
    return f"{prefix}_{random_text(_LENGTHS.get(prefix, 24))}"


def random_text(length: int) -> str:
    text = b""
    while len(text) < length:
        text += os.urandom(2 * length).translate(_LETTERS, _UNEVEN)
    return text[:length].decode()


def random_digits(length: int) -> str:
    return f"{secrets.randbelow(10**length):0{length}}"
