"""Evidence of the networks' own kinds: Visa Compelling Evidence 3.0 and compliance disputes."""

from typing import Any

from stripe_emulator.address import whole
from stripe_emulator.store import Thing

_COMPELLING = "visa_compelling_evidence_3"
_IDENTIFIERS = (
    *("customer_account_id", "customer_device_fingerprint", "customer_device_id"),
    *("customer_email_address", "customer_purchase_ip"),
)
# One of the identifiers that count must be of these ("Visa Compelling Evidence 3.0").
_STRONG = ("customer_device_fingerprint", "customer_device_id", "customer_purchase_ip")
_FEWEST_TRANSACTIONS, _FEWEST_IDENTIFIERS = 2, 2


def shown(given: Any) -> Thing:
    """`evidence.enhanced_evidence`, every field in its place; '' clears all of it."""
    found: Thing = {}
    for kind, values in (given or {}).items():
        if kind == _COMPELLING:
            disputed = (values or {}).get("disputed_transaction")
            prior = (values or {}).get("prior_undisputed_transactions") or []
            found[kind] = {
                "disputed_transaction": _disputed(disputed) if disputed else None,
                "prior_undisputed_transactions": [_prior(each) for each in prior],
            }
        else:
            found[kind] = {"fee_acknowledged": bool((values or {}).get("fee_acknowledged"))}
    return found


def _transaction(given: dict[str, Any]) -> Thing:
    address = given.get("shipping_address")
    return {
        **{name: given.get(name) or None for name in (*_IDENTIFIERS, "product_description")},
        "shipping_address": whole(address) if address else None,
    }


def _disputed(given: dict[str, Any]) -> Thing:
    return {
        **_transaction(given),
        "merchandise_or_services": given.get("merchandise_or_services") or None,
    }


def _prior(given: dict[str, Any]) -> Thing:
    return {**_transaction(given), "charge": given["charge"]}


def eligibility(dispute: Thing) -> Thing:
    """`evidence_details.enhanced_eligibility`: what each kind this dispute may have still lacks."""
    evidence = dispute["evidence"]["enhanced_evidence"]
    found: Thing = {}
    for kind in dispute["enhanced_eligibility_types"]:
        given = evidence.get(kind) or {}
        if kind == _COMPELLING:
            lacks = _lacks(given)
            status = "requires_action" if lacks else "qualified"
            found[kind] = {"required_actions": lacks, "status": status}
        else:
            known = given.get("fee_acknowledged")
            found[kind] = {
                "status": "fee_acknowledged" if known else "requires_fee_acknowledgement"
            }
    return found


def _lacks(given: Thing) -> list[str]:
    disputed = given.get("disputed_transaction") or {}
    prior = given.get("prior_undisputed_transactions") or []
    named = [name for name in _IDENTIFIERS if disputed.get(name)]
    checks = {
        "missing_customer_identifiers": len(named) >= _FEWEST_IDENTIFIERS
        and any(name in _STRONG for name in named),
        "missing_disputed_transaction_description": disputed.get("product_description"),
        "missing_merchandise_or_services": disputed.get("merchandise_or_services"),
        "missing_prior_undisputed_transaction_description": prior
        and all(each["product_description"] for each in prior),
        "missing_prior_undisputed_transactions": len(prior) >= _FEWEST_TRANSACTIONS,
    }
    return [name for name, holds in checks.items() if not holds]
