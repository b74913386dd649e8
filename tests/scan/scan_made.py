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


def lof(path: Path, xml: str, pixels: bytes = bytes(64)) -> Path:
    """A LOF file: its type, its pixels, its XML."""
    name = "LMS_Object_File".encode("utf-16-le")
    start = b"\x2a" + struct.pack("<I", len(name) // 2) + name
    start += b"\x2a" + struct.pack("<I", 2) + b"\x2a" + struct.pack("<I", 0) + b"\x2a" + struct.pack("<Q", len(pixels))
    raw = xml.encode("utf-16-le")
    body = b"\x2a" + struct.pack("<I", len(raw) // 2) + raw
    path.write_bytes(struct.pack("<II", 0x70, len(start)) + start + pixels + struct.pack("<II", 0x70, len(body)) + body)
    return path


def compound(path: Path, streams: dict[str, bytes]) -> Path:
    """A compound file (OLE2, version 3): streams by path, of one storage at most (``Storage00001/a``)."""
    sector, fat, body = 512, [], bytearray()

    def put(raw: bytes) -> int:
        first = len(fat)
        count = max(-(-len(raw) // sector), 1)
        fat.extend([*range(first + 1, first + count), 0xFFFFFFFE])
        body.extend(raw.ljust(count * sector, b"\0"))
        return first

    def entry(name: str, kind: int, start: int, size: int, right: int = -1, child: int = -1) -> bytes:
        text = name.encode("utf-16-le").ljust(64, b"\0")
        links = struct.pack("<iii", -1, right, child)
        return (
            text + struct.pack("<HBB", 2 * len(name) + 2, kind, 1) + links + bytes(36) + struct.pack("<IQ", start, size)
        )

    top = {k: v for k, v in streams.items() if "/" not in k}
    inner = {k: v for k, v in streams.items() if "/" in k}
    placed = {
        k: (put(v.ljust(4096, b"\0")), max(len(v), 4096)) for k, v in streams.items()
    }  # none is in the mini stream
    listed = [entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    number = 1 + len(top)  # the storage stands behind the streams of the root
    for n, name in enumerate(top, 1):
        listed.append(entry(name, 2, *placed[name], right=n + 1 if n < len(top) or inner else -1))
    if inner:
        listed.append(entry(next(iter(inner)).partition("/")[0], 1, 0, 0, child=number + 1))
        for n, name in enumerate(inner, number + 1):
            listed.append(
                entry(name.partition("/")[2], 2, *placed[name], right=n + 1 if n < number + len(inner) else -1)
            )
    directory = put(b"".join(listed))
    tables = -(-(len(fat) + 8) * 4 // sector)
    starts = list(range(len(fat), len(fat) + tables))
    table = struct.pack(f"<{len(fat)}I", *fat) + struct.pack(f"<{tables}I", *[0xFFFFFFFD] * tables)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack(f"<{tables}I", *starts).ljust(436, b"\xff")
    path.write_bytes(head + bytes(body) + table.ljust(tables * sector, b"\xff"))
    return path


def oib(path: Path) -> Path:
    """An OIB with the settings of a real FV1000 image (``light/fv1000.oif``) and no pixels."""
    source = DATA / "light" / "fv1000.oif"
    planes = sorted(source.with_name("fv1000.oif.files").glob("*.pty"))
    lines = ["[OibSaveInfo]", "Version=2.0.0.0", "MainFileName=Stream00009", "Stream00009=fv1000.oif"]
    lines += [f"Stream{n:05}=Storage00001/{p.name}" for n, p in enumerate(planes)]
    streams = {"OibInfo.txt": ("\r\n".join(lines)).encode("utf-16"), "Stream00009": source.read_bytes()}
    streams |= {f"Storage00001/Stream{n:05}": p.read_bytes() for n, p in enumerate(planes)}
    return compound(path, streams)


def write(path: Path, content: bytes | str = b"x") -> Path:
    """A file with its folders; old enough not to count as still growing."""
    import os

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path
