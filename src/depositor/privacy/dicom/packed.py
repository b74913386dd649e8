"""Fields inside of one private element: Siemens CSA headers, XML and JSON, and what is packed in gzip behind a length.

Read as one text, a number or a common name in them tells nothing; the name of its field does. Only fields whose name is
telling are handed on: the whole text is judged beside them. Sources: nibabel ``nicom/csareader.py`` and ``doc/source/
dicom/siemens_csa.rst`` (CSA1, CSA2), GEMS_SERS_01 (0025,xx1B) as dcm2niix reads it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from depositor.privacy.texts import forms
from depositor.privacy.words import labels

_GZIP = b"\x1f\x8b\x08"
_NEAR = 4096  # bytes in which what is packed begins: vendors write a length or a small header before it
_INFLATED = 1024 * 1024
_CSA2, _CSA_CHECK = b"SV10", (77, 205)
_MOST_FIELDS, _MOST_ITEMS = 4096, 64
_LONGEST_FIELD = 4096  # bytes: names and numbers are short, protocols are judged as a whole


def inflated(raw: bytes) -> bytes:
    """What is packed in a value (zlib at its start, gzip near it), bounded; empty where nothing is."""
    at = 0 if raw[:2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda") else raw.find(_GZIP, 0, _NEAR)
    if at < 0:
        return b""
    try:
        return zlib.decompressobj(47).decompress(raw[at:], _INFLATED)
    except zlib.error:
        return b""


def fields(raw: bytes, text: str) -> Iterator[tuple[str, str]]:
    """(label, value) of the fields of a value, where the label tells that the value is about somebody."""
    if raw[:4] == _CSA2 or _is_csa1(raw):
        found = _csa(raw)
    else:
        packed = inflated(raw) if _GZIP in raw[:_NEAR] else b""
        found = _formed(packed.decode("utf-8", "replace") if packed else text)
    yield from ((label, value) for label, value in found if value and labels.kind_of(label) is not None)


def _formed(text: str) -> Iterator[tuple[str, str]]:
    form = forms.form_of(text) if text[:512].lstrip()[:1] in ("<", "{", "[") else None
    if form in (forms.xml, forms.json_text):
        yield from ((part.label, part.text.strip()) for part in form(text[:_INFLATED]))


def _is_csa1(raw: bytes) -> bool:
    """The older form has no mark: a count of fields, and a number that always stands there."""
    if len(raw) < 92 or raw[4:8] != b"\x4d\0\0\0":
        return False
    return 0 < int(struct.unpack_from("<I", raw)[0]) <= 1024


def _csa(raw: bytes) -> Iterator[tuple[str, str]]:
    second = raw[:4] == _CSA2
    at = 8 if second else 0
    if len(raw) < at + 8:
        return
    count = struct.unpack_from("<I", raw, at)[0]
    at += 8
    base: int | None = None  # of the older form: the lengths of its items are too large by the first count of items
    for _ in range(min(count, _MOST_FIELDS)):
        if at + 84 > len(raw):
            return
        name, _vm, _vr, _kind, items, check = struct.unpack_from("<64si4siii", raw, at)
        if check not in _CSA_CHECK or items < 0:
            return
        base = items if base is None else base
        label, at = name.split(b"\0")[0].decode("latin-1"), at + 84
        for number in range(items):
            if at + 16 > len(raw):
                return
            lengths = struct.unpack_from("<4i", raw, at)
            length, at = (lengths[1] if second else lengths[0] - base), at + 16
            if length < 0 or at + length > len(raw):
                return
            if number < _MOST_ITEMS and 0 < length <= _LONGEST_FIELD:
                yield label, raw[at : at + length].split(b"\0")[0].decode("utf-8", "replace").strip()
            at += -(-length // 4) * 4
