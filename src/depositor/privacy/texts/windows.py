"""Long texts in pieces that end at the ends of lines, so that memory stays bounded whatever a file's length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from depositor.privacy.texts.encodings import encoding_of

WINDOW = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text file; ``number`` counts from 1, ``line`` is the number of lines before it."""

    number: int
    text: str
    encoding: str
    line: int

    def encoded(self, text: str) -> bytes:
        """Bytes for a changed ``text``; only the first piece has the mark of its encoding."""
        if self.encoding == "utf-16" and self.number > 1:
            raise ValueError("pieces after the first have no mark")
        return text.encode(self.encoding, "surrogatepass" if self.encoding.startswith("utf-16") else "replace")


def pieces(file: BinaryIO, most: int, window: int = WINDOW) -> Iterator[Piece]:
    """The text of ``file`` in pieces, up to ``most`` bytes."""
    encoding, rest, number, line, done = "", b"", 0, 0, 0
    while done < most and (block := file.read(min(window, most - done))):
        done += len(block)
        raw = rest + block
        encoding = encoding or _plain(raw)
        at = len(raw) if len(block) < window else _end(raw, encoding)
        piece, rest = raw[:at], raw[at:]
        number += 1
        own = encoding if encoding.startswith("utf-16") else _plain(piece)
        text = piece.decode(own, "replace")
        yield Piece(number, text, own, line)
        line += text.count("\n")
    if rest:
        own = encoding if encoding.startswith("utf-16") else _plain(rest)
        yield Piece(number + 1, rest.decode(own, "replace"), own, line)


def _plain(raw: bytes) -> str:
    """The encoding, with the order of bytes instead of a mark: later pieces have no mark."""
    encoding = encoding_of(raw[: raw.rfind(b"\n") + 1] or raw)
    if encoding == "utf-16":
        return "utf-16-le" if raw.startswith(b"\xff\xfe") else "utf-16-be"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _end(raw: bytes, encoding: str) -> int:
    """Where the last whole line ends; without any line end as much as fits whole letters."""
    if encoding.startswith("utf-16"):
        mark = b"\n\0" if encoding.endswith("le") else b"\0\n"
        at = raw.rfind(mark)
        while at > 0 and at % 2:
            at = raw.rfind(mark, 0, at)
        return at + 2 if at > 0 else len(raw) // 2 * 2
    at = raw.rfind(b"\n")
    if at > 0:
        return at + 1
    back = re.search(rb"[\xc0-\xff][\x80-\xbf]*$", raw[-4:])
    return len(raw) - (4 - back.start()) if back and encoding == "utf-8" and len(raw) > 4 else len(raw)
