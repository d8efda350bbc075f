"""Products and prices, the shop's and Stripe's: the real gateway at the emulator."""

import json
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from paydesk.catalogue.demonstration_shelf import SHELF
from paydesk.catalogue.product import (
    Price,
    Product,
    Rhythm,
    Terms,
    Variant,
    Visibility,
    add_variant,
    change_price,
    withdraw_price,
)
from paydesk.cli import commands
from paydesk.foundation.money import Money
from paydesk.payments.deciding import Side, Verdict, Way
from paydesk.payments.gateway.administration import Administration
from tests.paydesk.emulated import _running, emulated, real_shop, stripe_here

__all__ = ["_running", "emulated", "real_shop", "stripe_here"]

# What the demonstration shelf holds.
SAMPLES = len(SHELF)
PRICES = sum(len(each.offers) for each in SHELF)


@pytest.fixture
def database_url(request) -> str:
    """On SQLite; that pulling writes on PostgreSQL as well is shown by one test."""
    kind = "postgres" if request.node.get_closest_marker("postgres") else "sqlite"
    return str(request.getfixturevalue(f"stocked_{kind}"))


@pytest.fixture
def stripe(emulated) -> Administration:
    return Administration(emulated)


def sync(shop, way: Way, prefer: Side | None = None):
    return shop.syncing.apply(shop.syncing.plan(way, prefer=prefer))


def products(stripe):
    return {each["name"]: each for each in stripe.list_products()}


def prices(stripe, *, active: bool = True):
    return [each for each in stripe.list_prices() if each["active"] is active]


def must_be_the_same(shop):
    for way in Way:
        assert shop.syncing.plan(way).steps == ()


def ours(tx, name: str) -> Product:
    return tx.scalars(select(Product).where(Product.name == name)).one()


def reprice(shop, name: str, minor: int) -> None:
    with shop.database.transaction() as tx:
        change_price(tx, ours(tx, name).variants[0], Money(minor, "usd"), shop.clock)


def told(shop, name: str) -> list[str]:
    """What is asked for each variant here, in order."""
    with shop.database.transaction() as tx:
        found = [each.current_price for each in ours(tx, name).variants]
        return [each.money.text() if each else "" for each in found]


def test_a_first_push_lists_everything_and_a_second_finds_nothing(real_shop, stripe):
    plan = real_shop.syncing.plan(Way.PUSH)
    assert [each.verdict for each in plan.steps] == [Verdict.CREATE] * SAMPLES
    assert list(stripe.list_products()) == []
    assert len(real_shop.syncing.apply(plan).done) == SAMPLES
    assert set(products(stripe)) >= {"Arduino Board", "Breadboard", "Workshop Mug"}
    assert len(prices(stripe)) == PRICES
    assert {each["nickname"] for each in prices(stripe)} >= {"400 contacts", "pin to pin"}
    must_be_the_same(real_shop)


def test_a_price_is_superseded_and_the_old_one_archived(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    (old,) = [each for each in prices(stripe) if each["unit_amount"] == 2450]
    reprice(real_shop, "Sensor Kit", 2600)
    (step,) = real_shop.syncing.plan(Way.PUSH).steps
    assert [(d.what, d.theirs, d.ours) for d in step.differences] == [("price", "$24.50", "$26.00")]
    sync(real_shop, Way.PUSH)
    (archived,) = prices(stripe, active=False)
    assert (archived["id"], archived["unit_amount"]) == (old["id"], 2450)
    (new,) = [each for each in prices(stripe) if each["unit_amount"] == 2600]
    assert new["lookup_key"] == old["lookup_key"]
    assert len(prices(stripe)) == PRICES
    must_be_the_same(real_shop)


def test_a_default_price_can_be_superseded_too(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    kit = products(stripe)["Sensor Kit"]
    (old,) = [each for each in prices(stripe) if each["product"] == kit["id"]]
    stripe.update_product(kit["id"], default_price=old["id"])
    reprice(real_shop, "Sensor Kit", 2600)
    sync(real_shop, Way.PUSH)
    (new,) = [each for each in prices(stripe) if each["product"] == kit["id"]]
    assert products(stripe)["Sensor Kit"]["default_price"] == new["id"]
    must_be_the_same(real_shop)


def test_recurring_prices_with_a_trial(real_shop, stripe):
    with real_shop.database.transaction() as tx:
        club = Product(
            id="prd_club", slug="book-club", name="Book Club", visibility=Visibility.PUBLISHED,
            created_at=real_shop.clock.now(),
        )  # fmt: skip
        tx.add(club)
        terms = Terms(Money(900, "eur"), Rhythm("month", 3, 14))
        add_variant(tx, club, terms, real_shop.clock, name="quarterly", on_hand=None)
    sync(real_shop, Way.PUSH)
    (made,) = [each for each in prices(stripe) if each["currency"] == "eur"]
    recurring = made["recurring"]
    assert (made["currency"], made["unit_amount"], made["nickname"]) == ("eur", 900, "quarterly")
    assert (recurring["interval"], recurring["interval_count"]) == ("month", 3)
    assert recurring["trial_period_days"] == 14
    must_be_the_same(real_shop)


def test_prices_in_several_currencies_both_ways(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    (mug,) = [each for each in prices(stripe) if each["unit_amount"] == 1200]
    assert {name: each["unit_amount"] for name, each in mug["currency_options"].items()} == {
        "usd": 1200,
        "eur": 1100,
        "gbp": 950,
    }
    params = {"eur": {"unit_amount": 1400}, "jpy": {"unit_amount": 2100}}
    by_hand(stripe, "Logic Probe", 1500, currency_options=params)
    sync(real_shop, Way.PULL)
    with real_shop.database.transaction() as tx:
        price = ours(tx, "Logic Probe").variants[0].current_price
        assert price is not None
        assert price.others == {"eur": 1400, "jpy": 2100}
    must_be_the_same(real_shop)


def test_what_is_hidden_is_archived_and_what_is_a_draft_stays_here(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    with real_shop.database.transaction() as tx:
        ours(tx, "Workshop Mug").visibility = Visibility.HIDDEN
        draft = Product(id="prd_d", slug="d", name="Draft", created_at=real_shop.clock.now())
        tx.add(draft)
        add_variant(tx, draft, Money(100, "usd"), real_shop.clock, name="", on_hand=None)
    sync(real_shop, Way.PUSH)
    assert products(stripe)["Workshop Mug"]["active"] is False
    assert "Draft" not in products(stripe)
    must_be_the_same(real_shop)


def test_a_variant_that_is_not_sold_any_more(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    with real_shop.database.transaction() as tx:
        withdraw_price(tx, ours(tx, "Jumper Wires").variants[1], real_shop.clock)
        ours(tx, "Jumper Wires").variants[0].name = "pin to anything"
    sync(real_shop, Way.PUSH)
    wires = products(stripe)["Jumper Wires"]["id"]
    left = [each["nickname"] for each in prices(stripe) if each["product"] == wires]
    assert left == ["pin to anything"]
    must_be_the_same(real_shop)


def by_hand(stripe, name: str, minor: int, **more):
    """What somebody makes in Stripe's Dashboard."""
    product = stripe.create_product({"name": name}, idempotency_key=f"{name}{minor}")
    params = {"product": product["id"], "currency": "usd", "unit_amount": minor, **more}
    stripe.create_price(params, idempotency_key=f"{name}{minor}price")
    return product


def test_what_was_made_at_stripe_is_taken_once(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    by_hand(stripe, "Logic Probe", 1500)
    by_hand(stripe, "Logic Probe", 1700, recurring={"interval": "year"})
    (first, second) = real_shop.syncing.plan(Way.PULL).steps
    assert (first.verdict, second.verdict) == (Verdict.CREATE, Verdict.CREATE)
    assert real_shop.syncing.plan(Way.PUSH).steps == ()
    sync(real_shop, Way.PULL)
    with real_shop.database.transaction() as tx:
        found = tx.scalars(select(Product).where(Product.name == "Logic Probe")).all()
        assert sorted(each.slug for each in found) == ["logic-probe", "logic-probe-2"]
        assert all(each.is_published for each in found)
        assert [each.variants[0].on_hand for each in found] == [None, None]
    must_be_the_same(real_shop)


@pytest.mark.postgres
def test_pulling_writes_on_postgresql_too(real_shop, stripe):
    by_hand(stripe, "Logic Probe", 1500)
    sync(real_shop, Way.PULL)
    assert told(real_shop, "Logic Probe") == ["$15.00"]


def test_what_was_changed_at_stripe_is_pulled(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    kit = products(stripe)["Sensor Kit"]
    (old,) = [each for each in prices(stripe) if each["product"] == kit["id"]]
    # As the Dashboard edits a price: a new one, and the old one archived.
    new = {"product": kit["id"], "currency": "usd", "unit_amount": 2222}
    stripe.create_price(new, idempotency_key="edit")
    stripe.update_price(old["id"], active=False)
    stripe.update_product(kit["id"], name="Sensor Box", description="Thirteen senses.")
    stripe.update_product(products(stripe)["Workshop Mug"]["id"], active=False)
    assert {each.verdict for each in real_shop.syncing.plan(Way.PUSH).steps} == {Verdict.WAITING}
    sync(real_shop, Way.PULL)
    assert told(real_shop, "Sensor Box") == ["$22.22"]
    with real_shop.database.transaction() as tx:
        assert ours(tx, "Sensor Box").description == "Thirteen senses."
        assert ours(tx, "Sensor Box").slug == "sensor-kit"
        assert ours(tx, "Workshop Mug").visibility == Visibility.HIDDEN
        # The old price is kept: orders refer to it.
        assert len(tx.scalars(select(Price).join(Variant).where(
            Variant.product_id == ours(tx, "Sensor Box").id)).all()) == 2  # fmt: skip
    must_be_the_same(real_shop)


def test_what_was_changed_on_both_sides_is_left_alone_until_told(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    reprice(real_shop, "Sensor Kit", 2600)
    reprice(real_shop, "Arduino Board", 4100)
    kit, board = products(stripe)["Sensor Kit"], products(stripe)["Arduino Board"]
    stripe.update_product(kit["id"], description="Of Stripe's.")
    stripe.update_product(board["id"], description="Of Stripe's.")
    for way in Way:
        assert [each.verdict for each in real_shop.syncing.plan(way).steps] == (
            [Verdict.CONFLICT] * 2
        )
        assert sync(real_shop, way).done == ()
    assert products(stripe)["Sensor Kit"]["description"] == "Of Stripe's."
    sync(real_shop, Way.PUSH, Side.OURS)
    assert products(stripe)["Sensor Kit"]["description"] != "Of Stripe's."
    must_be_the_same(real_shop)


def test_stripe_can_win_as_well(real_shop, stripe):
    sync(real_shop, Way.PUSH)
    reprice(real_shop, "Sensor Kit", 2600)
    stripe.update_product(products(stripe)["Sensor Kit"]["id"], name="Sensor Box")
    (waits,) = real_shop.syncing.plan(Way.PUSH, prefer=Side.THEIRS).steps
    assert waits.verdict is Verdict.WAITING
    sync(real_shop, Way.PULL, Side.THEIRS)
    assert told(real_shop, "Sensor Box") == ["$24.50"]
    must_be_the_same(real_shop)


def test_what_the_shop_has_no_words_for_is_named_and_left_alone(real_shop, stripe):
    product = by_hand(stripe, "Metered", 100, recurring={"interval": "month"})
    odd = {"product": product["id"], "currency": "usd", "custom_unit_amount": {"enabled": True}}
    stripe.create_price(odd, idempotency_key="odd")
    (step,) = [s for s in real_shop.syncing.plan(Way.PULL).steps if s.theirs]
    assert step.verdict is Verdict.UNFIT
    assert "is of a kind the shop does not sell by" in step.note
    assert sync(real_shop, Way.PULL).done == ()


# A process of its own that kills itself at a call to Stripe, before or after it was made.
_KILLED = """
import os, signal, sys
from paydesk.cli import commands
from paydesk.payments.gateway.client import Calls
made, whole, point = 0, Calls._call, float(sys.argv[1])
def call(self, what, make, **more):
    global made
    if not what.startswith("list"):
        made += 1
        if made - 0.5 == point:
            os.kill(os.getpid(), signal.SIGKILL)
    answer = whole(self, what, make, **more)
    if not what.startswith("list") and made == point:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
Calls._call = call
commands(["products", sys.argv[2], "--apply"])
"""


@pytest.fixture
def environment(emulated, tmp_path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "STRIPE_SECRET_KEY": emulated.secret_key,
        "STRIPE_PUBLISHABLE_KEY": emulated.publishable_key,
        "PAYDESK_EMULATOR_URL": str(emulated.stripe_api_base),
        "PAYDESK_DATABASE_URL": emulated.database_url,
        "PAYDESK_DATA_DIR": str(tmp_path),
    }


@pytest.mark.parametrize("point", [1, 2, 3.5, 6])
def test_killed_in_the_middle_of_a_push_a_rerun_ends_right(
    real_shop, stripe, environment, tmp_path, point
):
    # Points of a change, of which each could leave something half done: two products' prices.
    sync(real_shop, Way.PUSH)
    for name in ("Sensor Kit", "Arduino Board"):
        reprice(real_shop, name, 7777)
    killed(environment, tmp_path, point, "push")
    assert {each.verdict for each in real_shop.syncing.plan(Way.PUSH).steps} <= {
        Verdict.CHANGE,
        Verdict.LINK,
    }
    sync(real_shop, Way.PUSH)
    assert len(prices(stripe)) == PRICES
    assert len([each for each in prices(stripe) if each["unit_amount"] == 7777]) == 2
    assert len(list(stripe.list_products())) == SAMPLES
    must_be_the_same(real_shop)


def test_killed_in_the_middle_of_a_pull_a_rerun_ends_right(
    real_shop, stripe, environment, tmp_path
):
    by_hand(stripe, "Logic Probe", 1500)
    killed(environment, tmp_path, 0.5, "pull")
    assert told(real_shop, "Logic Probe") == ["$15.00"]
    sync(real_shop, Way.PULL)
    assert told(real_shop, "Logic Probe") == ["$15.00"]
    sync(real_shop, Way.PUSH)
    must_be_the_same(real_shop)


def killed(environment: dict[str, str], folder, point: float, way: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _KILLED, str(point), way],
        env=environment,
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()


def test_the_command_shows_first_and_does_only_what_it_is_told(
    real_shop, stripe, environment, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        return CliRunner().invoke(commands, ["products", *arguments], env=environment)

    planned = run("push")
    assert planned.exit_code == 0
    assert "new       Arduino Board   description: The board the first project starts with" in (
        planned.output
    )
    assert f"{SAMPLES} to do. Do it with: paydesk products push --apply" in planned.output
    assert list(stripe.list_products()) == []
    assert f"{SAMPLES} of {SAMPLES} done." in run("push", "--apply").output
    assert run("push", "--plan").output == "Nothing to do.\n"
    reprice(real_shop, "Sensor Kit", 2600)
    assert run("push").output.startswith("change    Sensor Kit  price: $24.50 → $26.00\n")
    stripe.update_product(products(stripe)["Sensor Kit"]["id"], name="Sensor Box")
    left = run("push", "--apply")
    assert left.exit_code == 1
    assert "name: Sensor Kit (here), Sensor Box (at Stripe)" in left.output
    said = json.loads(run("pull", "--json").output)
    assert [each["do"] for each in said["steps"]] == ["conflict"]
    assert run("push", "--plan", "--apply").exit_code == 2
