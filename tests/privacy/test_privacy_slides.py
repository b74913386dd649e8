"""Slides of seven makers: label and glass are found and gone, names are gone, the scan and its readers stay."""

from __future__ import annotations

import base64
import struct
from functools import partial
from pathlib import Path

import numpy as np
import openslide
import pytest
import slide_makers as makers
import tifffile
from tiff_writer import BYTES, LONG, page, write

from depositor.draft.finding import Finding
from depositor.privacy import examine, judge
from depositor.privacy.clean import Cleaned, clean
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import PUBLIC
from depositor.privacy.tiff import slide_pictures
from depositor.privacy.tiff.tags import Tiff

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
