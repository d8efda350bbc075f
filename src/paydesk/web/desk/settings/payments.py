"""Settings: which Stripe is used. Keys come from the environment alone, and are never shown."""

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.doctor import of_stripe
from paydesk.settings import Mode, Settings
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import needs, needs_recent_sign_in


@dataclass(frozen=True)
class Variable:
    """One variable of the environment: what it is set to, in words that give nothing away."""

    name: str
    tone: str
    says: str
    advice: str = ""


def add_payments(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/payments", "settings_payments", payments_page)


@needs(Role.READ)
@needs_recent_sign_in
def payments_page() -> ResponseReturnValue:
    """With `?ask=stripe` Stripe is asked, which may take a few seconds."""
    shop = current_shop()
    diagnosis = account = None
    if request.args.get("ask") == "stripe":
        look = shop.administration.look()
        found = of_stripe.account(shop.settings, look)
        diagnosis = replace(found, fix=shop.settings.called.in_words(found.fix))
        account = shop.administration.account() if diagnosis.grade == "ok" else None
    return render_template(
        "paydesk/desk/settings/payments.html",
        settings=shop.settings,
        variables=_variables(shop.settings),
        diagnosis=diagnosis,
        account=account,
        webhook_url=shop.endpoints.url,
    )


def _variables(settings: Settings) -> list[Variable]:
    emulated = settings.mode is Mode.EMULATOR
    kind = "a restricted key" if settings.secret_key.startswith("rk_") else "a secret key"
    if emulated:
        keys = [
            Variable(name, "plain", "not needed: the emulator takes any", advice)
            for name, advice in (
                ("STRIPE_SECRET_KEY", "sk_test_… or rk_live_… from Stripe’s Dashboard"),
                ("STRIPE_PUBLISHABLE_KEY", "pk_… of the same mode"),
            )
        ]
    else:
        keys = [
            Variable("STRIPE_SECRET_KEY", "good", f"{kind}, {settings.mode.value} mode"),
            Variable("STRIPE_PUBLISHABLE_KEY", "good", f"{settings.mode.value} mode"),
        ]
    count = len(settings.webhook_secrets)
    return [
        *keys,
        Variable(
            "STRIPE_WEBHOOK_SECRET",
            "good" if count else "wait",
            f"{count} set" if count else "not set: Stripe is asked for events instead",
            "" if count else settings.called("webhooks register"),
        ),
        Variable("PAYDESK_WAYS", "good", ", ".join(settings.ways)),
    ]
