"""Do the data come from people? What hints at it, what stands against the seal, and which archives fit."""

from dataclasses import replace

import pytest

from depositor.archives import descriptor
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import HumanRule
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import Finding, Level, Subject
from depositor.draft.human import Access, Consent, HumanData, Source
from depositor.draft.inventory import Summary
from depositor.draft.message import msg
from depositor.draft.steps import Situation, StepId, StepState, ready, steps
from depositor.session import human_data
from depositor.session.language import Language

HUMAN = {"biosample": [{"organism": [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}]}]}
MOUSE = {"biosample": [{"organism": [{"id": "NCBITaxon:10090", "label": "Mus musculus"}]}]}
PATIENT = Finding("privacy:x:a:b:patient-name", "x", Level.BLOCKER, msg("t", "t"), subject=Subject.PATIENT)
PEOPLE = HumanData(Source.LIVING, Consent.PUBLICATION, "2026-1", "Board", Access.OPEN)
BIA = descriptor.capabilities("bioimage-archive")


def now(draft=None, archive=BIA, **more):
    return Situation(draft or Draft("d"), archive, **more)


@pytest.mark.parametrize(
    ("situation", "hint"),
    [
        (now(Draft("d", metadata=HUMAN)), "human.hint.organism"),
        (now(Draft("d", metadata={"biosample": [{"organism": "Homo sapiens"}]})), "human.hint.organism"),
        (now(inventory=Summary(by_type=(("dcm", 3, 9),))), "human.hint.format"),
        (now(inventory=Summary(by_type=((".nii.gz", 3, 9),))), "human.hint.format"),
        (now(Draft("d", profiles=("medical-imaging",))), "human.hint.profile"),
        (now(privacy=(PATIENT,)), "human.hint.findings"),
    ],
)
def test_what_points_to_people_is_asked_about(situation, hint):
    asked = human_data.question(situation)
    assert [h.id for h in asked.hints] == [hint]
    assert asked.open
    assert asked.needed


@pytest.mark.parametrize(
    "situation",
    [
        now(),
        now(Draft("d", metadata=MOUSE)),
        now(Draft("d", metadata={"biosample": "odd", "study": 3})),
        now(privacy=(replace(PATIENT, level=Level.ADVICE),)),
        now(privacy=(replace(PATIENT, subject=Subject.STAFF),)),
        now(inventory=Summary(by_type=((".tif", 3, 9), ("", 1, 1)))),
    ],
)
def test_where_nothing_points_to_people_nothing_is_asked(situation):
    asked = human_data.question(situation)
    assert not asked.open
    assert not asked.needed


def test_what_follows_from_an_answer_is_asked_next():
    first = human_data.question(now(Draft("d", metadata=HUMAN)))
    assert [key for key, _, _ in first.fields] == ["source"]
    more = human_data.question(now(Draft("d", human=HumanData(Source.DECEASED))))
    assert [key for key, _, _ in more.fields] == ["source", "consent", "access", "approval", "committee"]


def test_where_whoever_runs_it_decides_nothing_is_needed():
    assert not human_data.question(now(Draft("d", metadata=HUMAN), descriptor.capabilities("practice"))).needed
    assert not human_data.findings_of(Draft("d", metadata=HUMAN), descriptor.capabilities("package"), Summary(), ())


@pytest.mark.parametrize(
    ("rule", "human", "fits"),
    [
        (HumanRule.PUBLIC, HumanData(), True),
        (HumanRule.NO, HumanData(Source.CELL_LINES), True),
        (HumanRule.NO, PEOPLE, False),
        (HumanRule.PUBLIC, PEOPLE, True),
        (HumanRule.PUBLIC, replace(PEOPLE, consent=Consent.WAIVED), True),
        (HumanRule.PUBLIC, replace(PEOPLE, consent=Consent.NONE), False),
        (HumanRule.PUBLIC, replace(PEOPLE, consent=Consent.CONTROLLED), False),
        (HumanRule.PUBLIC, replace(PEOPLE, access=Access.CONTROLLED), False),
        (HumanRule.UNKNOWN, replace(PEOPLE, access=Access.CONTROLLED), False),
        (HumanRule.CONTROLLED, replace(PEOPLE, access=Access.CONTROLLED), True),
        (HumanRule.CONTROLLED, replace(PEOPLE, consent=Consent.NONE), False),
        (HumanRule.ANY, replace(PEOPLE, consent=Consent.NONE), True),
    ],
)
def test_an_archive_that_may_not_take_the_data_says_why(rule, human, fits):
    why = human_data.fits(replace(BIA, human_data=rule), Draft("d", human=human))
    assert (why is None) is fits
    if why:
        assert BIA.name in Language("en").say(why)


def test_every_archive_says_what_it_takes_as_far_as_it_is_known():
    rules = {archive: descriptor.capabilities(archive).human_data for archive in descriptor.ids()}
    assert rules["practice"] is rules["package"] is HumanRule.ANY
    assert rules["idr"] is rules["bioimage-archive"] is rules["tcia"] is HumanRule.PUBLIC
    assert rules["empiar"] is HumanRule.UNKNOWN


GOOD = Situation(
    Draft("d", archive="bioimage-archive", license="CC0-1.0", files=(FileGroup("/data"),), metadata=HUMAN),
    BIA,
    Summary(files=3, bytes=10, complete=True),
    privacy=(),
)


def judged(human):
    draft = replace(GOOD.draft, human=human)
    return replace(GOOD, draft=draft, validation=human_data.findings_of(draft, BIA, GOOD.inventory, ()))


@pytest.mark.parametrize(
    ("human", "may_go"),
    [
        (HumanData(), False),
        (HumanData(Source.NO), True),
        (HumanData(Source.CELL_LINES), True),
        (HumanData(Source.LIVING), False),
        (PEOPLE, True),
        (replace(PEOPLE, approval=""), True),
        (replace(PEOPLE, access=Access.CONTROLLED), False),
    ],
)
def test_the_step_of_privacy_waits_for_the_answer(human, may_go):
    situation = judged(human)
    states = {s.id: s for s in steps(situation)}
    assert ready(situation) is may_go
    assert (states[StepId.PRIVACY].state is StepState.DONE) is may_go
    assert states[StepId.DESCRIBE].state is StepState.DONE, "it is not a question of the description"
    if not may_go:
        assert states[StepId.PRIVACY].why is not None


def test_a_missing_approval_is_an_advice():
    (found,) = judged(replace(PEOPLE, approval=" ")).validation
    assert (found.level, found.location) == (Level.ADVICE, "human.approval")


def test_answers_are_kept_undone_and_cleared_of_what_no_longer_applies(desk, tmp_path):
    opened = desk.new_draft("bioimage-archive", "A study")
    human_data.answer(opened, source="living", consent="publication", access="open", approval="2026-1")
    assert opened.draft.human.complete
    human_data.answer(opened, source="no")
    assert opened.draft.human == HumanData(Source.NO, approval="2026-1")
    assert opened.undo()
    assert opened.draft.human.consent is Consent.PUBLICATION
    with pytest.raises(ValueError, match="martian"):
        human_data.answer(opened, source="martian")
    opened.save(tmp_path / "a.depositor.json")
    assert desk.load(tmp_path / "a.depositor.json").draft.human == opened.draft.human


def test_an_open_draft_is_told_about_patients_that_the_check_found(desk, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("patient name,patient id\nTeklehaimanot Winta,MRN-5520918\n")
    opened = desk.new_draft("bioimage-archive", "A study")
    opened.set_files([FileGroup(str(tmp_path / "data"))])
    opened.scan(Cancel())
    assert "form:human.asked" not in {f.key for f in opened.validate()}
    opened.check_privacy(Cancel())
    assert "form:human.asked" in {f.key for f in opened.validate()}
    human_data.answer(opened, source="cell-lines")
    assert "form:human.asked" not in {f.key for f in opened.validate()}


def test_the_answers_stay_with_the_depositor(ready, tmp_path):
    """What a package is sent with is the description, not the board's papers."""
    human_data.answer(ready, source="living", consent="publication", access="open", committee="Board of Nowhere")
    (path, *_) = ready.export("submission", tmp_path / "out")
    assert "Board of Nowhere" in path.read_text("utf-8"), "for the depositor's eyes"
    from depositor.bundle import submission_document

    assert {"human", "privacy_choices", "policy"} <= set(submission_document._PRIVATE)
