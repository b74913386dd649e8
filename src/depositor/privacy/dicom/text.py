"""Values of DICOM elements as a person would read them: character sets that lie, and text between other bytes.

Source: PS3.5 section 6.1, PS3.3 C.12.1.1.2.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor.privacy.dicom import packed as dicom_packed
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.dicom.elements import Element

NUMBERS = frozenset({"AT", "FD", "FL", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"})
_BINARY = frozenset({"OB", "UN"}) | NUMBERS
_BY_CHARACTER_SET = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT", "UN"})
_MORE_BYTES_A_LETTER = ("ISO 2022", "GB18030", "GBK")
_CHARACTER_SET = 0x00080005
_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C, 0x5C, 0x5E, 0x3D}
_LONGEST = 1_000_000
# Readable runs: ASCII with whole UTF-8 letters, and letters of two bytes of which one is zero.
_RUN = re.compile(rb"(?:[\x20-\x7e]|[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}){5,}")
_WIDE = {
    "utf-16-le": re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\0|[^\0][\x01-\x05]){5,}", re.DOTALL),
    "utf-16-be": re.compile(rb"(?:\0[\x20-\x7e\xa0-\xff]|[\x01-\x05][^\0]){5,}", re.DOTALL),
}
_PLAIN_ENOUGH = (
    0.5  # of the letters of such a run are plain ones: small numbers look like letters of the east of Europe
)
_WORD = re.compile(r"[^\W\d_]{3}|\d{6}")


def text_of(element: Element) -> str:
    """The value as text; of values that are no text the readable runs, of numbers nothing."""
    if element.vr in NUMBERS and not element.private:
        return ""
    return text(element.vr, element.raw, element.scope.fact(_CHARACTER_SET))


def text(vr: str, raw: bytes, character_set: bytes = b"") -> str:
    """The value ``raw`` of representation ``vr`` as text."""
    if vr in _BINARY:
        return readable(raw, character_set)
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii").strip("\0 ")
    return decoded(raw, character_set if vr in _BY_CHARACTER_SET else b"").strip("\0 ")


def decoded(raw: bytes, character_set: bytes) -> str:
    """Text in the character set that the file names, or in another one where the bytes give that one the lie."""
    sets = character_set.decode("ascii", "replace")
    if b"\x1b" in raw:
        return _with_escapes(raw, sets)
    many = any(name in sets for name in _MORE_BYTES_A_LETTER)
    encodings = (*_encodings(sets), "utf-8") if many else ("utf-8", *_encodings(sets))
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")


@functools.lru_cache(maxsize=256)
def _encodings(sets: str) -> tuple[str, ...]:
    """Names of Python's codecs for a Specific Character Set; unknown ones are left out."""
    from pydicom.charset import convert_encodings

    names = [name.strip() for name in sets.strip("\0 ").split("\\")]
    try:
        with dicom_tree.quietly():
            return tuple(convert_encodings(names)) if any(names) else ()
    except Exception:  # pydicom raises many things on names that nobody knows
        return ()


def _with_escapes(raw: bytes, sets: str) -> str:
    """Text that changes between character sets by escape sequences, as Japanese and Korean names do."""
    from pydicom.charset import decode_bytes

    try:
        with dicom_tree.quietly():
            return str(decode_bytes(raw, list(_encodings(sets)) or ["iso8859"], _DELIMITERS))
    except Exception:  # a broken sequence: what is plain in it can still be read
        return raw.decode("latin-1")


def readable(raw: bytes, character_set: bytes = b"") -> str:
    """What a person would see of bytes in a viewer: runs of letters in several encodings, packed ones unpacked."""
    text = _as_text(raw, character_set)
    if text is not None:
        return text
    pieces = list(dict.fromkeys(t for t in _runs(raw) if _WORD.search(t)))
    inner = dicom_packed.inflated(raw)
    if inner:
        pieces.append(readable(inner))
    return " ".join(pieces)[:_LONGEST]


def _as_text(raw: bytes, character_set: bytes) -> str | None:
    """The whole value where it is nothing but text."""
    bare = raw.rstrip(b"\0 ")
    if len(bare) < 2 or any(c < 9 or 13 < c < 27 or 27 < c < 32 or c == 127 for c in bare):
        return None
    text = decoded(bare, character_set)
    return text[:_LONGEST] if bare.isascii() or sum(map(str.isalpha, text)) * 2 > len(text) else None


def _runs(raw: bytes) -> Iterator[str]:
    for match in _RUN.finditer(raw):
        yield match[0].decode("utf-8", "replace").strip()
    yield from _wide_runs(raw)


def _wide_runs(raw: bytes) -> Iterator[str]:
    """Runs of letters of two bytes. Read one place aside they look like the other order of bytes: the order in which
    more plain letters stand, above all at even places, is that of the value."""
    read = [[(m.start(), m[0].decode(e, "replace")) for m in form.finditer(raw)] for e, form in _WIDE.items()]
    for _, text in max(read, key=lambda runs: sum(_plain(text) * (1 if at % 2 else 2) for at, text in runs)):
        if _plain(text) >= _PLAIN_ENOUGH * len(text) and sum(map(str.isalnum, text)) > _PLAIN_ENOUGH * len(text):
            yield text.strip()


def _plain(text: str) -> int:
    return sum(c < "\u0100" for c in text)
