"""Readable pieces in bytes that nobody describes: private fields, maker notes, headers without a public layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from depositor.privacy.texts.forms import Form, Part

_RUN = re.compile(r"[\x20-\x7e\xa1-\xff]{6,}")
_WORDS = re.compile(r"[A-Za-z]{3}")
# UTF-8 as it looks when each byte is read as one character; pixels hardly ever hold six such characters in a row.
_UTF8 = re.compile(
    r"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}){4,}"
)
_WIDE = re.compile(r"[\x20-\x7e\u00a1-\u024f\u0370-\u1fff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{4,}")
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2}")


def runs(text: str) -> Iterator[Part]:
    """Runs of six or more readable characters with a word in them."""
    for number, match in enumerate(_RUN.finditer(text)):
        if _WORDS.search(match[0]):
            yield Part(f"text:{number}", "", match[0], match.start(), match.end(), lambda new: new)


def byte_runs(text: str) -> Iterator[Part]:
    """Runs of readable UTF-8 in bytes that were read as Latin-1; what is written back is such bytes again."""
    for number, match in enumerate(_UTF8.finditer(text)):
        read = _as_utf8(match[0])
        if _LETTERS.search(read):
            yield Part(f"text:{number}", "", read, match.start(), match.end(), _as_bytes)


def wide_runs(text: str) -> Iterator[Part]:
    """Runs of readable characters in bytes that were read as UTF-16."""
    for number, match in enumerate(_WIDE.finditer(text)):
        if _LETTERS.search(match[0]) and _is_one_script(match[0]):
            yield Part(f"wide:{number}", "", match[0], match.start(), match.end(), lambda new: new)


def in_bytes(form: Form) -> Form:
    """``form`` on bytes that were read as Latin-1: the texts of its parts are read as UTF-8 where they are that."""

    def cut(text: str) -> Iterator[Part]:
        for part in form(text):
            read = _as_utf8(part.text)
            yield part if read == part.text else replace(part, text=read, write=_then_bytes(part.write))

    return cut


def _then_bytes(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda new: write(_as_bytes(new))


def readable(raw: bytes, most: int = 2000) -> str:
    """The readable runs of ``raw``, joined by spaces: what a person would see in a hex viewer."""
    found = (m[0].decode("ascii").strip() for m in re.finditer(rb"[\x20-\x7e]{5,}", raw))
    return " ".join(t for t in found if _WORDS.search(t))[:most]


def _as_utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _as_bytes(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


def _is_one_script(text: str) -> bool:
    """Pixels read as UTF-16 give letters of many scripts in a row; people write in one or two."""
    scripts = {ord(c) >> 9 for c in text if ord(c) > 0x24F}
    ideographs = sum(0x4E00 <= ord(c) <= 0xD7A3 for c in text)
    return len(scripts) <= 2 or ideographs > len(text) // 2
