"""Named rewordings that a profile may ask for behind a path (``from = "name|family"``).

Each takes one answer and gives another, or None where it would have to guess. Names of people are only taken apart
where a comma says how, or where there are two words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from depositor.draft.paths import is_empty


def _parts(value: Any) -> tuple[str, str] | None:
    """(given names, family name) where the text leaves no choice."""
    if not isinstance(value, str):
        return None
    before, comma, after = value.partition(",")
    if comma:
        return (after.strip(), before.strip()) if before.strip() and after.strip() else None
    words = value.split()
    return (words[0], words[1]) if len(words) == 2 else None


def _given(value: Any) -> str | None:
    parts = _parts(value)
    return parts[0] if parts else None


def _family(value: Any) -> str | None:
    parts = _parts(value)
    return parts[1] if parts else None


def _turned(value: Any) -> str | None:
    """``Carberry, Josiah``."""
    parts = _parts(value)
    return f"{parts[1]}, {parts[0]}" if parts else None


def _people(value: Any) -> list[str] | None:
    """The authors of a paper as printed (``Sarkans U, Chiu W``): only where each ends in initials."""
    if not isinstance(value, str):
        return None
    names = [n.strip(" .") for n in re.split(r"[,;]| and | & ", value) if n.strip(" .")]
    printed = all(re.fullmatch(r"[^\d]*\w[\w'’-]*\s+[A-Z](?:[.\s-]*[A-Z]){0,3}\.?", n) for n in names)
    return names if names and printed else None


def _angstrom(value: Any) -> float | None:
    """Micrometres as ångström, with six significant digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(f"{value * 1e4:.6g}")


_EM_FORMATS = (
    (r"\bmrcs\b", "T2"), (r"\bmrc\b", "T1"), (r"\bimagic\b", "T4"), (r"\bdm3\b", "T5"), (r"\bdm4\b", "T6"),
    (r"\bspider\b", "T7"), (r"\beer\b", "T9"), (r"\btiff?\b", "T3"), (r"\bpng\b", "T10"), (r"\bjpe?g\b", "T11"),
)  # fmt: skip


def _em_format(value: Any) -> str | None:
    """EMPIAR's code of an image format; a compression behind a comma is no format."""
    if not isinstance(value, str):
        return None
    name = value.partition(",")[0].casefold()
    return next((code for shape, code in _EM_FORMATS if re.search(shape, name)), None)


_PREPRINTS = re.compile(r"10\.(1101|64898|48550|21203|31219|26434|36227|20944|35542)/")


def _published(value: Any) -> bool | None:
    """Yes for the DOI of a paper; nothing follows from that of a preprint server."""
    if not isinstance(value, str) or is_empty(value):
        return None
    return None if _PREPRINTS.search(value) else True


def _doi_url(value: Any) -> str | None:
    """The address that a DOI leads to."""
    found = re.search(r"10\.\d{4,9}/\S+", value) if isinstance(value, str) else None
    return f"https://doi.org/{found[0]}" if found else None


REWORDINGS: Mapping[str, Callable[[Any], Any]] = {
    "given": _given,
    "family": _family,
    "turned": _turned,
    "people": _people,
    "angstrom": _angstrom,
    "em_format": _em_format,
    "published": _published,
    "doi_url": _doi_url,
}
