"""Who sells, and on what terms: the shop's own facts, legal texts, shipping and tax."""
