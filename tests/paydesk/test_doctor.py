"""The doctor: a sick shop for each thing it knows, and what it says of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner

from paydesk.business import demonstration
from paydesk.cli import commands
from paydesk.doctor import of_database, of_settings, of_stripe, reaching
from paydesk.doctor.diagnosis import Grade, ago
from paydesk.doctor.examination import examine, report
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment.rounds import LastRound
from paydesk.payments.endpoints import Endpoint, fingerprint
from paydesk.payments.event import Door, EventState, StoredEvent
from paydesk.payments.gateway.administration import API_VERSION, Administration, Look
from paydesk.payments.reading import EVENT_TYPES
from paydesk.payments.vitals import Vitals
from paydesk.settings import Mode, Settings
from paydesk.wiring import open_shop
from tests.paydesk.emulated import _running, emulated, real_shop, stripe_here

__all__ = ["_running", "emulated", "real_shop", "stripe_here"]

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
URL = "https://shop.example/webhook"
WHSEC = "whsec_of_the_endpoint_0123456789"


@pytest.fixture
def database_url(request) -> str:
    return str(request.getfixturevalue("stocked_sqlite"))


@pytest.fixture
def well(tmp_path) -> Settings:
    """What a healthy live shop has set."""
    return Settings(
        mode=Mode.LIVE,
        publishable_key="pk_live_1",
        secret_key="sk_live_1",
        webhook_secrets=(WHSEC,),
        base_url="https://shop.example",
        database_url="sqlite://",
        app_secret="k3yX9-qLmW7vTzR2bNcH5sJdFgPaEuYo",
        data_dir=tmp_path,
        trusted_proxies=1,
    )


HEALTHY = Endpoint(
    id="we_1",
    url=URL,
    is_enabled=True,
    api_version=API_VERSION,
    events=tuple(EVENT_TYPES),
    created=1,
    fingerprint=fingerprint(WHSEC),
)
CALM = Vitals(
    orders={"paid": 3},
    effects={"done": 3},
    refunds={},
    events_failed=0,
    last_event_at=NOW - timedelta(minutes=3),
    last_webhook_at=NOW - timedelta(minutes=3),
    pulled_until=int(NOW.timestamp()) - 60,
    gap=None,
    worker_lives=True,
    failing_rounds=(),
)
GOOD_LOOK = Look(200, NOW, livemode=True)


def test_a_healthy_shop_is_well(well):
    found = [
        of_settings.keys(well),
        of_settings.emulator(well),
        of_settings.address(well),
        of_settings.secret(well),
        of_settings.proxies(well),
        of_settings.folder(well),
        of_stripe.account(well, GOOD_LOOK),
        of_stripe.version(),
        of_stripe.clock(GOOD_LOOK, NOW),
        of_stripe.endpoint(well, URL, [HEALTHY]),
        of_database.worker(CALM),
        of_database.events(well, CALM, NOW),
        of_database.pull(CALM, NOW),
        of_database.effects(CALM),
        of_database.migrations(current=True),
        reaching.reached(well, URL, lambda _url: 400),
    ]
    assert [each for each in found if each.grade is not Grade.OK or each.fix] == []


def must_say(found, grade: Grade, words: str) -> None:
    assert (found.grade, words in found.reason) == (grade, True), found
    # One line that mends it.
    assert found.fix
    assert "\n" not in found.reason + found.fix


@pytest.mark.parametrize(
    ("check", "changes", "grade", "words"),
    [
        ("keys", {"mode": Mode.EMULATOR}, Grade.WARNING, "no payment is real"),
        ("emulator", {"stripe_api_base": "http://127.0.0.1:1"}, Grade.FAILURE, "not Stripe's"),
        ("address", {"base_url": "http://localhost:5000"}, Grade.FAILURE, "this machine alone"),
        ("address", {"base_url": "http://shop.example"}, Grade.FAILURE, "is not https"),
        (
            "address",
            {"base_url": "http://shop.example", "mode": Mode.TEST},
            Grade.WARNING,
            "is not https",
        ),
        ("secret", {"app_secret": "changeme-changeme"}, Grade.FAILURE, "could be guessed"),
        ("secret", {"app_secret": "a" * 40}, Grade.FAILURE, "could be guessed"),
        (
            "secret",
            {"app_secret": "short-of-32-chars", "mode": Mode.TEST},
            Grade.WARNING,
            "could be guessed",
        ),
        ("proxies", {"trusted_proxies": 0}, Grade.WARNING, "no proxy is trusted"),
        ("proxies", {"base_url": "http://localhost"}, Grade.WARNING, "anybody may claim"),
    ],
)
def test_what_is_wrong_with_the_settings(well, check, changes, grade, words):
    must_say(getattr(of_settings, check)(replace(well, **changes)), grade, words)


def test_a_data_folder_that_is_none(well, tmp_path):
    (tmp_path / "file").write_text("")
    sick = replace(well, data_dir=tmp_path / "file")
    must_say(of_settings.folder(sick), Grade.FAILURE, "cannot be written")


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Look(None, None, None), "does not answer"),
        (Look(401, NOW, None), "does not know STRIPE_SECRET_KEY"),
        (Look(503, NOW, None), "answers 503"),
        (Look(200, NOW, livemode=False), "of the other mode"),
    ],
)
def test_what_stripe_says_of_the_key(well, look, words):
    must_say(of_stripe.account(well, look), Grade.FAILURE, words)


@pytest.mark.parametrize(
    ("seconds", "grade", "words"),
    [
        (400, Grade.FAILURE, "400 s ahead of Stripe's: every webhook is refused"),
        (-400, Grade.FAILURE, "400 s behind"),
        (60, Grade.WARNING, "60 s ahead"),
    ],
)
def test_a_clock_that_goes_wrong(seconds, grade, words):
    found = of_stripe.clock(GOOD_LOOK, NOW + timedelta(seconds=seconds))
    must_say(found, grade, words)


def test_a_clock_that_nobody_compared():
    must_say(of_stripe.clock(Look(200, None, None), NOW), Grade.WARNING, "not known")


@pytest.mark.parametrize(
    ("changes", "grade", "words"),
    [
        ({"is_enabled": False}, Grade.FAILURE, "is disabled"),
        ({"events": ("refund.created",)}, Grade.FAILURE, f"{len(EVENT_TYPES) - 1} events"),
        ({"fingerprint": fingerprint("whsec_other")}, Grade.FAILURE, "every event is refused"),
        ({"api_version": "2020-08-27"}, Grade.WARNING, "2020-08-27"),
        ({"api_version": None}, Grade.WARNING, "of the account"),
        ({"url": "https://other.example/webhook"}, Grade.FAILURE, "has no endpoint at"),
    ],
)
def test_what_is_wrong_with_the_endpoint(well, changes, grade, words):
    must_say(of_stripe.endpoint(well, URL, [replace(HEALTHY, **changes)]), grade, words)


def test_an_endpoint_without_a_secret_here_a_rolled_one_and_one_nobody_may_see(well):
    without = replace(well, webhook_secrets=())
    must_say(of_stripe.endpoint(without, URL, [HEALTHY]), Grade.FAILURE, "all are refused")
    must_say(of_stripe.endpoint(without, URL, []), Grade.WARNING, "by the pull alone")
    two = [HEALTHY, replace(HEALTHY, id="we_0", fingerprint="000000000000")]
    must_say(of_stripe.endpoint(well, URL, two), Grade.WARNING, "is being rolled")
    must_say(of_stripe.endpoint(well, URL, None), Grade.WARNING, "does not say")
    unknown = of_stripe.endpoint(well, URL, [replace(HEALTHY, fingerprint=None)])
    assert unknown.grade is Grade.OK
    assert "cannot be told" in unknown.reason


@pytest.mark.parametrize(
    ("check", "changes", "grade", "words"),
    [
        ("worker", {"worker_lives": False}, Grade.FAILURE, "Nobody runs the jobs"),
        ("worker", {"failing_rounds": ("pull",)}, Grade.WARNING, "keep failing: pull"),
        ("events", {"last_webhook_at": None}, Grade.WARNING, "no webhook has arrived ever"),
        (
            "events",
            {"last_webhook_at": NOW - timedelta(days=3)},
            Grade.WARNING,
            "has arrived for 3 days",
        ),
        ("pull", {"gap": (1_790_000_000, 1_790_100_000)}, Grade.FAILURE, "has forgotten them"),
        ("pull", {"pulled_until": int(NOW.timestamp()) - 7200}, Grade.WARNING, "2 hours ago"),
        (
            "pull",
            {"pulled_until": int((NOW - timedelta(days=26)).timestamp())},
            Grade.FAILURE,
            "26 days ago",
        ),
        ("effects", {"effects": {"failed": 2}}, Grade.WARNING, "given up 2 times"),
        ("effects", {"events_failed": 4}, Grade.WARNING, "4 events could not be applied"),
    ],
)
def test_what_the_database_says_of_the_work(well, check, changes, grade, words):
    sick = replace(CALM, **changes)
    found = {
        "worker": lambda: of_database.worker(sick),
        "events": lambda: of_database.events(well, sick, NOW),
        "pull": lambda: of_database.pull(sick, NOW),
        "effects": lambda: of_database.effects(sick),
    }[check]()
    must_say(found, grade, words)


def test_webhooks_are_not_missed_of_sales_an_emulator_told_nobody_of(well):
    shown = replace(CALM, last_webhook_at=None, last_sale_is_demonstration=True)
    assert of_database.events(well, shown, NOW).grade is Grade.OK


@pytest.mark.parametrize(
    ("status", "grade", "words"),
    [
        (None, Grade.WARNING, "nobody answers"),
        (301, Grade.FAILURE, "Stripe follows no redirect"),
        (404, Grade.FAILURE, "answers 404, not 400"),
        (200, Grade.FAILURE, "something else is there"),
    ],
)
def test_what_is_wrong_on_the_way_to_the_shop(well, status, grade, words):
    must_say(reaching.reached(well, URL, lambda _url: status), grade, words)


def test_knocking_follows_nobody_and_waits_for_nobody():
    class Redirects(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(2)
            self.send_response(301)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Redirects) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/webhook"
        assert reaching.knock(url) == 301
        thread.join()
    assert reaching.knock(url) is None


def grades(found) -> dict[str, str]:
    return {each.check: each.grade.value for each in found}


def test_a_whole_examination_of_a_running_shop(real_shop):
    with real_shop.database.transaction() as tx:
        now = real_shop.clock.now()
        tx.add(LastRound(name="beat", due_at=now, ended_at=now, failures=0))
    found = grades(examine(real_shop))
    assert found["stripe"] == found["database"] == found["worker"] == found["clock"] == "ok"
    assert found["webhook"] == "failure"
    _, made = real_shop.endpoints.register()
    fitting = replace(real_shop.settings, webhook_secrets=(made.secret or "",))
    other = open_shop(fitting)
    assert grades(examine(other))["webhook"] == "ok"
    other.close()


def test_the_newest_data_is_what_is_looked_at(real_shop):
    now = real_shop.clock.now()
    with real_shop.database.transaction() as tx:
        tx.add(
            StoredEvent(
                id="evt_1", type="charge.succeeded", livemode=False, created=1,
                received_at=now - timedelta(days=2), payload="{}", state=EventState.FAILED,
                door=Door.PULL, tries=1,
            )
        )  # fmt: skip
    found = {each.check: each for each in examine(real_shop)}
    assert "2 days old and came by the pull" in found["events"].reason
    assert "1 event could not be applied" in found["work"].reason


def test_a_database_that_is_not_there_or_not_up_to_date(emulated, tmp_path):
    empty = open_shop(replace(emulated, database_url=f"sqlite:///{tmp_path / 'new.sqlite3'}"))
    assert "not this version's" in {e.check: e for e in examine(empty)}["database"].reason
    empty.close()
    gone = replace(emulated, database_url="postgresql://paydesk:hunter2@127.0.0.1:1/paydesk")
    away = open_shop(gone)
    found = examine(away)
    told = {each.check: each for each in found}["database"]
    assert told.grade is Grade.FAILURE
    assert "hunter2" not in report(found, away)
    assert "hunter2" not in told.reason
    away.close()


def test_without_stripe_the_rest_is_looked_at_all_the_same(emulated):
    alone = open_shop(replace(emulated, stripe_api_base="http://127.0.0.1:1"))
    found = grades(examine(alone))
    assert found["stripe"] == "failure"
    assert "webhook" not in found
    assert found["database"] == "ok"
    alone.close()


def test_a_look_tells_no_part_of_a_key(emulated):
    look = Administration(emulated).look()
    assert (look.status, look.livemode) == (200, False)
    assert look.told_at is not None
    refused = Administration(replace(emulated, secret_key="sk_live_nobody")).look()
    assert refused.status == 401


def test_a_report_holds_no_secret_and_no_address(real_shop):
    settings = real_shop.settings
    written = report(examine(real_shop), real_shop)
    for private in (
        *(settings.secret_key, settings.app_secret, *settings.webhook_secrets),
        *("shop.example", settings.database_url, str(settings.data_dir)),
    ):
        assert private not in written
    assert "Paydesk" in written
    assert API_VERSION in written


@pytest.fixture
def run(emulated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {
        "STRIPE_SECRET_KEY": "sk_test_of_the_shop",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_of_the_shop",
        "PAYDESK_EMULATOR_URL": str(emulated.stripe_api_base),
        "PAYDESK_DATABASE_URL": emulated.database_url,
        "PAYDESK_DATA_DIR": str(tmp_path),
    }

    def running(*arguments: str, **more: str):
        return CliRunner().invoke(commands, ["doctor", *arguments], env={**environment, **more})

    return running


def test_the_command_and_its_exit_codes(run, emulated):
    sick = run()
    assert sick.exit_code == 1
    assert "FAILURE  worker       Nobody runs the jobs" in sick.output
    assert "→ Start one: paydesk web, or paydesk worker" in sick.output
    database = Database(emulated.database_url)
    with database.transaction() as tx:
        demonstration.load(tx, Clock())
        now = datetime.now(UTC)
        tx.add(LastRound(name="beat", due_at=now, ended_at=now, failures=0))
    database.close()
    well = run("--json")
    assert well.exit_code == 0, well.output
    said = json.loads(well.output)
    assert said["grade"] == "ok"
    assert {"check", "grade", "reason", "fix"} == said["checks"][0].keys()
    weak = {"PAYDESK_SECRET_KEY": "not-very-long-at-all"}
    assert run(**weak).exit_code == 0
    assert run("--strict", **weak).exit_code == 1
    wrong = run("--json", STRIPE_PUBLISHABLE_KEY="pk_live_of_the_shop")
    assert wrong.exit_code == 2
    assert "different modes" in json.loads(wrong.output)["checks"][0]["reason"]
    assert run("--report").output.startswith("Paydesk ")


def test_ages_are_said_as_people_say_them():
    assert [ago(timedelta(seconds=n)) for n in (5, 60, 7300, 90_000, 200_000)] == [
        *("5 seconds", "1 minute", "2 hours", "1 day", "2 days")
    ]
