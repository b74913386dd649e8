"""Reading Table E.1-1 of DICOM PS3.15: the program's own file, the standard's DocBook, or the well-known JSON of it.

The standard publishes the DocBook as ``part15.xml``, so that a newer edition can be used without a newer program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Problem, Side
from depositor.privacy.policy import Option

MOST_BYTES = 64 * 1024 * 1024
LEAST_ROWS = 400  # the table of 2020 had 432 rows; half a table would let half of the identifiers pass
PRIVATE = "private"
_COLUMNS: dict[str, Option] = {
    "safe-private": Option.SAFE_PRIVATE,
    "uids": Option.UIDS,
    "device": Option.DEVICE,
    "institution": Option.INSTITUTION,
    "patient": Option.PATIENT_CHARACTERISTICS,
    "full-dates": Option.FULL_DATES,
    "modified-dates": Option.MODIFIED_DATES,
    "descriptors": Option.CLEAN_DESCRIPTORS,
    "structured": Option.CLEAN_STRUCTURED,
    "graphics": Option.CLEAN_GRAPHICS,
}
# How the standard and the JSON made from it head the columns, letters only.
_HEADINGS = {
    "rtnsafepriv": "safe-private",
    "rtnuids": "uids",
    "rtndevid": "device",
    "rtninstid": "institution",
    "rtnpatchars": "patient",
    "rtnlongfulldates": "full-dates",
    "rtnlongmodifdates": "modified-dates",
    "cleandesc": "descriptors",
    "cleanstructcont": "structured",
    "cleangraph": "graphics",
}
_CODES = frozenset({"D", "Z", "X", "K", "C", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U", "X/Z/U*"})
_NEVER_MISSING = ("00100010", "00100020", "00100030", "00080050", "0020000D", "00080018", PRIVATE)
_DOCBOOK = "{http://docbook.org/ns/docbook}"
_BAD = (ValueError, TypeError, LookupError, AttributeError, StopIteration, ET.ParseError, RecursionError)


class Row(NamedTuple):
    """What the table says of one attribute: ``basic`` by the basic profile, ``options`` by the options."""

    basic: str
    name: str
    options: Mapping[Option, str]


class Table(NamedTuple):
    """``rows`` by tag (``00100010``; ``60XX3000`` for repeating groups; ``private`` for all odd groups)."""

    edition: str
    rows: Mapping[str, Row]


def read(path: Path) -> Table:
    """The table in a file that a person chose. Raises Damaged with the reason where it is no whole table."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Damaged(_not_a_table(path))
        raw = path.read_bytes()
        table = _from_docbook(raw) if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _from_json(raw, path)
    except OSError as error:
        raise Damaged(_unreadable(path)) from error
    except _BAD as bad:
        raise Damaged(_not_a_table(path)) from bad
    if not _is_whole(table):
        raise Damaged(_not_a_table(path))
    return table


def from_document(document: Mapping[str, Any]) -> Table:
    """The table as the program's own JSON has it."""
    rows = {tag: Row(basic, name, _options(options)) for tag, (basic, name, options) in document["rows"].items()}
    return Table(str(document["edition"]), rows)


def _options(codes: Mapping[str, str]) -> dict[Option, str]:
    return {_COLUMNS[column]: code for column, code in codes.items()}


def _is_whole(table: Table) -> bool:
    rows = table.rows.values()
    known = all(r.basic in _CODES and all(c in ("K", "C") for c in r.options.values()) for r in rows)
    return bool(known and table.edition and len(rows) >= LEAST_ROWS and all(t in table.rows for t in _NEVER_MISSING))


def _from_json(raw: bytes, path: Path) -> Table:
    """Our own form, or a list of objects with ``tag``, ``name``, ``basicProfile`` and the ``...Opt`` columns."""
    document = json.loads(raw.decode("utf-8-sig"))
    if isinstance(document, dict) and isinstance(document.get("rows"), dict):
        return from_document(document)
    listed: list[Mapping[str, str]] = document["attributes"] if isinstance(document, dict) else document
    edition = document.get("edition") if isinstance(document, dict) else None
    rows = (({"name": a["name"], "tag": a["tag"], "basic": a["basicProfile"]}, a) for a in listed)
    return Table(str(edition or path.stem), dict(_row(fields, columns.items()) for fields, columns in rows))


def _row(fields: Mapping[str, str], columns: Iterable[tuple[str, str]]) -> tuple[str, Row]:
    named = ((_HEADINGS.get(_bare(heading)), code.strip()) for heading, code in columns if isinstance(code, str))
    options = {_COLUMNS[column]: code for column, code in named if column and code}
    return _key(fields["tag"]), Row(fields["basic"].strip(), " ".join(fields["name"].split()), options)


def _key(tag: str) -> str:
    """``(60XX,3000)`` as ``60XX3000``.

    >>> _key("(0010,0010)"), _key("(gggg,eeee) where gggg is odd")
    ('00100010', 'private')
    """
    if "odd" in tag.lower():
        return PRIVATE
    key = re.sub(r"[^0-9A-FX]", "", tag.upper())
    if len(key) != 8:
        raise ValueError("no tag")
    return key


def _bare(heading: str) -> str:
    """A heading as letters only, without the words that change between forms.

    >>> _bare("Rtn. Dev. Id. Opt."), _bare("rtnDevIdOpt")
    ('rtndevid', 'rtndevid')
    """
    return re.sub(r"[^a-z]", "", heading.lower()).removesuffix("opt")


def _from_docbook(raw: bytes) -> Table:
    if b"<!ENTITY" in raw[:65536]:
        raise ValueError("no part of the standard defines entities")
    root = ET.fromstring(raw)  # noqa: S314 - no entities, and a person chose the file
    found = next(t for t in root.iter(f"{_DOCBOOK}table") if t.get("label") == "E.1-1")
    lines = _lines(found)
    headings = [_bare(cell) for cell in next(lines)]
    at = {name: headings.index(name) for name in ("attributename", "tag", "basicprof")}
    rows: dict[str, Row] = {}
    for line in lines:
        fields = {"name": line[at["attributename"]], "tag": line[at["tag"]], "basic": line[at["basicprof"]]}
        key, row = _row(fields, zip(headings, line, strict=True))
        rows[key] = row
    return Table(_edition(root), rows)


def _lines(table: ET.Element) -> Iterator[list[str]]:
    for row in table.iter(f"{_DOCBOOK}tr"):
        yield ["".join(cell.itertext()).strip() for cell in row if cell.tag in (f"{_DOCBOOK}th", f"{_DOCBOOK}td")]


def _edition(root: ET.Element) -> str:
    """The year and letter that the book's subtitle tells: ``DICOM PS3.15 2024b - Security ...``."""
    subtitle = "".join(next(root.iter(f"{_DOCBOOK}subtitle")).itertext())
    found = re.search(r"\b20\d\d[a-z]\b", subtitle)
    return found[0] if found else ""


def _not_a_table(path: Path) -> Problem:
    return Problem(
        "privacy.profile.damaged",
        Side.COMPUTER,
        msg("privacy.profile.damaged", "This file does not hold the whole DICOM table of confidential attributes."),
        msg(
            "privacy.profile.damaged.advice",
            "Use part15.xml of the DICOM standard as it was downloaded, or take the file away: the table that came "
            "with the program is used until then.",
        ),
        str(path),
    )


def _unreadable(path: Path) -> Problem:
    return Problem(
        "privacy.profile.unreadable",
        Side.COMPUTER,
        msg("privacy.profile.unreadable", "The file with the DICOM table could not be read."),
        msg(
            "privacy.profile.unreadable.advice",
            "See whether you may open it; the table that came with the program is used until then.",
        ),
        str(path),
        ("retry",),
    )
