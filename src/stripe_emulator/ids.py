"""Ids of the lengths Stripe's have (its published fixtures)."""

import os
import secrets
import string
import time

_ALPHABET = string.ascii_letters + string.digits
# One read of random bytes for a whole text. Bytes beyond the last whole alphabet are left out:
# they would make some letters likelier than others.
_UNEVEN = bytes(range(256 - 256 % len(_ALPHABET), 256))
_LETTERS = bytes(ord(_ALPHABET[each % len(_ALPHABET)]) for each in range(256))
# Five such letters count the seconds from 2020 on for 29 years.
_ASCENDING = string.digits + string.ascii_uppercase + string.ascii_lowercase
_TIMED, _YEAR_2020 = 5, 1_577_836_800
_LENGTHS = {"cus": 14, "prod": 14, "req": 14, "cs_test": 58}


def new(prefix: str) -> str:
    """`prefix`, an underscore and as many random characters as Stripe's ids of that kind have."""
    length = _LENGTHS.get(prefix, 24)
    return f"{prefix}_{_second()}{random_text(length - _TIMED)}"


def _second() -> str:
    """The beginning of every id made in this second of the machine's, in ascending order.

    As at Stripe. New ids then lie side by side in the store's index, however large it has grown.
    """
    rest, text = int(time.time()) - _YEAR_2020, ""
    for _ in range(_TIMED):
        rest, place = divmod(rest, len(_ASCENDING))
        text = _ASCENDING[place] + text
    return text


def random_text(length: int) -> str:
    text = b""
    while len(text) < length:
        text += os.urandom(2 * length).translate(_LETTERS, _UNEVEN)
    return text[:length].decode()


def random_digits(length: int) -> str:
    return f"{secrets.randbelow(10**length):0{length}}"
