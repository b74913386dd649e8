"""The second look goes its own way: what a remedy missed is found in raw bytes, packed parts and decoded values."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding
from depositor.draft.problem import Stopped
from depositor.patched import PatchedFile
from depositor.privacy import examine, judge, remedies, second_look
from depositor.privacy.clean import can_patch, clean, patch
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import PUBLIC

MICRO = Path(__file__).parents[1] / "data" / "privacy" / "microscopy"
NAME = "Wojciechowska"
NUMBER = "HX-7730214"


def found(kind: Kind, evidence: str, location: str = "somewhere") -> Finding:
    return judge.finding_of("test", f"privacy:test:a:{location}:{kind}", kind, "a", location, evidence, ("remove",))


FINDINGS = (found(Kind.PATIENT_NAME, f"{NAME}^Halina"), found(Kind.PATIENT_NUMBER, NUMBER))


def left(raw: bytes, findings: tuple[Finding, ...] = FINDINGS) -> set[str]:
    return {f.evidence or "" for f in second_look.left_in(lambda: io.BytesIO(raw), findings)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_raw_bytes_in_every_encoding(encoding: str) -> None:
    assert left(b"\x00\xff\x81" * 50 + f"id {NUMBER} ".encode(encoding) + b"\0\x01") == {NUMBER}


@pytest.mark.parametrize(
    ("name", "encoding"), [("山田太郎右衛門", "shift_jis"), ("欧阳修远大王", "gb18030"), ("Žofíe Dvořáková", "utf-8")]
)
def test_names_in_other_scripts(name: str, encoding: str) -> None:
    finding = found(Kind.PATIENT_NAME, name)
    assert left(b"\0\xfe\x01" * 9 + name.encode(encoding) + b"\0\x02", (finding,)) == {name}


def test_a_value_across_two_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "WINDOW", 64)
    assert left(b"\0" * 60 + NUMBER.encode() + b"\0" * 100) == {NUMBER}


def test_a_family_name_alone_in_a_text() -> None:
    assert left(f"seen by dr {NAME.lower()} today".encode()) == {f"{NAME}^Halina"}


def test_nothing_of_it_is_nothing() -> None:
    assert left(b"a slide of a kidney, stained with May-Gruenwald, 12 slices") == set()


def _png(text: str) -> bytes:
    info, out = PngInfo(), io.BytesIO()
    info.add_text("Comment", text, zip=True)
    Image.new("L", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def _zip(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", text * 20)
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        gzip.compress(f"id {NUMBER}".encode() * 9),
        _png(f"patient {NUMBER} " * 9),
        _zip(f"patient {NUMBER}"),
        b"%PDF-1.4\nstream\n" + zlib.compress(f"({NUMBER}) Tj ".encode() * 9) + b"\nendstream",
        json.dumps({"id": NUMBER.replace("-", "\\u002d")}).replace("\\\\", "\\").encode(),
        f"<a id='{NUMBER.replace('-', '&#45;')}'/>".encode(),
    ],
    ids=["gzip", "png", "zip", "pdf", "json", "xml"],
)
def test_packed_and_escaped_parts(raw: bytes) -> None:
    assert NUMBER.encode() not in raw
    assert left(raw) == {NUMBER}


def test_values_that_another_library_decodes(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_group("Image").attrs["Operator"] = np.array([bytes([c]) for c in NAME.encode()], dtype="S1")
    assert left(path.read_bytes()) == {f"{NAME}^Halina"}


def test_base64_is_not_claimed_to_be_read() -> None:
    """A limit, written down: a value that only stands in base64 is found by the checks that know such places."""
    assert left(base64.b64encode(f"x {NUMBER}".encode())) == set()


def test_what_stays_on_purpose_is_no_defect() -> None:
    raw = f"operator {NAME}".encode()
    assert not second_look.left_in(lambda: io.BytesIO(raw), FINDINGS, on_purpose=(f"Dr. {NAME}",))


def test_a_stop_is_heard() -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Stopped):
        second_look.left_in(lambda: io.BytesIO(b"x" * 100), FINDINGS, cancel=cancel)


# --- in a cleaning ---------------------------------------------------------------------------------------------------


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    path = tmp_path / "kidney.tif"
    tifffile.imwrite(
        path, np.arange(4096, dtype="u2").reshape(64, 64), extratags=[(315, 2, 0, f"Dr. Halina {NAME}", False)]
    )
    return path


def test_a_remedy_that_did_nothing_is_found_out(slide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle:
        def mend(self, *_: object) -> tuple[str, ...]:
            return ("tiff:0:Artist",)

    monkeypatch.setattr(remedies, "remedy_for", lambda _check: Idle())
    findings = examine.file(slide, slide.name).findings
    result = clean(slide, tmp_path / "out" / slide.name, findings, PUBLIC)
    assert result.path is None
    assert result.left
    assert [p.code for p in result.problems] == ["privacy.clean.left"]
    assert not list((tmp_path / "out").iterdir())


def test_a_recipe_is_what_a_copy_would_be(tmp_path: Path) -> None:
    slide = MICRO / "tilt.mrc"
    before = hashlib.sha256(slide.read_bytes()).hexdigest()
    findings = [f for f in examine.file(slide, slide.name).findings if PUBLIC.wants(f)]
    assert findings
    assert can_patch(slide, findings)
    copy = clean(slide, tmp_path / "copy.mrc", findings, PUBLIC)
    made = patch(slide, tmp_path / "recipe", findings, PUBLIC)
    assert copy.path is not None
    assert made is not None
    assert made.path is not None
    assert made.removed == copy.removed
    with PatchedFile.from_recipe(made.path) as file:
        assert file.read() == copy.path.read_bytes()
    assert made.path.stat().st_size < slide.stat().st_size + 8192
    assert hashlib.sha256(slide.read_bytes()).hexdigest() == before


def test_a_recipe_that_still_tells_is_not_written(slide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle:
        def mend(self, *_: object) -> tuple[str, ...]:
            return ()

        def mend_file(self, _file: BinaryIO, *_: object) -> tuple[str, ...]:
            return ()

    monkeypatch.setattr(remedies, "remedy_for", lambda _check: Idle())
    findings = examine.file(slide, slide.name).findings
    made = patch(slide, tmp_path / "recipe", findings, PUBLIC)
    assert made is not None
    assert made.path is None
    assert made.left
    assert not (tmp_path / "recipe").exists()


def test_what_other_files_taught_does_not_narrow_what_goes(tmp_path: Path) -> None:
    """The family name is known from elsewhere; here it stands in a whole name, which goes as a whole."""
    source = MICRO / "tilt.mrc"
    findings = [f for f in examine.file(source, source.name).findings if PUBLIC.wants(f)]
    result = clean(source, tmp_path / "copy.mrc", findings, PUBLIC, examine.learnt(tuple(findings)))
    assert result.path is not None
    assert b"Thijs" not in result.path.read_bytes()


def test_a_given_name_left_alone_is_found() -> None:
    assert left(b"\0\x01 Halina on WS-7 \0") == {f"{NAME}^Halina"}
    assert left(b"\0\x01 Halinator on WS-7 \0") == set()
