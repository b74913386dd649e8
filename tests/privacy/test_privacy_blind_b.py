"""Places where a blind set of planted names, and of words that are nobody, was missed or raised a false alarm."""

from __future__ import annotations

import pytest

from depositor.privacy import judge
from depositor.privacy.checks import attributes, grid
from depositor.privacy.checks.grid import Cell
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, known_from
from depositor.privacy.texts import encodings, forms
from depositor.privacy.words import fields, patterns, persons, titles


def _told(text: str, label: str = "") -> list[tuple[Kind, str]]:
    return [(h.kind, text[h.start : h.end]) for h, _taken in judge.judged(Spot("x", label, text), NOTHING_KNOWN)]


def _in_lines(text: str) -> list[str]:
    spots = [Spot(p.location, p.label, p.text) for p in forms.form_of(text)(text)]
    return [f.evidence or "" for f in judge.findings("text", "x.txt", spots)]


def test_a_name_before_the_colon_of_a_sentence_is_seen() -> None:
    assert any("Trevithick" in told for told in _in_lines("Mrs. Trevithick (NHS number: 943 476 5919) came again.\n"))
    assert any("Trevithick" in told for told in _in_lines("Mrs Trevithick phoned: all is well\n"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Befund Gundula Achterberg", "Gundula Achterberg"),
        ("Biopsy Jean Le Floch", "Jean Le Floch"),
        ("taken for Maria Ordóñez Peña today", "Maria Ordóñez Peña"),
        ("Nazario de los Cobos", "Nazario de los Cobos"),
        ("Joost van 't Hoff", "Joost van 't Hoff"),
    ],
)
def test_names_are_taken_whole(text: str, name: str) -> None:
    assert name in [text[h.start : h.end] for h in patterns.hits(text) if h.kind is Kind.PERSON_NAME]


def test_a_maker_behind_a_name_is_no_part_of_it() -> None:
    text = "Operated by Anna Meyer, Becton Dickinson cytometer"
    assert [text[h.start : h.end] for h in patterns.hits(text) if h.kind is Kind.STAFF_NAME] == ["Anna Meyer"]


def test_a_stain_behind_a_name_is_no_part_of_it() -> None:
    text = "Biopsy Anna Meyer Ziehl-Neelsen"
    assert [text[h.start : h.end] for h in patterns.hits(text)] == ["Anna Meyer"]


@pytest.mark.parametrize("thing", ["Swiss Webster", "Ziehl-Neelsen", "Landsberg erecta", "Eli Lilly", "Carl Roth"])
def test_strains_stains_and_makers_are_nobody(thing: str) -> None:
    assert not persons.is_full_name(thing)
    assert [h for h in titles.hits(thing) if h.kind is not Kind.MAYBE_NAME] == []


def test_only_the_number_itself_is_learnt_from_a_sentence() -> None:
    known = known_from([(Kind.NATIONAL_NUMBER, "NHS 943 476 5919; rabbit anti-Iba1 019-19741")])
    assert list(known.hits("NHS 943 476 5919"))
    assert not list(known.hits("rabbit anti-Iba1 019-19741"))


def test_numbers_of_archives_behind_the_end_of_a_sentence_are_no_patients() -> None:
    assert _told("it is no patient. ENSG00000141510 was found") == []
    assert _told("ENSG00000141510", "accession")[0][0] is Kind.PSEUDONYM


@pytest.mark.parametrize(
    ("label", "text"), [("sin", "70710678"), ("ssn", "0.70710678"), ("host", "Rabbit"), ("age", "P90")]
)
def test_measures_and_animals_in_fields_are_nobody(label: str, text: str) -> None:
    assert _told(text, label) == []


@pytest.mark.parametrize(
    ("label", "text", "kind"),
    [
        ("n° dossier", "99183782", Kind.PATIENT_NUMBER),
        ("geb.", "18.11.1995", Kind.BIRTH_DATE),
        ("fiscal_code", "RSSMRA85T10A562S", Kind.NATIONAL_NUMBER),
        ("age", "P95Y", Kind.AGE),
        ("送检医生", "韩雨桐", Kind.STAFF_NAME),
        ("contact person", "Nazario de los Cobos", Kind.STAFF_NAME),
    ],
)
def test_fields_of_other_languages_and_forms(label: str, text: str, kind: Kind) -> None:
    assert (kind, text) in _told(text, label)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Geb.-Dat. 14.02.1955", Kind.BIRTH_DATE, "14.02.1955"),
        ("nata a Reggio Emilia il 17/11/1965", Kind.BIRTH_DATE, "17/11/1965"),
        ("昭和32年4月18日生", Kind.BIRTH_DATE, "昭和32年4月18日"),
        ("個人番号 2312 9736 9964", Kind.NATIONAL_NUMBER, "2312 9736 9964"),
        ("主治医 桐谷先生", Kind.STAFF_NAME, "桐谷"),
        ("login hverbeke from 10.1.2.3", Kind.USER_NAME, "hverbeke"),
        ("session opened for user hverbeke at noon", Kind.USER_NAME, "hverbeke"),
        ("slides cut by Osten Sjogren", Kind.STAFF_NAME, "Osten Sjogren"),
    ],
)
def test_what_sentences_and_logs_tell(text: str, kind: Kind, value: str) -> None:
    assert (kind, value) in [(h.kind, text[h.start : h.end]) for h in patterns.hits(text)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Frau Stöbinger, Mühlgasse 3, wurde für die Färbung befragt: Großhirnrinde, später.", "latin-1"),
        ("患者名：水無月健吾（昭和生）主治医 小笠原先生 電話 個人番号 染色", "shift_jis"),
        ("患者姓名：司马嘉怡，身份证号，联系电话，荧光染色，小鼠大脑", "gb18030"),
    ],
)
def test_short_notes_are_read_as_they_were_written(text: str, encoding: str) -> None:
    assert encodings.encoding_of(text.encode(encoding)) == encoding


def test_a_heading_beside_a_heading_is_no_value() -> None:
    rows = (("File", "Imaged by", "Note"), ("a.tif", "Ana Costa", "fine"))
    sheet = [Cell(r, c, text) for r, row in enumerate(rows, 1) for c, text in enumerate(row, 1)]
    assert grid.names_for(sheet) == ["", "", "", "File", "Imaged by", "Note"]
    form = [Cell(1, 1, "Imaged by"), Cell(1, 2, "Ana Costa"), Cell(2, 1, "Stain"), Cell(2, 2, "DAPI")]
    assert grid.names_for(form)[1] == "Imaged by"


def test_labels_and_values_in_elements_beside_each_other() -> None:
    text = "<Root><Data><Label>User</Label><Value>hverbeke</Value></Data></Root>"
    assert ("User", "hverbeke") in [(p.label, p.text) for p in forms.xml(text)]


def test_a_damaged_list_of_attributes_is_still_read() -> None:
    assert "from=ana.costa@uni.example" in list(attributes.texts(b"bplist00\xff\x00from=ana.costa@uni.example\x01"))


def test_a_field_holds_what_its_value_can_be() -> None:
    assert fields.kind_in_field(None, "national id", "0.5") is None
    assert persons.looks_like_name("Dương Mỹ Linh")


def test_rights_can_be_those_of_a_person_or_of_a_firm() -> None:
    assert _told("(c) 2023 Anna Meyer", "Copyright")[0][0] is Kind.STAFF_NAME
    assert _told("(c) 2023 Carl Zeiss", "Copyright")[0][0] is Kind.INSTITUTION
    assert _told("(c) 2023 Nordtal Imaging GmbH", "Copyright")[0][0] is Kind.INSTITUTION
