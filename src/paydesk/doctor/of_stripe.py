"""What Stripe says of the key, the clock and the webhook endpoint."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from paydesk.doctor.diagnosis import Diagnosis, failure, ok, warning
from paydesk.doctor.of_settings import is_public
from paydesk.payments.endpoints import Endpoint
from paydesk.payments.gateway.administration import API_VERSION, Look
from paydesk.settings import Mode, Settings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# The header counts whole seconds, and the answer was on its way.
_SKEW_SECONDS = 30
# A signature further from our time is refused.
_TOLERANCE_SECONDS = 300
_REGISTER = "paydesk webhooks register"

_ANSWERS: dict[int | None, Diagnosis] = {
    HTTPStatus.UNAUTHORIZED: failure(
        "stripe",
        "Stripe does not know STRIPE_SECRET_KEY: it is mistyped, expired or was rolled.",
        "Take a new one from the Dashboard, Developers > API keys.",
    ),
    HTTPStatus.FORBIDDEN: ok(
        "stripe", "Stripe answers; the restricted key may not see the balance."
    ),
}


def account(settings: Settings, look: Look) -> Diagnosis:
    check = "stripe"
    where = "The emulator" if settings.mode is Mode.EMULATOR else "Stripe"
    if look.status is None:
        start = "Start one with: paydesk run" if settings.mode is Mode.EMULATOR else (
            "Check this machine's way out: https to api.stripe.com, port 443."
        )  # fmt: skip
        return failure(check, f"{where} does not answer.", start)
    if look.status in _ANSWERS:
        return _ANSWERS[look.status]
    if look.status != HTTPStatus.OK:
        return failure(
            check, f"{where} answers {look.status}.", "Look at status.stripe.com and try again."
        )
    if look.livemode is not None and look.livemode is not settings.livemode:
        return failure(
            check,
            "Stripe says that the key is of the other mode, live or test.",
            "Use a secret and a publishable key of one mode.",
        )
    return ok(check, f"{where} answers and takes the key.")


def version() -> Diagnosis:
    return ok("api version", f"{API_VERSION}, pinned: what the account's default is, matters not.")


def clock(look: Look, now: datetime) -> Diagnosis:
    check = "clock"
    if look.told_at is None:
        return warning(check, "Stripe's time is not known, so ours was not compared.", "Try again.")
    skew = (now - look.told_at).total_seconds()
    said = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Stripe's"
    fix = "Let this machine keep time by NTP: timedatectl set-ntp true"
    if abs(skew) > _TOLERANCE_SECONDS:
        return failure(check, f"The clock is {said}: every webhook is refused as stale.", fix)
    if abs(skew) > _SKEW_SECONDS:
        return warning(check, f"The clock is {said}; from 300 s on, webhooks are refused.", fix)
    return ok(check, "This machine's clock and Stripe's agree.")


def endpoint(settings: Settings, url: str, known: list[Endpoint] | None) -> Diagnosis:
    check = "webhook"
    if known is None:
        return warning(
            check,
            "Stripe does not say which endpoints there are.",
            "Allow the restricted key to read webhook endpoints, or try again.",
        )
    here = [each for each in known if _same(each.url, url)]
    if not here:
        return _none(settings, url)
    enabled = [each for each in here if each.is_enabled]
    if not enabled:
        return failure(check, f"{here[0].id} at {url} is disabled.", f"Enable it: {_REGISTER}")
    if not settings.webhook_secrets:
        return failure(
            check,
            "Stripe sends events, but without STRIPE_WEBHOOK_SECRET all are refused.",
            "Set it to the endpoint's secret; if that is lost: paydesk webhooks roll-secret",
        )
    return _of_enabled(settings, url, enabled)


def _none(settings: Settings, url: str) -> Diagnosis:
    check = "webhook"
    every = f"{settings.pull_seconds:g} s"
    if not settings.webhook_secrets and not (is_public(settings) and settings.livemode):
        return ok(check, f"None; Stripe is asked for events every {every} instead.")
    fix = f"Make one: {_REGISTER} --env-file .env"
    if settings.webhook_secrets and not is_public(settings):
        return ok(check, "None at Stripe for this machine; the Stripe CLI may be forwarding.")
    return (failure if settings.webhook_secrets else warning)(
        check, f"Stripe has no endpoint at {url}: payments are seen by the pull alone.", fix
    )


def _of_enabled(settings: Settings, url: str, enabled: list[Endpoint]) -> Diagnosis:
    check = "webhook"
    newest = enabled[0]
    fits = [each.is_of(settings.webhook_secrets) for each in enabled]
    if True not in fits and None not in fits:
        return failure(
            check,
            f"STRIPE_WEBHOOK_SECRET is not the secret of {newest.id}: every event is refused.",
            "Set the right one; if it is lost: paydesk webhooks roll-secret",
        )
    missing = set.intersection(*(set(each.missing) for each in enabled))
    if missing:
        shown = ", ".join(sorted(missing)[:3]) + (" …" if len(missing) > 3 else "")
        return failure(
            check, f"{newest.id} does not send {len(missing)} events that are read: {shown}.",
            f"Add them: {_REGISTER}",
        )  # fmt: skip
    return _of_fitting(settings, url, enabled, is_noted=fits[0] is not None)


def _of_fitting(
    settings: Settings, url: str, enabled: list[Endpoint], *, is_noted: bool
) -> Diagnosis:
    check = "webhook"
    newest = enabled[0]
    if not _speaks(settings, newest):
        return warning(
            check,
            f"{newest.id} sends events in API version {newest.api_version or 'of the account'}, "
            f"and {API_VERSION} is read.",
            "Replace it: paydesk webhooks roll-secret",
        )
    if len(enabled) > 1:
        return warning(
            check,
            f"{len(enabled)} endpoints send to {url}: a secret is being rolled.",
            "Once the shop runs with the new one: paydesk webhooks roll-secret --finish",
        )
    if not is_noted:
        return ok(check, f"{newest.id} sends what is read; whose secret is set cannot be told.")
    return ok(check, f"{newest.id} sends what is read, and the secret is its own.")


def _speaks(settings: Settings, each: Endpoint) -> bool:
    # The emulator has one version only.
    return each.speaks_our_version or (settings.mode is Mode.EMULATOR and each.api_version is None)


def _same(one: str, other: str) -> bool:
    """127.0.0.1 and localhost are the same place."""
    first, second = urlsplit(one), urlsplit(other)
    if first.hostname in _LOOPBACK and second.hostname in _LOOPBACK:
        return (first.port, first.path) == (second.port, second.path)
    return one == other
