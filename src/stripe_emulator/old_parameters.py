"""Parameters the newest API version has removed, for callers that speak an older one.

The Stripe CLI is one of them: it sends no version, and its fixtures for `stripe trigger` are years
old. The answer is always in the newest version; for its callers nothing here is accepted.
"""

import re
from typing import Any

from werkzeug.datastructures import Headers

from stripe_emulator.call import API_VERSION

Raw = dict[str, Any]
_CLI = "Stripe/v1 stripe-cli/"
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def speaks_old(headers: Headers) -> bool:
    """Whether a request is in an older version than ours."""
    version = headers.get("Stripe-Version", "")
    if version:
        return bool(_DATED.match(version)) and version[:10] < API_VERSION[:10]
    return headers.get("User-Agent", "").startswith(_CLI)


def translate(called: str, raw: Raw) -> Raw:
    """Rename in `raw` what has a new name; the rest of what is old is taken out and returned."""
    removed: Raw = {}
    if "payment_method_types" in raw:
        # Changelog 2026-10-28: the same list, and no longer needed for cards.
        raw.setdefault("allowed_payment_method_types", raw.pop("payment_method_types"))
    if called.startswith("POST /v1/promotion_codes") and "coupon" in raw:
        # Changelog 2025-09-30: a promotion may be of other kinds.
        raw.setdefault("promotion", {"type": "coupon", "coupon": raw.pop("coupon")})
    elif called.startswith(("POST /v1/subscriptions", "POST /v1/invoices")) and "coupon" in raw:
        # Changelog 2024-09-30.
        raw.setdefault("discounts", {"0": {"coupon": raw.pop("coupon")}})
    elif called in ("POST /v1/customers", "POST /v1/customers/{id}") and "coupon" in raw:
        removed["coupon"] = raw.pop("coupon")
    return removed
