"""Sessions of every kind at random: good parameters in combinations, many of which go together."""

import random
from typing import Any

import stripe

HOMES = [
    {"country": "US", "state": "CA", "postal_code": "94105", "line1": "l", "city": "c"},
    {"country": "DE", "postal_code": "89073", "line1": "l", "city": "c"},
    {},
]
CARDS = ["4242424242424242", "4000002760003184", "4000000000000002"]
KINDS = ["sepa_debit", "paypal", "us_bank_account", "klarna"]
_DAY = 24 * 3600


class Maker:
    """Makes parameters of sessions over a small catalogue; the same for the same seed."""

    def __init__(self, client: stripe.StripeClient, seed: int) -> None:
        self._v1: Any = client.v1
        self.chance = random.Random(seed)
        self._stock()

    def _stock(self) -> None:
        tiers = [{"up_to": 2, "unit_amount": 100}, {"up_to": "inf", "flat_amount": 50}]
        options = {"eur": {"unit_amount": 450}, "jpy": {"unit_amount": 70}}
        self._once = [
            self._price(unit_amount=1000, currency_options=options),
            self._price(unit_amount=0),
            self._price(unit_amount_decimal="33.3333", tax_behavior="inclusive"),
            self._price(billing_scheme="tiered", tiers_mode="volume", tiers=tiers),
            self._price(unit_amount=900, transform_quantity={"divide_by": 10, "round": "up"}),
            self._price(custom_unit_amount={"enabled": True, "minimum": 100}),
        ]
        self._monthly = [
            self._price(unit_amount=each, recurring={"interval": "month"}) for each in (700, 0)
        ]
        self._taxes = [
            self._v1.tax_rates.create({"display_name": "t", "percentage": p, "inclusive": i}).id
            for p, i in ((19, True), (8.5, False))
        ]
        off = {"amount_off": 700, "currency": "usd", "duration": "forever"}
        coupons = [
            self._v1.coupons.create(each).id
            for each in ({"percent_off": 10}, {"percent_off": 100}, off)
        ]
        self.codes = ["C0", "C1", "C2", "", "zz"]
        for n, each in enumerate(coupons):
            wish = {"promotion": {"type": "coupon", "coupon": each}, "code": f"C{n}"}
            self._v1.promotion_codes.create(wish)
        self._coupons = coupons
        self.rates = [self._rate(amount) for amount in (0, 499)]
        address = {"country": "US", "state": "CA"}
        self._customers = [
            self._v1.customers.create(each).id
            for each in ({"email": "a@b.test"}, {"tax_exempt": "reverse", "address": address})
        ]

    def _price(self, **more: Any) -> str:
        wish = {"product_data": {"name": "x"}, "currency": "usd", **more}
        return str(self._v1.prices.create(wish).id)

    def _rate(self, amount: int) -> str:
        fixed = {"amount": amount, "currency": "usd"}
        made = self._v1.shipping_rates.create({"display_name": "s", "fixed_amount": fixed})
        return str(made.id)

    def wish(self, now: int) -> dict[str, Any]:
        """Parameters of a session; `now` in seconds UTC."""
        pick = self.chance.choice
        mode = pick(["payment", "payment", "subscription", "setup"])
        wish: dict[str, Any] = {"mode": mode}
        if mode == "setup":
            wish["currency"] = "usd"
        else:
            wish["line_items"] = [self._line(mode) for _ in range(pick([1, 1, 2]))]
        if (page := pick(["hosted_page", "hosted_page", "embedded_page"])) == "hosted_page":
            wish["success_url"] = "http://shop.test"
        else:
            wish |= {"ui_mode": page, "return_url": "http://shop.test/r"}
        possible = self._possible(now)
        for name in self.chance.sample(sorted(possible), pick([0, 1, 2, 3])):
            wish[name] = pick(possible[name])
        return wish

    def _line(self, mode: str) -> dict[str, Any]:
        pick = self.chance.choice
        recurs = mode == "subscription" and pick([True, True, False])
        line: dict[str, Any] = {
            "price": pick(self._monthly if recurs else self._once),
            "quantity": pick([1, 1, 2, 25]),
        }
        if pick([True, False, False]):
            line["tax_rates"] = [pick(self._taxes)]
        if pick([True, False, False]):
            line["adjustable_quantity"] = {"enabled": True, "minimum": pick([0, 1])}
        return line

    def _possible(self, now: int) -> dict[str, list[Any]]:
        anchor = {"billing_cycle_anchor": now + 5 * _DAY}
        option = {"price": self._once[0], "quantity": 1, "adjustable_quantity": {"enabled": True}}
        return {
            "customer": self._customers,
            "customer_creation": ["always", "if_required"],
            "discounts": [[{"coupon": each}] for each in self._coupons],
            "allow_promotion_codes": [True, False],
            "shipping_address_collection": [{"allowed_countries": ["US", "DE"]}],
            "shipping_options": [[{"shipping_rate": each}] for each in self.rates],
            "automatic_tax": [{"enabled": True}],
            "tax_id_collection": [{"enabled": True, "required": "if_supported"}],
            "billing_address_collection": ["auto", "required"],
            "phone_number_collection": [{"enabled": True}],
            "invoice_creation": [{"enabled": True}],
            "optional_items": [[option]],
            "payment_intent_data": [
                {"capture_method": "manual"},
                {"setup_future_usage": "off_session"},
            ],
            "subscription_data": [
                {"trial_period_days": 3},
                anchor,
                {**anchor, "proration_behavior": "none"},
                {"default_tax_rates": self._taxes[:1]},
            ],
            "payment_method_collection": ["always", "if_required"],
            "currency": ["usd", "eur", "jpy"],
            "after_expiration": [{"recovery": {"enabled": True}}],
        }

    def choice(self, page: dict[str, Any]) -> dict[str, Any]:
        """What a buyer changes on a page; much of it is not to be changed."""
        pick = self.chance.choice
        found: dict[str, Any] = {"billing": pick(HOMES)}
        if pick([True, False]):
            found["promotion_code"] = pick(self.codes)
        if page["lines"] and pick([True, False]):
            found["quantities"] = {pick(page["lines"])["id"]: pick([0, 1, 2, 100])}
        if page["options"] and pick([True, False]):
            found["optional"] = {pick(page["options"])["price"]: pick([0, 1, 3])}
        if pick([True, False, False]):
            found["shipping_rate"] = pick(self.rates)
        return found

    def payment(self) -> dict[str, Any]:
        """How a buyer pays."""
        if self.chance.choice([True, False, False]):
            return {"kind": self.chance.choice(KINDS)}
        return {"card": self.chance.choice(CARDS), "saves_method": True}
