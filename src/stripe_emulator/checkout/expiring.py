"""Sessions end unpaid: at their hour or by the shop's word; and can be taken up again."""

from typing import Any

from stripe_emulator import charging, ids, setting_up
from stripe_emulator.call import Call
from stripe_emulator.checkout.opening import open_session
from stripe_emulator.errors import StripeFault
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

# "Recover abandoned carts": so long the link of an expired session works.
RECOVERY_SECONDS = 30 * 24 * 3600


def expire(call: Call, session: Thing) -> None:
    """The session takes no more money; what waits for it is cancelled."""
    session.update(status="expired", url=None)
    recovery = (session.get("after_expiration") or {}).get("recovery")
    if recovery and recovery["enabled"]:
        recovery.update(
            expires_at=call.now + RECOVERY_SECONDS,
            url=f"{call.base_url}/c/recover/{session['id']}/{ids.random_text(24)}",
        )
    call.tx.put(session)
    call.emit("checkout.session.expired", session)
    intent = call.tx.get("payment_intent", session.get("_intent") or "")
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        charging.cancel(call, intent, "automatic")
    setup = call.tx.get("setup_intent", session.get("setup_intent") or "")
    if setup is not None and setup["status"] not in ("succeeded", "canceled"):
        setting_up.cancel_setup(call, setup, "abandoned")


def recover(call: Call, expired: Thing) -> Thing | None:
    """A new session like an expired one; None if its link is no longer good."""
    recovery = (expired["after_expiration"] or {}).get("recovery") or {}
    if expired["status"] != "expired" or not recovery.get("url"):
        return None
    if recovery["expires_at"] <= call.now:
        return None
    given: dict[str, Any] = {
        name: value for name, value in expired["_given"].items() if name != "expires_at"
    }
    given["line_items"] = [_again(each) for each in expired["_lines"] if not each.get("_optional")]
    if recovery["allow_promotion_codes"] and not given.get("discounts"):
        given["allow_promotion_codes"] = True
    more = {
        "payment_link": expired.get("payment_link"),
        "recovered_from": expired["id"],
        "_known_prices": [each["price"]["id"] for each in expired["_lines"]],
    }
    try:
        return open_session(call, given, **more)
    except StripeFault:
        # A price or coupon of then is gone by now.
        return None


def _again(line: Thing) -> Thing:
    """A line as the parameters of another session; inline prices are real ones by now."""
    again: Thing = {"price": line["price"]["id"], "metadata": line["metadata"]}
    if line["quantity"] is not None:
        again["quantity"] = line["quantity"]
    if line["adjustable_quantity"]:
        again["adjustable_quantity"] = line["adjustable_quantity"]
    if line["_tax_rates"]:
        again["tax_rates"] = line["_tax_rates"]
    return again


@task("expire_session")
def _expire_in_time(call: Call, session_id: str) -> None:
    session = call.tx.get("checkout.session", session_id)
    if session is not None and session["status"] == "open":
        expire(call, session)
