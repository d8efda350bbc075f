"""Calls of every kind, made from the SDK's own parameter types: good, nearly good, and wrong."""

import typing
from collections.abc import Callable
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from hypothesis import strategies as st
from typing_extensions import is_typeddict

from stripe_emulator import params
from stripe_emulator.api import ROUTES, Route
from tests.emulator.conftest import KEY, Raw

# Ids by kind: what was answered so far may be named in what is asked next.
Known = dict[str, list[str]]

_JUNK = (
    *("", "0", "-1", "1", "9" * 19, "1e400", "NaN", "0.5", "true", "False", "null", "\x00"),
    *("\ud800", "💥", "a" * 600, "a" * 6000, "٣", "http://[", "javascript:alert(1)", "../.."),
    *("%00", "' OR 1=1"),
    *("usd", "jpy", "XYZ", "2040-01-01", "pm_card_visa", "tok_visa", "*", "[]", "{}"),
)  # fmt: skip
_WORDS: dict[str, tuple[str, ...]] = {
    "currency": ("usd", "usd", "usd", "eur", "jpy", "brl", "xxx"),
    "country": ("US", "DE", "FR", "ZZ"),
    "email": ("ada@example.test", "ada", ""),
    "payment_method": ("pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined",
                       "pm_card_authenticationRequired", "pm_card_createDispute"),
    "source": ("tok_visa", "tok_chargeDeclined", "tok_de"),
    "card": ("tok_visa", "tok_mastercard"),
    "token": ("tok_visa", "tok_de"),
    "url": ("http://127.0.0.1:9/hook", "https://shop.test/x", "nowhere"),
    "success_url": ("http://shop.test/?s={CHECKOUT_SESSION_ID}",),
    "return_url": ("http://shop.test/back",),
    "number": ("4242424242424242", "4000000000000002", "4242424242424241", "42"),
    "query": ('name:"x"', "created>5", "status:'open'", 'metadata["a"]:"b"', "x"),
    "mode": ("payment", "payment", "subscription", "setup"),
    "uncategorized_text": ("winning_evidence", "losing_evidence"),
}  # fmt: skip
# What there is before anything is asked, so that ids lead somewhere: path and form.
_THERE = (
    ("/v1/customers", "email=ada@example.test&payment_method=pm_card_visa"),
    ("/v1/products", "name=Board"),
    ("/v1/prices", "currency=usd&unit_amount=3900&product_data[name]=Board"),
    ("/v1/prices",
     "currency=usd&unit_amount=1000&product_data[name]=Club&recurring[interval]=month"),
    ("/v1/coupons", "percent_off=10&duration=once"),
    ("/v1/tax_rates", "display_name=VAT&percentage=19&inclusive=true"),
    ("/v1/shipping_rates",
     "display_name=Post&fixed_amount[amount]=500&fixed_amount[currency]=usd&type=fixed_amount"),
    ("/v1/payment_methods", "type=card&card[token]=tok_visa"),
    ("/v1/payment_intents", "amount=3900&currency=usd"),
    ("/v1/payment_intents", "amount=3900&currency=usd&confirm=true&payment_method=pm_card_visa"
     "&return_url=http://shop.test"),
    ("/v1/setup_intents", "payment_method=pm_card_visa"),
    ("/v1/charges", "amount=3900&currency=usd&source=tok_createDispute"),
    ("/v1/checkout/sessions", "mode=payment&success_url=http://shop.test&line_items[0][quantity]=1"
     "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=3900"
     "&line_items[0][price_data][product_data][name]=Board"),
    ("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[0]=topup.failed"),
    ("/v1/test_helpers/test_clocks", "frozen_time=1795399000"),
)  # fmt: skip
_SMALL = ("0", "1", "2", "3", "50", "100", "1000", "3900", "-5", "999999999999", "9" * 18)
_LATER = (
    "exp_year",
    "expires_at",
    "trial_end",
    "cancel_at",
    "due_date",
    "frozen_time",
    "redeem_by",
)
_MOST_OPTIONAL, _DEEPEST = 5, 5


class _Place(str):
    """Stands for an id of a kind; which one is chosen when the call is made."""

    __slots__ = ()


def calls(route: Route) -> st.SearchStrategy[tuple[Route, dict[str, Any], int]]:
    """A call of a route: its parameters, and which of the known ids it names."""
    given = (
        _typed_dict(params._fields(route.params), params._required(route.params), 0)
        if route.params
        else st.just({})
    )
    return st.tuples(st.just(route), _slipped(given), st.integers(0, 10_000))


def any_call() -> st.SearchStrategy[tuple[Route, dict[str, Any], int]]:
    """Of every route the emulator has, each as often as any other."""
    return st.sampled_from(ROUTES).flatmap(_cached(calls))


def _cached(make: Callable[[Route], Any]) -> Callable[[Route], Any]:
    made: dict[tuple[str, str], Any] = {}

    def of(route: Route) -> Any:
        key = (route.method, route.path)
        if key not in made:
            made[key] = make(route)
        return made[key]

    return of


def _slipped(given: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly as it is; sometimes with a parameter too many."""
    extra = st.dictionaries(
        st.sampled_from(("foo", "expand", "metadata[a]", "a[b][]", "[", "limit", "é")),
        st.sampled_from((*_JUNK, "data.customer", "latest_charge.customer")),
        max_size=2,
    )
    more: st.SearchStrategy[dict[str, str]] = st.one_of(
        st.just({}), st.just({}), st.just({}), extra
    )
    return st.tuples(given, more).map(lambda pair: {**pair[0], **pair[1]})


@st.composite
def _typed_dict(
    draw: Any, fields: dict[str, Any], required: frozenset[str], depth: int
) -> dict[str, Any]:
    optional = sorted(set(fields) - required - {"expand"})
    most = _MOST_OPTIONAL - depth
    chosen = (
        draw(st.lists(st.sampled_from(optional), max_size=most, unique=True)) if optional else []
    )
    # One required parameter in twenty is forgotten.
    names = [n for n in sorted(required) if draw(st.integers(0, 19))] + chosen
    return {name: draw(_value(name, fields[name], depth)) for name in names}


def _value(name: str, hint: Any, depth: int) -> st.SearchStrategy[Any]:
    usual = _fitting(name, hint, depth)
    return st.integers(0, 24).flatmap(lambda n: st.sampled_from(_JUNK) if n == 0 else usual)


def _fitting(name: str, hint: Any, depth: int) -> st.SearchStrategy[Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in params._UNIONS:
        kinds = [each for each in arguments if each is not type(None)]
        return st.one_of([_fitting(name, each, depth) for each in kinds])
    if origin is Literal:
        return st.sampled_from([str(each) for each in arguments])
    if origin is list:
        return st.lists(_fitting(name.removesuffix("s"), arguments[0], depth), max_size=2)
    if origin is dict or hint is dict:
        return st.dictionaries(st.sampled_from(("a", "b", "order")), st.just("x"), max_size=2)
    if is_typeddict(hint):
        if depth >= _DEEPEST:
            return st.just({})
        return _typed_dict(params._hints(hint), params._required_of(hint), depth + 1)
    return _scalar(name, hint)


def _scalar(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if hint is bool:
        return st.sampled_from(("true", "false"))
    if hint is int and name.endswith(_LATER):
        return st.sampled_from(("2040", "1795399000", "1900000000", "4102444800"))
    if hint is int:
        return st.sampled_from(_SMALL)
    if hint in (float, Decimal):
        return st.sampled_from(("10", "33.33", "100", "0.5", "-1", "101"))
    known = st.just(_Place(name))
    return st.one_of(known, st.sampled_from(_WORDS[name])) if name in _WORDS else known


class Caller:
    """Makes such calls over one connection and remembers the ids that come back."""

    def __init__(self, url: str) -> None:
        self._netloc = urlsplit(url).netloc
        self._connection = HTTPConnection(self._netloc, timeout=10)
        self.known: Known = {}

    def close(self) -> None:
        self._connection.close()

    def furnish(self) -> None:
        """Make one of most kinds of objects."""
        for path, form in _THERE:
            answer = self._ask("POST", path, form)
            assert answer.status == 200, (path, answer.body)
            self._learn(answer)
        price, customer = self.known["price"][1], self.known["customer"][0]
        for path, form in (
            ("/v1/subscriptions", f"customer={customer}&items[0][price]={price}"),
            ("/v1/invoices", f"customer={customer}"),
            ("/v1/promotion_codes",
             f"promotion[type]=coupon&promotion[coupon]={self.known['coupon'][0]}"),
        ):  # fmt: skip
            self._learn(self._ask("POST", path, form))

    def make(self, route: Route, given: dict[str, Any], chosen: int) -> Raw:
        """The answer; its objects' ids are known from now on."""
        path = "/".join(self._segment(route.path, each, chosen) for each in route.path.split("/"))
        form = urlencode(list(self._flat(given, "", chosen)), errors="surrogatepass")
        if route.method == "GET":
            answer = self._ask("GET", f"{path}?{form}" if form else path, None)
        else:
            answer = self._ask(route.method, path, form)
        self._learn(answer)
        return answer

    def _ask(self, method: str, path: str, form: str | None) -> Raw:
        headers = {"Authorization": f"Bearer {KEY}"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, path, form, headers)
            answer = self._connection.getresponse()
        except (HTTPException, ConnectionError):
            # Kept-alive connections may be closed by either side between two calls.
            self._connection.close()
            self._connection.request(method, path, form, headers)
            answer = self._connection.getresponse()
        return Raw(answer.status, dict(answer.getheaders()), answer.read())

    def _segment(self, path: str, segment: str, chosen: int) -> str:
        if not segment.startswith("{"):
            return segment
        name = segment.strip("{}")
        before = path.split("/{")[0].removeprefix("/v1/").split("/")
        kinds = [
            ".".join([*before[:-1], before[-1].removesuffix("s")]),
            before[-1].removesuffix("s"),
        ]
        for kind in (name, *kinds):
            if self.known.get(kind) and chosen % 10:
                return quote(self.known[kind][chosen % len(self.known[kind])], safe="")
        return ("no_such_thing", "x" * 300, "%00", "%C3%A9", "a%2Fb")[chosen % 5]

    def _flat(self, given: Any, path: str, chosen: int) -> typing.Iterator[tuple[str, str]]:
        if isinstance(given, dict | list):
            pairs = given.items() if isinstance(given, dict) else enumerate(given)
            for name, each in pairs:
                yield from self._flat(each, f"{path}[{name}]" if path else str(name), chosen)
        elif isinstance(given, _Place):
            yield path, self._id(given, chosen)
        else:
            yield path, str(given)

    def _id(self, name: str, chosen: int) -> str:
        kind = {"default_payment_method": "payment_method", "default_price": "price"}.get(
            name, name
        )
        found = self.known.get(kind) or ["something"]
        return found[chosen % len(found)]

    def _learn(self, answer: Raw) -> None:
        if answer.status != 200:
            return
        found = answer.json
        for each in (
            [found, *found.get("data", [])] if isinstance(found.get("data", []), list) else []
        ):
            if isinstance(each, dict) and {"id", "object"} <= set(each) and not each.get("deleted"):
                ids = self.known.setdefault(each["object"], [])
                if each["id"] not in ids[-50:]:
                    ids.append(each["id"])
                    del ids[:-50]
