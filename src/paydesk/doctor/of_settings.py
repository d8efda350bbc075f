"""What can be said of the settings alone, without asking anybody."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from paydesk.doctor.diagnosis import Diagnosis, failure, ok, warning
from paydesk.settings import Mode, Settings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_STRONG_LENGTH, _STRONG_VARIETY = 32, 12
_HOW_TO_MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


def is_public(settings: Settings) -> bool:
    """Whether the shop's address is one that others can reach."""
    return urlsplit(settings.base_url).hostname not in _LOOPBACK


def keys(settings: Settings) -> Diagnosis:
    check = "keys"
    if settings.mode is Mode.EMULATOR:
        if is_public(settings):
            return warning(
                check,
                f"The shop at {settings.base_url} sells against the emulator: no payment is real.",
                "Set STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY, and unset PAYDESK_EMULATOR_URL.",
            )
        return ok(check, "Emulator: no account, no real money.")
    kind = "restricted key" if settings.secret_key.startswith("rk_") else "secret key"
    if settings.mode is Mode.LIVE:
        return ok(check, f"Live mode with a {kind}: payments are real.")
    return ok(check, f"Test mode with a {kind}: no payment is real.")


def emulator(settings: Settings) -> Diagnosis:
    check = "emulator"
    if settings.livemode and settings.stripe_api_base is not None:
        return failure(
            check,
            "Live keys are used at an address that is not Stripe's.",
            "Unset PAYDESK_EMULATOR_URL.",
        )
    if settings.mode is Mode.EMULATOR:
        return ok(check, f"On, at {settings.stripe_api_base}.")
    return ok(check, "Off.")


def address(settings: Settings) -> Diagnosis:
    check = "address"
    if not is_public(settings):
        if settings.livemode:
            return failure(
                check,
                f"{settings.base_url} is this machine alone: buyers cannot come back from Stripe.",
                "Set PAYDESK_BASE_URL to the shop's public https address.",
            )
        return ok(check, f"{settings.base_url}: this machine alone, which is enough for a trial.")
    if not settings.is_https:
        return (failure if settings.livemode else warning)(
            check,
            f"{settings.base_url} is not https: cookies and order links can be read on the way.",
            "Serve the shop over https and set PAYDESK_BASE_URL to that address.",
        )
    return ok(check, f"{settings.base_url}, over https.")


def secret(settings: Settings) -> Diagnosis:
    check = "secret key"
    value = settings.app_secret
    if len(value) >= _STRONG_LENGTH and len(set(value)) >= _STRONG_VARIETY:
        return ok(check, "PAYDESK_SECRET_KEY is long and varied.")
    return (failure if settings.livemode else warning)(
        check,
        "PAYDESK_SECRET_KEY could be guessed, and whoever has it can sign any cookie.",
        f"Set another, made by: {_HOW_TO_MAKE_ONE}",
    )


def proxies(settings: Settings) -> Diagnosis:
    check = "proxies"
    count = settings.trusted_proxies
    if is_public(settings) and settings.is_https and count == 0:
        return warning(
            check,
            "Something before the shop ends TLS, but no proxy is trusted: all buyers seem to come "
            "from its address, and share one limit.",
            "Set PAYDESK_TRUSTED_PROXIES to how many proxies add to X-Forwarded-For, often 1.",
        )
    if not is_public(settings) and count > 0:
        return warning(
            check,
            "X-Forwarded-For is believed, but the address is this machine's own: anybody may claim "
            "any address.",
            "Set PAYDESK_TRUSTED_PROXIES=0.",
        )
    return ok(check, f"{count} trusted." if count else "None trusted, none needed.")


def folder(settings: Settings) -> Diagnosis:
    check = "data folder"
    path = settings.data_dir
    nearest = next((each for each in (path, *path.parents) if each.exists()), Path("/"))
    if (path.exists() and not path.is_dir()) or not os.access(nearest, os.W_OK | os.X_OK):
        return failure(
            check,
            f"{path} cannot be written by the user this runs as.",
            f"chown it to that user, or set PAYDESK_DATA_DIR: mkdir -p {path}",
        )
    return ok(check, f"{path} can be written.")
