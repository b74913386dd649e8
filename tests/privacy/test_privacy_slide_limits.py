"""Slides of many gigabytes, files that lie or loop, and bytes changed at random."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import numpy as np
import openslide
import pytest
import slide_makers as makers
import tifffile
from test_privacy_slides import ALL, made, wanted
from tiff_writer import ASCII, LONG, LONG8, Page, page, write

from depositor.draft.problem import Damaged
from depositor.privacy import examine
from depositor.privacy.checks.tiff import TIFF
from depositor.privacy.known import NOTHING_KNOWN
from depositor.privacy.policy import PUBLIC
from depositor.privacy.remedies.slides import TiffRemedy
from depositor.privacy.tiff import slide_pictures
from depositor.privacy.tiff.tags import Directory, Tiff


def mend(path: Path) -> None:
    """Clean ``path`` itself, as copies are."""
    keys = {f.key for f in wanted(path)}
    TiffRemedy().mend(path, path.name, lambda f: f.key in keys, NOTHING_KNOWN, PUBLIC)


def test_a_slide_of_three_gigabytes_takes_little_memory(tmp_path: Path) -> None:
    source, tiles, size = tmp_path / "large.svs", 200_000, 16_384
    text = f"Aperio Image Library\r\n90000x90000|AppMag = 20|User = zkowalczyk|Barcode = {makers.CASE}"
    large = Page(
        {
            **{code: (LONG, [value]) for code, value in ((256, 51_200), (257, 256_000), (322, 256), (323, 256))},
            **{code: (3, [value]) for code, value in ((259, 7), (262, 6), (277, 3))},
            258: (3, [8, 8, 8]),
            270: (ASCII, text),
        }
    )
    label = page(makers.picture(100, 90, 7), compression=5, text="Aperio Image Library\r\nlabel 90x100")
    write(source, [large, label], kind="big")
    with source.open("r+b") as file:
        file.seek(0, 2)
        table = file.tell()
        file.write(struct.pack(f"<{tiles}Q", *range(1 << 24, (1 << 24) + tiles * size, size)))
        counts = file.tell()
        file.write(struct.pack(f"<{tiles}I", *[size] * tiles))
        file.truncate((1 << 24) + tiles * size + 4096)
        first = next(Tiff(file).directories())
        _add_tiles(file, first, tiles, table, counts)
    before = _head(source)
    assert any(f.location == "tiff:1:label" for f in wanted(source))
    tracemalloc.start()
    mend(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20
    assert makers.CASE.encode() in before
    assert makers.CASE.encode() not in _head(source)
    with tifffile.TiffFile(source) as opened:
        assert len(opened.pages) == 1
        assert len(opened.pages[0].dataoffsets) == tiles


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 16)


def _add_tiles(file: BinaryIO, first: Directory, tiles: int, table: int, counts: int) -> None:
    """Point the empty tile tables of the first page to real ones."""
    for code, kind, at in ((324, LONG8, table), (325, LONG, counts)):
        file.seek(first.offset + 8)
        rows = bytearray(file.read(first.next_at - first.offset - 8))
        row = next(n for n in range(0, len(rows), 20) if struct.unpack_from("<H", rows, n)[0] == code)
        struct.pack_into("<HHQQ", rows, row, code, kind, tiles, at)
        file.seek(first.offset + 8)
        file.write(rows)


def test_ndpi_above_four_gigabytes(tmp_path: Path) -> None:
    source = tmp_path / "large.ndpi"
    makers.ndpi(source)
    far = (1 << 32) + 4096
    with source.open("r+b") as file:  # the overview moves to where offsets need more than 32 bits
        tiff = Tiff(file)
        chain = list(tiff.directories())
        file.seek(chain[1].offset)
        table = bytearray(file.read(chain[1].end - chain[1].offset))
        entry = next(e for e in chain[1].entries if e.code == 65449)
        file.seek(entry.offset)
        value = file.read(entry.length)
        at = entry.at - chain[1].offset
        struct.pack_into("<I", table, at + 8, (far + 1024) & 0xFFFFFFFF)
        number = (at - 2) // 12
        struct.pack_into("<I", table, chain[1].next_at + 8 - chain[1].offset + 4 * number, (far + 1024) >> 32)
        file.seek(far)
        file.write(table)
        file.seek(far + 1024)
        file.write(value)
        file.seek(chain[0].next_at)
        file.write(struct.pack("<Q", far))
    with source.open("rb") as file:
        tiff = Tiff(file)
        assert tiff.ndpi
        assert [d.offset for d in tiff.directories()][1] == far
    assert [p.source for p in slide_pictures.of(source)] == ["macro"]
    mend(source)
    with source.open("rb") as file:
        assert len(list(Tiff(file).directories())) == 2
        file.seek(far)
        assert not file.read(4096).strip(b"\0")
    with openslide.OpenSlide(str(source)) as opened:
        assert opened.properties["openslide.vendor"] == "hamamatsu"
        assert not opened.associated_images


def test_loops_and_lies_end_soon(tmp_path: Path) -> None:
    looped = write(tmp_path / "loop.tif", [page(np.zeros((8, 8), "u1"), text="x") for _ in range(3)])
    with looped.open("r+b") as file:
        chain = list(Tiff(file).directories())
        file.seek(chain[2].next_at)
        file.write(struct.pack("<I", chain[0].offset))
    assert any(n.why.id.endswith("damaged") for n in examine.file(looped, "a").not_checked)
    lying = page(np.zeros((8, 8), "u1"))
    lying.tags[270] = (ASCII, "hello there")
    path = write(tmp_path / "lie.tif", [lying])
    with path.open("r+b") as file:
        entry = next(e for e in next(Tiff(file).directories()).entries if e.code == 270)
        file.seek(entry.at + 4)
        file.write(struct.pack("<I", 0xFFFFFFFF))
    assert any(n.why.id.endswith("damaged") for n in examine.file(path, "a").not_checked)


@pytest.mark.parametrize("name", ["aperio", "leica", "philips", "ndpi"])
def test_changed_bytes_give_no_error(name: str, tmp_path: Path) -> None:
    raw = made(name, tmp_path).read_bytes()
    chance = np.random.default_rng(5)
    bad = tmp_path / f"bad{ALL[name][1]}"
    head = len(raw) if len(raw) < 4096 else 4096
    for round_ in range(10):
        changed = bytearray(raw if round_ % 2 else raw[: chance.integers(16, len(raw))])
        for _ in range(12):
            place = int(chance.integers(0, min(head, len(changed))) if round_ % 3 else chance.integers(0, len(changed)))
            changed[place] = int(chance.integers(0, 256))
        bad.write_bytes(bytes(changed))
        TIFF.run(bad, "bad")
        try:
            mend(bad)
        except (ValueError, Damaged):
            continue  # told as a Problem by what calls it
