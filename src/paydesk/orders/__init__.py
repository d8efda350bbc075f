"""What was agreed: orders and how they are placed."""
