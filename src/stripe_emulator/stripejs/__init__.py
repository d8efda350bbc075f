"""The stand-in for Stripe.js: the script a shop's page loads, and the frames it opens."""

from stripe_emulator.stripejs import elements_session
from stripe_emulator.stripejs.serving import stripejs_blueprint

__all__ = ["elements_session", "stripejs_blueprint"]
