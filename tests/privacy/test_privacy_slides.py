"""Slides of seven makers: label and glass are found and gone, names are gone, the scan and its readers stay."""

from __future__ import annotations

import base64
import struct
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import openslide
import pytest
import slide_makers as makers
import tifffile
from tiff_writer import ASCII, BYTES, LONG, LONG8, Page, page, write

from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged
from depositor.privacy import examine, judge, slide_pictures
from depositor.privacy.checks.tiff import TIFF
from depositor.privacy.clean import Cleaned, clean
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN
from depositor.privacy.policy import PUBLIC
from depositor.privacy.remedies.slides import TiffRemedy
from depositor.privacy.tiff_tags import Tiff

ALL = {
    **makers.MAKERS,
    "gt450": (partial(makers.aperio, gt450=True), ".svs"),
    "big aperio": (partial(makers.aperio, kind="big"), ".svs"),
    "label first": (partial(makers.ome, first="label"), ".ome.tiff"),
}
PICTURES = {"label": makers.picture(100, 90, 7), "macro": makers.picture(60, 160, 9)}


def made(name: str, folder: Path) -> Path:
    make, ending = ALL[name]
    folder.mkdir(exist_ok=True)
    return make(folder / f"slide{ending}")


def wanted(path: Path) -> list[Finding]:
    return [f for f in examine.file(path, path.name).findings if PUBLIC.wants(f)]


def cleaned(path: Path, folder: Path) -> Cleaned:
    return clean(path, folder / path.name, wanted(path), PUBLIC)


def pages(path: Path) -> dict[str, np.ndarray]:
    """The pictures of all pages and the directories below, by their shape."""
    with tifffile.TiffFile(path) as file:
        listed = [p for one in file.pages for p in (one, *(one.aspage().pages or ()))]
        return {f"{p.shape}": p.asarray() for p in listed}


@pytest.mark.parametrize("name", ALL)
def test_pictures_of_label_and_glass_are_found(name: str, tmp_path: Path) -> None:
    found = [f for f in wanted(made(name, tmp_path)) if judge.kind_in_key(f.key) is Kind.LABEL_PICTURE]
    sources = {(f.location or "").rsplit(":", 1)[-1] for f in found}
    only_glass = name in ("ndpi", "leica", "ventana")
    assert sources == ({"macro"} if only_glass else {"label", "macro"})


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_left_and_the_scan_is_as_it_was(name: str, tmp_path: Path) -> None:
    source = made(name, tmp_path / "in")
    original = source.read_bytes()
    result = cleaned(source, tmp_path / "out")
    assert result.path, result.problems
    assert source.read_bytes() == original
    raw = result.path.read_bytes()
    for value in (makers.CASE, "zkowalczyk", base64.b64encode(makers.CASE.encode()).decode()):
        assert value.encode() not in raw
        assert value.encode("utf-16-le") not in raw
    before, after = pages(source), pages(result.path)
    assert str((512, 768, 3)) in after
    assert all(np.array_equal(before[shape], picture) for shape, picture in after.items())
    assert not any(np.array_equal(p, gone) for p in after.values() for gone in PICTURES.values())
    assert not slide_pictures.of(result.path) or {p.source for p in slide_pictures.of(result.path)} == {"thumbnail"}


@pytest.mark.parametrize("name", ["aperio", "gt450", "big aperio", "ndpi", "leica", "ventana", "philips"])
def test_openslide_knows_the_copy_without_label_and_glass(name: str, tmp_path: Path) -> None:
    source = made(name, tmp_path / "in")
    result = cleaned(source, tmp_path / "out")
    assert result.path, result.problems
    with openslide.OpenSlide(str(source)) as old, openslide.OpenSlide(str(result.path)) as new:
        assert {"label", "macro"} & set(old.associated_images)
        assert not {"label", "macro"} & set(new.associated_images)
        assert new.properties["openslide.vendor"] == old.properties["openslide.vendor"]
        assert new.level_dimensions == old.level_dimensions
        assert new.properties.get("openslide.objective-power") == old.properties.get("openslide.objective-power")
        at, size = (0, 0), (256, 256)
        if name != "leica":
            assert new.read_region(at, 0, size).tobytes() == old.read_region(at, 0, size).tobytes()


@pytest.mark.parametrize("name", ["aperio", "akoya", "ome", "label first"])
def test_the_bytes_of_a_picture_that_goes_are_overwritten(name: str, tmp_path: Path) -> None:
    source = made(name, tmp_path / "in")
    with source.open("rb") as file:
        tiff = Tiff(file)
        directories = {d.name: d for d in tiff.directories()}
        gone = [
            tiff.file.read(length)
            for p in slide_pictures.of_tiff(tiff)
            if p.page is not None and p.source != "thumbnail"
            for offset, length in tiff.segments(directories[str(p.page)])
            if tiff.file.seek(offset)
        ]
    result = cleaned(source, tmp_path / "out")
    assert result.path
    raw = result.path.read_bytes()
    assert gone
    assert not any(part[-80:-8] in raw for part in gone if len(part) > 96)


def test_ome_xml_counts_the_pages_that_stay(tmp_path: Path) -> None:
    result = cleaned(made("label first", tmp_path / "in"), tmp_path / "out")
    assert result.path
    with tifffile.TiffFile(result.path) as file:
        assert file.is_ome
        assert [s.name for s in file.series] == ["scan"]
        assert len(file.series[0].levels) == 2
        xml = file.ome_metadata or ""
    assert 'IFD="0"' in xml
    assert 'Name="label image"' not in xml
    assert '<ImageRef ID="Image:0"/>' not in xml
    assert '<ImageRef ID="Image:1"/>' in xml


def test_masks_called_label_are_no_picture_of_a_label(tmp_path: Path) -> None:
    mask = tmp_path / "mask.ome.tif"
    tifffile.imwrite(mask, np.arange(64 * 64, dtype="u2").reshape(64, 64), metadata={"axes": "YX", "Name": "label"})
    plain = write(
        tmp_path / "plain.tif", [page(np.zeros((8, 8), "u1"), text="image"), page(np.zeros((8, 8), "u1"), text="label")]
    )
    for path in (mask, plain):
        assert slide_pictures.of(path) == ()
        assert not any(judge.kind_in_key(f.key) is Kind.LABEL_PICTURE for f in wanted(path))


def test_a_thumbnail_goes_only_where_it_shows_more_than_the_scan(tmp_path: Path) -> None:
    def slide(name: str, shape: tuple[int, int]) -> Path:
        levels = [page(makers.picture(512, 768, 3), tile=128, compression=7, text="Aperio x\r\n768x512|AppMag = 20")]
        small = page(makers.picture(*shape, 5), compression=7, text="Aperio x\r\n768x512 -> small|AppMag = 20")
        return write(tmp_path / name, [*levels, small])

    same, other = slide("same.svs", (128, 192)), slide("other.svs", (60, 160))
    assert [p.telling for p in slide_pictures.of(same)] == [False]
    assert [p.telling for p in slide_pictures.of(other)] == [True]
    assert not wanted(same)
    result = cleaned(other, tmp_path / "out")
    assert result.path
    with openslide.OpenSlide(str(result.path)) as opened:
        assert not opened.associated_images


# --- what lies where no tag points to --------------------------------------------------------------------------------


def test_a_page_that_was_only_unlinked_is_found_and_overwritten(tmp_path: Path) -> None:
    source = made("aperio", tmp_path)
    with source.open("r+b") as file:  # as programs do that take out a label by its link alone
        tiff = Tiff(file)
        chain = [d for d in tiff.directories() if "/" not in d.name]
        file.seek(chain[2].next_at)
        file.write(struct.pack("<I", chain[4].offset))
        offset, length = next(tiff.segments(chain[3]))
        file.seek(offset)
        secret = file.read(length)
    found = wanted(source)
    assert f"tiff:unlinked {chain[3].offset}:picture" in [f.location for f in found]
    result = clean(source, tmp_path / "out" / "slide.svs", found, PUBLIC)
    assert result.path, result.problems
    assert secret[-80:] not in result.path.read_bytes()
    assert len(pages(result.path)) == 3


def test_an_old_table_of_a_page_is_no_picture_of_its_own(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", [page(makers.picture(32, 48, 3), text="clean")])
    with source.open("r+b") as file:  # as libtiff does that writes a changed table behind the old one
        tiff = Tiff(file)
        first = next(tiff.directories())
        file.seek(first.offset)
        table = file.read(first.end - first.offset)
        file.seek(0, 2)
        moved = file.tell() + file.tell() % 2
        file.seek(moved)
        file.write(table)
        file.seek(4)
        file.write(struct.pack("<I", moved))
    assert not wanted(source)


def test_texts_that_an_editor_left_behind_are_found_and_overwritten(tmp_path: Path) -> None:
    source = write(
        tmp_path / "a.tif",
        [page(np.arange(64, dtype="u1").reshape(8, 8), text="clean")],
        tail=b"\0\0Operator: Zofia Kowalczyk-Nowak\r\nmail: zofia.kowalczyk@klinika.example\0",
    )
    found = wanted(source)
    assert {"zofia.kowalczyk@klinika.example"} <= {f.evidence for f in found}
    result = cleaned(source, tmp_path / "out")
    assert result.path
    assert b"zofia.kowalczyk" not in result.path.read_bytes()
    assert result.path.stat().st_size == source.stat().st_size


def test_planes_behind_one_page_are_no_leftovers(tmp_path: Path) -> None:
    source = tmp_path / "stack.tif"
    planes = np.frombuffer(b"user@example.org " * 4096, "u1")[: 16 * 64 * 64].reshape(16, 64, 64)
    tifffile.imwrite(source, planes, imagej=True)
    with tifffile.TiffFile(source) as file:
        assert len(file.pages) in (1, 16)
    assert not wanted(source)


# --- formats of microscopes in TIFF ----------------------------------------------------------------------------------


def lsm(path: Path) -> Path:
    def entry(code: int, text: str) -> bytes:
        raw = text.encode() + b"\0"
        return struct.pack("<III", code, 2, len(raw)) + raw

    info = bytearray(struct.pack("<II", 0x0400494C, 512) + bytes(504))
    scan = struct.pack("<III", 0x10000000, 0, 0) + entry(0x10000001, "Series 1") + entry(0x10000047, "zkowalczyk")
    scan += entry(0x10000003, "Call Dr. Zofia Kowalczyk 2023") + struct.pack("<III", 0xFFFFFFFF, 0, 0)
    text = b"mail zofia@klinika.example\0"
    events = struct.pack("<II", 24 + len(text), 1) + struct.pack("<IdI", 16 + len(text), 1.5, 0) + text
    one = page(np.arange(256, dtype="u1").reshape(16, 16))
    one.tags[34412] = (BYTES, bytes(info))
    small = page(np.zeros((4, 4, 3), "u1"))
    small.tags[254] = (LONG, [1])
    write(path, [one, small])
    raw = bytearray(path.read_bytes())
    at = raw.index(bytes(info[:8]))
    struct.pack_into("<I", raw, at + 124, len(raw))
    struct.pack_into("<I", raw, at + 136, len(raw) + len(scan))
    path.write_bytes(bytes(raw) + scan + events)
    return path


def test_the_recording_of_an_lsm_file_tells_no_user_any_more(tmp_path: Path) -> None:
    source = lsm(tmp_path / "a.lsm")
    assert {"tiff:0:LSM:User", "tiff:0:LSM:event:0"} <= {f.location for f in wanted(source)}
    result = cleaned(source, tmp_path / "out")
    assert result.path, result.problems
    raw = result.path.read_bytes()
    assert b"zkowalczyk" not in raw
    assert b"zofia@" not in raw
    assert b"Series 1" in raw
    with tifffile.TiffFile(source) as old, tifffile.TiffFile(result.path) as new:
        assert new.is_lsm
        assert np.array_equal(old.pages[0].asarray(), new.pages[0].asarray())


def test_a_text_of_two_bytes_per_character_is_read_as_such(tmp_path: Path) -> None:
    one = page(np.zeros((8, 8), "u1"))
    one.tags[34119] = (BYTES, "User Name = zkowalczyk\r\nMagnification = 5000\r\n".encode("utf-16-le"))
    source = write(tmp_path / "sem.tif", [one])
    assert [f.evidence for f in wanted(source)] == ["zkowalczyk"]
    result = cleaned(source, tmp_path / "out")
    assert result.path
    raw = result.path.read_bytes()
    assert "zkowalczyk".encode("utf-16-le") not in raw
    assert "Magnification = 5000".encode("utf-16-le") in raw


# --- size, limits, damage --------------------------------------------------------------------------------------------


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


def _add_tiles(file, first, tiles: int, table: int, counts: int) -> None:
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
