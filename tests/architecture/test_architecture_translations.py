"""Every text for people is in a template, and German has as many of them as promised."""

from __future__ import annotations

import ast
import importlib.util
import string
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).parents[2] / "translations"
# The share of German texts that must be there; raised to 1.0 when the German texts are filled in.
GERMAN_AT_LEAST = 0.98


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("depositor_extract", TRANSLATIONS / "extract.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


extract = _load()
DOMAINS = tuple(extract.TABLES)


@pytest.mark.parametrize("domain", DOMAINS)
def test_templates_are_up_to_date(domain: str) -> None:
    """Run ``python translations/extract.py`` after a text was added or changed."""
    made = extract.as_bytes(extract.template(extract.texts(domain), domain))
    assert (TRANSLATIONS / domain / f"{domain}.pot").read_bytes() == made


@pytest.mark.parametrize("domain", DOMAINS)
def test_german_is_as_complete_as_promised(domain: str) -> None:
    with (TRANSLATIONS / domain / "de.po").open("rb") as source:
        done, total = extract.completeness(read_po(source, locale="de"))
    assert total > 0
    assert done / total >= GERMAN_AT_LEAST, f"{domain}: {done} of {total}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_their_places(domain: str) -> None:
    """A place that is missing or misspelt in a translation would show as it is, or lose a number."""
    wrong = []
    with (TRANSLATIONS / domain / "de.po").open("rb") as source:
        for message in read_po(source, locale="de"):
            given = message.id if isinstance(message.id, tuple) else (message.id,)
            wanted = set().union(*(places(t) for t in given))
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            for text in filter(None, strings):
                if message.id and not places(text) <= wanted:
                    wrong.append(text)
                if len(given) == 1 and message.id and places(text) != wanted:
                    wrong.append(text)
    assert not wrong


def places(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def texts_of(source: str, tmp_path: Path) -> list[tuple[str | None, str, str | None]]:
    root = tmp_path / "src" / "depositor"
    root.mkdir(parents=True, exist_ok=True)
    (root / "a.py").write_text(source)
    return [(t.context, t.text, t.plural) for t in extract.from_source(root)]


def test_what_is_extracted(tmp_path: Path) -> None:
    source = (
        'msg("a.b", "One {x}", x=1)\n'
        'msgn("a.c", "{n} file", "{n} files", 3)\n'
        'tr("Next")\ntr("Open", context="state")\n'
        'trn("{n} set", "{n} sets", n)\n'
        'tr("long "\n   "text")\n'
        'self._trn("{n} hour", "{n} hours", n)\n'
        'other("no", "text")\n'
    )
    assert texts_of(source, tmp_path) == [
        ("a.b", "One {x}", None),
        ("a.c", "{n} file", "{n} files"),
        (None, "Next", None),
        ("state", "Open", None),
        (None, "{n} set", "{n} sets"),
        (None, "long text", None),
        (None, "{n} hour", "{n} hours"),
    ]


@pytest.mark.parametrize("call", ['tr(f"Hi {n}")', 'msg("a", text)', 'trn("a", many, 2)', 'msg(f"a.{x}", "b")'])
def test_computed_texts_are_errors(tmp_path: Path, call: str) -> None:
    ast.parse(call)
    with pytest.raises(extract.NotLiteral):
        texts_of(call, tmp_path)


def test_a_translation_survives_an_update_and_a_changed_text_does_not(tmp_path: Path) -> None:
    text = extract.Text
    old = extract.template([text("a", "One", None, "x"), text("b", "Two", None, "x")], "app")
    po = tmp_path / "de.po"
    german = extract.updated(old, po, "de")
    german.get("One", "a").string = "Eins"
    german.get("Two", "b").string = "Zwei"
    po.write_bytes(extract.as_bytes(german))
    new = extract.template([text("a", "One", None, "y"), text("b", "Two changed", None, "x")], "app")
    again = extract.updated(new, po, "de")
    assert again.get("One", "a").string == "Eins"
    assert not again.get("Two changed", "b").string
    assert again.get("Two", "b") is None
    assert extract.completeness(again) == (1, 2)
