"""The desk in a small and in a large shop."""
