"""DICOM files that lie about their size, nesting or packing: a remark, in bounded memory, never an error."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import planted_dicom as made
import pytest
from planted_dicom import element, implicit, sequence

from depositor.privacy.checks.dicom import DICOM
from depositor.privacy.dicom import stream as dicom_stream
from depositor.privacy.dicom import walk as dicom_walk
from depositor.privacy.examination import Examination

HEAD = b"\0" * 128 + b"DICM"
SOMEBODY = element(0x00100010, b"PN", b"Wolska^Zuzanna")
MIB = 1024 * 1024


def syntax(uid: str) -> bytes:
    return element(0x00020010, b"UI", uid.encode() + b"\0" * (len(uid) % 2))


PLAIN, DEFLATED, JPEG = (
    syntax("1.2.840.10008.1.2.1"),
    syntax("1.2.840.10008.1.2.1.99"),
    syntax("1.2.840.10008.1.2.4.50"),
)


def looked(path: Path) -> tuple[Examination, int]:
    """What was found, and the most memory that it took."""
    tracemalloc.start()
    try:
        return DICOM.run(path, "a.dcm"), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def remarks_of(found: Examination) -> set[str]:
    return {r.why.id.removeprefix("privacy.not-checked.") for r in found.not_checked}


def has_name(found: Examination) -> bool:
    return any(f.evidence == "Wolska^Zuzanna" for f in found.findings)


def test_pixels_of_gigabytes_are_passed_over_and_what_is_behind_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    length = 0xFFFFFFF0
    with path.open("wb") as file:
        file.write(HEAD + PLAIN + SOMEBODY + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, length))
        file.seek(length, 1)
        file.write(element(0xFFFCFFFC, b"LO", b"zoe@lab.example "))
    found, memory = looked(path)
    assert has_name(found)
    assert any(f.evidence == "zoe@lab.example" for f in found.findings)
    assert memory < 8 * MIB


def test_a_deflated_bomb_ends_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_stream, "MOST_INFLATED", 16 * MIB)
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = SOMEBODY + struct.pack("<HH2sHI", 0x0042, 0x0011, b"OB", 0, 0xFFFFFFF0)
    pieces = [pack.compress(start), *(pack.compress(bytes(MIB)) for _ in range(40)), pack.flush()]
    path = tmp_path / "a.dcm"
    path.write_bytes(HEAD + DEFLATED + b"".join(pieces))
    found, memory = looked(path)
    assert has_name(found)
    assert "limits" in remarks_of(found)
    assert memory < 80 * MIB


def _deep() -> bytes:
    level = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    return HEAD + PLAIN + SOMEBODY + level * 20_000


def _deep_in_bytes() -> bytes:
    value = b"x"
    for _ in range(60):
        value = sequence(implicit(0x00531001, value))
    return HEAD + syntax("1.2.840.10008.1.2") + implicit(0x00100010, b"Wolska^Zuzanna") + implicit(0x00531001, value)


def _fragments() -> bytes:
    head = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
    return HEAD + JPEG + SOMEBODY + head + (struct.pack("<HHI", 0xFFFE, 0xE000, 2) + b"xx") * 3000


def _one_long_text() -> bytes:
    return HEAD + PLAIN + SOMEBODY + element(0x00189810, b"UT", b"abc def " * (MIB // 6))


def _binary() -> bytes:
    block = element(0x00530010, b"LO", b"WAYTA ")
    noise = bytes(range(256)) * 2048
    values = b"".join(element(0x00531001 + n, b"UN", noise) for n in range(3))
    return HEAD + PLAIN + SOMEBODY + block + values


@pytest.mark.parametrize(
    ("make", "remark"),
    [
        (_deep, "limits"),
        (_deep_in_bytes, None),
        (_fragments, "limits"),
        (_one_long_text, "some-texts"),
        (_binary, "some-texts"),
    ],
)
def test_what_is_too_much_is_told(
    make: Callable[[], bytes], remark: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom_walk, "MOST_FRAGMENTS", 1000)
    path = tmp_path / "a.dcm"
    path.write_bytes(make())
    found, memory = looked(path)
    assert has_name(found)
    assert remark is None or remark in remarks_of(found)
    assert memory < 64 * MIB


def test_frames_that_repeat_each_other_are_told_once(tmp_path: Path) -> None:
    frame = b"".join(element(0x00181000 + n, b"LO", b"same %04d " % n) for n in range(20))
    frames = sequence(*([frame] * 3000))
    raw = HEAD + PLAIN + SOMEBODY + struct.pack("<HH2sHI", 0x5200, 0x9230, b"SQ", 0, len(frames)) + frames
    path = tmp_path / "a.dcm"
    path.write_bytes(raw)
    found, _memory = looked(path)
    assert len(found.findings) < 30


@pytest.mark.parametrize("at", range(0, 900, 41))
def test_a_file_cut_off_anywhere_gives_what_stands_before(at: int, tmp_path: Path) -> None:
    whole = made.saved(
        made.pictured(PatientName="Wolska^Zuzanna", StudyDescription="for zoe@lab.example"), tmp_path / "b"
    )
    raw = whole.read_bytes()
    path = tmp_path / "a.dcm"
    path.write_bytes(raw[:at])
    found = DICOM.run(path, "a.dcm")
    end = raw.index(b"Wolska^Zuzanna") + 14
    assert has_name(found) is (at >= end)
    assert "damaged" in remarks_of(found) or at in _boundaries(raw)


def _boundaries(raw: bytes) -> set[int]:
    """Ends of elements: nothing shows that a file was cut there."""
    at, ends = 132, set()
    while at + 8 < len(raw):
        short = raw[at + 4 : at + 6] not in (b"OB", b"OW", b"UN", b"SQ", b"UT")
        size = int.from_bytes(raw[at + 6 : at + 8] if short else raw[at + 8 : at + 12], "little")
        at += size + (8 if short else 12)
        ends.add(at)
    return ends


def test_wrong_forms_of_values_are_passed_by(tmp_path: Path) -> None:
    odd = struct.pack("<HH2sH", 0x0009, 0x1001, b"??", 4) + b"abcd"
    unknown = struct.pack("<HH2sH", 0x0009, 0x1002, b"ZZ", 4) + b"abcd"
    path = tmp_path / "a.dcm"
    path.write_bytes(HEAD + PLAIN + element(0x00080060, b"CS", b"CT") + unknown + SOMEBODY)
    assert has_name(DICOM.run(path, "a.dcm"))
    path.write_bytes(HEAD + PLAIN + element(0x00080060, b"CS", b"CT") + odd + SOMEBODY)
    found = DICOM.run(path, "a.dcm")
    assert any("Wolska" in (f.evidence or "") for f in found.findings)  # read as the bytes of what cannot be parsed


def test_the_walk_gives_what_pydicom_gives(tmp_path: Path) -> None:
    """Two readers that know nothing of each other see the same elements in all of pydicom's own test files."""
    import pydicom

    from depositor.privacy.dicom import tree as dicom_tree

    compared = 0
    for path in sorted((Path(pydicom.__file__).parent / "data").rglob("*.dcm")):
        if path.stat().st_size > 64_000 or path.name in ("no_meta.dcm", "priv_SQ.dcm"):
            continue  # a file that begins in its middle; private sequences that pydicom leaves closed
        try:
            theirs = {n.location for n in dicom_tree.walk(dicom_tree.read(path))}
        except Exception:  # what pydicom cannot read cannot be compared
            continue
        with path.open("rb") as file:
            ours = {e.location for e in dicom_walk.Walk(file).elements() if e.tag not in dicom_walk.PIXELS}
        assert ours == theirs, path.name
        compared += 1
    assert compared > 40
