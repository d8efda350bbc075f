"""Proof: real processes that are killed, or race each other, and what is left of it."""
