"""The only door to Stripe's SDK: every call, with its errors made ours.

Stripe's answers leave as plain dictionaries: SDK objects carry the key when pickled, and are
slow to build.
"""

from paydesk.payments.gateway.errors import (
    BadSignature,
    StripeBusy,
    StripeRefused,
    StripeUnreachable,
)
from paydesk.payments.gateway.gateway import Gateway
from paydesk.payments.gateway.params import session_params
from paydesk.payments.gateway.request import (
    Answer,
    ChargeRequest,
    IntentRequest,
    LineItem,
    Listed,
    Recurring,
    RefundRequest,
    SessionRequest,
    Shipping,
)

__all__ = [
    "Answer",
    "BadSignature",
    "ChargeRequest",
    "Gateway",
    "IntentRequest",
    "LineItem",
    "Listed",
    "Recurring",
    "RefundRequest",
    "SessionRequest",
    "Shipping",
    "StripeBusy",
    "StripeRefused",
    "StripeUnreachable",
    "session_params",
]
