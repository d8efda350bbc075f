"""`python -m stripe_emulator` is `stripe-emulator`."""

from stripe_emulator.cli import main

main()
