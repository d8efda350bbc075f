"""`paydesk backup` takes files and pictures along, and `paydesk restore` puts them back."""

import io
import json
import tarfile

import pytest
from click.testing import CliRunner

from paydesk.cli import commands
from paydesk.foundation import bundle

FILES = {"files/fil_guide": b"%PDF of a guide", "media/a.webp": b"RIFF", "media/empty.webp": b""}


@pytest.fixture
def data(stocked_sqlite, tmp_path):
    """The data folder of a shop that has sold nothing, with its database in it."""
    data = tmp_path / "data"
    for name, content in FILES.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    (tmp_path / "shop.sqlite3").rename(data / "paydesk.sqlite3")
    # Left by a process that died, and what belongs to nobody but this machine.
    (data / "files" / "fil_half.part").write_bytes(b"half")
    (data / "media" / "b.webp.tmp_1").write_bytes(b"half")
    (data / "secret_key").write_text("never in a backup")
    return data


def run(data, *arguments: str) -> tuple[int, str]:
    # What our own shell has set must not be used.
    environment = {"PAYDESK_DATABASE_URL": None, "PAYDESK_DATA_DIR": str(data)}
    answer = CliRunner().invoke(commands, arguments, env=environment)
    return answer.exit_code, answer.output


def backed_up(data, *options: str):
    file = data.parent / "backup.sqlite3"
    code, said = run(data, "backup", str(file), *options)
    assert code == 0, said
    return file


def contents(data) -> dict[str, bytes]:
    return {name: (data / name).read_bytes() for name in bundle.found(data, ("files", "media"))}


def test_files_and_pictures_come_back_elsewhere(data, tmp_path):
    file = backed_up(data)
    packed = tmp_path / "backup.sqlite3.files.tar"
    assert packed.stat().st_mode & 0o777 == 0o600
    manifest = json.loads((tmp_path / "backup.sqlite3.json").read_text())
    assert set(manifest["files"]) == set(FILES)
    with tarfile.open(packed) as tar:
        assert set(tar.getnames()) == set(FILES)
    there = tmp_path / "there"
    code, said = run(there, "restore", str(file))
    assert code == 0, said
    assert "3 of 3 files and pictures were put back." in said
    assert contents(there) == FILES
    # A second time there is nothing to put back, and nothing is in the way.
    assert "0 of 3" in run(there, "restore", str(file))[1]
    # What is not in the backup stays.
    (there / "files" / "fil_newer").write_bytes(b"newer")
    run(there, "restore", str(file))
    assert contents(there) == {**FILES, "files/fil_newer": b"newer"}


def test_a_file_that_differs_is_not_overwritten_unasked(data, tmp_path):
    file = backed_up(data)
    there = tmp_path / "there"
    (there / "media").mkdir(parents=True)
    (there / "media" / "a.webp").write_bytes(b"another")
    code, said = run(there, "restore", str(file))
    assert (code, "a.webp differs" in said) == (1, True)
    # Nothing was changed, the database neither.
    assert contents(there) == {"media/a.webp": b"another"}
    assert not (there / "paydesk.sqlite3").exists()
    assert list((there / "files").glob("*")) == []
    assert run(there, "restore", str(file), "--replace")[0] == 0
    (aside,) = (there / "media").glob("a.webp.before-*")
    assert aside.read_bytes() == b"another"
    assert (there / "media" / "a.webp").read_bytes() == b"RIFF"


def changed(packed, _manifest):
    content = packed.read_bytes()
    packed.write_bytes(content.replace(b"RIFF", b"riff"))


def cut(packed, _manifest):
    packed.write_bytes(packed.read_bytes()[:700])


def gone(packed, _manifest):
    packed.unlink()


def leads_elsewhere(packed, manifest):
    name = "files/../../evil"
    with tarfile.open(packed, "w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    told = json.loads(manifest.read_text())
    sums = bundle.sums_of(packed)
    assert set(sums) == {name}
    manifest.write_text(json.dumps({**told, "files": sums}))


@pytest.mark.parametrize("harm", [changed, cut, gone, leads_elsewhere])
def test_a_damaged_bundle_restores_nothing(data, tmp_path, harm):
    file = backed_up(data)
    harm(tmp_path / "backup.sqlite3.files.tar", tmp_path / "backup.sqlite3.json")
    there = tmp_path / "there"
    code, said = run(there, "restore", str(file))
    assert (code, said[:7]) == (1, "Error: ")
    assert not (there / "paydesk.sqlite3").exists()
    assert contents(there) == {}
    assert not (tmp_path / "evil").exists()


def test_a_backup_of_the_database_alone_says_so(data, tmp_path):
    file = backed_up(data, "--without-files")
    assert not (tmp_path / "backup.sqlite3.files.tar").exists()
    manifest = tmp_path / "backup.sqlite3.json"
    told = json.loads(manifest.read_text())
    assert told["files"] is None
    # As one was that an older version made, which knew of no files.
    manifest.write_text(
        json.dumps({**{k: v for k, v in told.items() if "files" not in k}, "format": 1})
    )
    said = run(tmp_path / "there", "restore", str(file))[1]
    assert f"This backup has no files and pictures: bring back {tmp_path}/there/files" in said
    manifest.write_text(json.dumps({**told, "format": 3, "unheard": "of"}))
    assert "newer version" in run(tmp_path / "other", "restore", str(file))[1]


def test_with_postgresql_it_says_how_files_are_copied(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYDESK_DATABASE_URL", "postgresql://db.example.com/paydesk")
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(tmp_path))
    answer = CliRunner().invoke(commands, ["backup", "shop.dump"])
    assert answer.exit_code == 2
    assert f"--file=shop.dump.files.tar --directory={tmp_path} files media" in answer.output
