"""A stateful Stripe on this machine: API, hosted Checkout page and signed webhooks."""
