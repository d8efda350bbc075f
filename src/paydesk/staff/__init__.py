"""Who works here: accounts, sign-in, and the book of what each of them changed."""
