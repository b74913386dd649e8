"""Extract every text for people into translations/<domain>/<domain>.pot, and bring the translations up to date.

usage: python translations/extract.py [--check]

The contract: texts are literal strings in calls of ``msg(id, text)``, ``msgn(id, one, many, n)``, ``tr(text)`` and
``trn(one, many, n)`` (``context=`` may name one); texts of profiles, licences, archives and settings come from their
tables. Context of a core text is its message id. A computed text is an error: no catalogue could ever hold it.
``--check`` changes nothing and fails where a .pot file is out of date.
Needs Babel (a development dependency).
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import importlib
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "depositor"
LANGUAGES = ("de",)
# Lines of the header that change without any text changing, or that nobody fills in.
_NOISE = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Last-Translator',
    b'"Report-Msgid-Bugs-To',
    b'"Language-Team',
    b'"Project-Id-Version',
)
_NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# domain -> functions without arguments that give its Messages
TABLES = {
    "app": ("depositor.session.settings:texts", "depositor.privacy.policy:texts"),
    "profiles": (
        "depositor.form.profiles:texts",
        "depositor.form.checklists:texts",
        "depositor.form.channel_tables:texts",
    ),
    "licenses": ("depositor.form.licenses:texts",),
    "archives": ("depositor.archives.descriptor:texts",),
}
# name of the call -> (position of the context or None, of the text, of the plural or None)
CALLS = {
    "msg": (0, 1, None),
    "msgn": (0, 1, 2),
    "tr": (None, 0, None),
    "trn": (None, 0, 1),
    "_tr": (None, 0, None),
    "_trn": (None, 0, 1),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One text to translate, and where it stands."""

    context: str | None
    text: str
    plural: str | None
    place: str
    comment: str = ""

    @property
    def key(self) -> str | tuple[str, str]:
        return (self.text, self.plural) if self.plural else self.text


class NotLiteral(Exception):
    """A text that is computed can never be found in a catalogue."""


def from_source(root: Path = SOURCE) -> list[Text]:
    """The texts in the program's source, file by file; NotLiteral names every place with a computed one."""
    found: list[Text] = []
    wrong: list[str] = []
    for file in sorted(root.rglob("*.py")):
        place = file.relative_to(root.parent.parent).as_posix()
        calls = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)]
        for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
            try:
                found += filter(None, [_text(call, place)])
            except NotLiteral as error:
                wrong.append(str(error))
    if wrong:
        raise NotLiteral(", ".join(wrong))
    return found


def _text(node: ast.Call, place: str) -> Text | None:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in CALLS or (isinstance(node.func, ast.Attribute) and name in ("msg", "msgn")):
        return None
    context_at, text_at, plural_at = CALLS[name]
    named = next((k.value for k in node.keywords if k.arg == "context"), None)
    if name in ("_tr", "_trn") and not isinstance(node.func, ast.Attribute):
        return None
    where = f"{place}:{node.lineno}"
    context = _literal(node.args[context_at], where) if context_at is not None else None
    if named is not None and not (isinstance(named, ast.Constant) and named.value is None):
        context = _literal(named, where)
    if len(node.args) <= text_at:
        raise NotLiteral(where)
    plural = _literal(node.args[plural_at], where) if plural_at is not None else None
    return Text(context, _literal(node.args[text_at], where), plural, place)


def _literal(node: ast.expr, where: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise NotLiteral(where)


def from_tables(domain: str) -> Iterator[Text]:
    """The texts of a domain's tables."""
    for name in TABLES[domain]:
        module, _, function = name.partition(":")
        for message in getattr(importlib.import_module(module), function)():
            yield Text(message.id, message.text, message.plural, name)


def texts(domain: str) -> list[Text]:
    """All texts of a domain; ``app`` also has those of the source."""
    found = list(from_tables(domain))
    return [*from_source(), *found] if domain == "app" else found


def template(found: Iterable[Text], domain: str) -> Catalog:
    """A catalogue without translations; texts in the order in which they stand."""
    catalog = Catalog(project="Depositor", charset="utf-8", fuzzy=False)
    catalog.domain = domain
    catalog.header_comment = "# Texts of Depositor for translators. Keep what stands in {braces}."
    for text in found:
        if text.text:
            catalog.add(text.key, context=text.context, locations=[(text.place, None)])
    return catalog


def as_bytes(catalog: Catalog) -> bytes:
    """The file's content: no dates and no line numbers, so that it only changes when a text does."""
    out = io.BytesIO()
    catalog.creation_date = catalog.revision_date = _NO_DATE
    write_po(out, catalog, width=100, include_lineno=False)
    return b"\n".join(line for line in out.getvalue().split(b"\n") if not line.startswith(_NOISE))


def updated(template: Catalog, po: Path, language: str) -> Catalog:
    """The translation brought up to date: new texts are empty, changed ones are not guessed, gone ones are dropped."""
    old = Catalog(locale=language)
    if po.exists():
        with po.open("rb") as source:
            old = read_po(source, locale=language)
    new = Catalog(locale=language, project="Depositor", charset="utf-8", fuzzy=False)
    new.header_comment = template.header_comment
    for message in template:
        if message.id:
            known = old.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            added = new.add(message.id, context=message.context, locations=message.locations)
            if known and not known.fuzzy and _same_shape(known, added):
                added.string = known.string
    return new


def _same_shape(a: Message, b: Message) -> bool:
    return isinstance(a.id, tuple) == isinstance(b.id, tuple) and a.id == b.id


def completeness(catalog: Catalog) -> tuple[int, int]:
    """(translated, all)."""
    listed = [m for m in catalog if m.id]
    return sum(1 for m in listed if _translated(m)), len(listed)


def _translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(strings) and all(strings) and not message.fuzzy


def say(text: str) -> None:
    """One line for whoever runs this."""
    sys.stdout.write(text + "\n")


def main(argv: list[str] | None = None) -> int:
    """Write or check the files; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail where a template is out of date")
    check = parser.parse_args(argv).check
    stale = []
    for domain in TABLES:
        made = template(texts(domain), domain)
        target = HERE / domain / f"{domain}.pot"
        content = as_bytes(made)
        if check:
            stale += [] if target.exists() and target.read_bytes() == content else [target.name]
            continue
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        for language in LANGUAGES:
            po = target.with_name(f"{language}.po")
            catalog = updated(made, po, language)
            po.write_bytes(as_bytes(catalog))
            done, total = completeness(catalog)
            say(f"{domain} {language}: {done} of {total}")
    if stale:
        say("out of date: " + ", ".join(stale) + "; run python translations/extract.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
