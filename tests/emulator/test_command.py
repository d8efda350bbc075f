"""The `stripe-emulator` command: starts, says where, keeps its data, ends when told."""

import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.emulator.conftest import Shop, client_for, over_the_wire
from tests.emulator.process import arguments, command, environment
from tests.emulator.test_delivery import wait_until


def run(*more: str, data, secret: str = "whsec_x") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        arguments(data, *more),
        capture_output=True,
        text=True,
        timeout=20,
        env=environment(secret),
        check=False,
    )


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(tmp_path, signalled):
    with command(tmp_path) as process:
        health = over_the_wire(process.url, "GET", "/health").json
        assert health["ok"] is True
        assert health["api_version"] == "2026-10-28.endive"
        process.popen.send_signal(signalled)
        assert process.popen.wait(5) == 0
        assert process.popen.stderr is not None
        assert process.popen.stderr.read() == ""


def test_it_ends_though_a_shop_hangs(tmp_path, shop: Shop):
    shop.may_answer.clear()
    with command(tmp_path, "--webhook", shop.url) as process:
        over_the_wire(process.url, "POST", "/v1/customers", "name=x")
        wait_until(lambda: shop.heard)
        process.popen.terminate()
        assert process.popen.wait(5) == 0
    shop.may_answer.set()


def test_a_busy_port_is_named_and_the_exit_code_is_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port), data=tmp_path)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::"])
def test_it_listens_on_this_machine_only(tmp_path, host):
    assert run("--host", host, data=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("ftp://x", "whsec_x"),
        ("http://[bad", "whsec_x"),
        ("http://", "whsec_x"),
        ("http://127.0.0.1:1/", "hidden"),
        ("http://127.0.0.1:1/", ""),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_at_the_start(tmp_path, url, secret):
    done = run("--webhook", url, "--port", "0", data=tmp_path, secret=secret)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stdout + done.stderr


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "stripe.sqlite3").mkdir()
    done = run("--port", "0", data=tmp_path / "data")
    assert done.returncode == 2
    assert str(tmp_path / "data") in done.stderr
    assert "Traceback" not in done.stderr


def test_the_option_has_one_endpoint_over_any_number_of_starts(tmp_path, shop: Shop):
    with command(tmp_path, "--webhook", "http://127.0.0.1:1/old", secret="whsec_old") as process:
        with client_for(process.url) as client:
            first = client.v1.webhook_endpoints.list().data
        process.kill()
    with (
        command(tmp_path, "--webhook", shop.url) as process,
        client_for(process.url) as client,
    ):
        second = client.v1.webhook_endpoints.list().data
        assert [each.id for each in second] == [each.id for each in first]
        assert second[0].url == shop.url
        client.v1.customers.create({"name": "x"})
        wait_until(lambda: shop.heard)


def test_data_stay_until_they_are_reset(tmp_path):
    with command(tmp_path) as process, client_for(process.url) as client:
        made = client.v1.customers.create({"name": "kept"})
    with command(tmp_path) as process, client_for(process.url) as client:
        assert client.v1.customers.retrieve(made.id).name == "kept"
    with command(tmp_path, "--reset") as process, client_for(process.url) as client:
        assert client.v1.customers.list().data == []


def test_with_parent_ends_with_its_input(tmp_path):
    with command(tmp_path, "--with-parent") as process:
        assert process.popen.stdin is not None
        process.popen.stdin.close()
        assert process.popen.wait(5) == 0


@pytest.mark.alone
def test_it_answers_within_a_second_and_a_half(tmp_path):
    began = time.monotonic()
    with command(tmp_path) as process:
        assert over_the_wire(process.url, "GET", "/health").status == 200
        assert time.monotonic() - began < 1.5


def test_the_sdk_is_not_imported_before_it_is_needed():
    """It takes as long as all the rest of the start."""
    made = (
        "import sys; from stripe_emulator.app import create_app; "
        "from stripe_emulator.emulator import Emulator; from stripe_emulator.store import Store; "
        "create_app(Emulator(Store(None))); print('stripe' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_folder_has_one_emulator_at_a_time(tmp_path):
    with command(tmp_path):
        done = run("--port", "0", data=tmp_path)
    assert done.returncode == 2
    assert "another stripe-emulator is using" in done.stderr
    with command(tmp_path) as process:
        process.kill()
    with command(tmp_path):
        pass


@pytest.mark.parametrize(
    ("option", "said"), [("--help", "--webhook URL"), ("--version", "Stripe API 2026-10-28.endive")]
)
def test_it_says_what_it_can_do_and_which_it_is(tmp_path, option, said):
    done = run(option, data=tmp_path)
    assert done.returncode == 0
    assert said in done.stdout
