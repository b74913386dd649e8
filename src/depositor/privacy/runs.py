"""Readable pieces in bytes that nobody describes: private fields, maker notes, headers without a public layout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from depositor.privacy.forms import Part

_RUN = re.compile(r"[\x20-\x7e\xa1-\xff]{6,}")
_WORDS = re.compile(r"[A-Za-z]{3}")


def runs(text: str) -> Iterator[Part]:
    """Runs of six or more readable characters with a word in them."""
    for number, match in enumerate(_RUN.finditer(text)):
        if _WORDS.search(match[0]):
            yield Part(f"text:{number}", "", match[0], match.start(), match.end(), lambda new: new)


def readable(raw: bytes, most: int = 2000) -> str:
    """The readable runs of ``raw``, joined by spaces: what a person would see in a hex viewer."""
    found = (m[0].decode("ascii").strip() for m in re.finditer(rb"[\x20-\x7e]{5,}", raw))
    return " ".join(t for t in found if _WORDS.search(t))[:most]
