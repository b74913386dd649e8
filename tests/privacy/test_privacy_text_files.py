"""Text files of any encoding, form and length: looked at to the end, cleaned, the rest as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from depositor.privacy import examine, judge
from depositor.privacy.checks import texts
from depositor.privacy.clean import clean
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import PUBLIC
from depositor.privacy.texts import encodings, forms, tables

WRITTEN = {
    "utf-8": "Operator: Jörg Brügbrecht\nGröße 3 um\n",
    "utf-8-sig": "Operator: Jörg Brügbrecht\n",
    "utf-16": "Operator: Jörg Brügbrecht\n",
    "utf-16-le": "Operator: Jörg Brügbrecht\n",
    "cp1252": "Operator: Jörg Brügbrecht – “gut”\n",
    "mac_roman": "Operator: Jörg Brügbrecht\n",
    "shift_jis": "患者名:桐谷雅人\n左腎の標本です。顕微鏡で撮影しました\n",
    "gb18030": "患者姓名:欧阳明哲\n左肾的标本,显微镜拍摄\n",
    "euc_kr": "환자명: 남궁민서\n좌측 신장 조직입니다\n",
    "cp1251": "Пациент: Стародубцева Лидия\nлевая почка\n",
}


@pytest.mark.parametrize("encoding", WRITTEN)
def test_any_encoding_is_read_and_written_back(encoding: str, tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes(WRITTEN[encoding].encode(encoding))
    assert texts.read(source.read_bytes())[0].strip("\ufeff") == WRITTEN[encoding]
    found = examine.file(source, "notes.txt").findings
    assert {judge.kind_in_key(f.key) for f in found} <= {Kind.PATIENT_NAME, Kind.STAFF_NAME, Kind.PERSON_NAME}
    assert found
    (tmp_path / "out").mkdir()
    result = clean(source, tmp_path / "out" / "notes.txt", found, PUBLIC)
    assert result.left == ()
    assert result.path is not None
    rest = WRITTEN[encoding].split("\n", 1)[1]
    assert result.path.read_bytes().endswith(
        rest.encode({"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding))
    )


def test_latin_1_stays_where_nothing_tells_another() -> None:
    assert encodings.encoding_of("Größe\n".encode("latin-1")) == "latin-1"
    assert encodings.encoding_of(b"plain") == "utf-8"


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long texts without writing long files: the limits are lower."""
    from depositor.privacy.texts import windows

    whole = windows.pieces
    monkeypatch.setattr(texts, "WHOLE", 2000)
    monkeypatch.setattr(windows, "pieces", lambda file, most: whole(file, most, 4096))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_a_long_table_is_looked_at_to_its_end(encoding: str, tmp_path: Path) -> None:
    rows = "".join(f"a{n}.tif;yes;4\n" for n in range(3000))
    source = tmp_path / "long.csv"
    source.write_bytes(f"image;patient;alter\n{rows}z.tif;Zavalgón;93\n".encode(encoding))
    examined = examine.file(source, "long.csv")
    assert {f.evidence for f in examined.findings} == {"Zavalgón", "93"}
    assert examined.not_checked == ()
    (tmp_path / "out").mkdir()
    result = clean(source, tmp_path / "out" / "long.csv", examined.findings, PUBLIC)
    assert result.left == ()
    assert result.path is not None
    text = result.path.read_bytes().decode(encoding)
    assert text.splitlines()[:-1] == source.read_bytes().decode(encoding).splitlines()[:-1]
    assert "Zavalgón" not in text


def _labels(text: str, form: forms.Form) -> dict[str, str]:
    return {p.text: p.label for p in form(text)}


def test_headings_below_a_preface_and_between_bars() -> None:
    told = _labels("# exported\n\nslide|surname|dob\n1|Hällgren|20/05/1988\n", tables.table)
    assert told["Hällgren"] == "patient surname"
    assert told["20/05/1988"] == "dob"


def test_a_name_means_what_the_field_around_it_means() -> None:
    told = _labels('{"operator": {"name": "A"}, "lens": {"name": "B"}, "patient": {"id": "C"}}', forms.json_text)
    assert (told["A"], told["B"], told["C"]) == ("operator name", "name", "patient id")


def test_columns_that_tell_too_much_together(tmp_path: Path) -> None:
    source = tmp_path / "donors.csv"
    source.write_text("image,age,sex,zip,diagnosis\na.tif,45,f,35037,x\nb.tif,51,m,35039,y\n", "utf-8")
    found = [f for f in examine.file(source, "donors.csv").findings if judge.kind_in_key(f.key) is Kind.COMBINATION]
    assert [f.evidence for f in found] == ["age, sex, zip, diagnosis"]
