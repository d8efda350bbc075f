"""Automatic tax, as a plain stand-in: one rate per country, and per state in the US and Canada.

Stripe Tax knows product codes, thresholds and registrations; this knows the table below, which is
the standard rate of each place. Enough to see that a shop shows and books taxes rightly.
"""

import hashlib

from stripe_emulator.call import Call
from stripe_emulator.store import Thing

# Standard rates in percent, as of 2026.
_COUNTRIES = {
    "AT": 20.0, "AU": 10.0, "BE": 21.0, "BG": 20.0, "CH": 8.1, "CY": 19.0, "CZ": 21.0, "DE": 19.0,
    "DK": 25.0, "EE": 24.0, "ES": 21.0, "FI": 25.5, "FR": 20.0, "GB": 20.0, "GR": 24.0, "HR": 25.0,
    "HU": 27.0, "IE": 23.0, "IT": 22.0, "JP": 10.0, "LT": 21.0, "LU": 17.0, "LV": 21.0, "MT": 18.0,
    "NL": 21.0, "NO": 25.0, "NZ": 15.0, "PL": 23.0, "PT": 23.0, "RO": 21.0, "SE": 25.0, "SG": 9.0,
    "SI": 22.0, "SK": 23.0,
}  # fmt: skip
_US_STATES = {
    "AL": 4.0, "AZ": 5.6, "AR": 6.5, "CA": 7.25, "CO": 2.9, "CT": 6.35, "FL": 6.0, "GA": 4.0,
    "IL": 6.25, "IN": 7.0, "IA": 6.0, "KS": 6.5, "KY": 6.0, "MA": 6.25, "MD": 6.0, "ME": 5.5,
    "MI": 6.0, "MN": 6.875, "MO": 4.225, "NC": 4.75, "NJ": 6.625, "NV": 6.85, "NY": 4.0,
    "OH": 5.75, "PA": 6.0, "RI": 7.0, "SC": 6.0, "TN": 7.0, "TX": 6.25, "UT": 4.85, "VA": 4.3,
    "WA": 6.5, "WI": 5.0,
}  # fmt: skip
_CA_PROVINCES = {
    "AB": 5.0, "BC": 12.0, "MB": 12.0, "NB": 15.0, "NL": 15.0, "NS": 14.0, "ON": 13.0, "PE": 15.0,
    "QC": 14.975, "SK": 11.0,
}  # fmt: skip
_KINDS = {"US": "sales_tax", "CA": "hst", "AU": "gst", "NZ": "gst", "SG": "gst", "JP": "jct"}
_NAMES = {"sales_tax": "Sales Tax", "hst": "HST", "gst": "GST", "jct": "JCT", "vat": "VAT"}
# "Default tax behavior": where it is left to Stripe, prices in these come without tax.
_EXCLUSIVE_CURRENCIES = ("usd", "cad")


def is_enough(address: Thing | None) -> bool:
    """Whether the address tells what tax there is: the US and Canada want more than a country."""
    country = (address or {}).get("country")
    if country in ("US", "CA"):
        return bool((address or {}).get("state") or (address or {}).get("postal_code"))
    return bool(country)


def is_inclusive(behavior: str | None, currency: str) -> bool:
    """Whether an amount with this `tax_behavior` contains its tax."""
    if behavior in ("inclusive", "exclusive"):
        return behavior == "inclusive"
    return currency not in _EXCLUSIVE_CURRENCIES


def rate_at(call: Call, address: Thing, *, inclusive: bool) -> Thing | None:
    """The tax rate of a place; None where the table has none."""
    country, state = address.get("country") or "", (address.get("state") or "").upper()
    percentage = _percentage(country, state)
    if not percentage:
        return None
    place = f"{country}-{state if country in ('US', 'CA') else ''}-{inclusive}"
    rate_id = f"txr_{hashlib.sha256(place.encode()).hexdigest()[:24]}"
    known = call.tx.get("tax_rate", rate_id)
    return known or _new_rate(call, rate_id, (country, state), percentage, inclusive=inclusive)


def _percentage(country: str, state: str) -> float:
    if country == "US":
        return _US_STATES.get(state, 0.0)
    if country == "CA":
        return _CA_PROVINCES.get(state, 5.0)
    return _COUNTRIES.get(country, 0.0)


def _new_rate(
    call: Call, rate_id: str, place: tuple[str, str], percentage: float, *, inclusive: bool
) -> Thing:
    country, state = place
    kind = _KINDS.get(country, "vat")
    in_state = country in ("US", "CA")
    rate: Thing = {
        "id": rate_id,
        "object": "tax_rate",
        # Stripe's own rates cannot be put on lines by hand.
        "active": False,
        "country": country,
        "created": call.now,
        "description": None,
        "display_name": _NAMES[kind],
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": state if in_state and state else country,
        "jurisdiction_level": "state" if in_state and state else "country",
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": state if in_state and state else None,
        "tax_type": kind,
    }
    call.tx.put(rate)
    return rate
