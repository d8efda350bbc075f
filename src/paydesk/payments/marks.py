"""What we write into the metadata of everything we create at Stripe, to know it again."""

CHECKOUT_KEY = "paydesk_checkout"
REFUND_KEY = "paydesk_refund"
REPLACES_KEY = "paydesk_replaces"
# Its value names the endpoint's secret without giving it away.
ENDPOINT_KEY = "paydesk_secret"
