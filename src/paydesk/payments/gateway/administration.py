"""Calls that whoever runs the shop makes: webhook endpoints, and the account itself."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import stripe

from paydesk.payments.gateway.client import Calls
from paydesk.payments.gateway.request import Answer

# The version the SDK speaks; events are to come in the same one ("API upgrades", versioning).
API_VERSION: str = stripe.api_version

_Typed = Any


class Administration(Calls):
    """Calls of an operator's. All raise StripeUnreachable or StripeRefused."""

    def create_endpoint(
        self, url: str, events: list[str], metadata: Mapping[str, str], *, idempotency_key: str
    ) -> Answer:
        """A new webhook endpoint; its `secret` is in this answer alone.

        "Create a webhook endpoint".
        """
        params = {
            "url": url,
            "enabled_events": events,
            "api_version": API_VERSION,
            "description": "Paydesk",
            "metadata": dict(metadata),
        }
        return self._call(
            "webhook_endpoints.create",
            lambda client: client.v1.webhook_endpoints.create(
                cast(_Typed, params), {"idempotency_key": idempotency_key}
            ),
        )

    def update_endpoint(self, endpoint_id: str, **changes: Any) -> Answer:
        """Change events, metadata or whether it is disabled; its API version never changes.

        "Update a webhook endpoint".
        """
        return self._call(
            "webhook_endpoints.update",
            lambda client: client.v1.webhook_endpoints.update(endpoint_id, cast(_Typed, changes)),
        )

    def delete_endpoint(self, endpoint_id: str) -> Answer:
        """Stripe sends nothing there any more, not even what is still to be tried again."""
        return self._call(
            "webhook_endpoints.delete",
            lambda client: client.v1.webhook_endpoints.delete(endpoint_id),
        )

    def list_endpoints(self) -> Iterator[Answer]:
        """All webhook endpoints of the account, newest first."""
        return self._list("/v1/webhook_endpoints", {})
