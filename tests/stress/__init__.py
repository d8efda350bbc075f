"""The shop under stress: real processes, and many clients at the same time."""
