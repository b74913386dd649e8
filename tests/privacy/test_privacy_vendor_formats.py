"""Formats of microscope makers: what hides in them is found, and cleaned copies are the same files without it."""

from __future__ import annotations

import hashlib
import io
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
import vendor_samples

from depositor.patched import PatchedFile
from depositor.privacy import clean, examine, remedies
from depositor.privacy.checks import czi as czi_check
from depositor.privacy.checks import places
from depositor.privacy.checks.ports import HEAD
from depositor.privacy.clean import Cleaned, wanted_by
from depositor.privacy.known import NOTHING_KNOWN
from depositor.privacy.policy import PUBLIC
from depositor.privacy.texts.compound import CompoundFile
from depositor.privacy.texts.extents import Extents
from depositor.scan import headers

SCAN = Path(__file__).parents[1] / "data" / "scan"
TEXTS = {"user": "tnakamura3", "name": "Zofia Wiśniewska", "path": "C:\\Users\\tnakamura3\\Desktop\\exp 12\\im.raw"}
GONE = ("nakamura", "Zofia", "Wiśniewska")
IN_PLACE = [check for check in vendor_samples.MAKERS if check != "zarr"]
USERS = {"lif", "lof", "czi", "nd2", "emi", "fcs", "mcd", "obf", "oir", "compound", "zarr"}
NAMES = {"lif", "lof", "czi", "nd2", "gatan", "fcs", "sdt", "obf", "spe", "oir", "compound", "zarr"}


def cleaned(source: Path, folder: Path) -> Cleaned:
    found = examine.file(source, source.name).findings
    return clean.clean(source, folder / source.name, [f for f in found if PUBLIC.wants(f)], PUBLIC)


def texts_in(raw: bytes) -> list[str]:
    """What ``raw`` reads like in the encodings that these formats use, at even and odd places."""
    return [
        raw.decode("utf-8", "replace"),
        raw.decode("latin-1"),
        *(raw[at:].decode(e, "replace") for e in ("utf-16-le", "utf-16-be") for at in (0, 1)),
    ]


@pytest.mark.parametrize("check", vendor_samples.MAKERS)
def test_users_names_and_paths_are_found(check: str, tmp_path: Path) -> None:
    path = vendor_samples.made(check, tmp_path, TEXTS)
    evidence = {f.evidence for f in examine.file(path, path.name).findings}
    assert any(e and "Users\\tnakamura3" in e for e in evidence)
    assert check not in USERS or "tnakamura3" in evidence
    assert check not in NAMES or "Zofia Wiśniewska" in evidence


@pytest.mark.parametrize("check", IN_PLACE)
def test_copies_are_as_long_as_before_and_hold_nothing_that_was_found(check: str, tmp_path: Path) -> None:
    texts = TEXTS if check != "spe" else {**TEXTS, "user": "x"}  # XML of SPE has users that no field tells of
    source = vendor_samples.made(check, tmp_path, texts)
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    result = cleaned(source, tmp_path / "out")
    assert result.path is not None, result.problems
    raw = result.path.read_bytes()
    assert len(raw) == source.stat().st_size
    assert not [w for w in GONE for text in texts_in(raw) if w in text]
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before
    assert not [f for f in examine.file(result.path, "x").findings if PUBLIC.wants(f)]


@pytest.mark.parametrize("check", IN_PLACE)
def test_files_are_mended_under_patches_as_in_copies(check: str, tmp_path: Path) -> None:
    source = vendor_samples.made(check, tmp_path, TEXTS)
    remedy = remedies.in_place_for(examine.check_for(source, source.read_bytes()[:HEAD]))
    assert remedy is not None
    found = [f for f in examine.file(source, source.name).findings if PUBLIC.wants(f)]
    with PatchedFile(source) as patched:
        remedy.mend_file(patched, source.name, wanted_by(found), NOTHING_KNOWN, PUBLIC)  # type: ignore[arg-type]
        patched.seek(0)
        raw = patched.read()
    result = cleaned(source, tmp_path / "out")
    assert result.path
    assert raw == result.path.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "czi/100x100.czi",
        "em/haadf.dm3",
        "small/test-2.dm4",
        "small/cluster_without_pixels.nd2",
        "spectra/tcspc_without_pixels.sdt",
        "em/example_metadata.emd",
        "light/Minimal_IMS_File.ims",
    ],
)
def test_real_files_tell_the_same_facts_after_cleaning(name: str, tmp_path: Path) -> None:
    source = SCAN / name
    result = cleaned(source, tmp_path)
    assert result.path is not None, result.problems
    assert headers.read(result.path).images == headers.read(source).images


def test_names_planted_into_a_real_dm3_go_and_all_tags_stay(tmp_path: Path) -> None:
    """Same length, so that the real tree of tags is kept."""
    old, new = ("Lucida Console".encode("utf-16-le"), "Ewa Nowakowska".encode("utf-16-le"))
    raw = (SCAN / "em" / "haadf.dm3").read_bytes()
    assert raw.count(old) == 1
    font = raw.index(b"\x15\0\nFamilyName")
    source = tmp_path / "planted.dm3"
    source.write_bytes(raw.replace(old, new)[: font + 3] + b"Operator\0\0" + raw.replace(old, new)[font + 13 :])
    assert "Ewa Nowakowska" in {f.evidence for f in examine.file(source, "x.dm3").findings}
    result = cleaned(source, tmp_path / "out")
    assert result.path
    assert new not in result.path.read_bytes()
    assert headers.read(result.path).images == headers.read(source).images


# --- CZI -------------------------------------------------------------------------------------------------------------


def test_czi_deleted_segments_subblocks_and_event_lists_are_read(tmp_path: Path) -> None:
    path = vendor_samples.made("czi", tmp_path, TEXTS)
    places = " ".join(f.location or "" for f in examine.file(path, "a.czi").findings)
    for place in ("czi:deleted:", "czi:subblock:0:", "czi:attachment:EventList:", "czi:attachment:Label"):
        assert place in places


def test_czi_label_is_emptied_and_unlinked_and_the_rest_stays(tmp_path: Path) -> None:
    secret = b"\xff\xd8 ink on a label: Patient Okonkwo \xff\xd9"
    source = tmp_path / "slide.czi"
    source.write_bytes(vendor_samples.czi(TEXTS, secret))
    result = cleaned(source, tmp_path / "out")
    assert result.path
    assert b"ink on a label" not in result.path.read_bytes()
    with result.path.open("rb") as file:
        found = list(czi_check.segments(file))
        directory = next(s for s in found if s.name == "ZISRAWATTDIR")
        file.seek(directory.data)
        assert struct.unpack("<i", file.read(4))[0] == 1
    assert [s.name for s in found].count("DELETED") == 2
    assert bytes(range(256)) in result.path.read_bytes()  # the pixels


def test_czi_whose_chain_is_broken_is_read_where_its_header_leads(tmp_path: Path) -> None:
    raw = bytearray(vendor_samples.czi(TEXTS))
    raw[16:24] = struct.pack("<q", 77)
    path = tmp_path / "broken.czi"
    path.write_bytes(bytes(raw))
    found = examine.file(path, "broken.czi")
    assert "tnakamura3" in {f.evidence for f in found.findings}
    assert "privacy.not-checked.damaged" in {n.why.id for n in found.not_checked}


def test_positions_of_stages_are_no_numbers_of_people(tmp_path: Path) -> None:
    xml = b"<ImageDocument><Tags><StageXPosition>+000000049500.0000</StageXPosition></Tags></ImageDocument>"
    path = tmp_path / "a.czi"
    path.write_bytes(
        vendor_samples.czi_segment(b"ZISRAWFILE", bytes(512))
        + vendor_samples.czi_segment(b"ZISRAWMETADATA", vendor_samples.czi_xml(xml))
    )
    assert not examine.file(path, "a.czi").findings


def test_long_xml_is_cut_behind_elements_and_mended_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PIECE", 10_001)
    filler = "<V a='1'>ordinary words</V>" * 1000
    xml = f"<A><UserName>tnakamura3</UserName>{filler}<UserName>tnakamura3</UserName></A>"
    path = tmp_path / "long.lif"
    path.write_bytes(vendor_samples.leica_block(xml) + b"\x70\0\0\0")
    result = cleaned(path, tmp_path / "out")
    assert result.path
    raw = result.path.read_bytes()
    assert "tnakamura3" not in raw[13:].decode("utf-16-le", "replace")
    root = ET.fromstring(raw[13 : 13 + 2 * len(xml)].decode("utf-16-le"))
    assert len(root) == 1002


# --- others ----------------------------------------------------------------------------------------------------------


def test_nd2_texts_keep_their_length_and_their_zero(tmp_path: Path) -> None:
    source = vendor_samples.made("nd2", tmp_path, TEXTS)
    result = cleaned(source, tmp_path / "out")
    assert result.path
    before, after = source.read_bytes(), result.path.read_bytes()
    changed = [n for n in range(len(before)) if before[n] != after[n]]
    at = before.index("Zofia".encode("utf-16-le"))
    length = 2 * len(TEXTS["name"])
    assert before[at + length : at + length + 2] == after[at + length : at + length + 2] == b"\0\0"
    assert not [n for n in changed if before[n : n + 2] == b"\0\0" and n % 2 == at % 2]


def test_fcs_keeps_delimiters_so_that_every_keyword_is_read(tmp_path: Path) -> None:
    source = vendor_samples.made("fcs", tmp_path, TEXTS)
    result = cleaned(source, tmp_path / "out")
    assert result.path

    def pairs(path: Path) -> dict[str, str]:
        text = path.read_bytes()[256:].split(b"/\x01\0")[0].decode()
        parts = text[1:].replace("//", "\0").split("/")
        return {k: v.replace("\0", "/") for k, v in zip(parts[::2], parts[1::2], strict=False)}

    before, after = pairs(source), pairs(result.path)
    assert before.keys() == after.keys()
    assert {k for k in before if before[k] != after[k]} == {"$OP", "$FIL", "EXPORT USER NAME"}


def test_oib_deleted_streams_are_read_and_wiped(tmp_path: Path) -> None:
    source = vendor_samples.made("compound", tmp_path, TEXTS)
    found = examine.file(source, "a.oib").findings
    assert any((f.location or "").startswith("free") for f in found)
    result = cleaned(source, tmp_path / "out")
    assert result.path
    with result.path.open("rb") as file:
        names = {s.path for s in CompoundFile(file).streams()}
    assert names == {"OibInfo.txt", "Stream00001"}


def test_compound_files_that_lie_end(tmp_path: Path) -> None:
    raw = bytearray(vendor_samples.oib(TEXTS))
    raw[512:516] = struct.pack("<I", 1)  # a chain that leads to itself
    raw[516:520] = struct.pack("<I", 1)
    path = tmp_path / "loop.oib"
    path.write_bytes(bytes(raw))
    assert examine.file(path, "loop.oib").not_checked


def test_extents_read_and_write_across_their_pieces() -> None:
    file = io.BytesIO(b"aaXXbbYYYcc")
    view = Extents(file, [(2, 2), (6, 3)])
    assert view.read() == b"XXYYY"
    view.seek(1)
    assert view.write(b"123456") == 4  # the size stays
    assert file.getvalue() == b"aaX1bb234cc"
    view.seek(-1, 2)
    assert view.read(10) == b"4"


def test_research_facts_are_no_findings(tmp_path: Path) -> None:
    """Stains, antibodies, wells and instruments stand where people stand in other files."""
    texts = {
        "user": "Administrator",
        "name": "Hoechst 33342, anti-Wells IgG",
        "path": "488 nm, May-Grünwald, Hunter lab",
    }
    for check in vendor_samples.MAKERS:
        path = vendor_samples.made(check, tmp_path, texts)
        if check in ("gatan", "fcs", "sdt", "oir", "czi", "nd2"):
            continue  # here the sample puts the text into a field that names a person
        loud = [f for f in examine.file(path, path.name).findings if f.level in ("warning", "blocker")]
        assert not [f for f in loud if f.evidence != "attachment Label"], check
