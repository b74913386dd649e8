"""Licences in plain words, and what to know about the choice."""

from __future__ import annotations

import datetime as dt

import pytest
from form_drafts import archive

from depositor.draft.capabilities import ReleaseRule
from depositor.draft.finding import Level
from depositor.form import licenses

TODAY = dt.date(2026, 11, 21)


def checks(license_id: str | None, release_date: str | None = None) -> dict[str, Level]:
    return {f.check: f.level for f in licenses.advice(license_id, archive(), release_date, TODAY)}


def test_every_licence_is_explained() -> None:
    for one in licenses.all_licenses():
        assert one.may, one.id
        assert one.must, one.id
        assert one.url.startswith("https://creativecommons.org/"), one.id
        assert (one.cost is None) is (one.id in ("CC0-1.0", "CC-BY-4.0")), one.id


def test_the_most_open_licences_come_first() -> None:
    assert [one.id for one in licenses.all_licenses()][:2] == ["CC0-1.0", "CC-BY-4.0"]


def test_texts_are_there_for_translators_and_each_id_has_one_text() -> None:
    found: dict[str, str] = {}
    for message in licenses.texts():
        assert found.setdefault(message.id, message.text) == message.text
    assert {one.summary.id for one in licenses.all_licenses()} <= found.keys()


def test_only_what_the_archive_takes_is_offered() -> None:
    assert [one.id for one in licenses.allowed(archive(licenses=("CC-BY-4.0",)))] == ["CC-BY-4.0"]
    assert len(licenses.allowed(None)) == len(licenses.all_licenses())


@pytest.mark.parametrize(
    ("license_id", "expected"),
    [
        ("CC0-1.0", {"license.credit": Level.INFO}),
        ("CC-BY-4.0", {}),
        (None, {"form.license": Level.BLOCKER}),
        ("CC-BY-NC-4.0", {"form.license": Level.BLOCKER, "license.cost": Level.WARNING}),
        ("CC-BY-ND-4.0", {"form.license": Level.BLOCKER, "license.cost": Level.WARNING}),
        ("WTFPL", {"form.license": Level.BLOCKER, "license.unknown": Level.ADVICE}),
    ],
)
def test_advice_on_a_licence(license_id: str | None, expected: dict[str, Level]) -> None:
    found = checks(license_id, TODAY.isoformat())
    assert found == expected


def test_an_embargo_is_explained_with_its_days() -> None:
    found = licenses.advice("CC0-1.0", archive(), "2026-12-01", TODAY)
    embargo = next(f for f in found if f.check == "license.embargo")
    assert "10 days" in embargo.message.english()
    assert embargo.level is Level.INFO
    assert not any(f.check == "license.embargo" for f in licenses.advice("CC0-1.0", archive(), "2026-11-21", TODAY))


def test_the_release_is_told_in_words() -> None:
    at_once = archive(release=ReleaseRule(embargo=False))
    words = [
        licenses.release_in_words("2027-01-31", archive(), TODAY),
        licenses.release_in_words("2026-11-21", archive(), TODAY),
        licenses.release_in_words(None, archive(), TODAY),
        licenses.release_in_words(None, at_once, TODAY),
        licenses.release_in_words(None, archive(release=ReleaseRule(embargo=True)), TODAY),
    ]
    assert len({w.id for w in words}) == 5
    assert "2027-01-31" in words[0].english()
