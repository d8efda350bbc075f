"""Rounds: one process at a time goes them, a dead one keeps nobody out, failures wait longer."""

from datetime import timedelta

import pytest

from paydesk.fulfilment.rounds import LastRound, Round, Rounds


@pytest.fixture
def rounds(shop, clock):
    """One process's rounds; each call is another process."""

    def of(run, every_seconds: float = 10.0) -> Rounds:
        return Rounds(shop.database, clock, (Round("pull", every_seconds, run),))

    return of


def last(shop) -> LastRound:
    with shop.database.transaction() as tx:
        return tx.get_one(LastRound, "pull")


def test_two_processes_go_one_round(rounds, clock):
    runs: list[str] = []
    one, two = rounds(lambda: runs.append("one")), rounds(lambda: runs.append("two"))
    for _ in range(40):
        one.run_due()
        two.run_due()
        clock.travel(timedelta(seconds=1))
    assert len(runs) == 4


def test_nobody_joins_a_round_that_is_being_gone(rounds, clock):
    runs: list[str] = []
    two = rounds(lambda: runs.append("two"))

    def one_is_slow() -> None:
        clock.travel(timedelta(seconds=60))
        two.run_due()

    rounds(one_is_slow).run_due()
    assert runs == []


def test_a_process_that_died_on_its_round_keeps_nobody_out_for_long(rounds, clock):
    runs: list[str] = []

    def dies() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        rounds(dies).run_due()
    two = rounds(lambda: runs.append("two"))
    clock.travel(timedelta(seconds=30))
    two.run_due()
    assert runs == []
    clock.travel(timedelta(seconds=121))
    two.run_due()
    assert runs == ["two"]


def test_what_failed_is_said_and_waits_longer_each_time_but_not_for_ever(shop, rounds, clock):
    def fails() -> None:
        raise RuntimeError("Stripe is away")

    tried = rounds(fails)
    waits = []
    row = None
    for _ in range(8):
        tried.run_due()
        row = last(shop)
        waits.append((row.due_at - clock.now()).total_seconds())
        clock.travel(row.due_at - clock.now())
    assert waits == [20, 40, 80, 160, 300, 300, 300, 300]
    assert row is not None
    assert (row.failures, row.error) == (8, "RuntimeError: Stripe is away")
    rounds(lambda: None).run_due()
    row = last(shop)
    assert (row.failures, row.error) == (0, None)
