"""What holds for a finding: its own decision, that of its group, or the choice for its subject."""

from dataclasses import replace

import pytest

from depositor.draft.decided import KIND, SAME, Scope, Verdicts, kind_key, place_pattern, same_key
from depositor.draft.document import from_document, to_document
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding, Level, Subject, SubjectChoice
from depositor.draft.human import Access, Consent, HumanData, Source
from depositor.draft.message import msg
from depositor.draft.steps import undecided

TEXT = msg("t", "t")


def finding(path="a.dcm", location="(0010,0010)", seen="k.1", kind="patient-name", n="", **more):
    key = f"privacy:dicom:{path}:{location}:{kind}{n}"
    given = {"level": Level.BLOCKER, "subject": Subject.PATIENT, "remedies": ("dicom-profile",), **more}
    return Finding(key, "dicom", message=TEXT, path=path, location=location, seen=seen, **given)


def decision(about, choice=Choice.KEEP, why="consent", **more):
    return Decision(about, choice, why, "me", "2026-01-01T00:00:00Z", **more)


def held(found, *decisions, **choices):
    draft = Draft("d", decisions=decisions, privacy_choices=choices.get("choices", {}))
    return Verdicts(draft).of(found)


def test_a_decision_holds_for_what_it_was_about_alone():
    one = finding()
    assert held(one, decision(one.key, seen="k.1")).scope is Scope.FINDING
    other = replace(one, seen="k.2")
    assert held(other, decision(one.key, seen="k.1")).scope is Scope.CHANGED
    assert undecided(Draft("d", decisions=(decision(one.key, seen="k.1"),)), [other]) == (other,)


@pytest.mark.parametrize("seen", ["", "elsewhere.1"])
def test_a_decision_of_a_document_or_of_another_computer_holds_by_its_place(seen):
    one = finding()
    assert held(one, decision(one.key, seen=seen)).choice is Choice.KEEP


def test_the_same_text_in_the_same_place_is_known_again_when_others_came_before_it():
    moved = finding(n=":2")
    assert held(moved, decision(finding().key, seen="k.1")).scope is Scope.FINDING


def test_a_group_holds_for_what_comes_later_and_says_the_same():
    one, later = finding(), finding(path="new.dcm")
    given = decision(same_key(one), Choice.CLEAN)
    assert held(later, given).scope is Scope.GROUP
    assert held(replace(later, seen="k.9"), given).choice is None


def test_keeping_a_whole_kind_never_covers_a_blocker():
    one = finding()
    assert held(one, decision(kind_key(one), Choice.KEEP)).choice is None
    assert held(one, decision(kind_key(one), Choice.CLEAN)).choice is Choice.CLEAN


def test_of_a_finding_and_its_group_the_later_decision_holds():
    one = finding()
    own, group = decision(one.key, Choice.EXCLUDE, seen="k.1"), decision(same_key(one), Choice.CLEAN)
    assert held(one, own, group).choice is Choice.CLEAN
    assert held(one, group, own).choice is Choice.EXCLUDE


def test_a_choice_for_a_subject_covers_what_nobody_decided_on_its_own():
    mail = finding(kind="mail", subject=Subject.STAFF, level=Level.WARNING)
    choices = {Subject.STAFF: SubjectChoice("clean", "", "me", "")}
    assert held(mail, choices=choices).scope is Scope.SUBJECT
    assert held(mail, decision(mail.key, seen="k.1"), choices=choices).choice is Choice.KEEP
    assert held(finding(), choices=choices).choice is None, "a patient is another subject"


@pytest.mark.parametrize("change", [{"remedies": ()}, {"level": Level.INFO}])
def test_wide_cleaning_leaves_what_has_no_remedy_and_what_is_only_a_note(change):
    serial = finding(kind="serial", subject=Subject.SITE, **{"level": Level.ADVICE, **change})
    choices = {Subject.SITE: SubjectChoice("clean", "", "me", "")}
    assert held(serial, choices=choices).choice is None
    assert held(serial, decision(kind_key(serial), Choice.CLEAN)).choice is None


def test_ask_decides_nothing():
    mail = finding(kind="mail", subject=Subject.STAFF, level=Level.WARNING)
    assert held(mail, choices={Subject.STAFF: SubjectChoice("ask")}).choice is None


@pytest.mark.parametrize(
    ("location", "pattern"),
    [
        ("tiff:12:Artist", "tiff:*:Artist"),
        ("(0040,A730)[3].(0040,A123)", "(0040,A730)[*].(0040,A123)"),
        ("pixels:1,2,3,4:7", "pixels:*"),
        ("name", "name"),
        (None, ""),
    ],
)
def test_places_of_pages_rows_and_frames_are_one(location, pattern):
    assert place_pattern(location) == pattern


def test_the_keys_of_groups_cannot_be_those_of_findings():
    assert same_key(finding()).startswith(SAME)
    assert kind_key(finding()).startswith(KIND)
    assert finding().key.startswith("privacy:")


def test_everything_survives_the_document():
    draft = Draft(
        "d",
        decisions=(decision("k", seen="k.1", size=12), decision("l")),
        human=HumanData(Source.LIVING, Consent.WAIVED, "2026-1", "Board", Access.OPEN),
        policy="controlled",
        privacy_choices={Subject.STAFF: SubjectChoice("keep", "credit", "me", "2026")},
    )
    assert from_document(to_document(draft), "d") == draft


def test_an_old_document_says_nothing_new():
    old = {"depositor": 1, "archive": "practice", "files": [], "decisions": [decision("k").as_json()]}
    assert to_document(from_document(old, "d")) == old


@pytest.mark.parametrize(
    "broken",
    [
        {"human": "yes"},
        {"human": {"source": "martian", "approval": 4}},
        {"policy": 3},
        {"privacy_choices": {"patient": {"choice": "keep"}, "staff": {"choice": "perhaps"}, "site": 3}},
        {"decisions": [{"finding": "k", "choice": "keep", "seen": 3, "size": "big"}]},
    ],
)
def test_nonsense_counts_as_unanswered(broken):
    draft = from_document({"depositor": 1, "archive": "practice", "files": [], **broken}, "d")
    assert draft.human == HumanData()
    assert draft.policy is None
    assert not draft.privacy_choices
    assert all(d.seen == "" and d.size is None for d in draft.decisions)
