"""Ids and secrets: text, with a prefix that says what they name."""

import secrets

# No 0/O, 1/l/I: an id is read aloud on the telephone sooner or later.
_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
_ID_LENGTH = 20
# 26 characters of a 32-letter alphabet are 130 bits: an order link must not be guessed.
_SECRET_LENGTH = 26


def new_id(prefix: str) -> str:
    """`prefix`, an underscore and 20 random characters."""
    return f"{prefix}_{_random_text(_ID_LENGTH)}"


def new_secret() -> str:
    """130 random bits as text that is safe in an address."""
    return _random_text(_SECRET_LENGTH)


def _random_text(length: int) -> str:
    # 32 letters: five bits of each byte choose one, each as likely as any other.
    return "".join([_ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])
