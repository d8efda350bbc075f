"""Looks a shop over before it goes live, and whenever something is odd."""
