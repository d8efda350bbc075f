"""docs/extension.md: its Python is one module and a suite beside it, and both are run."""

import re
from pathlib import Path

from tests.paydesk.test_testing import run_suite

PAGE = Path(__file__).parents[2] / "docs" / "extension.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ITS_FILE = re.compile(r"# (\w+\.py)\n")


def test_what_the_page_shows_works(tmp_path, monkeypatch):
    files: dict[str, str] = {}
    for code in BLOCK.findall(PAGE.read_text()):
        named = ITS_FILE.match(code)
        name = named[1] if named else "page.py"
        files[name] = files.get(name, "") + code + "\n"
    assert {"conftest.py", "test_invoices.py", "page.py"} == {*files}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run_suite(tmp_path / "test_invoices.py", tmp_path)
