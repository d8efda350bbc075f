"""Passwords: which are taken, and how they are kept (argon2id)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from paydesk.foundation.errors import Invalid

# As NIST SP 800-63B has it: length counts, no rules about kinds of characters.
SHORTEST = 12
LONGEST = 200
_hasher = PasswordHasher()
# Of no account: what is compared when there is none, so that the time tells nothing.
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$HM5co89XLUBLRS5oq/3NYg$"
    "Q3lEFGfTDiNPaGn3o3srmhBI6ZJDLFoNiL+XycTlYIM"
)
_COMMON = ("password", "passwort", "1234567890", "qwertyuiop", "qwertzuiop", "letmein", "paydesk")


def hashed(password: str) -> str:
    """The hash of a new password, each time with a new salt. Takes about a tenth of a second."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one; as slow for an account that does not exist (None)."""
    try:
        _hasher.verify(password_hash or _NOBODYS, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def check_new(password: str, *about: str) -> None:
    """Raises Invalid, saying what is wrong, for a password that would soon be guessed.

    `about`: what an attacker knows and would try first, such as the e-mail address.
    """
    if len(password) < SHORTEST:
        raise Invalid(f"Use {SHORTEST} characters or more; a few words do well.", code="password")
    if len(password) > LONGEST:
        raise Invalid(f"Use {LONGEST} characters or fewer.", code="password")
    if len(set(password)) < 5:
        raise Invalid("That repeats itself too much. Use a few words.", code="password")
    plain = password.casefold()
    known = [*_COMMON, *(part for word in about for part in (word, word.partition("@")[0]))]
    for word in known:
        rest = plain.replace(word.casefold(), "") if len(word) > 3 else plain
        if len(rest) < SHORTEST - 5:
            raise Invalid("That is too easy to guess. Use a few words.", code="password")
