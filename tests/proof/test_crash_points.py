"""A purchase and its refund survive SIGKILL at every commit and every call to Stripe."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import process
from tests.marks import slow_on_postgres

# What a purchase and a refund come by for certain; the engine adds its own.
CERTAIN = {
    "commit in paydesk.orders.placing._place",
    "commit in paydesk.payments.checkout._intend",
    "call checkout.sessions.create",
    "commit in paydesk.payments.checkout._opened",
    "call checkout.sessions.retrieve",
    "commit in paydesk.payments.checkout.ask",
    "commit in paydesk.payments.inbox._receive",
    "call list /v1/events",
    "commit in paydesk.payments.pull._note",
    "commit in paydesk.fulfilment.worker._run_handler",
    "commit in paydesk.fulfilment.worker._end_effect",
    "commit in paydesk.payments.refunds.request",
    "call refunds.create",
    "commit in paydesk.payments.refunds.make",
}


def lives(database_url: str, folder: Path, share: int) -> list[dict[str, Any]]:
    with process.command(folder / "stripe") as stripe:
        arguments = [database_url, stripe.url, str(folder), str(share)]
        answer = subprocess.run(
            [sys.executable, "-m", "tests.proof.lives", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
    assert answer.returncode == 0, answer.stderr[-4000:]
    return [json.loads(line) for line in answer.stdout.splitlines()]


def assert_survived(told: list[dict[str, Any]], folder: Path, capsys: Any) -> None:
    *purchases, books = told
    for each in purchases:
        assert (each["payment"], each["paid"]) == ("paid", 1200), each
        assert each["refunded"] == each["refunded_at_stripe"] == 700, each
        # A handler that was killed runs again, with the same key; never is it left out.
        assert 1 <= each["handler_runs"] <= 1 + each["deaths"], each
    assert books == {"check": [], "reconcile": []}
    places = {line.split("\t")[1] for line in (folder / "points").read_text().splitlines()}
    assert places >= CERTAIN
    deaths = sum(each["deaths"] for each in purchases)
    runs = sum(each["handler_runs"] for each in purchases)
    with capsys.disabled():
        print(
            f"\n  {len(purchases) - 1} purchases, {deaths} of them killed at a point of their own: "
            f"all paid, {runs} handler runs, books clean"
        )
    assert deaths > len(purchases) // 2


@pytest.mark.timeout(300)
@slow_on_postgres
def test_some_points_of_a_purchase_and_its_refund(database_url, tmp_path, capsys):
    assert_survived(lives(database_url, tmp_path, 24), tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_point_of_a_purchase_and_its_refund(database_url, tmp_path, capsys):
    assert_survived(lives(database_url, tmp_path, 1), tmp_path, capsys)
