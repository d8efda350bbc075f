"""What is for sale: products, variants, prices and stock."""
