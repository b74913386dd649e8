"""Files that tests make themselves: small, and wrong in the way that a test needs."""

from __future__ import annotations

import struct
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "scan"


def tiff(
    path: Path,
    *,
    description: str = "",
    width: int = 4,
    height: int = 3,
    tags: tuple[tuple[int, int, int, int], ...] = (),
    next_page: int = 0,
    pixels: bytes = bytes(12),
) -> Path:
    """A little-endian 8-bit TIFF of one page; ``tags`` (code, type, count, value) are added or replace its own."""
    text = description.encode() + b"\0"
    entries = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        277: (3, 1, 1),
        278: (4, 1, height),
        279: (4, 1, len(pixels)),
    }
    count = len(entries.keys() | {t[0] for t in tags} | {273}) + (1 if description else 0)
    after = 8 + 2 + 12 * count + 4
    entries[273] = (4, 1, after + len(text))
    if description:
        entries[270] = (2, len(text), after)
    for code, kind, number, value in tags:
        entries[code] = (kind, number, value)
    table = b"".join(struct.pack("<HHII", code, *entries[code]) for code in sorted(entries))
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + table + struct.pack("<I", next_page)
    path.write_bytes(head + text + pixels)
    return path


def czi(path: Path, xml: str, blocks: list[dict[str, tuple[int, int, int]]], pixel: bytes = b"\x07") -> Path:
    """A CZI of 8-bit grey subblocks, each filled with ``pixel``; dimensions as name -> (start, size, stored size)."""
    out = bytearray(32 + 512)
    entries = []
    for block in blocks:
        position = len(out)
        entry = struct.pack("<2siqiiB5xi", b"DV", 0, position, 0, 0, 0, len(block))
        for name, (start, size, stored) in block.items():
            entry += struct.pack("<4siifi", name.encode().ljust(4, b"\0"), start, size, 0.0, stored)
        entries.append(entry)
        data = pixel * (block["X"][2] * block["Y"][2])
        head = struct.pack("<iiq", 0, 0, len(data)) + entry
        body = head.ljust(256, b"\0") + data
        out += _segment(b"ZISRAWSUBBLOCK", body)
    directory = len(out)
    out += _segment(b"ZISRAWDIRECTORY", struct.pack("<i", len(entries)).ljust(128, b"\0") + b"".join(entries))
    metadata = len(out)
    raw = xml.encode()
    out += _segment(b"ZISRAWMETADATA", struct.pack("<ii", len(raw), 0).ljust(256, b"\0") + raw)
    header = bytearray(512)
    header[0:8] = struct.pack("<ii", 1, 0)
    header[52:68] = struct.pack("<qq", directory, metadata)
    out[: 32 + 512] = _segment(b"ZISRAWFILE", bytes(header))
    path.write_bytes(out)
    return path


def _segment(name: bytes, data: bytes) -> bytes:
    return name.ljust(16, b"\0") + struct.pack("<qq", len(data), len(data)) + data


def lif(path: Path, xml: str) -> Path:
    """A LIF file that holds only its XML."""
    raw = xml.encode("utf-16-le")
    body = b"\x2a" + struct.pack("<I", len(raw) // 2) + raw
    path.write_bytes(struct.pack("<II", 0x70, len(body)) + body)
    return path


def write(path: Path, content: bytes | str = b"x") -> Path:
    """A file with its folders; old enough not to count as still growing."""
    import os

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path
