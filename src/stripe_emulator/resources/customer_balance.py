"""Customer balance transactions ("The Customer Balance Transaction object")."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing.balances import add_to_balance
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.metadata import merged
from stripe_emulator.money import MAXIMUM, currency_code, too_large
from stripe_emulator.resources.editing import only, update
from stripe_emulator.store import Thing

_KIND = "customer_balance_transaction"
_PATH = "/v1/customers/{customer}/balance_transactions"


@route("POST", _PATH, "CustomerBalanceTransactionCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    customer = call.require("customer", call.path["customer"])
    call.on_clock_of(customer)
    currency = currency_code(given["currency"], "currency")
    if (customer.get("currency") or currency) != currency:
        raise invalid(f"The customer's currency is {customer['currency']}.", param="currency")
    if abs(given["amount"]) > MAXIMUM:
        raise too_large("amount")
    return add_to_balance(
        call,
        customer,
        given["amount"],
        currency,
        description=given.get("description"),
        metadata=merged(None, given.get("metadata")),
    )


@route("GET", f"{_PATH}/{{id}}", "CustomerBalanceTransactionRetrieveParams")
def retrieve(call: Call) -> Thing:
    return _found(call)


@route("POST", f"{_PATH}/{{id}}", "CustomerBalanceTransactionUpdateParams")
def change(call: Call) -> Thing:
    return update(call, _found(call), ("description", "metadata"), None)


@route("GET", _PATH, "CustomerBalanceTransactionListParams")
def list_all(call: Call) -> Thing:
    only(call, ("invoice",), "lists of balance transactions")
    customer = call.require("customer", call.path["customer"])
    url = f"/v1/customers/{customer['id']}/balance_transactions"
    invoice = call.params.get("invoice")
    return listing.page(call, _KIND, url, customer=customer["id"], invoice=invoice)


def _found(call: Call) -> Thing:
    entry = call.require(_KIND, call.path["id"])
    if entry["customer"] != call.path["customer"]:
        raise missing(_KIND, call.path["id"])
    return entry
