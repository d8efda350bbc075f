"""Accounts at the desk: links, passwords, codes, sessions, and how often somebody may guess."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from paydesk.cli import commands
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import Database
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.staff import audit, links, member, passwords, second_factor, sessions, staffing
from paydesk.staff.accounts import Accounts, Entrant
from paydesk.staff.audit import AuditEntry
from paydesk.staff.member import Role, Staff
from paydesk.staff.sessions import Browser, StaffSession
from paydesk.staff.throttling import FailedSignIns, TooOften

PASSWORD = "four words of somebody"
EMAIL = "ann@shop.example"
HERE = Browser("Firefox", "192.0.2.1", "192.0.2.1")


@pytest.fixture
def quick(monkeypatch):
    """Argon2 that takes no time; what it protects from is not what is tested here."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", light)
    monkeypatch.setattr(passwords, "_NOBODYS", light.hash("of nobody"))


@pytest.fixture
def doors(shop, quick) -> Accounts:
    return Accounts(shop.database, shop.clock)


@pytest.fixture
def ann(shop, doors) -> Staff:
    with shop.database.transaction() as tx:
        token = links.issue(tx, shop.clock, None)
    doors.follow_link(token, Entrant(EMAIL, "Ann", PASSWORD), HERE)
    return row(shop)


def row(shop, email=EMAIL) -> Staff:
    with shop.database.transaction() as tx:
        return member.named(tx, email)


def session_of(shop, token) -> StaffSession | None:
    with shop.database.transaction() as tx:
        found = sessions.found(tx, shop.clock, token)
        return found[0] if found is not None else None


# Links


def test_a_link_is_good_once_and_for_an_hour(shop, doors, clock):
    with shop.database.transaction() as tx:
        first, second = links.issue(tx, clock, None), links.issue(tx, clock, None)
    with pytest.raises(NotFound):  # the second took its place
        doors.follow_link(first, Entrant(EMAIL, "", PASSWORD), HERE)
    doors.follow_link(second, Entrant(EMAIL, "", PASSWORD), HERE)
    with pytest.raises(NotFound):
        doors.follow_link(second, Entrant("eve@shop.example", "", PASSWORD), HERE)
    with shop.database.transaction() as tx:
        third = links.issue(tx, clock, None)
    clock.travel(timedelta(hours=1))
    with pytest.raises(NotFound):
        doors.follow_link(third, Entrant("eve@shop.example", "", PASSWORD), HERE)


def test_of_two_who_follow_a_link_at_once_one_gets_in(shop, doors, clock):
    with shop.database.transaction() as tx:
        token = links.issue(tx, clock, None)

    def follow(n: int) -> bool:
        try:
            doors.follow_link(token, Entrant(f"a{n}@shop.example", "", PASSWORD), HERE)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(follow, range(4))) == [False, False, False, True]


def test_a_refused_password_does_not_use_the_link_up(shop, doors, clock):
    with shop.database.transaction() as tx:
        token = links.issue(tx, clock, None)
    for wrong in ("short", "a" * 40, f"{EMAIL}1", "password1234", "x" * 201):
        with pytest.raises(Invalid):
            doors.follow_link(token, Entrant(EMAIL, "", wrong), HERE)
    doors.follow_link(token, Entrant(EMAIL, "", PASSWORD), HERE)


def test_neither_links_nor_sessions_nor_codes_can_be_read_out_of_the_database(shop, doors, ann):
    with shop.database.transaction() as tx:
        token = links.issue(tx, shop.clock, ann)
        codes = second_factor.renew_recovery_codes(tx, tx.get_one(Staff, ann.id))
    opened = doors.sign_in(EMAIL, PASSWORD, HERE).token
    tables = ("staff", "staff_sessions", "staff_links", "recovery_codes", "audit")
    with shop.database.transaction() as tx:
        kept = str([tx.execute(text(f"SELECT * FROM paydesk_{each}")).all() for each in tables])
    plain = [code.replace("-", "") for code in codes]
    for secret in (token, opened, PASSWORD, *codes, *plain):
        assert secret not in kept


# Guessing


def guesses(doors, count, *, email=EMAIL, browser=HERE) -> list[str]:
    found = []
    for n in range(count):
        try:
            doors.sign_in(email, f"guess number {n}", browser)
        except (Invalid, TooOften) as error:
            found.append(error.code)
    return found


def test_after_five_guesses_even_the_right_password_must_wait(shop, doors, ann, clock):
    assert guesses(doors, 7) == ["password"] * 5 + ["too_many_requests"] * 2
    with pytest.raises(TooOften) as refused:
        doors.sign_in(EMAIL, PASSWORD, HERE)
    assert refused.value.retry_after_seconds == 30
    # Not forgotten by a restart, as it stands in the database, for every process.
    database = Database(shop.settings.database_url)
    with pytest.raises(TooOften):
        Accounts(database, clock).sign_in(EMAIL, PASSWORD, HERE)
    database.close()
    clock.travel(timedelta(seconds=30))
    assert doors.sign_in(EMAIL, PASSWORD, HERE).token
    # And then it is as if nothing had been.
    assert guesses(doors, 5) == ["password"] * 5


def test_each_further_guess_waits_twice_as_long_up_to_a_quarter_of_an_hour(doors, ann, clock):
    guesses(doors, 5)
    waits = []
    for _ in range(8):
        with pytest.raises(TooOften) as refused:
            doors.sign_in(EMAIL, "wrong again and again", HERE)
        waits.append(refused.value.retry_after_seconds)
        clock.travel(timedelta(seconds=waits[-1]))
        assert guesses(doors, 1) == ["password"]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_who_guesses_from_elsewhere_does_not_lock_the_owner_out(doors, ann):
    guesses(doors, 10, browser=Browser("", "203.0.113.9", "203.0.113.9"))
    assert doors.sign_in(EMAIL, PASSWORD, HERE).token


def test_an_address_that_tries_many_accounts_is_stopped(doors, ann):
    found = [guesses(doors, 1, email=f"a{n}@shop.example")[0] for n in range(25)]
    assert found == ["password"] * 20 + ["too_many_requests"] * 5


def test_an_account_that_is_tried_from_many_addresses_is_closed_for_a_while(doors, ann, clock):
    found = [guesses(doors, 1, browser=Browser("", f"a{n}", f"a{n}"))[0] for n in range(62)]
    assert found == ["password"] * 60 + ["too_many_requests"] * 2
    clock.travel(timedelta(minutes=1))
    assert doors.sign_in(EMAIL, PASSWORD, HERE).token


def test_of_a_hundred_guesses_at_once_five_are_looked_at(shop, doors, ann, monkeypatch):
    looked_at = []

    def matches(password: str, _hash: str | None) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(passwords, "matches", matches)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: guesses(doors, 1), range(40)))
    assert len(looked_at) == 5


def test_nothing_tells_whether_there_is_such_an_account(shop, doors, ann, monkeypatch):
    """The same words, the same limits, and one look at one password of the same cost each."""
    looked_at = []
    hasher = passwords._hasher

    class Watching:
        def verify(self, password_hash, password):
            looked_at.append(password_hash.split("$")[3])
            return hasher.verify(password_hash, password)

    with shop.database.transaction() as tx:
        member.hire(tx, shop.clock, "invited@shop.example", "", Role.READ)
        gone = member.hire(tx, shop.clock, "gone@shop.example", "", Role.READ)
        gone.password_hash, gone.disabled_at = hasher.hash(PASSWORD), shop.clock.now()
    monkeypatch.setattr(passwords, "_hasher", Watching())
    emails = (EMAIL, "nobody@shop.example", "invited@shop.example", "gone@shop.example", "")
    said: dict[str, list[str]] = {email: [] for email in emails}
    for n, email in enumerate(emails):
        for _ in range(7):
            try:
                doors.sign_in(email, PASSWORD + "?", Browser("", f"a{n}", f"a{n}"))
            except (Invalid, TooOften) as error:
                said[email].append(error.message)
    assert len({tuple(words) for words in said.values()}) == 1
    assert len(looked_at) == 5 * len(emails)
    assert len(set(looked_at)) == 1
    with pytest.raises(Invalid):
        doors.sign_in("gone@shop.example", PASSWORD, Browser("", "b", "b"))


def test_of_nobodys_hash_costs_what_a_real_one_does():
    cost = passwords._NOBODYS.split("$")[:4]
    assert passwords.hashed(PASSWORD).split("$")[:4] == cost
    assert cost[1] == "argon2id"


def test_guesses_are_forgotten_after_a_day(shop, doors, ann, clock):
    guesses(doors, 6)
    clock.travel(timedelta(days=1, seconds=1))
    guesses(doors, 1)
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.max(FailedSignIns.count))) == 1


# The second factor


@pytest.fixture
def secret(shop, ann, clock) -> str:
    secret = second_factor.new_secret()
    with shop.database.transaction() as tx:
        me = tx.get_one(Staff, ann.id)
        with pytest.raises(Invalid):
            staffing.switch_code_on(tx, clock, me, secret, "000000")
        codes = staffing.switch_code_on(tx, clock, me, secret, code_of(secret, clock))
    assert len(set(codes)) == 10
    clock.travel(timedelta(seconds=30))
    return secret


def code_of(secret: str, clock: StillClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.timestamp() + 30 * steps)


def test_with_a_second_factor_the_password_alone_opens_nothing(shop, doors, clock, secret):
    entry = doors.sign_in(EMAIL, PASSWORD, HERE)
    assert entry.wants_code
    half = session_of(shop, entry.token)
    assert half is not None
    assert not half.is_complete
    whole = doors.enter_code(entry.token, code_of(secret, clock), HERE)
    assert whole.token != entry.token
    assert session_of(shop, entry.token) is None
    opened = session_of(shop, whole.token)
    assert opened is not None
    assert opened.is_complete


def test_a_code_that_was_used_is_not_taken_again_nor_an_earlier_one(doors, clock, secret):
    doors.enter_code(doors.sign_in(EMAIL, PASSWORD, HERE).token, code_of(secret, clock), HERE)
    for steps in (0, -1):
        again = doors.sign_in(EMAIL, PASSWORD, HERE).token
        with pytest.raises(Invalid):
            doors.enter_code(again, code_of(secret, clock, steps), HERE)
    again = doors.sign_in(EMAIL, PASSWORD, HERE).token
    assert doors.enter_code(again, code_of(secret, clock, 1), HERE)


@pytest.mark.parametrize("steps", [-2, 2, 20])
def test_a_code_of_another_time_is_refused(doors, clock, secret, steps):
    half = doors.sign_in(EMAIL, PASSWORD, HERE).token
    with pytest.raises(Invalid):
        doors.enter_code(half, code_of(secret, clock, steps), HERE)


def test_the_second_step_is_to_be_taken_within_ten_minutes(doors, clock, secret):
    half = doors.sign_in(EMAIL, PASSWORD, HERE).token
    clock.travel(timedelta(minutes=10))
    with pytest.raises(NotFound):
        doors.enter_code(half, code_of(secret, clock), HERE)


def test_codes_are_not_to_be_guessed(doors, clock, secret):
    found = []
    for n in range(7):
        # Signing in anew in between gives no new guesses.
        half = doors.sign_in(EMAIL, PASSWORD, HERE).token
        try:
            doors.enter_code(half, f"{n:06}", HERE)
        except (Invalid, TooOften) as error:
            found.append(error.code)
    assert found == ["code"] * 5 + ["too_many_requests"] * 2


def test_each_recovery_code_stands_in_for_the_telephone_once(shop, doors, clock, secret):
    with shop.database.transaction() as tx:
        me = member.named(tx, EMAIL)
        old = second_factor.renew_recovery_codes(tx, me)
        codes = second_factor.renew_recovery_codes(tx, me)
    for code, good in ((old[0], False), (codes[0], True), (codes[0], False), (codes[1], True)):
        half = doors.sign_in(EMAIL, PASSWORD, HERE).token
        if good:
            # As it is typed: with spaces, in capitals.
            doors.enter_code(half, code.upper().replace("-", " "), HERE)
        else:
            with pytest.raises(Invalid):
                doors.enter_code(half, code, HERE)
    with shop.database.transaction() as tx:
        assert second_factor.recovery_codes_left(tx, member.named(tx, EMAIL)) == 8


def test_a_link_for_a_forgotten_password_does_not_get_around_the_code(shop, doors, clock, secret):
    with shop.database.transaction() as tx:
        me = member.named(tx, EMAIL)
        token = staffing.reset(tx, clock, "bob", me)
    assert doors.follow_link(token, Entrant("", "", "other words of hers"), HERE).wants_code
    with shop.database.transaction() as tx:
        token = staffing.reset(tx, clock, "bob", member.named(tx, EMAIL), drops_second_factor=True)
    assert not doors.follow_link(token, Entrant("", "", "other words of hers"), HERE).wants_code


# Sessions


def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(shop, doors, ann, clock):
    idle = doors.sign_in(EMAIL, PASSWORD, HERE).token
    clock.travel(timedelta(hours=1, minutes=59))
    assert session_of(shop, idle) is not None
    clock.travel(timedelta(hours=2))
    assert session_of(shop, idle) is None
    busy = doors.sign_in(EMAIL, PASSWORD, HERE).token
    for _ in range(7):
        clock.travel(timedelta(minutes=100))
        assert session_of(shop, busy) is not None
    clock.travel(timedelta(minutes=20))
    assert session_of(shop, busy) is None


def test_a_new_password_and_a_dismissal_end_every_session(shop, doors, ann, clock):
    one, two = (doors.sign_in(EMAIL, PASSWORD, HERE).token for _ in range(2))
    doors.change_password(ann, "quite another sentence", one)
    assert session_of(shop, one) is not None
    assert session_of(shop, two) is None
    with shop.database.transaction() as tx:
        member.hire(tx, clock, "bob@shop.example", "", Role.OWNER).password_hash = "x"
        staffing.disable(tx, clock, "bob", member.named(tx, EMAIL))
    assert session_of(shop, one) is None
    with pytest.raises(Invalid):
        doors.sign_in(EMAIL, "quite another sentence", HERE)


def test_the_last_owner_stays(shop, ann, clock):
    with pytest.raises(Refused), shop.database.transaction() as tx:
        staffing.disable(tx, clock, EMAIL, member.named(tx, EMAIL))
    with pytest.raises(Refused), shop.database.transaction() as tx:
        staffing.change(tx, clock, EMAIL, member.named(tx, EMAIL), Role.READ)
    # Somebody who was only invited cannot do anything yet.
    with shop.database.transaction() as tx:
        member.hire(tx, clock, "bob@shop.example", "", Role.OWNER)
    with pytest.raises(Refused), shop.database.transaction() as tx:
        staffing.disable(tx, clock, EMAIL, member.named(tx, EMAIL))


# The audit log


def entries(shop) -> list[AuditEntry]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_of_two_states_the_difference_is_kept(shop, clock):
    before = {"name": "Mug", "price": 900, "gone": 1}
    after = {"name": "Mug", "price": 1200, "new": None}
    with shop.database.transaction() as tx:
        audit.note(tx, clock, EMAIL, "product.changed", "product mug", before, after)
    (found,) = entries(shop)
    assert (found.before, found.after) == ({"price": 900, "gone": 1}, {"price": 1200, "new": None})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE paydesk_audit SET who = 'nobody'",
        "DELETE FROM paydesk_audit",
        "TRUNCATE paydesk_audit",
        "TRUNCATE paydesk_audit CASCADE",
        "INSERT OR REPLACE INTO paydesk_audit SELECT id, at, 'nobody', what, about, before, after "
        "FROM paydesk_audit",
        "INSERT INTO paydesk_audit SELECT * FROM paydesk_audit "
        "ON CONFLICT (id) DO UPDATE SET who = 'nobody'",
        "REPLACE INTO paydesk_audit SELECT * FROM paydesk_audit",
    ],
)
def test_the_database_itself_keeps_the_audit_log(shop, ann, statement):
    if "TRUNCATE" in statement and shop.database.is_sqlite:
        pytest.skip("SQLite knows no such word")
    if "REPLACE" in statement and not shop.database.is_sqlite:
        pytest.skip("PostgreSQL knows no such word")
    if shop.database.is_sqlite and "ON CONFLICT" in statement:
        statement = statement.replace("FROM paydesk_audit ", "FROM paydesk_audit WHERE true ")
    before = [(each.id, each.who, each.what) for each in entries(shop)]
    assert before
    refused = pytest.raises(DBAPIError, match="added to, never changed")
    with refused, shop.database.transaction() as tx:
        tx.execute(text(statement))
    assert [(each.id, each.who, each.what) for each in entries(shop)] == before


def test_each_change_of_an_account_is_noted_without_secrets(shop, doors, ann, clock, secret):
    with shop.database.transaction() as tx:
        bob = member.hire(tx, clock, "bob@shop.example", "Bob", Role.READ)
        staffing.add(tx, clock, EMAIL, bob)
        staffing.change(tx, clock, EMAIL, bob, Role.ORDERS)
        staffing.disable(tx, clock, EMAIL, bob)
    found = [(each.who, each.what, each.about) for each in entries(shop)]
    assert found == [
        (EMAIL, "staff.added", f"staff {EMAIL}"),
        (EMAIL, "staff.password-chosen", f"staff {EMAIL}"),
        (EMAIL, "staff.second-factor-on", f"staff {EMAIL}"),
        (EMAIL, "staff.added", "staff bob@shop.example"),
        (EMAIL, "staff.role", "staff bob@shop.example"),
        (EMAIL, "staff.disabled", "staff bob@shop.example"),
    ]
    assert entries(shop)[4].before == {"role": "read-only"}
    assert entries(shop)[4].after == {"role": "orders"}


# Commands


@pytest.fixture
def run(shop, monkeypatch):
    monkeypatch.setenv("PAYDESK_DATABASE_URL", shop.settings.database_url)
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(shop.settings.data_dir))

    def run(*words: str, code: int = 0):
        result = CliRunner().invoke(commands, list(words))
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in words and not code else result.output

    return run


def test_the_commands_do_the_same(shop, doors, run):
    link = run("staff", "add", "bob@shop.example", "--role", "owner", "--json")["url"]
    doors.follow_link(link.rpartition("/")[2], Entrant("", "", PASSWORD), HERE)
    assert run("staff", "list", "--json")[0]["state"] == "active"
    assert "last owner" in run("staff", "disable", "bob@shop.example", code=1)
    assert run("staff", "owner-link", "--json")["good_for_seconds"] == 3600
    run("staff", "add", "eve@shop.example", "--json")
    assert run("staff", "role", "eve@shop.example", "read-only", "--json")["role"] == "read-only"
    assert run("staff", "disable", "eve@shop.example", "--json")["state"] == "disabled"
    assert run("staff", "enable", "eve@shop.example", "--json")["state"] == "invited"
    assert "/welcome/" in run("staff", "reset-link", "eve@shop.example")
    assert "Nobody here" in run("staff", "role", "who@shop.example", "owner", code=1)
    assert {each.who for each in entries(shop)} == {"command line", "bob@shop.example"}
    found = run("audit", "--what", "staff.role", "--json")
    assert [(each["about"], each["after"]) for each in found] == [
        ("staff eve@shop.example", {"role": "read-only"})
    ]
    assert "orders → read-only" in run("audit", "--who", "command line", "--since", "2026-01-01")
    assert "Nothing" in run("audit", "--about", "the moon")
