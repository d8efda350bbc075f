"""`paydesk webhooks`: the endpoint at Stripe, and its secret, which is shown once."""

import json
import stat
from dataclasses import replace
from inspect import getsource
from re import findall

import pytest
from click.testing import CliRunner
from stripe.params import WebhookEndpointCreateParams

from paydesk.cli import commands
from paydesk.foundation.env_file import set_variable
from paydesk.foundation.errors import Refused
from paydesk.payments.endpoints import Endpoints, Registered, fingerprint
from paydesk.payments.gateway import StripeUnreachable
from paydesk.payments.gateway.administration import API_VERSION, Administration
from paydesk.payments.reading import EVENT_TYPES
from paydesk.settings import Mode
from tests.paydesk.emulated import _running, emulated, real_shop, stripe_here

__all__ = ["_running", "emulated", "real_shop", "stripe_here"]


@pytest.fixture
def database_url(tmp_path) -> str:
    """What is asked of Stripe alone has no need of both."""
    return f"sqlite:///{tmp_path / 'shop.sqlite3'}"


@pytest.fixture
def run(emulated, tmp_path, monkeypatch):
    """`paydesk webhooks …` at the emulator, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    environment = {
        "STRIPE_SECRET_KEY": "sk_test_of_the_shop",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_of_the_shop",
        "PAYDESK_EMULATOR_URL": str(emulated.stripe_api_base),
        "PAYDESK_BASE_URL": emulated.base_url,
        "PAYDESK_DATA_DIR": str(tmp_path),
        "STRIPE_WEBHOOK_SECRET": "",
    }

    def running(*arguments: str, **more: str):
        return CliRunner().invoke(commands, ["webhooks", *arguments], env={**environment, **more})

    return running


def test_every_event_that_is_read_is_one_of_stripes():
    known = set(findall(r'"([a-z0-9_.]+)"', getsource(WebhookEndpointCreateParams)))
    assert known >= EVENT_TYPES


def test_it_is_registered_with_exactly_the_events_that_are_read(real_shop):
    done, made = real_shop.endpoints.register()
    assert done is Registered.CREATED
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert made.secret not in repr(made)
    (known,) = real_shop.endpoints.all()
    assert set(known.events) == EVENT_TYPES
    assert known.url == "https://shop.example/webhook"
    assert known.api_version == API_VERSION
    assert known.secret is None
    assert known.is_of((made.secret,)) is True
    assert known.is_of(("whsec_another_0123456789",)) is False
    assert real_shop.endpoints.register() == (Registered.UNCHANGED, known)


def test_one_that_was_changed_by_hand_is_mended(real_shop):
    _, made = real_shop.endpoints.register()
    calls = Administration(real_shop.settings)
    calls.update_endpoint(made.id, enabled_events=["refund.created"], disabled=True)
    (broken,) = real_shop.endpoints.all()
    assert len(broken.missing) == len(EVENT_TYPES) - 1
    done, mended = real_shop.endpoints.register()
    assert (done, mended.id, mended.is_enabled, mended.missing) == (
        *(Registered.MENDED, made.id),
        *(True, []),
    )
    assert mended.fingerprint == fingerprint(made.secret or "")


def test_an_older_secret_delivers_until_the_new_one_is_in_use(real_shop):
    _, old = real_shop.endpoints.register()
    new = real_shop.endpoints.roll()
    assert {each.id for each in real_shop.endpoints.here()} == {old.id, new.id}
    with pytest.raises(Refused, match="is being rolled"):
        real_shop.endpoints.roll()

    def running_with(*secrets: str) -> Endpoints:
        settings = replace(real_shop.settings, webhook_secrets=secrets)
        return Endpoints(Administration(settings), settings)

    with pytest.raises(Refused, match="does not hold the secret"):
        running_with(old.secret or "").finish_roll()
    assert len(real_shop.endpoints.here()) == 2
    (gone,) = running_with(new.secret or "", old.secret or "").finish_roll()
    assert gone.id == old.id
    assert [each.id for each in real_shop.endpoints.here()] == [new.id]


def test_a_secret_is_not_lost_when_stripe_falls_silent_after_making_it(real_shop, monkeypatch):
    def silent(*_args, **_more):
        raise StripeUnreachable

    monkeypatch.setattr(Administration, "update_endpoint", silent)
    _, made = real_shop.endpoints.register()
    assert made.secret
    assert made.is_of((made.secret,)) is None


@pytest.mark.parametrize(
    ("mode", "url"), [(Mode.TEST, "http://localhost:5000"), (Mode.LIVE, "http://shop.example")]
)
def test_what_stripe_cannot_call_is_not_registered(emulated, mode, url):
    settings = replace(emulated, mode=mode, base_url=url)
    with pytest.raises(Refused):
        Endpoints(Administration(settings), settings).register()


def test_a_shop_under_a_prefix_has_its_endpoint_there(emulated):
    settings = replace(emulated, url_prefix="/shop")
    endpoints = Endpoints(Administration(settings), settings)
    assert endpoints.url == "https://shop.example/shop/webhook"


def test_the_secret_is_shown_once(run):
    first = run("register")
    assert first.exit_code == 0
    assert first.output.count("STRIPE_WEBHOOK_SECRET=whsec_") == 1
    again = run("register")
    assert again.exit_code == 0
    assert "whsec_" not in again.output
    assert "roll-secret" in again.output


def test_the_secret_goes_into_a_file_of_ones_own_and_nowhere_else(run, tmp_path):
    file = tmp_path / ".env"
    file.write_text("# mine\nSTRIPE_WEBHOOK_SECRET=whsec_gone_0123456789\nPAYDESK_SHOP_NAME=Ada\n")
    file.chmod(0o644)
    made = run("register", "--env-file", ".env", "--json")
    assert made.exit_code == 0
    assert "whsec_" not in made.output
    assert "secret" not in json.loads(made.output)
    mine, secret, name = file.read_text().splitlines()
    assert (mine, name) == ("# mine", "PAYDESK_SHOP_NAME=Ada")
    assert secret.startswith("STRIPE_WEBHOOK_SECRET=whsec_")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*.new")) == []


def test_rolling_leaves_both_secrets_and_finishing_one(run, tmp_path):
    file = tmp_path / ".env"
    run("register", "--env-file", ".env")
    old = file.read_text().strip().partition("=")[2]
    rolled = run("roll-secret", "--env-file", ".env", STRIPE_WEBHOOK_SECRET=old)
    assert rolled.exit_code == 0, rolled.output
    both = file.read_text().strip().partition("=")[2]
    new, kept = both.split(",")
    assert kept == old
    early = run("roll-secret", "--finish", STRIPE_WEBHOOK_SECRET=old)
    assert early.exit_code == 1
    done = run("roll-secret", "--finish", "--env-file", ".env", STRIPE_WEBHOOK_SECRET=both)
    assert done.exit_code == 0, done.output
    assert file.read_text().strip() == f"STRIPE_WEBHOOK_SECRET={new}"
    again = run("roll-secret", "--finish", STRIPE_WEBHOOK_SECRET=new)
    assert again.output == "Nothing to finish.\n"


def test_a_file_that_cannot_be_written_does_not_lose_the_secret(run, tmp_path):
    made = run("register", "--env-file", "no/such/folder/.env")
    assert made.exit_code == 1
    assert "STRIPE_WEBHOOK_SECRET=whsec_" in made.output


def test_what_is_wrong_with_an_endpoint_is_listed(run, emulated):
    made = json.loads(run("register", "--json").output)
    Administration(emulated).update_endpoint(made["id"], enabled_events=["refund.created"])
    shown = run("list", STRIPE_WEBHOOK_SECRET="whsec_another_0123456789").output
    assert f"It lacks {len(EVENT_TYPES) - 1} events." in shown
    assert "STRIPE_WEBHOOK_SECRET is not its secret." in shown
    (listed,) = json.loads(run("list", "--json").output)
    assert listed["here"] is True
    assert run("list", "--events").output.split() == sorted(EVENT_TYPES)


def test_deleting_asks_first_and_knows_what_is_there(run):
    made = json.loads(run("register", "--json").output)
    assert run("delete", "we_nobody", "--yes").exit_code == 1
    assert run("delete", made["id"]).exit_code == 1
    assert run("delete", made["id"], "--yes").exit_code == 0
    assert json.loads(run("list", "--json").output) == []


def test_a_setting_is_added_to_a_file_that_is_not_there_yet(tmp_path):
    file = tmp_path / ".env"
    set_variable(file, "A", "1")
    set_variable(file, "AB", "2")
    set_variable(file, "A", "3")
    assert file.read_text() == "A=3\nAB=2\n"
