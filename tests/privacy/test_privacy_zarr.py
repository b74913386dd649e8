"""Zarr and N5: metadata and all copies of them, folders that tell a name, tables of texts; pixels are told of once."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from depositor.privacy import clean, examine
from depositor.privacy.policy import PUBLIC
from depositor.privacy.texts import zarr_texts

MAIL = "f.alzahrani@klinik.example"
FOLDER = "MRN-4471920"


def write(path: Path, told: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def pixels(folder: Path) -> None:
    """An array of version 2 with two chunks in folders."""
    told = {"zarr_format": 2, "shape": [4, 8], "chunks": [4, 4], "dtype": "|u1", "compressor": None, "filters": None}
    write(folder / ".zarray", {**told, "dimension_separator": "/", "order": "C", "fill_value": 0})
    for number in range(2):
        (folder / "0").mkdir(exist_ok=True)
        (folder / "0" / str(number)).write_bytes(bytes(16))


def texts(folder: Path, dtype: str, chunk: bytes, filters: list[Any] | None = None) -> None:
    told = {"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": dtype, "compressor": {"id": "zlib", "level": 1}}
    write(folder / ".zarray", {**told, "filters": filters, "order": "C", "fill_value": ""})
    (folder / "0").write_bytes(zlib.compress(chunk))


def store(root: Path) -> Path:
    attributes = {
        "multiscales": [{"name": "cells", "datasets": [{"path": f"{FOLDER}/0"}]}],
        "omero": {"name": "scan of Zofia Wiśniewska"},
        "creator": {"mail": "f.alzahrani@klinik.example", "path": "C:\\Users\\falzahrani\\x"},
    }
    write(root / ".zgroup", {"zarr_format": 2})
    write(root / ".zattrs", attributes)
    write(root / FOLDER / ".zgroup", {"zarr_format": 2})
    pixels(root / FOLDER / "0")
    copies = {".zattrs": attributes, f"{FOLDER}/.zgroup": {"zarr_format": 2}}
    write(root / ".zmetadata", {"zarr_consolidated_format": 1, "metadata": copies})
    wide = "PT-0034471".encode("utf-32-le").ljust(80, b"\0") + "control".encode("utf-32-le").ljust(80, b"\0")
    texts(root / "obs" / "patient_id", "<U20", wide)
    notes = [f"seen by {MAIL}".encode("utf-32-le").ljust(160, b"\0"), "control".encode("utf-32-le").ljust(160, b"\0")]
    texts(root / "obs" / "note", "<U40", b"".join(notes))
    mails = [b"f.alzahrani@klinik.example", "μ".encode()]
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<I", len(m)) + m for m in mails)
    texts(root / "obs" / "mail", "|O", packed, [{"id": "vlen-utf8"}])
    return root


def clean_store(root: Path, out: Path) -> Path:
    """All files, under the names that their folders get."""
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        shown = path.relative_to(root.parent).as_posix()
        found = [f for f in examine.file(path, shown).findings if PUBLIC.wants(f)]
        target = out / clean.cleaned_name(shown, PUBLIC)
        result = clean.clean(path, target, found, PUBLIC, shown=shown)
        assert result.path is not None, (shown, result.problems, result.left)
    return out / root.name


def test_values_keys_and_tables_are_found(tmp_path: Path) -> None:
    root = store(tmp_path / "cells.zarr")

    def found(name: str) -> set[str | None]:
        return {f.evidence for f in examine.file(root / name, f"cells.zarr/{name}").findings}

    own = {"Zofia Wiśniewska", "f.alzahrani@klinik.example", "C:\\Users\\falzahrani\\x", f"{FOLDER}/0"}
    assert own <= found(".zattrs")
    assert own | {f"{FOLDER}/.zgroup"} <= found(".zmetadata")
    assert "PT-0034471" in found("obs/patient_id/0")
    assert found("obs/mail/0") == {"f.alzahrani@klinik.example"}


def test_folders_keep_the_names_that_metadata_give_them(tmp_path: Path) -> None:
    """An image whose path and folder were renamed apart cannot be opened."""
    new = clean_store(store(tmp_path / "cells.zarr"), tmp_path / "out")
    attributes = json.loads((new / ".zattrs").read_text("utf-8"))
    path = attributes["multiscales"][0]["datasets"][0]["path"]
    assert (new / path / "0" / "1").read_bytes() == bytes(16)
    copies = json.loads((new / ".zmetadata").read_text("utf-8"))["metadata"]
    assert copies[".zattrs"] == attributes
    assert f"{path.split('/')[0]}/.zgroup" in copies
    assert attributes["multiscales"][0]["name"] == "cells"
    everything = b"".join(p.read_bytes() for p in new.rglob("*") if p.is_file())
    assert not [w for w in ("Wiśniewska", "alzahrani", "4471920") if w.encode() in everything]


def test_tables_are_packed_again_with_their_other_texts(tmp_path: Path) -> None:
    new = clean_store(store(tmp_path / "cells.zarr"), tmp_path / "out")
    fixed = zlib.decompress((new / "obs/note/0").read_bytes())
    assert len(fixed) == 320
    assert fixed.decode("utf-32-le").split("\0")[0] == "seen by removed"
    assert fixed[160:188].decode("utf-32-le") == "control"
    free = zlib.decompress((new / "obs/mail/0").read_bytes())
    assert free == struct.pack("<II", 2, 7) + b"removed" + struct.pack("<I", 2) + "μ".encode()


def test_a_million_chunks_give_one_remark(tmp_path: Path) -> None:
    """Also in a folder that is not called .zarr; the array's metadata say it."""
    pixels(tmp_path / "plain" / "image")
    chunk = tmp_path / "plain" / "image" / "0" / "1"
    assert examine.check_for(chunk, bytes(16)).id == "chunk"
    assert not examine.file(chunk, "plain/image/0/1").not_checked
    told = examine.file(tmp_path / "plain/image/.zarray", "plain/image/.zarray").not_checked
    assert [(n.path, n.why.id) for n in told] == [("plain/image", "privacy.not-checked.chunk")]


def test_consolidated_metadata_of_version_3_are_renamed(tmp_path: Path) -> None:
    inner = {"kind": "inline", "metadata": {FOLDER: {"node_type": "group"}, "0": {"node_type": "array"}}}
    write(tmp_path / "a.zarr" / "zarr.json", {"zarr_format": 3, "node_type": "group", "consolidated_metadata": inner})
    new = clean_store(tmp_path / "a.zarr", tmp_path / "out")
    told = json.loads((new / "zarr.json").read_text("utf-8"))["consolidated_metadata"]["metadata"]
    assert list(told) == [clean.cleaned_name(FOLDER, PUBLIC), "0"]


@pytest.mark.parametrize("codec", ["zlib", "gzip", "bz2", "blosc", "zstd", "lz4", "crc32c"])
def test_codecs_pack_what_they_unpack(codec: str, tmp_path: Path) -> None:
    array = zarr_texts.Array(tmp_path, "vlen", codecs=({"id": codec},))
    content = b"some text " * 50
    assert zarr_texts.unpacked(zarr_texts.packed(content, array), array) == content


def test_the_sum_is_that_of_the_standard(tmp_path: Path) -> None:
    """RFC 3720, appendix B.4: the CRC of "123456789" is E3069283."""
    array = zarr_texts.Array(tmp_path, "vlen", codecs=({"id": "crc32c"},))
    assert zarr_texts.packed(b"123456789", array)[-4:] == struct.pack("<I", 0xE3069283)


@pytest.mark.parametrize("chunk", [b"", b"no zlib", zlib.compress(struct.pack("<I", 1 << 30)), zlib.compress(b"\1")])
def test_damaged_tables_are_told(chunk: bytes, tmp_path: Path) -> None:
    texts(tmp_path / "t.zarr" / "names", "|O", b"", [{"id": "vlen-utf8"}])
    path = tmp_path / "t.zarr" / "names" / "0"
    path.write_bytes(chunk)
    assert [n.why.id for n in examine.file(path, "t.zarr/names/0").not_checked] == ["privacy.not-checked.inner"]
