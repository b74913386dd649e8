"""Comments inside packed pictures: JPEG and JPEG 2000 have room for text that no viewer shows.

A telling comment is overwritten in place; all that makes the picture stays byte by byte.
Source: ISO 10918-1 B.2.4.5 and B.2.4.6 (COM, APPn), ISO 15444-1 A.9.2 (COM).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from depositor.privacy.texts import runs

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f\xff\x51"
_COMMENT, _START_OF_SCAN = 0xFE, 0xDA
_NEEDED = frozenset({0xE0, 0xE8, 0xEE})  # JFIF, SPIFF and Adobe segments say how colours are stored
_COMMENT_2000, _START_OF_TILE = 0x64, 0x90
_MOST = 200  # segments before the picture


def without(picture: bytes, tells: Callable[[str], bool]) -> bytes:
    """The start of a packed picture with its telling comments blanked; ``tells`` is true for telling texts."""
    spans = [(a, b) for a, b in _comments(picture) if tells(runs.readable(picture[a:b]))]
    if not spans:
        return picture
    changed = bytearray(picture)
    for start, end in spans:
        changed[start:end] = b" " * (end - start)
    return bytes(changed)


def _comments(picture: bytes) -> Iterator[tuple[int, int]]:
    """Where texts may stand, as (start, end)."""
    twenty = picture.startswith(_JPEG_2000)
    if not twenty and not picture.startswith(_JPEG):
        return
    at, last = 2, _START_OF_TILE if twenty else _START_OF_SCAN
    for _segment in range(_MOST):
        if at + 4 > len(picture) or picture[at] != 0xFF or picture[at + 1] == last:
            return
        marker = picture[at + 1]
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
        if twenty and marker == _COMMENT_2000:
            yield at + 6, min(end, len(picture))
        elif not twenty and (marker == _COMMENT or (0xE0 <= marker <= 0xEF and marker not in _NEEDED)):
            yield at + 4, min(end, len(picture))
        at = end
