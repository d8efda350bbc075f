"""Charges ("The Charge object"): made by payment intents, or by the older calls here."""

from stripe_emulator import address, expand, legacy_charging, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.errors import StripeFault, card_error, invalid
from stripe_emulator.metadata import merged
from stripe_emulator.methods import legacy
from stripe_emulator.money import check_amount, currency_code
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "charge",
    "presentment_details refunds level3 authorization_code",
)

_UPDATE = ("description", "metadata", "receipt_email", "shipping", "transfer_group",
           "fraud_details")  # fmt: skip
_SAID = ("description", "receipt_email", "shipping", "statement_descriptor",
         "statement_descriptor_suffix", "transfer_group")  # fmt: skip
_CREATE = (
    *("amount", "currency", "source", "customer", "capture", "metadata", "radar_options"),
    *_SAID,
)
_FIRST_REFUNDS = 10


@route("POST", "/v1/charges", "ChargeCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, _CREATE, "charges")
    for name in ("amount", "currency"):
        if name not in given:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    currency = currency_code(given["currency"], "currency")
    check_amount(given["amount"], currency)
    address.check_email(given.get("receipt_email"), "receipt_email")
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
    method = _source(call)
    draft = {
        "amount": given["amount"],
        "currency": currency,
        "customer": given.get("customer"),
        "metadata": merged(None, given.get("metadata")),
        **{name: given.get(name) or None for name in _SAID},
    }
    charge, refusal = legacy_charging.charge_card(
        call, method, draft, capture=given.get("capture", True)
    )
    if refusal is not None:
        raise _declined(charge, refusal)
    return charge


def _source(call: Call) -> Thing:
    """What is charged: a token, a customer's source, or what the customer uses by default."""
    given = call.params
    source = given.get("source")
    if not given.get("customer"):
        if not source:
            raise invalid("Must provide source or customer.", code="parameter_missing")
        if source.startswith("card_"):
            raise invalid(
                "You cannot charge a customer's card without naming the customer.", param="source"
            )
        return legacy.source_from_token(call, source, "source")
    customer = call.require("customer", given["customer"], "customer")
    if not source:
        return legacy.default_source(call, customer)
    found = call.tx.get("payment_method", source)
    if found is None or found["customer"] != customer["id"]:
        raise StripeFault(
            f"Customer {customer['id']} does not have a linked source with ID {source:.80}.",
            status=404,
            code="missing",
            param="source",
        )
    return found


def _declined(charge: Thing, refusal: Decline) -> StripeFault:
    return card_error(
        refusal.message,
        refusal.code,
        decline_code=refusal.decline_code,
        charge=charge["id"],
        keep=True,
    )


@route("GET", "/v1/charges/{id}", "ChargeRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("charge", call.path["id"])


@route("POST", "/v1/charges/{id}", "ChargeUpdateParams")
def change(call: Call) -> Thing:
    charge = call.require("charge", call.path["id"])
    only(call, (*_UPDATE, "customer"), "changes of charges")
    given = call.params
    address.check_email(given.get("receipt_email"), "receipt_email")
    if given.get("shipping"):
        given["shipping"] = address.whole_shipping(given["shipping"])
    if "fraud_details" in given:
        said = {**charge["fraud_details"], **given["fraud_details"]}
        given["fraud_details"] = {name: value for name, value in said.items() if value}
    if "customer" in given:
        if charge["customer"] is not None:
            raise invalid("This charge has a customer already.", param="customer")
        call.require("customer", given["customer"], "customer")
    return update(call, charge, (*_UPDATE, "customer"), "charge.updated")


@route("POST", "/v1/charges/{charge}/capture", "ChargeCaptureParams")
def capture(call: Call) -> Thing:
    charge = call.require("charge", call.path["charge"])
    only(call, ("amount", "receipt_email", "statement_descriptor", "statement_descriptor_suffix",
                "transfer_group"), "captures")  # fmt: skip
    if charge["payment_intent"] is not None:
        raise invalid(
            "This charge was created by a PaymentIntent, so it must be captured by capturing "
            f"{charge['payment_intent']}.",
            code="payment_intent_unexpected_state",
        )
    if charge["captured"]:
        raise invalid(
            f"Charge {charge['id']} has already been captured.", code="charge_already_captured"
        )
    if charge["refunded"] or charge["status"] != "succeeded":
        raise invalid(
            f"Charge {charge['id']} can no longer be captured.", code="charge_expired_for_capture"
        )
    amount: int = charge["amount"]
    if "amount" in call.params:
        amount = call.params["amount"]
    if not 1 <= amount <= charge["amount"]:
        raise invalid(
            f"You can capture up to {charge['amount']}.", code="amount_too_large", param="amount"
        )
    legacy_charging.capture_charge(call, charge, amount)
    return charge


@route("GET", "/v1/charges", "ChargeListParams")
def list_all(call: Call) -> Thing:
    only(call, ("customer", "payment_intent"), "lists of charges")
    return listing.page(
        call,
        "charge",
        "/v1/charges",
        customer=call.params.get("customer"),
        payment_intent=call.params.get("payment_intent"),
    )


@expand.computed("charge", "refunds")
def refunds(call: Call, charge: Thing) -> Thing:
    found = call.tx.find("refund", charge=charge["id"], limit=_FIRST_REFUNDS + 1)
    return {
        "object": "list",
        "data": [complete(each) for each in found[:_FIRST_REFUNDS]],
        "has_more": len(found) > _FIRST_REFUNDS,
        "url": f"/v1/charges/{charge['id']}/refunds",
    }
