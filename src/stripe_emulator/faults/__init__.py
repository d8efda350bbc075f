"""What goes wrong on purpose: rules for the next, or for every, delivery and API call."""
