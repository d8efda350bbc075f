"""Disputes and early fraud warnings, as the shop sees and answers them."""

from typing import Any

from stripe_emulator import disputing, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.enhanced_evidence import eligibility, shown
from stripe_emulator.errors import invalid, missing, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("dispute", "network_reason_code payment_method_details")

# "Dispute object": the text of all evidence together.
_MOST_TEXT = 150_000
_OPEN = (*disputing.WAITING, *disputing.UNDER_REVIEW)


@route("GET", "/v1/disputes/{id}", "DisputeRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("dispute", call.path["id"])


@route("GET", "/v1/disputes", "DisputeListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    return listing.page(
        call,
        "dispute",
        "/v1/disputes",
        charge=given.get("charge"),
        payment_intent=given.get("payment_intent"),
    )


@route("POST", "/v1/disputes/{id}", "DisputeUpdateParams")
def change(call: Call) -> Thing:
    dispute = call.require("dispute", call.path["id"])
    given = call.params
    only(call, ("evidence", "metadata", "submit", "intended_submission_method"), "disputes")
    before = {}
    if "metadata" in given:
        before["metadata"] = dispute["metadata"]
        dispute["metadata"] = merged(dispute["metadata"], given["metadata"])
    if "intended_submission_method" in given:
        dispute["intended_submission_method"] = given["intended_submission_method"]
    sends = given.get("submit", "evidence" in given)
    if "evidence" in given or sends:
        _must_wait(dispute)
        before["evidence"] = dispute["evidence"]
        _take_evidence(call, dispute, given.get("evidence") or {})
    call.tx.put(dispute)
    if sends:
        disputing.submit(call, dispute)
    else:
        call.emit("charge.dispute.updated", dispute, before)
    return dispute


@route("POST", "/v1/disputes/{id}/close", "DisputeCloseParams")
def close(call: Call) -> Thing:
    dispute = call.require("dispute", call.path["id"])
    if dispute["status"] not in _OPEN:
        raise invalid("This dispute is already closed.")
    is_inquiry = dispute["status"].startswith("warning")
    disputing.close(call, dispute, "warning_closed" if is_inquiry else "lost")
    return dispute


@route("GET", "/v1/radar/early_fraud_warnings/{id}", "radar.EarlyFraudWarningRetrieveParams")
def retrieve_warning(call: Call) -> Thing:
    return call.require("radar.early_fraud_warning", call.path["id"])


@route("GET", "/v1/radar/early_fraud_warnings", "radar.EarlyFraudWarningListParams")
def list_warnings(call: Call) -> Thing:
    given = call.params
    return listing.page(
        call,
        "radar.early_fraud_warning",
        "/v1/radar/early_fraud_warnings",
        charge=given.get("charge"),
        payment_intent=given.get("payment_intent"),
    )


def _must_wait(dispute: Thing) -> None:
    if dispute["status"] not in disputing.WAITING:
        closed = dispute["status"] not in disputing.UNDER_REVIEW
        raise invalid(
            "This dispute is already closed, so its evidence cannot be changed."
            if closed
            else "The evidence of this dispute has been submitted already.",
            param="evidence",
        )


def _take_evidence(call: Call, dispute: Thing, given: dict[str, Any]) -> None:
    evidence = dict(dispute["evidence"])
    if given.get("appeal"):
        raise not_here_yet("appeals of disputes", "evidence[appeal]")
    for name, value in given.items():
        if name in disputing.EVIDENCE_FILES and value:
            _require_file(call, value, f"evidence[{name}]")
        if name == "enhanced_evidence":
            evidence[name] = shown(value)
        elif name != "appeal":
            evidence[name] = value or None
    length = sum(len(evidence[name] or "") for name in disputing.EVIDENCE_TEXTS)
    if length > _MOST_TEXT:
        raise invalid(
            f"The combined character count of all evidence is at most {_MOST_TEXT}.",
            param="evidence",
        )
    dispute["evidence"] = evidence
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or any(evidence.get(n) for n in given)
    details["enhanced_eligibility"] = eligibility(dispute)


def _require_file(call: Call, file_id: str, param: str) -> None:
    found = call.tx.get("file", file_id)
    if found is None:
        raise missing("file upload", file_id, param)
    if found["purpose"] != "dispute_evidence":
        raise invalid(
            "The file's purpose must be `dispute_evidence` to be used as evidence.", param=param
        )
