"""What headers say of people, serial numbers and places never becomes a fact, and keys never hold values.

Markers of the same length take the place of such texts in every sample, byte by byte, so that all offsets stay. What a
reader hands out as the name or the description of an image is looked at by the checks for personal data.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scan_instruments import samples
from scan_made import DATA, lif, oib

from depositor.scan import headers

MARK = "ZQXMARK"
_PERSONAL = (  # the name of a camera stands in an element "CameraNamePath"
    r"(?!CameraNamePath)(?:\w*(?:User|Operator|Author|Experimenter|Investigator|Serial|Owner|Email|Institut|Patient|Person|Affiliation|"
    r"Hospital|Computer|Host|Barcode|contact|Path|Folder|Directory|FirstName|LastName|Physician)\w*|"
    r"(?:\w*File_?[Nn]ame\w*))"
)
# A key and its value in XML (attribute, element), JSON, and lines of key and value.
_TEXTS = (
    r'[\s:]KEY="([^"<>]{4,200})"',
    r"<(?:\w+:)?KEY(?:\s[^<>]*)?>([^<>]{4,200})</",
    r'"KEY"\s*:\s*"([^"\\]{4,200})"',
    r"(?m)^[ .#\[]*KEY[ \]]*[=:][ \t]*([^\r\n=:\"]{4,100})\r?$",
)
_PERSONAL_ONES = [re.compile(t.replace("KEY", _PERSONAL)) for t in _TEXTS]
_ALL = [re.compile(t.replace("KEY", r"[\w .-]{1,40}")) for t in _TEXTS]
_WIDE = re.compile(rb"(?:[\t\n\r -~]\0){20,}")  # text of two bytes for each letter
_WORDS = re.compile(r"[A-Za-z][A-Za-z ,._-]{4,}")


def _marked(content: bytes, patterns: list[re.Pattern[str]]) -> tuple[bytes, int]:
    """The content with markers in place of the values, and how many; texts of one and of two bytes for each letter."""
    count = 0

    def value(found: re.Match[str]) -> str:
        nonlocal count
        start, end = found.span(1)
        count += 1
        return found[0][: start - found.start()] + _as_long_as(found[1]) + found[0][end - found.start() :]

    def replaced(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(value, text)
        return text

    content = _WIDE.sub(lambda m: replaced(m[0].decode("utf-16-le")).encode("utf-16-le"), content)
    return replaced(content.decode("latin-1")).encode("latin-1"), count


def _as_long_as(value: str) -> str:
    return (MARK + "Q" * len(value))[: len(value)]


def _files() -> Iterator[Path]:
    yield from (p for p in sorted(DATA.rglob("*")) if p.is_file() and "damaged" not in p.parts and p.suffix != ".md")


def _copied(path: Path, folder: Path) -> Path:
    """The file with all that lies beside it."""
    shutil.copytree(path.parent, folder / "copy", dirs_exist_ok=True)
    return folder / "copy" / path.name


def _asked(path: Path) -> Path:
    """What is read: the chunked image that a file is a part of, else the file."""
    found = next((p for p in path.parents if p.suffix in (".zarr", ".n5") or (p / ".zattrs").is_file()), None)
    return found if found is not None else path


def _told(path: Path, *without: str) -> str:
    facts = headers.read(_asked(path), "shown").as_json()
    for image in facts["images"]:
        for name in without:
            image.pop(name, None)
    return json.dumps(facts, ensure_ascii=False)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All samples, and those that tests make."""
    folder = tmp_path_factory.mktemp("made")
    found = list(_files())
    for reader in headers.readers():
        (folder / reader.id).mkdir()
        found += samples(reader.id, folder / reader.id)
    found.append(lif(folder / "a.lif", (DATA / "light/leica/metadata/xzt.xlif").read_text("utf-8").partition("?>")[2]))
    found.append(oib(folder / "a.oib"))
    return found


def test_people_serial_numbers_and_paths_never_become_facts(everything: list[Path], tmp_path: Path) -> None:
    changed, leaks = 0, []
    for number, path in enumerate(everything):
        content, count = _marked(path.read_bytes(), _PERSONAL_ONES)
        if not count:
            continue
        changed += count
        copy = _copied(path, tmp_path / str(number))
        copy.write_bytes(content)
        if "ZQX" in _told(copy, "name", "description"):
            leaks.append((path.name, re.findall(r'"[^"]*": "[^"]*ZQX[^"]*"', _told(copy, "name", "description"))[:3]))
        shutil.rmtree(tmp_path / str(number))
    assert leaks == []
    assert changed > 80  # else nothing was tried


def test_keys_never_hold_values(everything: list[Path], tmp_path: Path) -> None:
    shown, leaks = 0, []
    for number, path in enumerate(everything):
        content, count = _marked_words(path.read_bytes(), _ALL)
        if not count:
            continue
        copy = _copied(path, tmp_path / str(number))
        copy.write_bytes(content)
        facts = headers.read(_asked(copy), "shown").as_json()
        shown += MARK in json.dumps(facts)
        if any("ZQX" in k or "ZQX" in v for i in facts["images"] for k, v in i.get("keys", {}).items()):
            leaks.append(path.name)
        shutil.rmtree(tmp_path / str(number))
    assert leaks == []
    assert shown > 10  # markers do reach the facts where a name is asked for


def _marked_words(content: bytes, patterns: list[re.Pattern[str]]) -> tuple[bytes, int]:
    """As :func:`_marked`, only for values that are words: numbers have to stay numbers."""
    count = 0

    def value(found: re.Match[str]) -> str:
        nonlocal count
        if not _WORDS.fullmatch(found[1]):
            return found[0]
        count += 1
        start, end = found.span(1)
        return found[0][: start - found.start()] + _as_long_as(found[1]) + found[0][end - found.start() :]

    text = content.decode("latin-1")
    for pattern in patterns:
        text = pattern.sub(value, text)
    return text.encode("latin-1"), count


_FREE_TEXT = (
    *("SeriesDescription", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "BodyPartExamined"),
    *("ConvolutionKernel", "ContrastBolusAgent"),
)


@pytest.mark.parametrize("name", ["CT_small.dcm", "sm_image.dcm", "seg_image_ct_binary.dcm"])
def test_dicom_tells_nothing_of_a_person_or_a_place(name: str, tmp_path: Path) -> None:
    import pydicom

    data = pydicom.dcmread(DATA / "dicom" / name)
    changed = _mark_elements(data)
    data.PatientName, data.InstitutionName, data.DeviceSerialNumber = f"{MARK}^A", f"{MARK}B", f"{MARK}C"
    data.OperatorsName, data.StationName, data.PatientComments = f"{MARK}^D", f"{MARK}E", f"{MARK}F"
    data.save_as(tmp_path / name)
    assert changed > 3
    assert MARK not in _told(tmp_path / name, "name", "description")


def _mark_elements(data: Any) -> int:
    changed = 0
    for element in data:
        if element.VR == "SQ":
            changed += sum(_mark_elements(item) for item in element.value)
        elif element.VR in ("PN", "LO", "SH", "ST", "LT", "UT", "UC") and element.keyword not in _FREE_TEXT:
            element.value = f"{MARK}{changed}" if element.VM <= 1 else [MARK] * element.VM
            changed += 1
    return changed


def test_the_tags_of_pictures_tell_of_no_person(tmp_path: Path) -> None:
    import numpy as np
    import tifffile
    from PIL import Image

    tags = [(t, "s", 0, f"{MARK}{t}", True) for t in (269, 285, 315, 316, 33432)]
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), "u1"), extratags=tags, metadata=None)
    exif = Image.Exif()
    exif[315], exif[33432], exif[316] = (f"{MARK}{n}" for n in "abc")
    inner = exif.get_ifd(0x8769)
    inner[0xA430], inner[0xA431], inner[0xA435] = (f"{MARK}{n}" for n in "def")
    for end in ("jpg", "png", "webp"):
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, {"jpg": "JPEG"}.get(end, end.upper()), exif=exif.tobytes())
        (tmp_path / f"a.{end}").write_bytes(out.getvalue())
    for path in sorted(tmp_path.iterdir()):
        assert MARK.encode() in path.read_bytes()
        assert headers.read(path).images
        assert MARK not in _told(path)
