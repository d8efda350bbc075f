"""The webhook path beside simpler ones, and beside itself in a large database."""
