"""HDF5: every place that keeps texts, in files of the old and the new layout, found and cleaned."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from depositor.privacy import clean, examine
from depositor.privacy.clean import Cleaned
from depositor.privacy.hdf5 import chunks as hdf5_chunks
from depositor.privacy.hdf5 import sums as hdf5_sums
from depositor.privacy.policy import PUBLIC

GONE = (
    *("Wójcik", "花子", "Lefèvre", "alzahrani", "mkowalski", "4471920", "1961-04", "Okonkwo", "brandt", "Brandt"),
    "Ziegler",
)
LAYOUTS = [("earliest", 0), ("latest", 0), ("earliest", 512)]
MAIL = "fatima.alzahrani@klinik.example"


def characters(text: str) -> Any:
    return np.array([c.encode() for c in text], dtype="S1")


def make(path: Path, libver: str, userblock: int = 0) -> Path:
    """One file with all places; pixels beside them."""
    with h5py.File(path, "w", libver=libver, userblock_size=userblock) as file:
        file.attrs["operator"] = "Agnieszka Wójcik"
        file.attrs.create("experimenter", np.bytes_("Jean-Baptiste Lefèvre".encode()))
        image = file.create_group("DataSetInfo/Image")
        image.attrs.create("RecordingUser", characters("Johanna Ziegler"))  # as Imaris writes texts
        for number in range(30):  # so many that they go to a "dense" store
            image.attrs[f"key{number}"] = number
        image.attrs["UserName"] = "mkowalski7"
        image.attrs["Comment"] = f"acquired by Agnieszka Wójcik {MAIL}"
        pixels = file.create_dataset(
            "px", data=np.arange(4096, dtype="u2").reshape(64, 64), chunks=(16, 16), compression="gzip"
        )
        pixels.attrs["path"] = "C:\\Users\\mkowalski\\data\\x.h5"
        _tables(file)
        file.create_group("Patient_Okonkwo_MRN4471920")["d"] = np.arange(5)
        file.attrs["gone"] = "Dr. Wilhelmina Brandt"
        del file.attrs["gone"]
        file.create_group("obj").attrs["user_name"] = "Wilhelmina Brandt"
        del file["obj"]
        file.attrs["both"] = np.array([(1, b"wbrandt@klinik.example")], dtype=[("a", "i4"), ("m", "S30")])
    if userblock:
        with path.open("r+b") as raw:
            raw.write(b"written by wbrandt@klinik.example")
    return path


def _tables(file: h5py.File) -> None:
    text = h5py.string_dtype()
    file["general/subject/subject_id"] = "MRN 4471920"
    file["general/subject/date_of_birth"] = "1961-04-03"
    file["general/experimenter"] = np.array(["Agnieszka Wójcik", "山田花子"], dtype=text)
    rows = [("n", "i4"), ("email", "S40")]
    file.create_dataset("plain", data=np.array([(1, MAIL.encode()), (2, b"x")], dtype=rows))
    packed = np.array([(1, MAIL.encode()), (2, b"x")] * 50, dtype=rows)
    file.create_dataset("packed", data=packed, chunks=(20,), compression="gzip")
    names = np.array([b"Patient Okonkwo", b"control"] * 15, dtype="S20")
    file.create_dataset("shuffled", data=names, chunks=(10,), compression="gzip", shuffle=True)
    mails = np.array([MAIL, "b"] * 15, dtype=object)
    file.create_dataset("pointers", data=mails, dtype=text, chunks=(10,), compression="gzip")


def cleaned(source: Path, folder: Path) -> Cleaned:
    found = examine.file(source, source.name).findings
    return clean.clean(source, folder / source.name, [f for f in found if PUBLIC.wants(f)], PUBLIC)


@pytest.mark.parametrize(("libver", "userblock"), LAYOUTS)
def test_all_places_are_found(libver: str, userblock: int, tmp_path: Path) -> None:
    path = make(tmp_path / "a.h5", libver, userblock)
    found = examine.file(path, "a.h5")
    evidence = " | ".join(f.evidence or "" for f in found.findings)
    missing = [w for w in GONE if w not in evidence and w != "brandt"]
    assert not [w for w in missing if w != "Brandt" or libver == "earliest"]
    assert ("wbrandt@" in evidence) or userblock == 0


@pytest.mark.parametrize(("libver", "userblock"), LAYOUTS)
def test_nothing_is_left_and_the_library_reads_the_rest(libver: str, userblock: int, tmp_path: Path) -> None:
    source = make(tmp_path / "a.h5", libver, userblock)
    result = cleaned(source, tmp_path / "out")
    assert result.path is not None, (result.problems, result.left)
    raw = result.path.read_bytes()
    assert not [w for w in GONE if w.encode() in raw or w.encode("utf-16-le") in raw]
    with h5py.File(result.path) as new, h5py.File(source) as old:
        assert np.array_equal(new["px"][()], old["px"][()])
        assert dict(new["DataSetInfo/Image"].attrs)["key29"] == 29
        assert new["packed"]["n"].tolist() == old["packed"]["n"].tolist()
        assert new["shuffled"][1] == b"control"
        assert new["pointers"][1] == b"b"
        assert new["plain"][1]["email"] == b"x"
        renamed = [n for n in new if n.startswith("removed-")]
        assert len(renamed) == 1
        assert new[renamed[0]]["d"][()].tolist() == [0, 1, 2, 3, 4]


def test_paths_inside_the_file_are_no_paths_of_a_computer(tmp_path: Path) -> None:
    path = tmp_path / "velox.emd"
    with h5py.File(path, "w") as file:
        file["Data/Image/abc/Data"] = np.zeros((4, 4))
        file["Presentation"] = '{"dataPath": "/Data/Image/abc", "saved": "/home/mkowalski/x.emd"}'
    assert [f.evidence for f in examine.file(path, "v.emd").findings] == ["/home/mkowalski/x.emd"]


def test_columns_of_bytes_are_read_as_the_json_that_they_are(tmp_path: Path) -> None:
    """As Velox stores what it knows of each frame."""
    source = tmp_path / "velox.emd"
    text = b'{"Core": {"UserId": "mkowalski7"}, "Optics": {"Defocus": "-1.5"}}'
    with h5py.File(source, "w") as file:
        columns = np.zeros((2000, 3), dtype="u1")
        columns[: len(text)] = np.frombuffer(text, "u1")[:, None]
        file.create_dataset("Data/Image/a/Metadata", data=columns, chunks=(2000, 1))
    result = cleaned(source, tmp_path / "out")
    assert result.path
    with h5py.File(result.path) as file:
        told = bytes(file["Data/Image/a/Metadata"][:, 2]).rstrip(b"\0")
    assert b"mkowalski" not in result.path.read_bytes()
    assert b'"Defocus": "-1.5"' in told


def test_links_to_other_files_are_told_and_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["here"] = h5py.ExternalLink("C:\\Users\\mkowalski\\other.h5", "/x")
    assert "mkowalski" in str([f.evidence for f in examine.file(path, "a.h5").findings])


def test_filters_that_are_not_known_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("names", data=np.array([b"x"] * 9, dtype="S9"), chunks=(3,), compression="lzf")
    assert "privacy.not-checked.inner" in {n.why.id for n in examine.file(path, "a.h5").not_checked}


@pytest.mark.parametrize("name", ["heap_that_lies.emd", "heap_that_loops.emd"])
def test_heaps_that_lie_end(name: str) -> None:
    path = Path(__file__).parents[1] / "data" / "scan" / "damaged" / name
    assert examine.file(path, name).not_checked


def test_sums_are_those_of_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["note"] = "x" * 40
    raw = path.read_bytes()
    at = raw.index(b"OHDR")
    with path.open("r+b") as opened:
        length = 6 + 16 * bool(raw[at + 5] & 0x20) + 4 * bool(raw[at + 5] & 0x10)
        width = 1 << (raw[at + 5] & 3)
        size = length + width + int.from_bytes(raw[at + length : at + length + width], "little")
        block = hdf5_sums.Block(at, size, size)
        assert block.is_true(opened)
        opened.seek(at + size - 1)
        opened.write(b"\1" if raw[at + size - 1] != 1 else b"\2")
        assert not block.is_true(opened)
        block.mend(opened)
        assert block.is_true(opened)


def test_chunks_are_packed_into_their_own_room() -> None:
    filters = hdf5_chunks.Filters(((2, 4), (1, 6)))
    content = struct.pack("<50I", *range(50)) + b"abc"
    packed = filters.packed(content, 0, 400)
    assert len(packed) == 400
    assert filters.unpacked(packed, 0) == content
    with pytest.raises(ValueError, match="fit"):
        filters.packed(np.random.default_rng(1).bytes(400), 0, 300)
    assert hdf5_chunks.Filters(((2, 4),)).unpacked(content, 1) == content  # the filter was left out
