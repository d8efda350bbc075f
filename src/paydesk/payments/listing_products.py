"""Writes one product of ours to Stripe, in steps that can be repeated."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from paydesk.catalogue.product import Terms
from paydesk.payments.gateway.administration import Administration
from paydesk.payments.marks import PRICE_KEY, PRODUCT_KEY, SYNCED_KEY, VARIANT_KEY, WRITING_KEY
from paydesk.payments.shelf import Ours, Theirs, Thing, lookup_key, terms_of


class Pushing:
    """Lets Stripe's product follow ours; the first call says that we write, the last that it is."""

    def __init__(self, calls: Administration) -> None:
        self._calls = calls

    def push(self, ours: Ours, theirs: Theirs | None) -> None:
        """Raises StripeUnreachable or StripeRefused; a repeat goes on from there."""
        product_id = self._write_product(ours, theirs)
        wanted = {
            variant: self._write_price(ours, variant, product_id, theirs)
            for variant in ours.card.offers
        }
        if theirs is not None:
            self._archive_others(theirs, set(wanted.values()))
        self._note_same(ours, product_id)

    def link(self, ours: Ours, theirs: Theirs) -> None:
        """Note at Stripe that both are the same; only marks are written, and leftovers archived."""
        for variant, price_id in theirs.standing.items():
            if price_id in theirs.unmarked and variant in ours.price_ids:
                self._calls.update_price(price_id, **_tie(ours, variant))
        self._archive_others(theirs, set(theirs.standing.values()))
        self._note_same(ours, theirs.id)

    def _note_same(self, ours: Ours, product_id: str) -> None:
        marks = {PRODUCT_KEY: ours.id, SYNCED_KEY: ours.card.fingerprint, WRITING_KEY: ""}
        self._calls.update_product(product_id, metadata=marks)

    def _write_product(self, ours: Ours, theirs: Theirs | None) -> str:
        card = ours.card
        marks = {PRODUCT_KEY: ours.id, WRITING_KEY: card.fingerprint}
        if theirs is None:
            params: dict[str, Any] = {"name": card.name, "active": card.is_sold, "metadata": marks}
            if card.description:
                params["description"] = card.description
            answer = self._calls.create_product(params, idempotency_key=_key(ours.id, params))
            return str(answer["id"])
        self._calls.update_product(
            theirs.id,
            name=card.name,
            description=card.description,
            active=card.is_sold,
            metadata=marks,
        )
        return theirs.id

    def _write_price(self, ours: Ours, variant: str, product_id: str, theirs: Theirs | None) -> str:
        """The active price that asks what ours does: the one there is, an archived one, or new."""
        offer, price_id = ours.card.offers[variant], ours.price_ids[variant]
        there = theirs.card.offers.get(variant) if theirs is not None else None
        if theirs is not None and there is not None and there.terms == offer.terms:
            standing = theirs.standing[variant]
            if there != offer or standing in theirs.unmarked:
                self._calls.update_price(standing, nickname=offer.name, **_tie(ours, variant))
            return standing
        for price in theirs.prices if theirs is not None else ():
            if _is_this(price, price_id, offer.terms):
                self._calls.update_price(
                    str(price["id"]), active=True, nickname=offer.name, **_tie(ours, variant)
                )
                return str(price["id"])
        params = {"product": product_id, **_params(offer.terms), **_tie(ours, variant)}
        if offer.name:
            params["nickname"] = offer.name
        return str(self._calls.create_price(params, idempotency_key=_key(price_id, params))["id"])

    def _archive_others(self, theirs: Theirs, wanted: set[str]) -> None:
        for price_id in dict.fromkeys((*theirs.standing.values(), *theirs.leftover)):
            if price_id in wanted:
                continue
            if price_id == theirs.default_price:
                # A default price cannot be archived ("Update a price").
                self._calls.update_product(theirs.id, default_price=min(wanted) if wanted else "")
            self._calls.update_price(price_id, active=False)


def _tie(ours: Ours, variant: str) -> dict[str, Any]:
    return {
        "lookup_key": lookup_key(variant),
        "transfer_lookup_key": True,
        "metadata": {VARIANT_KEY: variant, PRICE_KEY: ours.price_ids[variant]},
    }


def _params(terms: Terms) -> dict[str, Any]:
    params: dict[str, Any] = {
        "currency": terms.price.currency,
        "unit_amount": terms.price.minor,
    }
    if terms.others:
        params["currency_options"] = {
            each.currency: {"unit_amount": each.minor} for each in terms.others
        }
    rhythm = terms.rhythm
    if rhythm is not None:
        params["recurring"] = {"interval": rhythm.unit, "interval_count": rhythm.count}
        if rhythm.trial_days:
            params["recurring"]["trial_period_days"] = rhythm.trial_days
    return params


def _is_this(price: Thing, price_id: str, terms: Terms) -> bool:
    """Whether it is our very price, archived by somebody; an older one of ours is history."""
    marks = price.get("metadata") or {}
    return marks.get(PRICE_KEY) == price_id and terms_of(price) == terms


def _key(our_id: str, params: Mapping[str, Any]) -> str:
    """The same call again has the same key; another call about the same thing another."""
    told = json.dumps(params, sort_keys=True)
    return f"{our_id}:{hashlib.sha256(told.encode()).hexdigest()[:24]}"
