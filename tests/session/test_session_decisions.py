"""Decisions over re-scans: for what was seen, along with renamed files, for groups and subjects; undoable."""

import shutil

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.decided import SAME, Scope, Verdicts, kind_of
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice, Decision, Level, Subject
from depositor.session import decisions, subject_choices
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.privacy_groups import groups

SLICE = "patient name,patient id,value\nTeklehaimanot Winta,MRN-5520918,{}\n"
WHY = "The person agreed."


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """One desk, and one worker process, for all tests of this file; each has a draft of its own."""
    found = Desk(Home.at(tmp_path_factory.mktemp("home")))
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data"
    (made / "scans").mkdir(parents=True)
    for number in range(3):
        (made / "scans" / f"slice{number}.csv").write_text(SLICE.format(number))
    (made / "notes.csv").write_text("sample,patient name,operator\n1,Okonkwo-Lindqvist Adaeze,Rasmussen Bo\n")
    (made / "contact.csv").write_text("question,email\nstains,bo.rasmussen@example.org\n")
    return made


@pytest.fixture
def opened(desk, folder):
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    return checked(found)


def checked(opened):
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    return opened


def of_kind(opened, kind, path=""):
    found = [f for f in opened.privacy() if kind_of(f) == kind and (f.path or "").endswith(path)]
    assert found, f"no {kind} in {path}"
    return found


def keep(opened, found, choice=Choice.KEEP):
    opened.decide([Decision(f.key, choice, WHY, "me", "2026-01-01T00:00:00Z") for f in found])


def scopes(opened, found):
    verdicts = Verdicts(opened.draft)
    return {verdicts.of(f).scope for f in found}


def test_a_decision_keeps_a_digest_and_never_the_text(opened):
    (name,) = of_kind(opened, "patient-name", "notes.csv")
    keep(opened, [name])
    (made,) = opened.draft.decisions
    assert made.seen == name.seen
    assert made.size == len("sample,patient name,operator\n1,Okonkwo-Lindqvist Adaeze,Rasmussen Bo\n")
    assert "Okonkwo" not in str(made.as_json())


def test_another_text_in_the_same_place_is_asked_about_again(opened, folder):
    (name,) = of_kind(opened, "patient-name", "notes.csv")
    keep(opened, [name])
    text = (folder / "notes.csv").read_text().replace("Okonkwo-Lindqvist Adaeze", "Szczepańska-Wójcik Bronia")
    (folder / "notes.csv").write_text(text)
    (again,) = of_kind(checked(opened), "patient-name", "notes.csv")
    assert again.key == name.key
    assert scopes(opened, [again]) == {Scope.CHANGED}
    (group,) = (g for g in groups(opened.draft, opened.privacy()).kinds if g.first.key == again.key or g.changed)
    assert group.changed == 1
    (folder / "notes.csv").write_text(text.replace("Szczepańska-Wójcik Bronia", "Okonkwo-Lindqvist Adaeze"))
    assert scopes(checked(opened), of_kind(opened, "patient-name", "notes.csv")) == {Scope.FINDING}


def test_decisions_go_along_with_a_file_that_was_renamed_and_moved(opened, folder):
    found = [f for f in opened.privacy() if f.path == "data/scans/slice1.csv" and f.level is Level.BLOCKER]
    keep(opened, found)
    (folder / "elsewhere").mkdir()
    (folder / "scans" / "slice1.csv").rename(folder / "elsewhere" / "renamed.csv")
    checked(opened)
    moved = [f for f in opened.privacy() if f.path == "data/elsewhere/renamed.csv" and f.level is Level.BLOCKER]
    assert len(moved) == len(found)
    assert scopes(opened, moved) == {Scope.FINDING}
    assert {d.why for d in opened.draft.decisions} == {WHY}
    others = [f for f in opened.privacy() if f.path == "data/scans/slice0.csv" and f.level is Level.BLOCKER]
    assert scopes(opened, others) == {Scope.NONE}
    assert opened.undo(), "that they went along can be undone"
    assert scopes(opened, moved) == {Scope.NONE}


def test_a_copy_of_a_file_that_is_still_there_takes_no_decision(opened, folder):
    keep(opened, [f for f in opened.privacy() if f.path == "data/scans/slice1.csv" and f.level is Level.BLOCKER])
    before = opened.draft.decisions
    shutil.copy(folder / "scans" / "slice1.csv", folder / "scans" / "slice9.csv")
    checked(opened)
    assert opened.draft.decisions == before


def test_a_file_of_another_size_is_another_file(opened, folder):
    keep(opened, of_kind(opened, "patient-name", "notes.csv"))
    text = (folder / "notes.csv").read_text() + "2,none,Rasmussen Bo\n"
    (folder / "notes.csv").unlink()
    (folder / "more.csv").write_text(text)
    checked(opened)
    assert scopes(opened, of_kind(opened, "patient-name", "more.csv")) == {Scope.NONE}


def test_one_decision_for_all_slices_and_for_one_that_comes_later(opened, folder):
    found = groups(opened.draft, opened.privacy())
    kind = next(g for g in found.kinds if g.kind == "patient-name")
    alike = next(g for g in found.inside(kind) if g.files == 3)
    assert decisions.decide_group(opened, alike.key, Choice.CLEAN, "", "me") == 1
    shutil.copy(folder / "scans" / "slice0.csv", folder / "scans" / "slice7.csv")
    checked(opened)
    new = [f for f in opened.privacy() if f.path == "data/scans/slice7.csv" and f.location == alike.first.location]
    assert new
    assert scopes(opened, new) == {Scope.GROUP}
    decisions.withdraw(opened, [alike.key])
    assert scopes(opened, new) == {Scope.NONE}


def test_keeping_a_kind_is_written_for_each_text_that_is_there(opened, folder):
    kind = next(g for g in groups(opened.draft, opened.privacy()).kinds if g.kind == "patient-name")
    written = decisions.decide_group(opened, kind.key, Choice.KEEP, WHY, "me")
    assert written == groups(opened.draft, opened.privacy()).count_inside(kind)
    assert all(d.finding.startswith(SAME) for d in opened.draft.decisions)
    assert Scope.NONE not in scopes(opened, of_kind(opened, "patient-name"))
    (folder / "new.csv").write_text("patient name,value\nNakagawa-Petrov Yuki,4\n")
    checked(opened)
    assert scopes(opened, of_kind(opened, "patient-name", "new.csv")) == {Scope.NONE}


def test_a_choice_for_staff_holds_for_all_and_can_be_undone(opened):
    (question,) = (q for q in subject_choices.questions(opened.draft, opened.privacy()) if q.subject is Subject.STAFF)
    assert question.open
    assert question.findings > 0
    subject_choices.choose(opened, Subject.STAFF, "keep", "They agreed.", "me")
    staff = [f for f in opened.privacy() if f.subject is Subject.STAFF and f.level is not Level.INFO]
    assert scopes(opened, staff) == {Scope.SUBJECT}
    (answered,) = (q for q in subject_choices.questions(opened.draft, opened.privacy()) if q.subject is Subject.STAFF)
    assert (answered.answer.choice, answered.answer.by, answered.open) == ("keep", "me", False)
    opened.undo()
    assert scopes(opened, staff) == {Scope.NONE}


def test_nothing_is_chosen_for_patients_as_a_whole(opened):
    with pytest.raises(ValueError, match="patient"):
        subject_choices.choose(opened, Subject.PATIENT, "keep", WHY, "me")


def test_choices_and_group_decisions_reach_the_seal(desk, opened):
    from depositor.session import chosen

    subject_choices.choose(opened, Subject.STAFF, "clean", "", "me")
    decided = list(chosen.decided(opened, Choice.CLEAN))
    assert decided
    assert {f.subject for f in decided} == {Subject.STAFF}


def test_a_document_of_this_computer_is_held_to_its_digests(desk, opened, tmp_path, folder):
    keep(opened, of_kind(opened, "patient-name", "notes.csv"))
    opened.save(tmp_path / "a.depositor.json")
    text = (folder / "notes.csv").read_text().replace("Okonkwo-Lindqvist Adaeze", "Szczepańska-Wójcik Bronia")
    (folder / "notes.csv").write_text(text)
    other = checked(desk.load(tmp_path / "a.depositor.json"))
    assert scopes(other, of_kind(other, "patient-name", "notes.csv")) == {Scope.CHANGED}
