"""Languages: catalogues, plural forms, and numbers as people write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from depositor import resources
from depositor.draft.message import msg, msgn
from depositor.session import language
from depositor.session.language import HABITS, Language, available, pick
from depositor.session.pseudo import pseudo


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """German and Arabic in two domains, compiled as the build does it."""
    monkeypatch.setattr(resources, "locale_folder", lambda: tmp_path)
    app = Catalog(locale="de")
    app.add("Next", "Weiter")
    app.add("Open {name}", "{name} öffnen")
    app.add("Open", "offen", context="state")
    app.add(("{n} file", "{n} files"), ("{n} Datei", "{n} Dateien"), context="files")
    licences = Catalog(locale="de")
    licences.add("Public domain", "Gemeinfrei", context="license.CC0-1.0.name")
    arabic = Catalog(locale="ar")
    forms = ("لا ملفات", "ملف واحد", "ملفان", "{n} ملفات", "{n} ملف", "{n} ملفًا")
    arabic.add(("{n} file", "{n} files"), forms, context="files")
    for lang, domain, catalog in (("de", "app", app), ("de", "licenses", licences), ("ar", "app", arabic)):
        target = tmp_path / lang / "LC_MESSAGES" / f"{domain}.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            write_mo(out, catalog)
    return tmp_path


def test_messages_are_said_by_id_and_from_any_domain(catalogues: Path) -> None:
    german = Language("de")
    assert german.say(msgn("files", "{n} file", "{n} files", 1)) == "1 Datei"
    assert german.say(msgn("files", "{n} file", "{n} files", 1200)) == "1.200 Dateien"
    assert german.say(msg("license.CC0-1.0.name", "Public domain")) == "Gemeinfrei"
    assert german.say(msg("other", "Public domain")) == "Public domain", "the id is part of the key"
    assert Language("de-AT").say(msg("license.CC0-1.0.name", "Public domain")) == "Gemeinfrei"


def test_arabic_has_six_forms_and_runs_from_right_to_left(catalogues: Path) -> None:
    arabic = Language("ar")
    said = [arabic.say(msgn("files", "{n} file", "{n} files", n)) for n in (0, 1, 2, 3, 11, 100)]
    assert said == ["لا ملفات", "ملف واحد", "ملفان", "3 ملفات", "11 ملفًا", "100 ملف"]
    assert arabic.direction == "rtl"
    assert Language("de").direction == "ltr"


def test_values_of_messages_are_written_as_people_do() -> None:
    said = msg(
        "x", "{day} {big} {year} {share} {name}", day="2027-01-31", big=1234567, year=2026, share=1.5, name="a.b"
    )
    assert Language("de").say(said) == "31.01.2027 1.234.567 2026 1,5 a.b"
    assert said.english() == "2027-01-31 1234567 2026 1.5 a.b", "what programs read stays neutral"


def test_texts_of_a_face(catalogues: Path) -> None:
    language.use("de")
    try:
        assert language.tr("Next") == "Weiter"
        assert language.tr("Open {name}", name="x{y}") == "x{y} öffnen"
        assert language.tr("Open", context="state") == "offen"
        assert language.tr("Not translated {x}") == "Not translated {x}"
        assert language.trn("{n} thing", "{n} things", 12345) == "12.345 things"
    finally:
        language.use("en")


def test_a_damaged_catalogue_gives_english(catalogues: Path) -> None:
    (catalogues / "de" / "LC_MESSAGES" / "app.mo").write_bytes(b"\xde\x12\x04\x95\x00")
    assert Language("de").text("Next") == "Next"


def test_english_needs_no_catalogue() -> None:
    assert Language("en").say(msgn("files", "{n} file", "{n} files", 2)) == "2 files"
    assert Language("kl").say(msg("x", "Hello {name}", name="you")) == "Hello you"


def test_pseudo_text_is_longer_and_keeps_places_markup_and_keys() -> None:
    text = "&Send <b>{n}</b> files to {archive} &amp; wait"
    found = pseudo(text)
    assert found.startswith("[!! &")
    assert found.endswith("!!]")
    assert len(found) >= len(text) * 1.4
    for kept in ("{n}", "{archive}", "<b>", "</b>", "&amp;"):
        assert kept in found
    assert not re.search(r"[aeiou]", re.sub(r"\{.*?\}|<.*?>|&amp;", "", found))
    assert "%(value)r" in pseudo("%(value)r is none of %(choices)s")
    assert Language("xx").say(msgn("f", "{n} file", "{n} files", 2)).startswith("[!! 2 ")
    mirrored = Language("xx-rtl")
    assert mirrored.direction == "rtl"
    assert "\u202e" in mirrored.say(msg("x", "Hello {name}", name="you"))
    assert "you" in mirrored.say(msg("x", "Hello {name}", name="you"))


@pytest.mark.parametrize(
    ("setting", "environ", "system", "code"),
    [
        ("system", {}, None, "en"),
        ("system", {"LANG": "de_DE.UTF-8"}, None, "de"),
        ("system", {"LANGUAGE": "de:en", "LANG": "ar_EG"}, None, "de"),
        ("system", {"LANG": "C"}, None, "en"),
        ("system", {"LANG": "fr_FR"}, None, "en"),
        ("system", {"LANG": "de_DE"}, "ar-EG", "ar"),
        ("ar", {"LANG": "de_DE"}, None, "ar"),
        ("de", {"DEPOSITOR_LANG": "xx"}, None, "xx"),
        ("de", {"DEPOSITOR_LANG": "xx-rtl"}, None, "xx-rtl"),
        ("de", {"DEPOSITOR_LANG": "zz"}, None, "en"),
    ],
)
def test_which_language(catalogues: Path, setting: str, environ: dict[str, str], system: str | None, code: str) -> None:
    assert pick(setting, environ, system) == code


def test_languages_name_themselves(catalogues: Path) -> None:
    assert dict(available()) == {"en": "English", "ar": "العربية", "de": "Deutsch"}
    assert "xx-rtl" in dict(available(with_pseudo=True))


def test_numbers_sizes_and_times_for_people() -> None:
    english, german, french = Language("en"), Language("de"), Language("fr")
    assert english.number(1234567.891, 1) == "1,234,567.9"
    assert german.number(1234567.891, 1) == "1.234.567,9"
    assert french.number(1234567) == "1\u202f234\u202f567"
    assert [english.size(n) for n in (0, 1, 999, 1000, 245e9, 1.5e12)] == [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.0\u00a0kB",
        "245.0\u00a0GB",
        "1.5\u00a0TB",
    ]
    assert english.size(999_960) == "1.0\u00a0MB", "never 1,000.0 kB"
    assert german.size(1.5e9) == "1,5\u00a0GB"
    assert english.speed(2e6) == "2.0\u00a0MB/s"
    assert english.date("2027-01-31") == "31 Jan 2027"
    assert german.date("2027-01-31") == "31.01.2027"
    assert german.date("soon") == "soon"
    assert german.moment("soon") == "soon"
    assert german.moment("2027-01-31T12:00:00Z").count(":") == 1
    spans = (0, 1, 59.2, 61, 3599, 7200, 86400 * 3)
    assert [english.duration(s) for s in spans] == [
        "0 seconds",
        "1 second",
        "1 minute",
        "2 minutes",
        "about 1 hour",
        "about 2 hours",
        "about 3 days",
    ]
    assert english.percent(0.9999) == "99%"
    assert english.percent(1.0) == "100%"


def test_every_language_of_the_table_can_write() -> None:
    for code in HABITS:
        speaker = Language(code)
        assert speaker.number(1234.5, 1) != ""
        assert "2027" in speaker.date("2027-01-31")
        assert "50" in speaker.percent(0.5)
