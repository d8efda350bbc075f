"""Trying to pay: the one place that decides what a payment intent and a method lead to.

Whoever confirms an intent comes through here: the API, the hosted page, invoices, Stripe.js.
"""

from stripe_emulator import charging, ids, watching
from stripe_emulator.call import Call
from stripe_emulator.cards import AUTHENTICATION_REQUIRED, PROCESSING, Card, Decline, ThreeDSecure
from stripe_emulator.methods import Flow, Kind, kind_of
from stripe_emulator.methods.card import card_of
from stripe_emulator.methods.kind import FAILED, NOT_AUTHENTICATED, NOT_PAID_IN_TIME
from stripe_emulator.methods.making import attach_to
from stripe_emulator.methods.mandates import mandate_for
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing


def attempt(
    call: Call,
    intent: Thing,
    method: Thing,
    *,
    off_session: bool = False,
    return_url: str | None = None,
    announce: bool = False,
) -> Decline | None:
    """Try to pay `intent`, stored or new, with `method`.

    Afterwards `intent["status"]` says what came of it: succeeded, requires_capture, processing
    (a bank takes its time), requires_action (3-D Secure, a wallet, a voucher to pay), or
    requires_payment_method: declined, and the Decline is returned.

    Stores, emits and tells the watchers. `off_session`: its holder is not there to be asked.
    `return_url`: where the holder is sent after a page of the bank's or wallet's.
    `announce`: the intent is new, and `payment_intent.created` is emitted in its usual place.
    """
    before, as_created = intent["status"], dict(intent)
    charging.give_up_voucher(call, intent)
    if (intent.get("_three_d_secure") or {}).get("method") != method["id"]:
        intent["_three_d_secure"] = None
    intent.update(_method=method["id"], _return_url=return_url, _off_session=off_session)
    late = announce and _pays_at_once(intent, method, off_session=off_session)
    if announce and not late:
        call.tx.put(intent)
        call.emit("payment_intent.created", as_created)
    refusal = _FLOWS[kind_of(method).flow](call, intent, method, off_session)
    if late:
        # In Stripe's own logs `created` comes after `succeeded` here, with its first state.
        call.emit("payment_intent.created", as_created)
    watching.tell(call, intent, before)
    if refusal is not None:
        watching.refused(call, intent, before)
    return refusal


def answer(call: Call, intent: Thing, *, approved: bool) -> Decline | None:
    """The holder has authenticated or approved on the page, or has not.

    The intent must be one that waits for this: `requires_action` with `redirect_to_url`.
    """
    before = intent["status"]
    method = call.require("payment_method", intent["_method"])
    kind = kind_of(method)
    refusal: Decline | None
    if not approved:
        refusal = kind.refused if kind.flow is Flow.REDIRECT else NOT_AUTHENTICATED
        charging.fail(call, intent, method, refusal)
    elif kind.flow is Flow.REDIRECT:
        refusal = None
        _succeed(call, intent, method)
    else:
        intent["_three_d_secure"] = _authenticated(method, "challenge", "authenticated")
        refusal = _go_on(call, intent, method)
    watching.tell(call, intent, before)
    return refusal


def _go_on(call: Call, intent: Thing, method: Thing) -> Decline | None:
    """Charge the card, unless the shop wants to confirm once more by itself."""
    if intent["confirmation_method"] == "automatic":
        return _charge_card(call, intent, method)
    intent.update(status="requires_confirmation", next_action=None)
    call.tx.put(intent)
    return None


def settle(
    call: Call, intent: Thing, *, succeed: bool, refusal: Decline | None = None
) -> Decline | None:
    """The bank has answered, or the voucher was paid or ran out.

    The intent must be one of which `is_on_its_way` is true.
    """
    before = intent["status"]
    method = call.require("payment_method", intent["_method"])
    charge = call.require("charge", intent["latest_charge"])
    if succeed:
        _succeed(call, intent, method, charge)
    else:
        is_voucher = kind_of(method).flow is Flow.VOUCHER
        refusal = refusal or (NOT_PAID_IN_TIME if is_voucher else FAILED)
        charging.decline(call, intent, method, refusal, charge)
    watching.tell(call, intent, before)
    return refusal


def is_on_its_way(intent: Thing) -> bool:
    """Whether the buyer has done what they can do here: a bank or a voucher decides later.

    A Checkout Session is complete then, and not paid yet.
    """
    action = str((intent.get("next_action") or {}).get("type"))
    return intent["status"] == "processing" or action.endswith("_display_details")


def _pays_at_once(intent: Thing, method: Thing, *, off_session: bool) -> bool:
    if method["type"] != "card" or charging.is_held(intent, method):
        return False
    return not _asks(intent, method, off_session=off_session) and card_of(method).decline is None


def _by_card(call: Call, intent: Thing, method: Thing, off_session: bool) -> Decline | None:
    card = card_of(method)
    if not _asks(intent, method, off_session=off_session):
        _note_quiet_authentication(intent, method, card)
        broken = card.three_d_secure is ThreeDSecure.BROKEN and is_forced(intent)
        return _charge_card(call, intent, method, PROCESSING if broken else None)
    if off_session or intent.get("_fails_if_asked"):
        charging.decline(call, intent, method, AUTHENTICATION_REQUIRED)
        return AUTHENTICATION_REQUIRED
    charging.ask(call, intent, method, page_of(call, intent))
    return None


def _asks(intent: Thing, method: Thing, *, off_session: bool) -> bool:
    """Whether the holder has to authenticate now."""
    if intent.get("_three_d_secure"):
        return False
    set_up = bool(method.get("_set_up"))
    return asks(card_of(method), set_up=set_up, off_session=off_session, forced=is_forced(intent))


def asks(card: Card, *, set_up: bool, off_session: bool, forced: bool) -> bool:
    """Whether a card's holder has to authenticate ("3D Secure authentication", test cards).

    `set_up`: for later payments without its holder. `forced`: the shop wants it.
    """
    match card.three_d_secure:
        case ThreeDSecure.REQUIRED:
            return True
        case ThreeDSecure.UNLESS_SET_UP:
            return not (off_session and set_up)
        case ThreeDSecure.ALREADY_SET_UP:
            return not off_session
        case ThreeDSecure.OPTIONAL:
            return forced and not off_session
    return False


def is_forced(intent: Thing) -> bool:
    options = (intent.get("payment_method_options") or {}).get("card") or {}
    return options.get("request_three_d_secure") in ("any", "challenge")


def _note_quiet_authentication(intent: Thing, method: Thing, card: Card) -> None:
    if intent["_three_d_secure"]:
        return
    if card.three_d_secure is ThreeDSecure.FRICTIONLESS:
        intent["_three_d_secure"] = _authenticated(method, "frictionless", "authenticated")
    elif is_forced(intent) and card.brand != "amex":
        intent["_three_d_secure"] = _authenticated(method, "frictionless", "attempt_acknowledged")


def _authenticated(method: Thing, flow: str, result: str) -> Thing:
    return {"method": method["id"], "flow": flow, "result": result}


def _charge_card(
    call: Call, intent: Thing, method: Thing, refusal: Decline | None = None
) -> Decline | None:
    refusal = refusal or card_of(method).decline
    if refusal is None:
        _succeed(call, intent, method)
    else:
        charging.decline(call, intent, method, refusal)
    return refusal


def _by_debit(call: Call, intent: Thing, method: Thing, _off_session: bool) -> Decline | None:
    intent["_mandate"] = mandate_for(call, intent, method)
    charging.process(intent, method)
    charge = charging.pend(call, intent, method)
    call.emit("payment_intent.processing", intent)
    call.emit("charge.pending", charge)
    _settle_later(call, intent, kind_of(method), method)
    return None


def _by_voucher(call: Call, intent: Thing, method: Thing, _off_session: bool) -> Decline | None:
    kind = kind_of(method)
    assert kind.voucher is not None
    details, until = kind.voucher(call, intent, f"{call.base_url}/c/authenticate/{intent['id']}")
    action = f"{kind.name}_display_details"
    charge = charging.pend(call, intent, method)
    charging.ask(call, intent, method, {"type": action, action: details})
    call.emit("charge.pending", charge)
    call.at(until, "settle", intent_id=intent["id"], charge_id=charge["id"], succeed=False)
    _settle_later(call, intent, kind, method)
    return None


def _by_redirect(call: Call, intent: Thing, method: Thing, off_session: bool) -> Decline | None:
    if not off_session:
        charging.ask(call, intent, method, page_of(call, intent))
    elif method.get("_set_up"):
        _succeed(call, intent, method)
    else:
        charging.decline(call, intent, method, AUTHENTICATION_REQUIRED)
        return AUTHENTICATION_REQUIRED
    return None


_FLOWS = {
    Flow.AT_ONCE: _by_card,
    Flow.LATER: _by_debit,
    Flow.VOUCHER: _by_voucher,
    Flow.REDIRECT: _by_redirect,
}


def page_of(call: Call, intent: Thing) -> Thing:
    """`next_action`: the page where the holder of an intent's method answers."""
    url = f"{call.base_url}/c/authenticate/{intent['id']}"
    if intent.get("_by_sdk") and not intent["_return_url"]:
        # Stripe.js follows this by itself (`handleNextAction`).
        sdk = {"source": ids.new("src"), "stripe_js": url, "type": "three_d_secure_redirect"}
        return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": intent["_return_url"], "url": url},
    }


def _succeed(call: Call, intent: Thing, method: Thing, charge: Thing | None = None) -> None:
    _keep(call, intent, method)
    charging.succeed(call, intent, method, charge)


def _keep(call: Call, intent: Thing, method: Thing) -> None:
    """With `setup_future_usage` the customer can be charged again without being asked."""
    options = (intent.get("payment_method_options") or {}).get(method["type"]) or {}
    usage = options.get("setup_future_usage") or intent.get("setup_future_usage")
    if usage not in ("off_session", "on_session"):
        # A method that is no customer's is used once.
        method["_used_up"] = method["customer"] is None
        call.tx.put(method)
        return
    if usage == "off_session":
        method["_set_up"] = True
        call.tx.put(method)
    customer = intent.get("customer")
    if customer and method["customer"] is None:
        attach_to(call, method, call.require("customer", customer))


def _settle_later(call: Call, intent: Thing, kind: Kind, method: Thing) -> None:
    settlement = kind.settlement(method)
    if settlement.seconds is None:
        return
    refused = settlement.refusal
    call.later(
        settlement.seconds,
        "settle",
        intent_id=intent["id"],
        charge_id=intent["latest_charge"],
        succeed=refused is None,
        refusal=None if refused is None else [refused.code, refused.decline_code, refused.message],
    )


@task("settle")
def _settle(
    call: Call,
    intent_id: str,
    charge_id: str,
    succeed: bool,
    refusal: list[str | None] | None = None,
) -> None:
    intent = call.tx.get("payment_intent", intent_id)
    # Settled by hand, cancelled or tried again in the meantime.
    if intent is None or intent["latest_charge"] != charge_id or not is_on_its_way(intent):
        return
    said = Decline(*refusal) if refusal else None  # type: ignore[arg-type]
    settle(call, intent, succeed=succeed, refusal=said)
