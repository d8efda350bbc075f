"""Questions across the rooms: what was sold, what moved, what is to be done."""
