"""What Prometheus is told: counters of this process, and how long things took.

Every process counts for itself and answers on a port of its own; Prometheus adds them up.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

# From a page out of memory to a Stripe that hangs until the timeout.
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter(
    "paydesk_requests", "Requests answered.", ("route", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "paydesk_request_seconds",
    "How long answers took.",
    ("route",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
EVENTS = Counter(
    "paydesk_events",
    "Stripe's events, by door and by what became of them.",
    ("door", "outcome"),
    registry=REGISTRY,
)
STRIPE_CALLS = Counter(
    "paydesk_stripe_calls",
    "Calls to Stripe: ok, refused, unreachable or not_made.",
    ("call", "outcome"),
    registry=REGISTRY,
)
STRIPE_SECONDS = Histogram(
    "paydesk_stripe_call_seconds",
    "How long Stripe took.",
    ("call",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
HANDLERS = Counter(
    "paydesk_handlers", "Handlers run, such as on_paid: ok or raised.", ("effect", "outcome"),
    registry=REGISTRY,
)  # fmt: skip
