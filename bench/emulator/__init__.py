"""The Stripe emulator under load, beside another stand-in for Stripe."""
