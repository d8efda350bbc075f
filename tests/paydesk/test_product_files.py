"""`paydesk products attach` and its kin, and the files of the demonstration."""

import json
from io import BytesIO

from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import select

from paydesk.catalogue import files
from paydesk.catalogue.files import File
from paydesk.catalogue.picture import Picture
from paydesk.catalogue.product import Variant
from paydesk.cli import commands
from paydesk.doctor import of_files
from paydesk.doctor.diagnosis import Grade
from paydesk.fulfilment.demonstration_files import give_files


def run(shop, *arguments: str) -> tuple[int, str]:
    environment = {
        "PAYDESK_DATABASE_URL": shop.settings.database_url,
        "PAYDESK_DATA_DIR": str(shop.settings.data_dir),
    }
    answer = CliRunner().invoke(commands, ["products", *arguments], env=environment)
    return answer.exit_code, answer.output


def test_a_file_is_attached_listed_and_taken_off(shop, tmp_path):
    (tmp_path / "guide.pdf").write_bytes(b"%PDF")
    code, said = run(shop, "attach", "arduino-board", str(tmp_path / "guide.pdf"), "--json")
    assert code == 0, said
    made = json.loads(said)
    assert (made["name"], made["bytes"]) == ("guide.pdf", 4)
    assert files.path_of(shop.settings.data_dir, made["id"]).read_bytes() == b"%PDF"
    assert made["id"] in run(shop, "files", "arduino-board")[1]
    assert run(shop, "detach", made["id"])[0] == 0
    assert run(shop, "files", "arduino-board")[1].startswith("None.")


def test_what_cannot_be_attached_is_said(shop, tmp_path):
    (tmp_path / "empty.pdf").write_bytes(b"")
    for slug, name in (("nothing", "empty.pdf"), ("arduino-board", "empty.pdf")):
        code, said = run(shop, "attach", slug, str(tmp_path / name))
        assert code == 1
        assert "no product" in said or "is empty" in said


def test_the_demonstrations_digital_products_have_a_file_each_once(shop, clock):
    folder = shop.settings.data_dir
    with shop.database.transaction() as tx:
        variant = tx.scalars(select(Variant).limit(1)).one()
        variant.is_digital = True
        tx.flush()
        first, again = (give_files(tx, folder, clock) for _ in range(2))
        assert first > 0
        assert again == 0
        file = tx.scalars(select(File).where(File.variant_id == variant.id)).one()
    pages = PdfReader(BytesIO(files.path_of(folder, file.id).read_bytes())).pages
    assert "paydesk products attach" in " ".join(pages[0].extract_text().split())


def test_the_doctor_names_files_and_pictures_that_are_not_where_they_belong(shop, tmp_path):
    folder = shop.settings.data_dir
    (tmp_path / "guide.pdf").write_bytes(b"%PDF")
    assert run(shop, "attach", "arduino-board", str(tmp_path / "guide.pdf"))[0] == 0
    with shop.database.transaction() as tx:
        tx.scalars(select(Picture).limit(1)).one().file = "media/board.webp"
        tx.flush()
        (folder / "media").mkdir()
        (folder / "media" / "board.webp").write_bytes(b"RIFF")
        assert of_files.present(tx, shop.settings).grade is Grade.OK
        (folder / "media" / "board.webp").unlink()
        file = tx.scalars(select(File)).one()
        files.path_of(folder, file.id).unlink()
        found = of_files.present(tx, shop.settings)
    assert found.grade is Grade.FAILURE
    assert "guide.pdf, media/board.webp." in found.reason
