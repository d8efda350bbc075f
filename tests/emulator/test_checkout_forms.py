"""What a checkout page asks its buyer, and what becomes of the answers."""

import pytest
import stripe

from stripe_emulator import travelling
from tests.emulator.buying import event, history, line, pay
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.test_checkout_amounts import new_session, seen, shown

HOME = {"line1": "Am Tor 1", "city": "Ulm", "postal_code": "89073", "country": "DE"}


def in_ten_days(emulator):
    running = emulator.emulator
    travelling.travel(running, running.clock.precise() + 10 * 24 * 3600)


def test_everything_that_is_asked_for_is_kept(client, emulator):
    made = new_session(
        client,
        shipping_address_collection={"allowed_countries": ["DE", "FR"]},
        phone_number_collection={"enabled": True},
        billing_address_collection="required",
        consent_collection={"terms_of_service": "required", "promotions": "auto"},
        tax_id_collection={"enabled": True},
        name_collection={"business": {"enabled": True, "optional": True}},
        custom_fields=[
            {
                "key": "engraving",
                "label": {"type": "custom", "custom": "Engraving"},
                "type": "text",
                "optional": True,
            },
            {
                "key": "size",
                "label": {"type": "custom", "custom": "Size"},
                "type": "dropdown",
                "dropdown": {"options": [{"label": "Small", "value": "s"}]},
            },
        ],
    )
    must_be_whole(made)
    assert made.custom_fields[1].dropdown.value is None
    outcome = pay(
        emulator,
        made,
        email="ada@example.test",
        name="Ada",
        phone="+49 731 1234",
        billing=HOME,
        shipping=HOME,
        shipping_name="Ada L.",
        business_name="Engines Ltd",
        tax_id_type="eu_vat",
        tax_id="DE123456789",
        custom_fields={"engraving": "for Bo", "size": "s"},
        wants_promotions=True,
    )
    assert outcome["outcome"] == "paid"
    paid = seen(client, made)
    details = paid.customer_details
    assert (details.email, details.name, details.phone) == (
        "ada@example.test",
        "Ada",
        "+49 731 1234",
    )
    assert (details.business_name, details.address.city) == ("Engines Ltd", "Ulm")
    assert (details.tax_ids[0].type, details.tax_ids[0].value) == ("eu_vat", "DE123456789")
    assert paid.collected_information.shipping_details.name == "Ada L."
    assert paid.collected_information.shipping_details.address.postal_code == "89073"
    assert (paid.consent.promotions, paid.consent.terms_of_service) == ("opt_in", "accepted")
    assert [paid.custom_fields[0].text.value, paid.custom_fields[1].dropdown.value] == [
        "for Bo",
        "s",
    ]
    intent = client.v1.payment_intents.retrieve(paid.payment_intent, {"expand": ["payment_method"]})
    assert intent.shipping.address.city == "Ulm"
    assert intent.payment_method.billing_details.phone == "+49 731 1234"


@pytest.mark.parametrize(
    ("wish", "typed", "problem"),
    [
        ({}, {"email": ""}, {"email": "missing"}),
        ({}, {"email": "nobody"}, {"email": "email_invalid"}),
        ({}, {"name": "x" * 300}, {"name": "too_long"}),
        (
            {"phone_number_collection": {"enabled": True}},
            {"phone": "call me"},
            {"phone": "phone_invalid"},
        ),
        (
            {"billing_address_collection": "required"},
            {"billing": {"line1": ""}},
            {"billing.line1": "missing"},
        ),
        (
            {"shipping_address_collection": {"allowed_countries": ["FR"]}},
            {"shipping": {"country": "DE"}},
            {"shipping.country": "country_not_allowed"},
        ),
        (
            {"shipping_address_collection": {"allowed_countries": ["FR"]}},
            {"shipping_name": ""},
            {"shipping_name": "missing"},
        ),
        (
            {"consent_collection": {"terms_of_service": "required"}},
            {"accepts_terms": False},
            {"accepts_terms": "terms_not_accepted"},
        ),
        (
            {"tax_id_collection": {"enabled": True, "required": "if_supported"}},
            {"tax_id": ""},
            {"tax_id": "missing"},
        ),
        (
            {"tax_id_collection": {"enabled": True}},
            {"tax_id_type": "eu_vat", "tax_id": "?"},
            {"tax_id": "tax_id_invalid"},
        ),
        (
            {"name_collection": {"individual": {"enabled": True}}},
            {"individual_name": ""},
            {"individual_name": "missing"},
        ),
        ({}, {"kind": "boleto"}, {"kind": "method_not_available"}),
        (
            {"excluded_payment_method_types": ["paypal"]},
            {"kind": "paypal"},
            {"kind": "method_not_available"},
        ),
        ({}, {"payment_method": "pm_none"}, {"payment_method": "method_not_saved"}),
        ({}, {"expected_amount": 999}, {"": "amount_changed"}),
    ],
)
def test_a_form_that_is_not_right_says_where(client, emulator, wish, typed, problem):
    made = new_session(client, **wish)
    refused = pay(emulator, made, **typed)
    assert (refused["outcome"], refused["problems"]) == ("refusal", problem)
    assert seen(client, made).status == "open"
    assert client.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("rules", "value", "problem"),
    [
        ({"type": "text"}, "", "missing"),
        ({"type": "text", "text": {"minimum_length": 3}}, "ab", "too_short"),
        ({"type": "text", "text": {"maximum_length": 3}}, "abcd", "too_long"),
        ({"type": "numeric"}, "12a", "not_a_number"),
        ({"type": "numeric", "numeric": {"minimum_length": 4}}, "123", "too_short"),
        (
            {"type": "dropdown", "dropdown": {"options": [{"label": "A", "value": "a"}]}},
            "b",
            "not_an_option",
        ),
    ],
)
def test_custom_fields_have_rules(client, emulator, rules, value, problem):
    field = {"key": "one", "label": {"type": "custom", "custom": "One"}, **rules}
    made = new_session(client, custom_fields=[field])
    refused = pay(emulator, made, custom_fields={"one": value})
    assert refused["problems"] == {"custom_fields.one": problem}
    # What is left out is filled in by the friendly buyer of the control call.
    assert pay(emulator, made)["outcome"] == "paid"


def test_a_card_that_cannot_be_is_a_decline_beside_its_field(client, emulator):
    made = new_session(client)
    wrong = pay(emulator, made, "4242424242424241")
    assert (wrong["outcome"], wrong["code"], wrong["field"]) == (
        "declined",
        "incorrect_number",
        "cardNumber",
    )
    old = pay(emulator, made, details={"exp_year": 2020})
    assert (old["code"], old["field"]) == ("invalid_expiry_year", "cardExpiry")
    assert client.v1.payment_intents.list().data == []


def test_a_new_customer_gets_what_was_typed(client, emulator):
    made = new_session(
        client,
        customer_creation="always",
        shipping_address_collection={"allowed_countries": ["DE"]},
        phone_number_collection={"enabled": True},
        locale="de",
    )
    pay(emulator, made, email="ada@b.test", name="Ada", shipping=HOME, phone="+4973112345")
    customer = client.v1.customers.retrieve(seen(client, made).customer)
    must_be_whole(customer)
    assert (customer.email, customer.name, customer.phone) == ("ada@b.test", "Ada", "+4973112345")
    assert (customer.shipping.address.city, customer.shipping.name) == ("Ulm", "Test Buyer")
    assert customer.preferred_locales == ["de"]
    assert client.v1.charges.list({"customer": customer.id}).data[0].customer == customer.id


def test_a_tax_id_from_the_page_is_the_customers(client, emulator):
    made = new_session(client, customer_creation="always", tax_id_collection={"enabled": True})
    pay(emulator, made, tax_id_type="eu_vat", tax_id="DE123456789")
    customer = seen(client, made).customer
    (kept,) = client.v1.customers.tax_ids.list(customer).data
    assert (kept.type, kept.value, kept.country) == ("eu_vat", "DE123456789", "DE")


def test_a_known_customer_is_changed_only_where_the_shop_says_so(client, emulator):
    customer = client.v1.customers.create({"email": "ada@b.test", "name": "Ada"})
    wish = {"customer": customer.id, "billing_address_collection": "required"}
    pay(emulator, new_session(client, **wish), name="Bo", billing=HOME)
    assert client.v1.customers.retrieve(customer.id).address is None
    update = {"address": "auto", "name": "auto"}
    pay(emulator, new_session(client, **wish, customer_update=update), name="Bo", billing=HOME)
    changed = client.v1.customers.retrieve(customer.id)
    assert (changed.name, changed.address.city) == ("Bo", "Ulm")
    previous = event(client, "customer.updated").to_dict()["data"]["previous_attributes"]
    assert previous == {"address": None, "name": "Ada"}


def test_a_customers_address_cannot_be_changed_by_the_buyer(client, emulator):
    customer = client.v1.customers.create({"email": "ada@b.test"})
    made = new_session(client, customer=customer.id)
    assert shown(emulator, made)["email"] == "ada@b.test"
    pay(emulator, made, email="eve@b.test")
    assert seen(client, made).customer_details.email == "ada@b.test"


def test_a_payment_method_is_saved_and_offered_again(client, emulator):
    customer = client.v1.customers.create({"email": "ada@b.test"})
    wish = {
        "customer": customer.id,
        "saved_payment_method_options": {"payment_method_save": "enabled"},
    }
    first, second = new_session(client, **wish), new_session(client, **wish)
    assert shown(emulator, first)["saved_methods"] == []
    pay(emulator, first, saves_method=True)
    assert "payment_method.attached" in history(client)
    (saved,) = shown(emulator, second)["saved_methods"]
    assert (saved["kind"], saved["last4"]) == ("card", "4242")
    assert pay(emulator, second, payment_method=saved["id"])["outcome"] == "paid"
    methods = client.v1.payment_methods.list({"customer": customer.id}).data
    assert [each.allow_redisplay for each in methods] == ["always"]


def test_a_method_for_later_is_kept_for_the_customer(client, emulator):
    made = new_session(
        client,
        customer_creation="always",
        payment_intent_data={"setup_future_usage": "off_session"},
    )
    pay(emulator, made)
    paid = seen(client, made, "payment_intent")
    (kept,) = client.v1.payment_methods.list({"customer": paid.customer}).data
    assert (kept.allow_redisplay, paid.payment_intent.setup_future_usage) == (
        "limited",
        "off_session",
    )


def test_nobody_pays_with_another_customers_card(client, emulator):
    owner, thief = (client.v1.customers.create({"email": f"{n}@b.test"}) for n in "ab")
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": owner.id})
    made = new_session(client, customer=thief.id)
    refused = pay(emulator, made, payment_method=card.id)
    assert refused["problems"] == {"payment_method": "method_not_saved"}


def test_a_bank_debit_is_complete_first_and_paid_later(client, emulator):
    made = new_session(client, line_items=[line(1000, "eur")])
    assert "sepa_debit" in made.payment_method_types
    assert pay(emulator, made, kind="sepa_debit")["outcome"] == "paid"
    waiting = seen(client, made)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert history(client)[-1] == "checkout.session.completed"
    in_ten_days(emulator)
    assert seen(client, made).payment_status == "paid"
    assert "checkout.session.async_payment_succeeded" in history(client)
    happened = event(client, "checkout.session.async_payment_succeeded").data.object
    assert (happened["id"], happened["payment_status"]) == (made.id, "paid")


def test_a_bank_debit_may_fail(client, emulator):
    made = new_session(client, line_items=[line(1000, "eur")])
    pay(emulator, made, kind="sepa_debit", details={"iban": "AT861904300235473202"})
    in_ten_days(emulator)
    failed = seen(client, made)
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    assert event(client, "checkout.session.async_payment_failed").data.object["id"] == made.id


def test_a_voucher_is_shown_after_the_order(client, emulator):
    made = new_session(client, line_items=[line(1000, "brl")])
    assert pay(emulator, made, kind="boleto")["outcome"] == "paid"
    assert seen(client, made).status == "complete"
    assert shown(emulator, made)["shows"]["type"] == "boleto_display_details"


def test_the_shop_may_hold_the_amount(client, emulator):
    options = {"card": {"capture_method": "manual"}}
    made = new_session(client, payment_method_options=options)
    pay(emulator, made)
    held = seen(client, made, "payment_intent")
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    assert held.payment_intent.status == "requires_capture"


def test_an_unknown_field_of_the_control_call_is_refused(client, emulator):
    with pytest.raises(AssertionError, match="there is no field"):
        pay(emulator, new_session(client), phones="1")


def test_sessions_are_found_by_the_address_of_their_buyer(client, emulator):
    made = new_session(client)
    new_session(client)
    pay(emulator, made, email="ada@b.test")
    found = client.v1.checkout.sessions.list({"customer_details": {"email": "ada@b.test"}}).data
    assert [each.id for each in found] == [made.id]


def test_where_the_buyer_goes_is_the_shops_word(client, emulator):
    made = new_session(
        client,
        ui_mode="embedded_page",
        success_url=None,
        return_url="http://shop.test/back?s={CHECKOUT_SESSION_ID}",
    )
    assert pay(emulator, made)["return_url"] == f"http://shop.test/back?s={made.id}"


def test_a_card_the_shop_does_not_take_is_refused(client, emulator):
    blocked = {"restrictions": {"brands_blocked": ["visa"]}}
    made = new_session(client, payment_method_options={"card": blocked})
    assert pay(emulator, made)["problems"] == {"details.number": "card_not_taken"}
    assert pay(emulator, made, "5555555555554444")["outcome"] == "paid"


def test_a_sessions_payment_is_the_sessions_alone(client, emulator):
    made = new_session(client)
    pay(emulator, made, "4000000000000002")
    intent = seen(client, made).payment_intent
    for act in (client.v1.payment_intents.cancel, client.v1.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError):
            act(intent)
    assert pay(emulator, made)["outcome"] == "paid"
