"""The pages for users tell what the program tells, and their links lead somewhere."""

import ast
import importlib.util
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "make_problems.py"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def make_problems():
    spec = importlib.util.spec_from_file_location("make_problems", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setitem(sys.modules, "make_problems", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    monkeypatch.undo()


def test_the_page_of_problems_is_up_to_date(make_problems):
    """Run ``python docs/make_problems.py`` after the words of a problem changed."""
    assert make_problems.PAGE.read_text("utf-8") == make_problems.page()


def test_every_literal_problem_code_of_the_source_is_on_the_page(make_problems):
    listed = {row.code for row in make_problems.rows()}
    for path in make_problems.SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    assert first.value in listed, f"{path.name}: {first.value}"


def test_problem_codes_named_in_the_pages_exist(make_problems):
    """``code`` in backticks with the shape of a problem's code, in the pages about trouble."""
    listed = {row.code for row in make_problems.rows()}
    areas = {code.split(".")[0] for code in listed} - {"document", "file"}
    for page in (ROOT / "docs" / "troubleshooting.md", ROOT / "docs" / "guide.md"):
        for code in re.findall(r"`([a-z-]+\.[a-z.-]+)`", page.read_text("utf-8")):
            if code.split(".")[0] in areas and not code.endswith(".json"):  # files have such names, too
                assert code in listed, f"{page.name}: {code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_the_pages_resolve(page):
    for link in _LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in {_anchor(h) for h in _HEADING.findall(target.read_text("utf-8"))}, f"{page.name}: {link}"


def _anchor(heading):
    """How GitHub makes an anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
