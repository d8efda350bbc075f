"""Settings: each refusal names its variable, and no secret is ever shown."""

import pytest

from paydesk.foundation.errors import MisconfiguredError
from paydesk.settings import Environment, Mode, load, read_environment

TEST = {"STRIPE_SECRET_KEY": "sk_test_abcdef", "STRIPE_PUBLISHABLE_KEY": "pk_test_abcdef"}
MAIL = {
    "PAYDESK_SMTP_URL": "smtp+starttls://me%40shop:hunter%2F2@mail.example",
    "PAYDESK_MAIL_FROM": "shop@example.com",
}
LIVE = {
    "STRIPE_SECRET_KEY": "sk_live_abcdef",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_abcdef",
    "PAYDESK_BASE_URL": "https://shop.example",
    "PAYDESK_SECRET_KEY": "0123456789abcdef0123",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch, tmp_path):
    import os

    for name in os.environ:
        if name.startswith(("STRIPE_", "PAYDESK_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def loaded(monkeypatch):
    def load_with(variables: dict[str, str]):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load()

    return load_with


def test_no_key_means_the_emulator(loaded):
    settings = loaded({})
    assert settings.mail.server is None
    assert settings.mode is Mode.EMULATOR
    assert settings.stripe_api_base == "http://127.0.0.1:12111"
    assert settings.app_secret == loaded({}).app_secret


def test_test_keys_and_live_keys_mean_stripe(loaded):
    assert loaded(TEST).mode is Mode.TEST
    live = loaded(LIVE)
    assert (live.mode, live.livemode, live.stripe_api_base) == (Mode.LIVE, True, None)


def test_several_webhook_secrets(loaded):
    settings = loaded({"STRIPE_WEBHOOK_SECRET": "whsec_one_0000, whsec_two_0000,"})
    assert settings.webhook_secrets == ("whsec_one_0000", "whsec_two_0000")


def test_a_file_named_env_is_read(loaded, tmp_path):
    (tmp_path / ".env").write_text("PAYDESK_SHOP_NAME=From the file\n")
    assert loaded({}).shop_name == "From the file"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"STRIPE_SECRET_KEY": "sk_test_abcdef"}, "STRIPE_PUBLISHABLE_KEY"),
        ({"STRIPE_PUBLISHABLE_KEY": "pk_test_abcdef"}, "STRIPE_SECRET_KEY"),
        ({**TEST, "STRIPE_PUBLISHABLE_KEY": "pk_live_abcdef"}, "STRIPE_PUBLISHABLE_KEY"),
        ({**TEST, "STRIPE_SECRET_KEY": "pk_test_abcdef"}, "STRIPE_SECRET_KEY"),
        ({**TEST, "STRIPE_SECRET_KEY": "sk_test_abc def"}, "STRIPE_SECRET_KEY"),
        ({**TEST, "STRIPE_SECRET_KEY": "nonsense"}, "STRIPE_SECRET_KEY"),
        ({**LIVE, "PAYDESK_EMULATOR_URL": "http://127.0.0.1:12111"}, "PAYDESK_EMULATOR_URL"),
        ({**LIVE, "PAYDESK_BASE_URL": "http://shop.example"}, "PAYDESK_BASE_URL"),
        ({**LIVE, "PAYDESK_BASE_URL": ""}, "PAYDESK_BASE_URL"),
        ({**LIVE, "PAYDESK_SECRET_KEY": ""}, "PAYDESK_SECRET_KEY"),
        ({**LIVE, "PAYDESK_SECRET_KEY": "hunter2"}, "PAYDESK_SECRET_KEY"),
        ({"PAYDESK_BASE_URL": "shop.example"}, "PAYDESK_BASE_URL"),
        ({"PAYDESK_EMULATOR_URL": "http://elsewhere.example"}, "PAYDESK_EMULATOR_URL"),
        ({"STRIPE_WEBHOOK_SECRET": "hunter2"}, "STRIPE_WEBHOOK_SECRET"),
        ({"PAYDESK_STRIPE_TIMEOUT_SECONDS": "60"}, "PAYDESK_STRIPE_TIMEOUT_SECONDS"),
        ({"PAYDESK_SHOP_NAME": "x" * 100}, "PAYDESK_SHOP_NAME"),
        ({"PAYDESK_LANGUAGES": "en,tlh"}, "PAYDESK_LANGUAGES"),
        ({"PAYDESK_SMTP_URL": "smtps://me:hunter2@mail.example"}, "PAYDESK_MAIL_FROM"),
        ({"PAYDESK_SMTP_URL": "https://me:hunter2@mail.example"}, "PAYDESK_SMTP_URL"),
        ({"PAYDESK_SMTP_URL": "smtps://me:hunter2@mail.example:many"}, "PAYDESK_SMTP_URL"),
        ({**MAIL, "PAYDESK_SMTP_URL": "smtp://me:hunter2@mail.example"}, "PAYDESK_SMTP_URL"),
        ({**MAIL, "PAYDESK_MAIL_FROM": "Ada <ada@example.com>"}, "PAYDESK_MAIL_FROM"),
        ({"PAYDESK_MAIL_NOTIFY": "ada@example.com, bob"}, "PAYDESK_MAIL_NOTIFY"),
        ({"PAYDESK_MAIL": "perhaps"}, "PAYDESK_MAIL"),
    ],
)
def test_a_refusal_names_the_variable_and_shows_no_secret(loaded, variables, named):
    with pytest.raises(MisconfiguredError) as refusal:
        loaded(variables)
    assert named in str(refusal.value)
    for name, value in variables.items():
        if name.endswith(("KEY", "SECRET")):
            assert not value or value not in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_mail_server_is_read_with_the_usual_port_and_a_password_that_is_not_shown(loaded):
    mail = loaded({**MAIL, "PAYDESK_MAIL_NOTIFY": "ada@example.com, bob@example.com"}).mail
    assert mail.server is not None
    assert (mail.server.host, mail.server.port) == ("mail.example", 587)
    assert (mail.server.user, mail.server.password) == ("me@shop", "hunter/2")
    assert mail.notified == ("ada@example.com", "bob@example.com")
    assert "hunter" not in repr(mail)


def test_no_repr_shows_a_secret(loaded, monkeypatch):
    settings = loaded({**LIVE, "STRIPE_WEBHOOK_SECRET": "whsec_hidden_0000"})
    shown = repr(settings) + str(settings) + repr(read_environment())
    for secret in ("sk_live_abcdef", "whsec_hidden", "0123456789abcdef"):
        assert secret not in shown
    assert isinstance(read_environment(), Environment)
