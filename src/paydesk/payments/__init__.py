"""What Stripe says, and what follows from it."""
