"""Stripe's resources, one small file each; importing this registers their calls."""

from stripe_emulator.resources import (
    balance,
    charge,
    customer,
    event,
    payment_intent,
    payment_method,
    price,
    product,
    refund,
    session,
    webhook_endpoint,
)

ALL = (
    balance,
    charge,
    customer,
    event,
    payment_intent,
    payment_method,
    price,
    product,
    refund,
    session,
    webhook_endpoint,
)
