"""Checkout sessions from the inside: what they cost, what a buyer may choose, what paying means."""
