"""What the real Stripe CLI needs of a Stripe: `listen`, `logs tail`, `trigger`, `events resend`.

The CLI is pointed here with its hidden flag `--api-base`. Its sessions are no part of the published
API; what is known of them comes from its source, which Stripe publishes.
"""

from importlib import import_module


def register() -> None:
    """Import the calls, so that they are answered."""
    for name in ("calls", "payment_pages"):
        import_module(f"{__name__}.{name}")
