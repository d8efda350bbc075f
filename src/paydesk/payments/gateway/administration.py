"""Calls that whoever runs the shop makes: webhook endpoints, products, prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
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

    def create_product(self, params: Mapping[str, Any], *, idempotency_key: str) -> Answer:
        """A new product ("Create a product")."""
        return self._call(
            "products.create",
            lambda client: client.v1.products.create(
                cast(_Typed, dict(params)), {"idempotency_key": idempotency_key}
            ),
        )

    def update_product(self, product_id: str, **changes: Any) -> Answer:
        """Change or archive a product ("Update a product"). Keys of `metadata` are added."""
        return self._call(
            "products.update",
            lambda client: client.v1.products.update(product_id, cast(_Typed, changes)),
        )

    def create_price(self, params: Mapping[str, Any], *, idempotency_key: str) -> Answer:
        """A new price ("Create a price")."""
        return self._call(
            "prices.create",
            lambda client: client.v1.prices.create(
                cast(_Typed, dict(params)), {"idempotency_key": idempotency_key}
            ),
        )

    def update_price(self, price_id: str, **changes: Any) -> Answer:
        """Archive a price, or change what may be changed of it: never its amount."""
        return self._call(
            "prices.update",
            lambda client: client.v1.prices.update(price_id, cast(_Typed, changes)),
        )

    def list_products(self) -> Iterator[Answer]:
        """All products of the account, archived ones as well, newest first."""
        return self._list("/v1/products", {})

    def list_prices(self) -> Iterator[Answer]:
        """All prices of the account in all their currencies, archived ones too, newest first."""
        return self._list("/v1/prices", {"expand": ["data.currency_options"]})

    def look(self) -> "Look":
        """Whether Stripe answers, and what it says of our key; raises nothing.

        Asks for the balance, which every secret key may see ("Retrieve balance").
        """
        try:
            answer = self._client(quick=True).raw_request("get", "/v1/balance")
        except stripe.StripeError as error:
            # Not its message, which can hold a part of the key.
            return Look(error.http_status, _date(error.headers), None)
        return Look(HTTPStatus.OK, _date(answer.headers), answer.data.get("livemode"))

    def account(self) -> "Account | None":
        """Whose account the key belongs to; None if the key may not see it. Raises nothing.

        "Retrieve account", whose settings.dashboard.display_name is what the Dashboard shows.
        """
        try:
            data: Any = self._client(quick=True).raw_request("get", "/v1/account").data
        except stripe.StripeError:
            return None
        shown = ((data.get("settings") or {}).get("dashboard") or {}).get("display_name")
        profile = (data.get("business_profile") or {}).get("name")
        return Account(
            str(data.get("id", "")), str(shown or profile or ""), str(data.get("country") or "")
        )


@dataclass(frozen=True)
class Account:
    """An account of Stripe's, as its Dashboard names it."""

    id: str
    name: str
    country: str


@dataclass(frozen=True)
class Look:
    """What one call told: `status` None is no answer; `told_at` is Stripe's own clock."""

    status: int | None
    told_at: datetime | None
    livemode: bool | None


def _date(headers: Mapping[str, str] | None) -> datetime | None:
    # Header names are compared without case; the SDK hands on what came.
    found = {name.lower(): value for name, value in (headers or {}).items()}
    try:
        return parsedate_to_datetime(found["date"])
    except (KeyError, ValueError):
        return None
