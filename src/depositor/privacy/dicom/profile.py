"""The confidentiality profile of DICOM PS3.15 Table E.1-1 with its options: what it does with each attribute."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from depositor import resources
from depositor.draft.problem import DepositError
from depositor.privacy.dicom import table as dicom_table
from depositor.privacy.dicom.table import Row as Row
from depositor.privacy.dicom.table import Table
from depositor.privacy.policy import Option

TABLE = "privacy/dicom-profile.json"
ENVIRONMENT = "DEPOSITOR_DICOM_TABLE"  # the path of a newer table, for this process and those that it starts
NO_OPTIONS: frozenset[Option] = frozenset()
# File meta that names systems and sites; the rest of group 0002 is written anew by whoever writes the file.
_META_THAT_TELLS = frozenset({0x00020016, 0x00020017, 0x00020018, 0x00020026, 0x00020027, 0x00020028, 0x00020102})
_PADDING = 0xFFFCFFFC
_IMAGES_OF_GROUP_60 = Row("X", "Overlay", {Option.CLEAN_GRAPHICS: "C"})
_STRONGEST_FIRST = ("U", "D", "Z", "X", "C", "K")


@functools.cache
def _bundled() -> Table:
    return dicom_table.from_document(resources.json_data(TABLE))


@functools.cache
def _brought() -> Table | None:
    """The table that the environment names; one that is none is told by the session, and the bundled one is used."""
    path = os.environ.get(ENVIRONMENT)
    try:
        return dicom_table.read(Path(path)) if path else None
    except DepositError:
        return None


_chosen: Table | None = None


def edition() -> str:
    """The edition of the table in use, such as ``2026c``, for reports."""
    return _table().edition


def use(path: Path | None) -> str:
    """Judge by the table in ``path`` from now on in this process, by the bundled one for None; gives its edition.

    The file may be the standard's own DocBook (``part15.xml``) or JSON. Raises Damaged with a Problem where it holds
    no whole table; what was in use before then stays in use. Call it before files are looked at: what was read is kept.
    """
    global _chosen
    _chosen = dicom_table.read(path) if path is not None else None
    row.cache_clear()
    action.cache_clear()
    return edition()


def _table() -> Table:
    return _chosen or _brought() or _bundled()


@functools.lru_cache(maxsize=4096)
def row(tag: int) -> Row | None:
    """The table's row of an attribute: (code of the basic profile, name, options); None where it has none.

    Repeating groups 50xx and 60xx are found under their pattern. Private attributes have no row of their own.
    """
    rows, group = _table().rows, tag >> 16
    found = rows.get(f"{tag:08X}")
    if found is None and group >> 8 in (0x50, 0x60) and not group & 1:
        pattern = f"{group >> 8:02X}XX"
        found = rows.get(f"{pattern}{tag & 0xFFFF:04X}") or rows.get(f"{pattern}XXXX") or _IMAGES_OF_GROUP_60
    return found


@functools.lru_cache(maxsize=16384)
def action(tag: int, options: frozenset[Option] = NO_OPTIONS, vr: str = "") -> str:
    """What to do with an attribute: one of K, C, X, Z, D, U.

    K keep (inside of sequences the rules go on), C clean (keep what names nobody), X remove, Z empty, D a dummy that
    fits, U a new UID. Where the table gives alternatives (``X/Z/D``), the one that never makes the object invalid is
    taken. Of two options that treat one attribute, cleaning wins over keeping; full dates win over modified ones.
    Attributes outside the table are kept but for dates and times (``vr``, else the dictionary's), private attributes
    outside of :data:`Option.SAFE_PRIVATE`, group lengths, padding, curves, overlays, and file meta that names a site.
    """
    if tag in _META_THAT_TELLS or tag == _PADDING or (tag & 0xFFFF == 0 and tag >> 16 > 2):
        return "X"
    found = _table().rows[dicom_table.PRIVATE] if tag >> 16 & 1 else row(tag)
    if found is None:
        return _by_form(tag, options, vr)
    return _by_options(found, options) or _by_code(found.basic, tag, vr)


def _by_options(found: Row, options: frozenset[Option]) -> str:
    said = {option: code for option, code in found.options.items() if option in options}
    if Option.FULL_DATES in said:
        said.pop(Option.MODIFIED_DATES, None)
    codes = set(said.values())
    return "C" if "C" in codes else ("K" if codes else "")


def _by_code(code: str, tag: int, vr: str) -> str:
    choices = code.replace("*", "").split("/")
    strongest = next(c for c in _STRONGEST_FIRST if c in choices)
    is_uid = strongest == "D" and (vr or _dictionary_vr(tag)) == "UI"  # the dummy of an identifier is a new one
    return "U" if is_uid else strongest


def _by_form(tag: int, options: frozenset[Option], vr: str) -> str:
    """Dates and times outside the table are dates and times all the same. Source: PS3.15 E.2, E.3.6."""
    if (vr or _dictionary_vr(tag)) not in ("DA", "DT", "TM"):
        return "K"
    if Option.FULL_DATES in options:
        return "K"
    return "C" if Option.MODIFIED_DATES in options else "D"


def _dictionary_vr(tag: int) -> str:
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return ""
