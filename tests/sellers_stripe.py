"""Products and prices at a Stripe in memory, where the power can fail at any call."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from paydesk.catalogue.product import Terms
from paydesk.payments.gateway import Answer
from paydesk.payments.gateway.administration import Administration


class PowerCut(BaseException):
    """Nothing of ours runs after it."""


class SellersStripe(Administration):
    """Answers as Stripe does. `hand_…` is what people do in the Dashboard."""

    def __init__(self) -> None:
        self.products: dict[str, Answer] = {}
        self.prices: dict[str, Answer] = {}
        self.by_key: dict[str, tuple[Any, Answer]] = {}
        self.made_by_hand = 0
        self.cut = 0.0
        self._calls = 0

    def list_products(self) -> Iterator[Answer]:
        self._calls = 0
        yield from copy.deepcopy(list(reversed(self.products.values())))

    def list_prices(self) -> Iterator[Answer]:
        yield from copy.deepcopy(list(reversed(self.prices.values())))

    def create_product(self, params: Mapping[str, Any], *, idempotency_key: str) -> Answer:
        return self._called(lambda: self._once(idempotency_key, params, self._new_product))

    def create_price(self, params: Mapping[str, Any], *, idempotency_key: str) -> Answer:
        return self._called(lambda: self._once(idempotency_key, params, self._new_price))

    def update_product(self, product_id: str, **changes: Any) -> Answer:
        return self._called(lambda: self._change_product(product_id, changes))

    def update_price(self, price_id: str, **changes: Any) -> Answer:
        return self._called(lambda: self._change_price(price_id, changes))

    def _called(self, deed: Any) -> Answer:
        self._calls += 1
        if self.cut == self._calls:
            raise PowerCut
        answer: Answer = copy.deepcopy(deed())
        if self.cut == self._calls + 0.5:
            raise PowerCut
        return answer

    def _once(self, key: str, params: Any, make: Any) -> Answer:
        if key not in self.by_key:
            self.by_key[key] = (copy.deepcopy(params), make(params))
        known, answer = self.by_key[key]
        assert known == params, "the same key was used with other parameters"
        return answer

    def _new_product(self, params: Mapping[str, Any]) -> Answer:
        product = {
            "id": f"prod_{len(self.products) + 1:04}",
            "active": True,
            "description": None,
            "default_price": None,
            "metadata": {},
            **copy.deepcopy(dict(params)),
        }
        self.products[product["id"]] = product
        return product

    def _new_price(self, params: Mapping[str, Any]) -> Answer:
        given = copy.deepcopy(dict(params))
        recurring = given.pop("recurring", None)
        given.pop("transfer_lookup_key", None)
        self._free_key(given.get("lookup_key"))
        price = {
            "id": f"price_{len(self.prices) + 1:04}",
            "active": True,
            "created": len(self.prices),
            "billing_scheme": "per_unit",
            "custom_unit_amount": None,
            "lookup_key": None,
            "nickname": None,
            "metadata": {},
            "recurring": {
                "interval_count": 1,
                "trial_period_days": None,
                "usage_type": "licensed",
                **recurring,
            }
            if recurring
            else None,
            **given,
        }
        self.prices[price["id"]] = price
        return price

    def _change_product(self, product_id: str, changes: dict[str, Any]) -> Answer:
        product = self.products[product_id]
        self._merge(product, changes.pop("metadata", {}))
        product.update({name: None if value == "" else value for name, value in changes.items()})
        return product

    def _change_price(self, price_id: str, changes: dict[str, Any]) -> Answer:
        price = self.prices[price_id]
        assert changes.keys() <= {
            *("active", "lookup_key", "transfer_lookup_key", "nickname", "metadata")
        }, "a price is never edited"
        is_default = self.products[price["product"]]["default_price"] == price_id
        assert changes.get("active") is not False or not is_default, "a default price stays"
        changes.pop("transfer_lookup_key", None)
        if changes.get("lookup_key") not in (None, price["lookup_key"]):
            self._free_key(changes["lookup_key"])
        self._merge(price, changes.pop("metadata", {}))
        price.update({name: None if value == "" else value for name, value in changes.items()})
        return price

    def _free_key(self, key: str | None) -> None:
        for other in self.prices.values():
            if key is not None and other["lookup_key"] == key:
                other["lookup_key"] = None

    def _merge(self, thing: Answer, metadata: dict[str, str]) -> None:
        merged = {**thing["metadata"], **metadata}
        thing["metadata"] = {name: value for name, value in merged.items() if value != ""}

    def _nth(self, things: dict[str, Answer], which: int) -> Answer | None:
        return list(things.values())[which % len(things)] if things else None

    def hand_new_product(self, _which: int, offer: tuple[str, Terms], number: int) -> None:
        self.made_by_hand += 1
        product = self._new_product({"name": f"By hand {number}"})
        self._offer(product, *offer)

    def hand_describe(self, which: int, text: str, _number: int) -> None:
        product = self._nth(self.products, which)
        if product is not None:
            product["description"] = text or None

    def hand_archive(self, which: int, active: bool, _number: int) -> None:
        product = self._nth(self.products, which)
        if product is not None:
            product["active"] = active

    def hand_edit_price(self, which: int, terms: Terms, _number: int) -> None:
        """As the Dashboard does: a new price, and the old one archived."""
        price = self._nth(self.prices, which)
        if price is None or not price["active"]:
            return
        product = self.products[price["product"]]
        new = self._offer(product, price["nickname"] or "", terms)
        if product["default_price"] == price["id"]:
            product["default_price"] = new["id"]
        price["active"] = False

    def hand_more_price(self, which: int, offer: tuple[str, Terms], _number: int) -> None:
        product = self._nth(self.products, which)
        if product is not None:
            self._offer(product, *offer)

    def hand_archive_price(self, which: int, _none: None, _number: int) -> None:
        price = self._nth(self.prices, which)
        if price is not None:
            product = self.products[price["product"]]
            if product["default_price"] == price["id"]:
                product["default_price"] = None
            price["active"] = False

    def hand_make_default(self, which: int, _none: None, _number: int) -> None:
        price = self._nth(self.prices, which)
        if price is not None and price["active"]:
            self.products[price["product"]]["default_price"] = price["id"]

    def _offer(self, product: Answer, name: str, terms: Terms) -> Answer:
        params: dict[str, Any] = {
            "product": product["id"],
            "currency": terms.price.currency,
            "unit_amount": terms.price.minor,
            "nickname": name or None,
        }
        if terms.others:
            options = {each.currency: {"unit_amount": each.minor} for each in terms.others}
            params["currency_options"] = options
        if terms.rhythm is not None:
            params["recurring"] = {
                "interval": terms.rhythm.unit,
                "interval_count": terms.rhythm.count,
                "trial_period_days": terms.rhythm.trial_days or None,
            }
        return self._new_price(params)
