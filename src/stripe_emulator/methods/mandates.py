"""Mandates ("The Mandate object"): a customer's leave to debit an account."""

from typing import TYPE_CHECKING, Any

from stripe_emulator import ids
from stripe_emulator.methods import kind_of
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call


def mandate_for(call: "Call", intent: Thing, method: Thing) -> str | None:
    """The id of the mandate a payment or setup rests on; a new one unless there is one already."""
    known: str | None = method.get("_mandate")
    if not kind_of(method).has_mandate or known is not None:
        return known
    lasting = bool(intent.get("setup_future_usage") or intent["object"] == "setup_intent")
    mandate = _new(call, intent, method, lasting=lasting)
    call.tx.put(mandate)
    if lasting:
        method["_mandate"] = mandate["id"]
        call.tx.put(method)
    return str(mandate["id"])


def _new(call: "Call", intent: Thing, method: Thing, *, lasting: bool) -> Thing:
    mandate_id, reference = ids.new("mandate"), ids.random_text(16).upper()
    single = {"amount": intent.get("amount"), "currency": intent.get("currency")}
    return {
        "id": mandate_id,
        "object": "mandate",
        "customer_acceptance": _acceptance(call, intent.get("_mandate_data")),
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": {
            "type": method["type"],
            method["type"]: _details(call, method["type"], mandate_id, reference),
        },
        "status": "active",
        "type": "multi_use" if lasting else "single_use",
        **({"multi_use": {}} if lasting else {"single_use": single}),
    }


def _details(call: "Call", kind: str, mandate_id: str, reference: str) -> Thing:
    if kind == "sepa_debit":
        return {"reference": reference, "url": f"{call.base_url}/mandates/{mandate_id}"}
    return {"collection_method": None}


def _acceptance(call: "Call", given: dict[str, Any] | None) -> Thing:
    """As the shop reports it; a buyer on our own pages accepts online."""
    said = (given or {}).get("customer_acceptance") or {}
    way = said.get("type", "online")
    online = {"ip_address": "127.0.0.1", "user_agent": None, **(said.get("online") or {})}
    return {
        "accepted_at": said.get("accepted_at", call.now),
        "type": way,
        way: {name: online[name] for name in ("ip_address", "user_agent")}
        if way == "online"
        else {},
    }
