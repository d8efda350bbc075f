"""`paydesk stripe`: runs the Stripe CLI with the right address and key."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from paydesk.cli import whereabouts
from paydesk.cli.whereabouts import Place

KEY = "sk_test_51ofthecommandstest"
# Stands in the CLI's place and says how it was called.
FAKE = f"""#!{sys.executable}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}))
sys.exit(7)
"""


class _Well(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def emulator():
    """The address of something that says it is well."""
    with HTTPServer(("127.0.0.1", 0), _Well) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def run(tmp_path):
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "stripe"
    fake.write_text(FAKE)
    fake.chmod(0o755)

    def running(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "paydesk", "stripe", *arguments],
            env={
                "HOME": os.environ["HOME"],
                "PATH": str(tmp_path / "bin"),
                "PAYDESK_DATA_DIR": str(tmp_path / "data"),
                **environment,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return running


def test_it_speaks_to_the_emulator(run, emulator, tmp_path):
    ran = run("trigger", "price.created", "--help", "-x", PAYDESK_EMULATOR_URL=emulator)
    assert ran.returncode == 7, ran.stderr
    said = json.loads(ran.stdout)
    assert said["arguments"] == [
        *("--api-base", emulator),
        *("trigger", "price.created", "--help", "-x"),
    ]
    environment = said["environment"]
    assert environment["STRIPE_API_KEY"].startswith("sk_test_")
    assert environment["STRIPE_CLI_TELEMETRY_OPTOUT"] == "1"
    assert environment["XDG_CONFIG_HOME"] == str(tmp_path / "data" / "stripe-cli")


def test_it_finds_the_emulator_that_paydesk_run_has_started_elsewhere(run, emulator, tmp_path):
    whereabouts.write(tmp_path / "data", Place("http://127.0.0.1:1", emulator))
    assert json.loads(run("version").stdout)["arguments"] == ["--api-base", emulator, "version"]


def test_with_keys_it_speaks_to_stripe_and_the_key_is_not_on_the_command_line(run):
    ran = run("listen", STRIPE_SECRET_KEY=KEY, STRIPE_PUBLISHABLE_KEY="pk_test_51ofthecommandstest")
    said = json.loads(ran.stdout)
    assert said["arguments"] == ["listen"]
    assert said["environment"]["STRIPE_API_KEY"] == KEY
    assert "XDG_CONFIG_HOME" not in said["environment"]
    assert "STRIPE_SECRET_KEY" not in said["environment"]


def test_without_an_emulator_it_says_how_to_start_one(run, tmp_path):
    whereabouts.write(tmp_path / "data", Place("http://127.0.0.1:1", "http://127.0.0.1:1"))
    ran = run("version", PAYDESK_EMULATOR_URL="http://127.0.0.1:1")
    assert ran.returncode == 1
    assert "No emulator answers at http://127.0.0.1:1. Start one with: paydesk run" in ran.stderr


def test_without_the_cli_it_says_how_to_install_it(run, tmp_path):
    (tmp_path / "bin" / "stripe").unlink()
    ran = run("version")
    assert ran.returncode == 1
    assert "npm install -g @stripe/cli" in ran.stderr
