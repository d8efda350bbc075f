"""`stripe-emulator travel`, `snapshot`, `seed` and the like, against one that runs."""

import json

import pytest
from click.testing import CliRunner, Result

from stripe_emulator.cli import main
from tests.emulator.conftest import client_for
from tests.emulator.process import command
from tests.emulator.test_command import run

SEED = [
    {"path": "/v1/products", "params": {"name": "Lamp"}, "as": "lamp"},
    {"path": "/v1/products/${lamp.id}", "params": {"description": "bright"}},
]


@pytest.fixture
def steer(emulator):
    """`steer("travel", "+31d")`: what the command says."""

    def steering(name: str, *more: str, said: str | None = None) -> Result:
        return CliRunner().invoke(main, [name, "--url", emulator.url, *more], input=said)

    return steering


@pytest.mark.parametrize(
    ("when", "seconds"),
    [("+31d", 31 * 86400), ("+12h", 43200), ("+90m", 5400), ("+1w", 604800), ("+1.5s", 1.5)],
)
def test_time_travels_by_a_span(steer, emulator, when, seconds):
    before = emulator.emulator.clock.precise()
    done = steer("travel", when)
    assert done.exit_code == 0, done.output
    assert "It is 20" in done.output
    assert seconds <= emulator.emulator.clock.precise() - before < seconds + 5


def test_time_travels_to_a_date_and_says_so_in_json(steer):
    done = steer("travel", "2031-05-06", "--json")
    assert int(json.loads(done.output)["now"]) == 1935792000


@pytest.mark.parametrize("when", ["tomorrow", "31d", "+31", "+1y", "1999-01-01", "+d"])
def test_a_time_that_makes_no_sense_is_refused(steer, when):
    done = steer("travel", when)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "time" in done.stderr


def test_a_snapshot_is_kept_listed_and_restored(steer, client):
    client.v1.customers.create({"name": "kept"})
    assert steer("snapshot", "one").exit_code == 0
    assert "one" in steer("snapshots").output.splitlines()
    assert steer("reset").exit_code == 0
    assert client.v1.customers.list().data == []
    assert steer("restore", "one").output == "Everything is as in one again.\n"
    assert [each.name for each in client.v1.customers.list().data] == ["kept"]
    assert steer("restore", "none").exit_code == 1


def test_a_seed_is_read_from_a_file_or_from_standard_input(steer, client, tmp_path):
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(SEED))
    assert steer("seed", str(file)).output == "2 calls made.\n"
    done = steer("seed", "-", "--json", said=json.dumps(SEED))
    assert json.loads(done.output)["lamp"]["name"] == "Lamp"
    assert [each.description for each in client.v1.products.list().data] == ["bright", "bright"]


@pytest.mark.parametrize(("text", "said"), [("{", "is no JSON"), ("{}", "must be a JSON list")])
def test_a_seed_that_is_none_is_refused(steer, tmp_path, text, said):
    file = tmp_path / "seed.json"
    file.write_text(text)
    done = steer("seed", str(file))
    assert done.exit_code == 2
    assert said in done.stderr


def test_where_nothing_runs_every_command_says_so():
    for words in (["travel", "+1d"], ["reset"], ["snapshots"], ["snapshot", "x"]):
        done = CliRunner().invoke(main, [*words, "--url", "http://127.0.0.1:1"])
        assert done.exit_code == 3
        assert "nothing answers at http://127.0.0.1:1" in done.stderr


def test_an_option_for_starting_is_not_passed_over_by_a_command(emulator):
    port = emulator.url.rpartition(":")[2]
    done = CliRunner().invoke(main, ["--port", port, "reset"])
    assert done.exit_code == 2
    assert "--port is for starting. reset takes --url" in done.stderr


def test_an_emulator_starts_with_a_seed_once(tmp_path):
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(SEED))
    for _ in range(2):
        with (
            command(tmp_path / "data", "--seed", str(file)) as process,
            client_for(process.url) as client,
        ):
            assert [each.name for each in client.v1.products.list().data] == ["Lamp"]


def test_an_emulator_does_not_start_with_a_seed_that_fails(tmp_path):
    file = tmp_path / "seed.json"
    file.write_text(json.dumps([{"path": "/v1/nothing"}]))
    done = run("--port", "0", "--seed", str(file), data=tmp_path / "data")
    assert done.returncode == 2
    assert "step 1 (POST /v1/nothing): 404" in done.stderr
    assert "Traceback" not in done.stderr
