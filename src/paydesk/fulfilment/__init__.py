"""What we owe once an order is paid: hooks, run durably."""
