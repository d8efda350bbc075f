"""The pages made from the code are as the code is."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def made() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("references", DOCS / "references.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


@pytest.mark.parametrize("name", ["settings.md", "cli.md"])
def test_a_reference_is_as_the_code_is(name):
    written = (DOCS / "reference" / name).read_text()
    assert written == made()[name], "run `make references`"
