"""Commands in other terminals speak to the shop and the emulator of `paydesk run`."""

import json
import socket
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from click.testing import CliRunner

from paydesk.cli import commands, whereabouts
from paydesk.cli.whereabouts import Place
from paydesk.settings import load

ELSEWHERE = Place("http://localhost:5001", "http://127.0.0.1:12112")


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What `paydesk settings --json` says in this folder."""
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(tmp_path))

    def ask(**environment):
        ran = CliRunner().invoke(commands, ["settings", "--json"], env=environment)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return ask


def test_a_command_speaks_to_the_emulator_and_the_shop_that_run_has_started(said, tmp_path):
    whereabouts.write(tmp_path, ELSEWHERE)
    assert (said()["base_url"], said()["stripe"]) == (ELSEWHERE.shop, ELSEWHERE.emulator)
    whereabouts.forget(tmp_path)
    assert (said()["base_url"], said()["stripe"]) == (
        "http://localhost:5000",
        "http://127.0.0.1:12111",
    )


def test_a_command_knows_what_the_emulators_webhooks_are_signed_with(monkeypatch, tmp_path):
    """The doctor would otherwise say that all of them are refused."""
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(tmp_path))
    whereabouts.write(tmp_path, ELSEWHERE)
    assert whereabouts.followed(load()).webhook_secrets == ()
    made = whereabouts.kept_webhook_secrets(tmp_path, make=True)
    assert whereabouts.followed(load()).webhook_secrets == made
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_" + "x" * 32)
    assert whereabouts.followed(load()).webhook_secrets == ("whsec_" + "x" * 32,)


def test_addresses_that_were_set_are_meant(said, tmp_path):
    whereabouts.write(tmp_path, ELSEWHERE)
    found = said(
        PAYDESK_BASE_URL="http://localhost:7000", PAYDESK_EMULATOR_URL="http://127.0.0.1:7001"
    )
    assert (found["base_url"], found["stripe"]) == (
        "http://localhost:7000",
        "http://127.0.0.1:7001",
    )


def test_what_a_killed_process_left_is_not_believed(said, tmp_path):
    """Its ports may be a stranger's by now."""
    whereabouts.write(tmp_path, ELSEWHERE)
    words = json.loads((tmp_path / "running.json").read_text())
    # Larger than any process number there is.
    (tmp_path / "running.json").write_text(json.dumps({**words, "process": 2**31 - 1}))
    assert said()["stripe"] == "http://127.0.0.1:12111"


def test_a_port_that_was_taken_while_the_demonstration_was_made_is_not_insisted_on(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(tmp_path))
    served = []
    with closing(socket.socket()) as other:
        module = sys.modules["paydesk.cli.run"]

        def fill(settings, _port):
            other.bind(("127.0.0.1", settings.listen_port))

        monkeypatch.setattr(module, "fill", fill)
        monkeypatch.setattr(
            module,
            "with_emulator",
            lambda settings, _port: (
                replace(settings, stripe_api_base=ELSEWHERE.emulator),
                None,
            ),
        )
        monkeypatch.setattr(module, "prepare", lambda _settings: None)
        monkeypatch.setattr(
            module,
            "_serve",
            lambda settings, _emulator: served.append((settings, whereabouts.read(tmp_path))),
        )
        ran = CliRunner().invoke(commands, ["run", "--demo"])
        assert ran.exit_code == 0, ran.output
        taken = other.getsockname()[1]
    settings, place = served[0]
    assert settings.listen_port != taken
    assert settings.base_url == f"http://localhost:{settings.listen_port}"
    assert place == Place(settings.base_url, ELSEWHERE.emulator)
    assert whereabouts.read(tmp_path) is None
