"""Private attributes that may stay: a list by maker and element. Source: PS3.15 E.3.10."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from depositor import resources
from depositor.privacy.remedies.dicom import elements

TABLE = "privacy/private-safe.toml"
_NUMBERS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "UN"})
_CODE = frozenset({"CS", "LO", "SH", "UN"})
_CHARACTERISTICS = 0x00080300
# group, maker, status of a block; numbers of its elements that identify nobody
_OF_BLOCK = (0x00080301, 0x00080302, 0x00080303, 0x00080304)
_LONGEST = 256  # bytes


@functools.cache
def _listed() -> dict[tuple[int, str], dict[int, str]]:
    """(group, maker) -> low byte of the element -> form of its value."""
    table: dict[tuple[int, str], dict[int, str]] = {}
    for block in resources.toml(TABLE)["block"]:
        key = (int(block["group"], 16), _same(block["creator"]))
        forms = {int(e, 16): form for form in ("number", "code") for e in block.get(form, ())}
        table.setdefault(key, {}).update(forms)
    return table


def _described(dataset: Any) -> dict[tuple[int, str], frozenset[int]]:
    """(group, maker) -> low bytes of elements that the file itself calls safe. Source: PS3.3 C.12.1.1.7.

    A file may say so of anything, so only numbers stay on its word.
    """
    found: dict[tuple[int, str], frozenset[int]] = {}
    element = elements.look(dataset, _CHARACTERISTICS) if _CHARACTERISTICS in dataset else None
    for item in (element.value or ()) if element is not None and element.VR == "SQ" else ():
        group, creator, status, listed = (elements.look(item, t) if t in item else None for t in _OF_BLOCK)
        if group is None or creator is None or status is None or not str(group.value).isdigit():
            continue
        whole = str(status.value).strip() == "SAFE"
        some = [int(n) & 0xFF for n in elements.texts(listed.value) if n.isdigit()] if listed is not None else []
        found[int(group.value), _same(str(creator.value))] = frozenset(range(0x100) if whole else some)
    return found


def _same(creator: str) -> str:
    return " ".join(creator.casefold().split())


def kept(dataset: Any, tells: Callable[[str], bool]) -> frozenset[int]:
    """The private tags of ``dataset`` that stay, names of blocks included; ``tells`` is true for telling texts.

    Blocks may float: an element is known by its maker and the low byte of its number.
    """
    found: set[int] = set()
    described = _described(dataset)
    for tag, creator in _creators(dataset):
        first = (tag & 0xFFFFFFFF & ~0xFFFF) | (tag & 0xFF) << 8
        said = described.get((tag >> 16, _same(creator)), frozenset())
        forms = dict.fromkeys(said, "number") | _listed().get((tag >> 16, _same(creator)), {})
        inside = {first | low for low in forms if first | low in dataset}
        safe = {t for t in inside if _has_form(dataset, t, forms[t & 0xFF], tells)}
        found |= safe | ({tag} if safe else set())
    return frozenset(found)


def _creators(dataset: Any) -> Iterator[tuple[int, str]]:
    for tag in list(dataset.keys()):
        number = int(tag)
        if number >> 16 & 1 and 0x10 <= number & 0xFFFF <= 0xFF:
            element = elements.look(dataset, number)
            if element is not None:
                yield number, str(element.value).strip(" \0")


def _has_form(dataset: Any, tag: int, form: str, tells: Callable[[str], bool]) -> bool:
    element = elements.look(dataset, tag)
    if element is None:
        return False  # a value that nobody can read cannot be vouched for
    value, vr = element.value, str(element.VR)
    if vr not in (_NUMBERS if form == "number" else _CODE):
        return False
    text = _as_text(value)
    if text is None or len(text) > _LONGEST or tells(text):
        return False
    if form == "number":
        return re.fullmatch(r"[-+\d.eE\\\s\0:]*", text) is not None and not re.search(r"\d{17}", text.split(".")[0])
    return re.search(r"\d{5}", text) is None


def _as_text(value: Any) -> str | None:
    """Numbers and short texts as text; bytes of UN as the text or, where they hold none, as a number's eight bytes."""
    if isinstance(value, bytes):
        if re.fullmatch(rb"[\x20-\x7e\0]*", value):
            return value.decode("ascii").strip(" \0")
        return "0" if len(value) in (2, 4, 8, 24, 48) else None
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        return "\\".join(str(v) for v in value)
    return str(value if value is not None else "")
