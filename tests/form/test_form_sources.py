"""Files of others: messy tables, file lists, notebooks, crates, ISA-Tab, IDR, OMERO, DataCite; and hostile ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from form_workbooks import COMPLETE, a_draft, a_form, exported, looked, told

from depositor.draft.document import to_document
from depositor.draft.draft import Draft
from depositor.draft.problem import Damaged, DepositError, NeedsUser
from depositor.form.sources import delimited
from depositor.form.sources.markup import plain_text
from depositor.form.sources.registry import source_of, sources
from depositor.form.workbook.changes import Preview, apply
from depositor.form.workbook.numbers import Ambiguous, day, number

LIGHT = a_form("light-microscopy")
EMPTY = Draft(id="new")


def at(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def taken(found: Preview, draft: Draft = EMPTY) -> Draft:
    return apply(LIGHT, draft, found.changes, found.file)


# --- messy workbooks -------------------------------------------------------------------------------------------------


def test_a_messy_sheet_of_a_colleague(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Biosample"
    sheet["A1"] = "Our samples, March"
    rows: list[list[Any]] = [
        [" Short name\u00a0*", "Organism", "Short name", "Description ", "Mood"],
        ["A ", "human", "again", "  first\u00a0 sample ", "good"],
        [],
        ["B", None, None, dt.date(2027, 9, 7), None],
        ["C", "Homo sapiens [NCBITaxon:9606]", None, 12, None],
    ]
    for number_, row in enumerate(rows, 3):
        for column, value in enumerate(row, 1):
            sheet.cell(number_, column).value = value
    sheet.merge_cells("B4:B6")
    book.save(tmp_path / "messy.xlsx")
    found = looked(tmp_path / "messy.xlsx", LIGHT, EMPTY)
    human = [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}]
    assert taken(found).get("biosample") == [
        {"title": "A", "organism": human, "description": "first sample"},
        {"title": "B", "organism": human},
        {"title": "C", "organism": human, "description": "12"},
    ]
    assert [(n.place, n.text) for n in found.not_taken] == [("Biosample!C3", "Short name"), ("Biosample!E3", "Mood")]
    assert [(f.check, f.location) for f in found.findings if f.check != "import.synonym"] == [
        ("import.made-date", "Biosample!D6")
    ]


def test_formulas_are_taken_by_their_last_result_and_never_computed(tmp_path: Path) -> None:
    path = exported(tmp_path, LIGHT, a_draft())
    book = openpyxl.load_workbook(path)
    book["Study"]["C3"] = "=1+1"
    book.save(path)  # without a result, as a program writes it
    found = looked(path, LIGHT, a_draft())
    assert told(found) == []
    assert [(f.check, f.location) for f in found.findings] == [("import.uncomputed", "Study!C3")]
    _replace(path, b"<v></v>", b"<v>7</v>", b"<v />", b"<v>7</v>")
    found = looked(path, LIGHT, a_draft())
    assert told(found) == [("changed", "study.title", COMPLETE["study"]["title"], "7")]


def _replace(path: Path, *pairs: bytes) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = {n: packed.read(n) for n in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            for old, new in zip(pairs[::2], pairs[1::2], strict=True):
                data = data.replace(old, new)
            out.writestr(name, data)


@pytest.mark.parametrize(
    ("text", "unit", "comma", "is_"),
    [("0,108", None, False, 0.108), ("1.234,5", None, False, 1234.5), ("1,234.5", None, False, 1234.5),
     ("1 234", None, False, 1234), ("0.108 µm", "µm", False, 0.108), ("0.108 um", "µm", False, 0.108),
     ("1,234", None, True, 1.234), ("\u22125", None, False, -5), ("1e-3", None, False, 0.001), ("63 ×", "×", False, 63)],  # noqa: E501
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, unit: str | None, comma: bool, is_: float) -> None:
    assert number(text, unit, comma=comma) == is_


@pytest.mark.parametrize("text", ["", "x", "1e999", "--1", "1.2.3", "NaN", "inf", "٣,٤,"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        number(text, None)


def test_what_can_be_read_in_two_ways_is_not_taken() -> None:
    with pytest.raises(Ambiguous):
        number("1,234", None)
    with pytest.raises(Ambiguous):
        day("03/04/2027")
    assert [day(t) for t in ("31/01/2027", "1/31/2027", "31.1.2027", "2027-1-31")] == ["2027-01-31"] * 4
    with pytest.raises(ValueError, match=r".*"):
        day("2027-02-30")


# --- text tables -----------------------------------------------------------------------------------------------------

_TABLE = "Short name;Magnification;Description\nKörper;40;a\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
@pytest.mark.parametrize("sign", ["\t", ";", ",", "|"])
def test_letters_and_separators(encoding: str, named: str, sign: str, tmp_path: Path) -> None:
    text = f"Short name{sign}Description\nKörper{sign}größer\n"
    found = looked(at(tmp_path, "t.csv", text.encode(encoding)), LIGHT, EMPTY)
    assert taken(found).get("biosample") == [{"title": "Körper", "description": "größer"}]
    assert {d.args.get("encoding") for d in found.details} == {named, None}
    assert found.changes[0].place == "2"


def test_decimal_commas_are_seen_in_the_whole_column(tmp_path: Path) -> None:
    text = "Image acquisition;Microscope;Numerical aperture;Time interval (s)\nA;Zeiss;1,4;1,234\nB;Zeiss;0,95;2,5\n"
    found = taken(looked(at(tmp_path, "t.csv", text), LIGHT, EMPTY)).get("light_microscopy")
    assert [(r["numerical_aperture"], r["time_interval"]) for r in found] == [(1.4, 1.234), (0.95, 2.5)]


def test_a_heading_in_another_unit_is_not_taken(tmp_path: Path) -> None:
    text = "Image acquisition,Microscope,Time interval (ms)\nA,Zeiss,500\n"
    found = looked(at(tmp_path, "t.csv", text), LIGHT, EMPTY)
    assert "time_interval" not in taken(found).get("light_microscopy[0]")
    assert [n.text for n in found.not_taken] == ["Time interval (ms)"]


def test_questions_below_each_other(tmp_path: Path) -> None:
    text = "Title\tMitosis in many cells\nKeywords\tmitosis\tcells\nRelease date\t31.01.2027\n"
    new = taken(looked(at(tmp_path, "t.tsv", text), LIGHT, EMPTY))
    assert new.get("study") == {"title": "Mitosis in many cells", "keywords": ["mitosis", "cells"]}
    assert new.release_date == "2027-01-31"


def test_file_lists_of_archives(tmp_path: Path) -> None:
    rows = "Files\tGenotype\tsource_image\nraw/a.tif\twt\t\nraw/b.tif\tko\traw/a.tif\n"
    listed = [{"path": "raw/a.tif", "size": 3, "type": "file", "attributes": [{"name": "Genotype", "value": "wt"}]}]
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows.strip().split("\n"):
        book.active.append(row.split("\t"))
    book.save(tmp_path / "list.xlsx")
    for path in (at(tmp_path, "list.tsv", rows), tmp_path / "list.xlsx"):
        found = looked(path, LIGHT, EMPTY)
        assert {c.path: c.new for c in found.changes} == {
            "Genotype": {"raw/a.tif": "wt", "raw/b.tif": "ko"},
            "source_image": {"raw/b.tif": "raw/a.tif"},
        }
    found = looked(at(tmp_path, "list.json", json.dumps(listed)), LIGHT, EMPTY)
    assert told(found) == [("added", "Genotype", {}, {"raw/a.tif": "wt"})]


# --- archives, notebooks, crates -------------------------------------------------------------------------------------


def test_a_document_gives_its_description_and_not_its_files(tmp_path: Path) -> None:
    given = a_draft(license="CC-BY-4.0", columns=({"name": "Dose", "values": {"a": "1"}},), archive="empiar")
    document = to_document(given) | {"files": [{"path": "raw"}]}
    found = looked(at(tmp_path, "s.depositor.json", json.dumps(document)), LIGHT, EMPTY)
    new = taken(found)
    assert new.metadata == COMPLETE
    assert (new.license, new.archive, new.files) == ("CC-BY-4.0", None, ())
    assert new.columns == ({"name": "Dose", "values": {"a": "1"}},)
    assert [n.text for n in found.not_taken] == ["files"]
    assert looked(tmp_path / "s.depositor.json", LIGHT, new).changes == ()


def test_datacite(tmp_path: Path) -> None:
    creator = {"name": "Carberry, Josiah", "givenName": "Josiah", "familyName": "Carberry", "affiliation": [{"name": "Brown"}],  # noqa: E501
               "nameIdentifiers": [{"nameIdentifier": "https://orcid.org/0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"}]}  # fmt: skip  # noqa: E501
    data = {"data": {"attributes": {"titles": [{"title": "T"}], "creators": [creator], "types": {},
            "descriptions": [{"description": "<p>Long</p>", "descriptionType": "Abstract"}],
            "rightsList": [{"rightsIdentifier": "cc-by-4.0"}], "sizes": ["3 GB"]}}}  # fmt: skip
    found = looked(at(tmp_path, "d.json", json.dumps(data)), LIGHT, EMPTY)
    new = taken(found)
    assert new.get("study.author[0]") == {
        "name": "Josiah Carberry",
        "first_name": "Josiah",
        "last_name": "Carberry",
        "orcid": "0000-0002-1825-0097",
        "affiliation": [{"name": "Brown"}],
    }
    assert (new.title, new.get("study.description"), new.license) == ("T", "Long", "CC-BY-4.0")
    assert [n.text for n in found.not_taken] == ["sizes"]


def _crate(*entities: dict[str, Any], **root: Any) -> str:
    about = {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
             "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}, "sdPublisher": {"@type": "Organization", "name": "eLab"}}  # fmt: skip  # noqa: E501
    graph = [about, {"@id": "./", "@type": "Dataset", **root}, *entities]
    return json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})


def _eln(path: Path, metadata: str, folder: str = "export/") -> Path:
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(f"{folder}ro-crate-metadata.json", metadata)
        out.writestr(f"{folder}data.csv", "a,b")
    return path


def test_a_notebook_asks_for_the_experiment(tmp_path: Path) -> None:
    one = {"@id": "./one/", "@type": "Dataset", "name": "Staining", "text": "<h1>Day 1</h1><p>Fix &amp; stain</p><script>x()</script>",  # noqa: E501
           "author": {"@id": "#p"}, "keywords": "a, b",
           "variableMeasured": [{"@type": "PropertyValue", "name": "Preparation medium", "value": "PBS"}]}  # fmt: skip
    two = {"@id": "./two/", "@type": "Dataset", "name": "Other"}
    person = {"@id": "#p", "@type": "Person", "givenName": "Ada", "familyName": "Example"}
    metadata = _crate(one, two, person, hasPart=[{"@id": "./one/"}, {"@id": "./two/"}])
    path = _eln(tmp_path / "n.eln", metadata)
    asked = looked(path, LIGHT, EMPTY)
    assert (asked.changes, asked.parts) == ((), (("./one/", "Staining"), ("./two/", "Other")))
    found = looked(path, LIGHT, EMPTY, part="./one/")
    new = taken(found)
    assert new.get("specimen") == [{"title": "Staining", "preparation_method": "Day 1\n\nFix & stain"}]
    assert new.get("study.author") == [{"name": "Ada Example", "first_name": "Ada", "last_name": "Example"}]
    assert [n.text for n in found.not_taken] == ["Preparation medium: PBS"]


def test_a_crate_in_a_folder_a_file_and_a_package(tmp_path: Path) -> None:
    metadata = _crate(
        name="T", description="D", keywords=["k"], license={"@id": "https://creativecommons.org/licenses/by/4.0/"}
    )
    folder = tmp_path / "crate"
    folder.mkdir()
    at(folder, "ro-crate-metadata.json", metadata)
    packed = _eln(tmp_path / "c.crate", metadata, "")
    for path in (folder, folder / "ro-crate-metadata.json", packed):
        new = taken(looked(path, LIGHT, EMPTY))
        assert (new.title, new.get("study.description"), new.license) == ("T", "D", "CC-BY-4.0")


def test_isa_tab(tmp_path: Path) -> None:
    text = ("ONTOLOGY SOURCE REFERENCE\nINVESTIGATION\nInvestigation Title\t\"All\"\nSTUDY\nStudy Title\t\"One\"\n"
            "Study Description\t\"Said\"\nStudy Person Last Name\t\"Example\"\t\"Two\"\nStudy Person First Name\t\"Ada\"\t\"B\"\n"  # noqa: E501
            "Study Publication DOI\t\"10.1/x\"\nStudy Factor Name\t\"dose\"\nStudy Assay File Name\t\"a_x.txt\"\n"
            "STUDY\nStudy Title\t\"Second\"\n")  # fmt: skip
    found = looked(at(tmp_path, "i_x.txt", text), LIGHT, EMPTY)
    new = taken(found)
    assert (new.title, new.get("study.description")) == ("One", "Said")
    assert [a["name"] for a in new.get("study.author")] == ["Ada Example", "B Two"]
    assert new.get("study.publication") == [{"doi": "10.1/x"}]
    assert [n.text for n in found.not_taken] == ["Study Factor Name: dose", "Second", "a_x.txt"]
    rows = ("Source Name\tCharacteristics[Organism]\tTerm Source REF\tTerm Accession Number\tCharacteristics[Cell Line]\t"  # noqa: E501
            "Factor Value[dose]\tSample Name\ns1\tHomo sapiens\tNCBITaxon\thttp://x/NCBITaxon_9606\tHeLa\t1\tx1\n"
            "s2\tHomo sapiens\tNCBITaxon\thttp://x/NCBITaxon_9606\tHeLa\t2\tx2\n")  # fmt: skip
    sample = {"title": "HeLa", "organism": [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}],
              "biological_entity": "HeLa", "experimental_variable": ["dose"]}  # fmt: skip
    assert taken(looked(at(tmp_path, "s_x.txt", rows), LIGHT, EMPTY)).get("biosample") == [sample]


def test_tables_of_the_idr(tmp_path: Path) -> None:
    study = ("Comment[IDR Study Accession]\tidr0000\nStudy Title\tDemo\nStudy Description\t# fill in\nStudy Organism\tHomo sapiens\n"  # noqa: E501
             "Study Organism Term Accession\tNCBITaxon_9606\nStudy Person Last Name\tExample\nStudy Person First Name\tAda\n"  # noqa: E501
             "Study Person ORCID\t0000-0002-1825-0097\nStudy License\tCC BY 4.0\nStudy Public Release Date\t2027-01-31\n"  # noqa: E501
             "Experiment Number\t1\nComment[IDR Experiment Name]\tidr0000-x/experimentA\nExperiment Description\tDose series\n"  # noqa: E501
             "Experiment Imaging Method\tconfocal microscopy\nExperiment Size\t5D\n")  # fmt: skip
    found = looked(at(tmp_path, "idr0000-study.txt", study), LIGHT, EMPTY)
    new = taken(found)
    assert (new.title, new.get("study.description"), new.license, new.release_date) == (
        "Demo",
        None,
        "CC-BY-4.0",
        "2027-01-31",
    )
    assert new.get("study.author[0].orcid") == "0000-0002-1825-0097"
    assert new.get("study_component") == [{"name": "experimentA", "description": "Dose series"}]
    assert [n.text for n in found.not_taken] == ["Experiment Size"]
    rows = ("Source Name\tCharacteristics [Organism]\tAssay Name\tExperimental Condition [Dose]\tComment [Gene Symbol]\tImage File\n"  # noqa: E501
            "# hint\t# hint\t#\t#\t#\t#\ns1\tMus musculus\ta\t5 nM\tSEPT7\timg\\a.tif\n")  # fmt: skip
    found = looked(at(tmp_path, "assays.txt", rows), LIGHT, EMPTY)
    assert {c.path: c.new for c in found.changes if c.module == "files"} == {
        "Dose": {"img/a.tif": "5 nM"},
        "Gene Symbol": {"img/a.tif": "SEPT7"},
    }
    assert taken(found).get("biosample[0].organism") == ["Mus musculus"]


def test_pairs_of_omero(tmp_path: Path) -> None:
    rows = "OBJECT_TYPE,OBJECT_ID,OBJECT_NAME,Dose,Growth protocol\nImage,1,a.tif,5,DMEM\nImage,2,b.tif,,DMEM\nDataset,3,d,9,DMEM\n"  # noqa: E501
    found = looked(at(tmp_path, "kv.csv", rows), LIGHT, EMPTY)
    assert found.source == "omero"
    assert {c.path: c.new for c in found.changes if c.module == "files"} == {
        "Dose": {"a.tif": "5"},
        "Growth protocol": {"a.tif": "DMEM", "b.tif": "DMEM"},
    }


def test_antibodies_of_hubmap(tmp_path: Path) -> None:
    rows = "channel_id\thgnc_symbol\tantibody_rrid\tlot_number\tMood\nCy3\tKRT5\tRRID:AB_2336859\t12\tgood\n"
    form = a_form("multiplexed-tissue")
    path = at(tmp_path, "antibodies.tsv", rows)
    one = a_draft({"specimen": [{"title": "Section"}]})
    found = looked(path, form, one)
    (channel,) = apply(form, one, found.changes, "x").get("specimen[0].channels")
    assert (channel["antibody_rrid"], channel["hgnc_symbol"], channel["lot"]) == ("RRID:AB_2336859", "KRT5", "12")
    assert [n.text for n in found.not_taken] == ["Mood"]
    assert [f.check for f in looked(path, form, EMPTY).findings] == ["import.which-parent"]


def test_html_as_words() -> None:
    assert plain_text("a < b") == "a < b"
    assert plain_text("<p>a&nbsp;b</p><ul><li>c</li></ul><style>x</style>") == "a b\n\n- c"


# --- hostile files ---------------------------------------------------------------------------------------------------


def _workbook(folder: Path, **parts: bytes) -> Path:
    path = exported(folder, a_form(), a_draft())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(f"xl/{name}.xml", data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DepositError) as caught:
        looked(path, LIGHT, EMPTY)
    assert caught.value.problem.advice.text
    return caught.value.problem.code


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert refused(_workbook(tmp_path, bomb=b"\0" * (64 << 20))) == "import.too-large"


def test_entities_are_refused(tmp_path: Path) -> None:
    lol = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    assert refused(_workbook(tmp_path, evil=lol)) == "import.entities"
    assert refused(_workbook(tmp_path, evil=lol.decode().encode("utf-16"))) == "import.entities"
    assert refused(_workbook(tmp_path, evil=b"<a>" + b" " * (1 << 19) + b"<!ENTITY x 'y'></a>")) == "import.entities"


def test_a_sheet_that_lies_about_its_size_ends(tmp_path: Path) -> None:
    path = exported(tmp_path, a_form(), a_draft({"biosample": [{"title": "A"}]}))
    _replace(path, b'<row r="4"', b'<row r="900000000"', b'r="B4"', b'r="XFD900000000"')
    assert looked(path, LIGHT, EMPTY).changes == ()


def test_damaged_locked_and_old_files_are_told(tmp_path: Path) -> None:
    whole = exported(tmp_path, a_form(), a_draft()).read_bytes()
    assert refused(at(tmp_path, "half.xlsx", whole[: len(whole) // 2])) == "import.unreadable"
    swapped = bytearray(whole)
    swapped[2000:2600] = bytes(600)
    assert refused(at(tmp_path, "bad.xlsx", bytes(swapped))) == "import.unreadable"
    assert refused(at(tmp_path, "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))) == "import.old-or-locked"
    assert refused(at(tmp_path, "empty.xlsx", b"")) == "import.unknown"
    assert refused(at(tmp_path, "picture.tif", b"II*\x00\x08\x00\x00\x00" + bytes(100))) == "import.unknown"
    assert refused(tmp_path / "gone.xlsx") == "import.not-there"
    assert refused(tmp_path) == "import.unknown"


def test_a_crate_that_leads_out_of_its_folder_is_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "slip.eln", "w") as out:
        out.writestr("../ro-crate-metadata.json", _crate(name="T"))
    assert refused(tmp_path / "slip.eln") == "import.unreadable"
    assert not (tmp_path.parent / "ro-crate-metadata.json").exists()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"depositor": 1, "metadata": ' + "[" * 50_000, '{"@graph": 3, "x": "ro/crate"}',  # noqa: E501
                                     '{"titles": 3, "creators": 4}', '[{"path": 3}]', '{"depositor": 1, "metadata": {"study": 3, "biosample": {"title": 4}}}'])  # fmt: skip  # noqa: E501
def test_json_of_any_shape_is_survived(content: str, tmp_path: Path) -> None:
    path = at(tmp_path, "x.json", content)
    with contextlib.suppress(Damaged, NeedsUser):  # anything else would be a defect
        assert looked(path, LIGHT, EMPTY).file == "x.json"


def test_long_lines_and_many_columns_are_bounded(tmp_path: Path) -> None:
    wide = ",".join(["Short name", "Description", *map(str, range(5000))])
    found = delimited.table(at(tmp_path, "wide.csv", f"{wide}\nA,{'x' * 300_000}\n"))
    assert max(len(r) for r in found.grid.rows) <= delimited.MOST_COLUMNS
    assert max(len(str(c)) for r in found.grid.rows for c in r) <= delimited.LONGEST


def test_each_source_is_known_by_content_not_by_name(tmp_path: Path) -> None:
    path = exported(tmp_path, a_form(), a_draft()).rename(tmp_path / "study.csv")
    found = source_of(path)
    assert found is not None
    assert found.id == "workbook"
    assert len({s.id for s in sources()}) == len(sources())
    for source in sources():
        for head in (b"", b"\xff", b"\x00" * 9, b"PK\x03\x04", b"{", b"[", "ü".encode("utf-16")):
            assert source.claims(at(tmp_path, "x", head or b"x"), head or b"x") in (True, False)
