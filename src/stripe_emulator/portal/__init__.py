"""The customer portal: what may be done there, and what doing it means."""
