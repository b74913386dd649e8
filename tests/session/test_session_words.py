"""Filling in, asking again and words for a paper, with a draft that is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from depositor import resources
from depositor.draft.answer import OriginKind
from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.open_draft import OpenDraft
from depositor.session.words import Placeholder, place_of, question_of, words

FORMAT = "image_data[0].format_and_compression"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[OpenDraft]:
    desk = Desk(Home.at(tmp_path / "home").create())
    made = desk.new_draft("bioimage-archive")
    made.add_paths([resources.path("examples/images")])
    made.scan(Cancel())
    made.read_headers(Cancel())
    made.prefill()
    yield made
    made.close()
    desk.close()


def test_a_value_that_was_taken_away_stays_away_until_it_is_asked_for(work: OpenDraft) -> None:
    told = work.draft.get(FORMAT)
    work.edit(FORMAT, None)
    work.prefill()
    assert work.draft.get(FORMAT) is None
    assert work.offers[FORMAT].value == told
    assert work.take_offer(FORMAT)
    assert work.draft.get(FORMAT) == told
    origin = work.draft.origins[FORMAT]
    assert (origin.kind, origin.confirmed) == (OriginKind.HEADER, True)
    work.undo()
    assert work.draft.is_removed(FORMAT)
    assert not work.take_offer("study.title")


def test_a_removal_outlives_the_program(work: OpenDraft, tmp_path: Path) -> None:
    work.edit(FORMAT, None)
    work.save(tmp_path / "x.depositor.json")
    desk = Desk(Home.at(tmp_path / "other").create())
    again = desk.load(tmp_path / "x.depositor.json")
    assert again.draft.is_removed(FORMAT)
    again.close()
    desk.close()


def test_all_of_a_module_is_confirmed_in_one_step(work: OpenDraft) -> None:
    before = work.draft
    work.confirm("image_data", "study_component")
    confirmed = [p for p, o in work.draft.origins.items() if o.confirmed]
    assert {p.split("[")[0] for p in confirmed} == {"image_data", "study_component"}
    work.undo()
    assert work.draft == before


def test_what_is_typed_while_headers_are_gone_through_is_kept(work: OpenDraft, monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts are streamed; in the middle of it a person removes a record: nothing lands in the wrong one."""
    inventory = work.inventory()
    typed: list[bool] = []

    class Slow:
        def facts(self) -> Iterator[object]:
            for one in inventory.facts():
                if not typed:
                    typed.append(True)
                    work.update(msg("t", "t"), lambda d: d.dismiss_record("image_data", 0))
                    work.edit("image_data[0].qc_info", ["Mine"])
                yield one

    monkeypatch.setattr(work, "inventory", Slow)
    kept = work.draft.get("image_data[1].format_and_compression")
    work.prefill()
    assert work.draft.get("image_data[0].qc_info") == ["Mine"]
    assert work.draft.get("image_data[0].format_and_compression") == kept


def test_words_lead_to_the_questions_of_the_form(work: OpenDraft) -> None:
    gaps = {g.path: g for p in words(work).paragraphs for g in p.gaps}
    organism = gaps["biosample[0].organism"]
    assert place_of(organism) == (StepId.DESCRIBE, "biosample[0].organism")
    question = question_of(work, organism)
    assert question
    assert question.text == "Organism"
    assert place_of(Placeholder("", "accession number")) is None
    assert place_of(Placeholder("archive", "archive")) == (StepId.ARCHIVE, "")


def test_every_gap_of_every_profile_has_a_question(work: OpenDraft) -> None:
    from depositor.form import profiles

    every = tuple(p.id for p in profiles.available())
    work.update(msg("t", "t"), lambda d: replace(d, profiles=every))
    gaps = [g for p in words(work).paragraphs for g in p.gaps if place_of(g)]
    assert len(gaps) > 20
    assert [g.path for g in gaps if question_of(work, g) is None] == []


def test_words_without_an_archive_say_so(work: OpenDraft) -> None:
    work.update(msg("t", "t"), lambda d: replace(d, archive=None))
    told = words(work).plain()
    assert "The image data are available in [archive]." in told
