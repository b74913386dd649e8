"""Table E.1-1 as data: editions, options, and tables that a person brings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from depositor import resources
from depositor.draft.problem import Damaged
from depositor.privacy.dicom import profile as dicom_profile
from depositor.privacy.policy import Option

PATIENT_NAME = 0x00100010


@pytest.fixture(autouse=True)
def _bundled_again() -> Iterator[None]:
    yield
    dicom_profile.use(None)


@pytest.mark.parametrize(
    ("tag", "options", "wanted"),
    [
        (PATIENT_NAME, [], "Z"),
        (0x00100020, [], "D"),
        (0x00080018, [], "U"),
        (0x00080018, [Option.UIDS], "K"),
        (0x006A0003, [], "U"),  # the table says D; the dummy of a UID is a new UID
        (0x0008103E, [], "X"),
        (0x0008103E, [Option.CLEAN_DESCRIPTORS], "C"),
        (0x00101010, [Option.PATIENT_CHARACTERISTICS], "K"),
        (0x00102110, [Option.PATIENT_CHARACTERISTICS], "C"),
        (0x00100041, [], "X"),  # 2026c
        (0x00102162, [Option.PATIENT_CHARACTERISTICS], "K"),
        (0x00181000, [Option.DEVICE], "K"),
        (0x00080080, [Option.INSTITUTION], "K"),
        (0x00080022, [Option.FULL_DATES], "K"),
        (0x00080022, [Option.MODIFIED_DATES], "C"),
        (0x00080022, [Option.FULL_DATES, Option.MODIFIED_DATES], "K"),
        (0x00181200, [Option.DEVICE, Option.MODIFIED_DATES], "C"),
        (0x0040A730, [Option.CLEAN_STRUCTURED], "C"),
        (0x60023000, [], "X"),
        (0x60023000, [Option.CLEAN_GRAPHICS], "C"),
        (0x60020022, [], "X"),
        (0x50040010, [Option.CLEAN_GRAPHICS], "C"),
        (0x00091002, [], "X"),
        (0x00091002, [Option.SAFE_PRIVATE], "C"),
        (0x60013000, [Option.CLEAN_GRAPHICS], "X"),  # an odd group is private
        (0x00020016, [], "X"),
        (0xFFFCFFFC, [], "X"),
        (0x00080060, [], "K"),
        (0x00189810, [], "K"),
    ],
)
def test_the_profile_with_its_options(tag: int, options: list[Option], wanted: str) -> None:
    assert dicom_profile.action(tag, frozenset(options)) == wanted


@pytest.mark.parametrize(("vr", "wanted"), [("DA", "D"), ("TM", "D"), ("LO", "K")])
def test_dates_outside_the_table_are_dates_all_the_same(vr: str, wanted: str) -> None:
    assert dicom_profile.action(0x00189999, frozenset(), vr) == wanted
    assert dicom_profile.action(0x00189999, frozenset({Option.FULL_DATES}), vr) == "K"


def test_the_bundled_table_tells_its_edition_and_is_whole() -> None:
    rows = resources.json_data(dicom_profile.TABLE)["rows"]
    assert dicom_profile.edition() == "2026c"
    assert len(rows) == 656
    assert dicom_profile.row(PATIENT_NAME) == ("Z", "Patient's Name", {})


def test_a_newer_table_of_a_person_is_used_until_it_is_taken_back(tmp_path: Path) -> None:
    document = json.loads(resources.text(dicom_profile.TABLE))
    document["edition"] = "2027a"
    document["rows"]["00189810"] = ["X", "Something New", {"device": "K"}]
    newer = tmp_path / "dicom-profile.json"
    newer.write_text(json.dumps(document), "utf-8")
    assert dicom_profile.use(newer) == dicom_profile.edition() == "2027a"
    assert dicom_profile.action(0x00189810) == "X"
    assert dicom_profile.action(0x00189810, frozenset({Option.DEVICE})) == "K"
    assert dicom_profile.use(None) == "2026c"
    assert dicom_profile.action(0x00189810) == "K"


_HEADS = {
    "device": "Rtn. Dev. Id. Opt.",
    "uids": "Rtn. UIDs Opt.",
    "full-dates": "Rtn. Long. Full Dates Opt.",
    "descriptors": "Clean Desc. Opt.",
}


def _docbook(rows: dict[str, list[object]]) -> str:
    """The table as the standard's own book has it; only the parts that are read."""

    def cells(kind: str, texts: list[str]) -> str:
        each = (f'<{kind} align="left"><para xml:id="p">{escape(t)}</para></{kind}>' for t in texts)
        return f"<tr>{''.join(each)}</tr>"

    head = ["Attribute Name", "Tag", "Retd. (from PS3.6)", "In Std. Comp. IOD (from PS3.3)", "Basic Prof."]
    lines = [cells("th", [*head, *_HEADS.values()])]
    for key, (basic, name, options) in rows.items():
        tag = "(gggg,eeee) where gggg is odd" if key == "private" else f"({key[:4]},{key[4:]})"
        codes = [options.get(column, "") for column in _HEADS]  # type: ignore[attr-defined]
        lines.append(cells("td", [str(name), tag, "N", "Y", str(basic), *codes]))
    return (
        '<?xml version="1.0" encoding="utf-8"?><book xmlns="http://docbook.org/ns/docbook">'
        "<subtitle>DICOM PS3.15 2027b - Security and System Management Profiles</subtitle>"
        f'<table label="E.1-1"><thead>{lines[0]}</thead><tbody>{"".join(lines[1:])}</tbody></table></book>'
    )


def test_the_standards_own_book_is_a_table(tmp_path: Path) -> None:
    book = tmp_path / "part15.xml"
    book.write_text(_docbook(json.loads(resources.text(dicom_profile.TABLE))["rows"]), "utf-8")
    assert dicom_profile.use(book) == "2027b"
    assert dicom_profile.action(0x00181000, frozenset({Option.DEVICE})) == "K"
    assert dicom_profile.action(0x60003000) == "X"
    assert dicom_profile.action(0x00091002) == "X"


def _half(document: dict[str, object]) -> None:
    document["rows"] = dict(list(document["rows"].items())[:300])  # type: ignore[attr-defined]


def _wrong_code(document: dict[str, object]) -> None:
    document["rows"]["00100010"] = ["Q", "Patient's Name", {}]  # type: ignore[index]


def _wrong_column(document: dict[str, object]) -> None:
    document["rows"]["00100010"] = ["Z", "Patient's Name", {"everything": "K"}]  # type: ignore[index]


def _no_name(document: dict[str, object]) -> None:
    del document["rows"]["00100010"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("spoil", [_half, _wrong_code, _wrong_column, _no_name])
def test_a_spoilt_table_is_refused_and_the_old_one_stays(spoil: object, tmp_path: Path) -> None:
    document = json.loads(resources.text(dicom_profile.TABLE))
    spoil(document)  # type: ignore[operator]
    spoilt = tmp_path / "dicom-profile.json"
    spoilt.write_text(json.dumps(document), "utf-8")
    with pytest.raises(Damaged) as raised:
        dicom_profile.use(spoilt)
    assert raised.value.problem.code == "privacy.profile.damaged"
    assert dicom_profile.edition() == "2026c"


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"[]", b"{}", b"<book/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"])
def test_what_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "part15.xml"
    file.write_bytes(content)
    with pytest.raises(Damaged):
        dicom_profile.use(file)


def test_a_table_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(Damaged) as raised:
        dicom_profile.use(tmp_path / "gone.json")
    assert raised.value.problem.code == "privacy.profile.unreadable"
