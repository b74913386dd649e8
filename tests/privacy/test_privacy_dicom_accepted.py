"""Cleaned DICOM files as other programs take them: a validator, a reader, and a server that stores and gives back.

The programs come from Debian (dicom3tools, dcmtk, orthanc). With ``DEPOSITOR_DICOM_SETS`` set to folders (parted as
in PATH) all DICOM files below them are cleaned and looked at as well.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_samples import scan, write
from pydicom.data import get_testdata_file

from depositor.draft.problem import DepositError
from depositor.draft.region import Region
from depositor.privacy.examine import check_for
from depositor.privacy.known import Known
from depositor.privacy.policy import PUBLIC, Option
from depositor.privacy.remedies.dicom import DicomRemedy

POLICY = dataclasses.replace(
    PUBLIC,
    options=frozenset({Option.MODIFIED_DATES, Option.CLEAN_DESCRIPTORS, Option.CLEAN_STRUCTURED, Option.SAFE_PRIVATE}),
)
BASIC = dataclasses.replace(PUBLIC, options=frozenset())
NAMES = [
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "rtplan.dcm",
    "rtstruct.dcm",
    "rtdose_1frame.dcm",
    "test-SR.dcm",
    "waveform_ecg.dcm",
    "examples_ybr_color.dcm",
    "examples_overlay.dcm",
    "liver_1frame.dcm",
    "image_dfl.dcm",
    "no_meta.dcm",
    "SC_rgb_jpeg_dcmd.dcm",
    "JPEG2000.dcm",
]
DATA = Path(__file__).parents[1] / "data" / "privacy" / "dicom"
PLANTED = sorted(DATA.glob("*.dcm"))
_READ_FURTHER = ("Error - PixelData has incorrect value length", "Error - Referenced SOP Instance is not listed")
_ORTHANC = shutil.which("Orthanc") or ("/usr/sbin/Orthanc" if Path("/usr/sbin/Orthanc").exists() else None)

needs_validator = pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not here")
needs_dcmdump = pytest.mark.skipif(shutil.which("dcmdump") is None, reason="dcmdump (dcmtk) is not here")


def errors(path: Path) -> collections.Counter[str]:
    """The error lines of the validator, without the values that they quote."""
    run = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, errors="replace", check=False)
    lines = (line for line in (run.stderr + run.stdout).splitlines() if line.startswith("Error"))
    return collections.Counter(re.sub(r"= <[^>]*>|\[\d+\] = <.*|[\d.]{5,}|UID \d+$|length = \d+", "", x) for x in lines)


def cleaned(source: Path, folder: Path, basic: bool = False) -> Path:
    path = folder / f"{'basic' if basic else 'open'}-{source.name}"
    path.write_bytes(source.read_bytes())
    DicomRemedy().mend(path, source.name, lambda _f: True, Known(), BASIC if basic else POLICY)
    return path


def sources() -> list[Path]:
    found = (get_testdata_file(name) for name in NAMES)
    return [Path(str(f)) for f in found if f is not None] + PLANTED


@needs_validator
@pytest.mark.parametrize("source", sources(), ids=lambda p: p.stem)
def test_the_validator_finds_no_more_than_before(source: Path, tmp_path: Path) -> None:
    before = errors(source)
    assert not errors(cleaned(source, tmp_path)) - before
    assert not errors(cleaned(source, tmp_path, basic=True)) - before


@needs_validator
def test_painted_files_are_as_valid_as_they_were(tmp_path: Path) -> None:
    for name in ("MR_small_RLE.dcm", "examples_ybr_color.dcm", "JPEG2000.dcm", "CT_small.dcm"):
        path = tmp_path / name
        path.write_bytes(Path(str(get_testdata_file(name))).read_bytes())
        before = errors(path)
        DicomRemedy().blank(path, name, (Region("pixels", 2, 2, 9, 9),), looked=True)
        assert not errors(path) - before, name


@needs_dcmdump
def test_another_reader_reads_all_of_them(tmp_path: Path) -> None:
    for source in sources():
        path = cleaned(source, tmp_path)
        run = subprocess.run(["dcmdump", "-q", str(path)], capture_output=True, check=False)
        assert run.returncode == 0, (source.name, run.stderr)


# --- a server ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Orthanc of our own, with an empty store."""
    if _ORTHANC is None:
        pytest.skip("Orthanc is not here")
    folder = tmp_path_factory.mktemp("orthanc")
    port = _free_port()
    settings = {
        "Name": "Depositor test",
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "Plugins": [],
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "OverwriteInstances": True,
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), "utf-8")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([_ORTHANC, str(folder / "orthanc.json")], stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/system", server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.skip("Orthanc does not start here: " + log.read_text("utf-8", "replace")[-300:])
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail("Orthanc did not answer within 30 s")


def _sent(orthanc: str, path: Path) -> tuple[dict[str, str], bytes]:
    """What the server says of a stored file, and the file as it gives it back."""
    request = urllib.request.Request(f"{orthanc}/instances", path.read_bytes(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        told: dict[str, str] = json.load(answer)
    with urllib.request.urlopen(f"{orthanc}/instances/{told['ID']}/file", timeout=20) as answer:
        return told, answer.read()


def test_a_server_stores_the_copies_and_gives_them_back(orthanc: str, tmp_path: Path) -> None:
    for source in sources():
        if not pydicom.dcmread(source, force=True).get("SOPClassUID"):
            continue
        path = cleaned(source, tmp_path)
        told, back = _sent(orthanc, path)
        assert told["Status"] in ("Success", "AlreadyStored"), source.name
        assert back == path.read_bytes()


def test_a_server_finds_one_patient_and_one_study(orthanc: str, tmp_path: Path) -> None:
    parents = set()
    for number in (1, 2, 3):
        path = write(scan(number), tmp_path / f"{number}.dcm")
        DicomRemedy().mend(path, path.name, lambda _f: True, Known(), POLICY)
        told, _back = _sent(orthanc, path)
        parents.add((told["ParentPatient"], told["ParentStudy"], told["ParentSeries"]))
    assert len(parents) == 1


def _renders(orthanc: str, path: Path) -> bool:
    told, _back = _sent(orthanc, path)
    try:
        with urllib.request.urlopen(f"{orthanc}/instances/{told['ID']}/preview", timeout=20) as answer:
            return bool(answer.read(8) == b"\x89PNG\r\n\x1a\n")
    except urllib.error.HTTPError:
        return False  # a way of packing that this server does not know


def test_a_server_renders_what_was_painted(orthanc: str, tmp_path: Path) -> None:
    rendered = 0
    for name in ("MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_dcmtk.dcm"):
        path = tmp_path / name
        path.write_bytes(Path(str(get_testdata_file(name))).read_bytes())
        before = _renders(orthanc, path)
        DicomRemedy().mend(path, name, lambda _f: True, Known(), POLICY)
        DicomRemedy().blank(path, name, (Region("pixels", 2, 2, 20, 20),))
        assert _renders(orthanc, path) == before, name
        rendered += before
    assert rendered > 1


# --- whole folders, where they are named ------------------------------------------------------------------------------


def _named() -> list[Path]:
    folders = [Path(f) for f in os.environ.get("DEPOSITOR_DICOM_SETS", "").split(os.pathsep) if f]
    files = (p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file() and p.stat().st_size < 64 << 20)
    return [p for p in files if check_for(p, p.open("rb").read(4096)).id == "dicom"]


@needs_validator
@pytest.mark.skipif(not os.environ.get("DEPOSITOR_DICOM_SETS"), reason="no folders are named")
@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_whole_folders(tmp_path: Path) -> None:
    worse: dict[str, list[str]] = {}
    refused: collections.Counter[str] = collections.Counter()
    files = _named()
    for source in files:
        try:
            path = cleaned(source, tmp_path)
        except DepositError as error:
            refused[error.problem.code] += 1
            continue
        if new := errors(path) - errors(source):
            worse[source.name] = sorted(new)
        old, copy = (pydicom.dcmread(p, force=True) for p in (source, path))
        if "PixelData" in old:
            length = len(old.PixelData)
            assert np.array_equal(np.frombuffer(old.PixelData, "u1"), np.frombuffer(copy.PixelData[:length], "u1"))
        path.unlink()
    worse = {name: e for name, e in worse.items() if "truncated" not in name}
    print(len(files), "files", dict(refused))
    # what was cut off, and what the validator could not read before, it reads further now
    assert not {n: e for n, e in worse.items() if not all(line.startswith(_READ_FURTHER) for line in e)}
