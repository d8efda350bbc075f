"""Backup while people buy, and the way back: nothing half in it, nothing overwritten."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.world import World, free_port, until
from tests.stress.load import buyers


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    folder = tmp_path / "shop"
    folder.mkdir()
    world = World(folder, f"sqlite:///{folder / 'shop.sqlite3'}")
    try:
        world.start()
        yield world
    finally:
        world.stop()


def elsewhere(world: World, folder: Path) -> World:
    """Another machine's shop, on the same Stripe."""
    folder.mkdir()
    return World(folder, f"sqlite:///{folder / 'shop.sqlite3'}", free_port(), world.stripe_port)


@pytest.mark.slow
def test_while_twenty_buyers_buy_a_backup_is_whole(world, tmp_path):
    file = tmp_path / "backup.sqlite3"
    paying = threading.Event()

    def pay_them_all() -> None:
        while not paying.is_set():
            for each in world.sessions():
                if each["status"] == "open" and not paying.is_set():
                    world.pay(each["id"])

    payer = threading.Thread(target=pay_them_all)
    with buyers(world, 20) as answers:
        payer.start()
        until(lambda: world.handler_runs() >= 5, "some payments")
        made = world.told("backup", str(file))
        before = len(answers)
        until(lambda: len(answers) > before + 10, "more orders")
    paying.set()
    payer.join()
    assert made["counts"]["orders"] >= 5
    assert file.stat().st_mode & 0o777 == 0o600
    manifest = json.loads(file.with_name("backup.sqlite3.json").read_text())
    assert manifest["counts"] == made["counts"]

    world.kill("shop")
    there = elsewhere(world, tmp_path / "there")
    restored = there.command("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "paydesk reconcile --apply" in restored.stdout
    assert len(there.told("orders", "list", "--limit", "9999")) == made["counts"]["orders"]
    assert there.told("check") == {"clean": True, "findings": []}
    # It goes on as a shop: what it still owed is done, and what it missed is fetched.
    there.start_shop("--pull")
    try:
        until(lambda: all_done(there), "all effects", seconds=60)
        until(lambda: there.command("check").returncode == 0, "a clean check", seconds=60)
    finally:
        there.kill("shop")


def all_done(world: World) -> bool:
    effects = world.told("effects", "list", "--limit", "9999")
    return all(each["state"] == "done" for each in effects)


def test_nothing_is_overwritten_unasked(world, tmp_path):
    file = tmp_path / "backup.sqlite3"
    world.told("backup", str(file))
    again = world.command("backup", str(file))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    used = world.command("restore", str(file), "--replace")
    assert (used.returncode, "Stop the shop" in used.stderr) == (1, True)
    with buyers(world, 1) as answers:
        until(lambda: answers, "an order")
    world.kill("shop")
    full = world.command("restore", str(file))
    assert full.returncode == 1
    assert "--replace" in full.stderr
    kept = world.told("restore", str(file), "--replace")["kept"]
    assert Path(kept).exists()
    assert world.told("orders", "list") == []


@pytest.mark.slow
def test_a_damaged_backup_is_not_restored(world, tmp_path):
    whole = tmp_path / "b.sqlite3"
    world.told("backup", str(whole))
    there = elsewhere(world, tmp_path / "there")
    for damage, harm in DAMAGES.items():
        folder = tmp_path / damage
        folder.mkdir()
        file, manifest = folder / "b.sqlite3", folder / "b.sqlite3.json"
        file.write_bytes(whole.read_bytes())
        manifest.write_bytes(whole.with_name("b.sqlite3.json").read_bytes())
        harm(file, manifest)
        answer = there.command("restore", str(file))
        assert answer.returncode == 1, damage
        assert answer.stderr.startswith("Error: "), damage
        assert not (tmp_path / "there" / "shop.sqlite3").exists(), damage


def change(file: Path, _manifest: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def cut(file: Path, _manifest: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


DAMAGES = {
    "changed": change,
    "cut": cut,
    "no manifest": lambda _file, manifest: manifest.unlink(),
    "no file": lambda file, _manifest: file.unlink(),
    "not a manifest": lambda _file, manifest: manifest.write_text("[]"),
}


@pytest.mark.slow
def test_with_postgresql_it_says_which_commands_do_it(world, monkeypatch, tmp_path):
    world.database_url = "postgresql://paydesk:secret-of-mine@db.example.com/paydesk"
    answer = world.command("backup", str(tmp_path / "b.dump"))
    assert answer.returncode == 2
    assert "pg_dump --format=custom" in answer.stderr
    assert "secret-of-mine" not in answer.stderr
