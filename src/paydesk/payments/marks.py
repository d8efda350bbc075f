"""What we write into the metadata of everything we create at Stripe, to know it again."""

CHECKOUT_KEY = "paydesk_checkout"
REFUND_KEY = "paydesk_refund"
REPLACES_KEY = "paydesk_replaces"
# Its value names the endpoint's secret without giving it away.
ENDPOINT_KEY = "paydesk_secret"
# On a product of Stripe's: ours, what both sides had when they were last the same, and what is
# being written just now.
PRODUCT_KEY = "paydesk_product"
SYNCED_KEY = "paydesk_synced"
WRITING_KEY = "paydesk_writing"
# On a price of Stripe's.
VARIANT_KEY = "paydesk_variant"
PRICE_KEY = "paydesk_price"
