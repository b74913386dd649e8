"""The pages about profiles tell what the profiles ask."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from depositor.form import profiles

SCRIPT = Path(__file__).parents[2] / "docs" / "make_profiles.py"


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_profiles", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_up_to_date(made: ModuleType) -> None:
    """Run ``python docs/make_profiles.py`` after a profile or checklist changed."""
    pages = made.pages()
    assert {p.name for p in made.FOLDER.glob("*.md")} == set(pages)
    for name, text in pages.items():
        assert (made.FOLDER / name).read_text("utf-8") == text, name


def test_every_question_is_on_the_page_of_its_profile(made: ModuleType) -> None:
    pages = made.pages()
    for info in profiles.every():
        for module in profiles._data(info.id).get("module", ()):
            for field in module["field"]:
                assert f"`{module['key']}.{field['key']}`" in pages[f"{info.id}.md"]


def test_tables_are_whole(made: ModuleType) -> None:
    """A stroke or a line end in a text would break a row."""
    for name, text in made.pages().items():
        for line in text.splitlines():
            if line.startswith("| "):
                assert line.replace("\\|", "").count("|") in (4, 7), (name, line)
