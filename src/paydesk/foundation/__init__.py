"""What every room stands on: time, ids, money, the database and the ways to say no."""
