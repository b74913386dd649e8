"""Policies are data: those of the program, those of archives, those of a facility."""

from pathlib import Path

import pytest

from depositor.archives import descriptor
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level, Subject, SubjectChoice
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser
from depositor.privacy.policy import POLICIES, Action, Dates, Option, texts
from depositor.session import policies

OWN = """
[core-facility]
name = "Core facility"
explanation = "Names stay."
subjects = ["patient"]
dicom_options = ["113112"]
dates = "keep"
staff = "keep"
"""


def about(subject, level=Level.WARNING, kind="mail"):
    return Finding(f"privacy:x:a:b:{kind}", "x", level, msg("t", "t"), subject=subject)


def test_every_policy_of_the_program_says_what_it_is():
    assert set(POLICIES) == {"public", "controlled", "tcia", "facility", "patients"}
    assert all(message.text for message in texts())
    for policy in POLICIES.values():
        assert set(policy.proposed) == {Subject.STAFF, Subject.SITE, Subject.PLACE}
        assert not {Option.FULL_DATES, Option.MODIFIED_DATES} <= policy.options


def test_the_public_archive_takes_out_patients_staff_and_places():
    public = POLICIES["public"]
    wanted = {subject for subject in Subject if public.wants(about(subject))}
    assert wanted == {Subject.PATIENT, Subject.STAFF, Subject.PLACE}
    assert public.dates is Dates.SHIFT


def test_tcia_warns_and_wants_nothing():
    assert POLICIES["tcia"].action is Action.WARN
    assert not any(POLICIES["tcia"].wants(about(subject)) for subject in Subject)


def test_the_facility_keeps_its_people():
    assert not POLICIES["facility"].wants(about(Subject.STAFF))
    assert Option.INSTITUTION in POLICIES["facility"].options


def test_every_archive_names_a_policy_that_exists():
    for archive in descriptor.ids():
        assert policies.default_of(archive) in POLICIES
    assert policies.default_of("tcia") == "tcia"
    assert policies.default_of(None) == policies.default_of("no-such-archive") == "public"


def test_a_persons_choice_comes_before_the_archives():
    assert policies.policy_of(Draft("d", archive="tcia")).name == "tcia"
    assert policies.policy_of(Draft("d", archive="tcia", policy="controlled")).name == "controlled"


def test_rules_that_nobody_knows_are_not_guessed():
    with pytest.raises(NeedsUser) as error:
        policies.policy_of(Draft("d", policy="gone"))
    assert "controlled" in error.value.problem.advice.english()


def test_the_seal_cleans_what_was_decided_and_keeps_what_was_chosen():
    draft = Draft("d", privacy_choices={Subject.SITE: SubjectChoice("keep"), Subject.STAFF: SubjectChoice("clean")})
    policy = policies.for_sealing(draft, b"s" * 32)
    assert policy.secret == b"s" * 32
    assert policy.subjects == {Subject.PATIENT, Subject.STAFF, Subject.PLACE}
    assert Option.INSTITUTION in policy.options
    assert policies.for_sealing(Draft("d", policy="tcia"), b"s").action is Action.CLEAN, "a decision is a decision"


def test_a_draft_is_told_what_its_policy_says_against_it():
    from depositor.draft.finding import Choice, Decision

    clean = Decision("privacy:x", Choice.CLEAN, "", "me", "")
    assert not policies.findings_of(Draft("d", archive="tcia"))
    assert not policies.findings_of(Draft("d", archive="idr", decisions=(clean,)))
    (warned,) = policies.findings_of(Draft("d", archive="tcia", decisions=(clean,)))
    assert warned.level is Level.WARNING
    (unknown,) = policies.findings_of(Draft("d", policy="theirs"))
    assert unknown.level is Level.BLOCKER
    assert "theirs" in unknown.message.english()


def test_a_facility_brings_its_own(tmp_path: Path):
    (tmp_path / "policies.toml").write_text(OWN, "utf-8")
    known, problems = policies.all_policies(tmp_path)
    assert not problems
    own = known["core-facility"]
    assert (own.title.english(), own.dates, own.subjects) == ("Core facility", Dates.KEEP, frozenset({Subject.PATIENT}))
    assert own.options == {Option.INSTITUTION, Option.FULL_DATES}
    assert own.proposed[Subject.SITE] == POLICIES["public"].proposed[Subject.SITE], "what it leaves out is as in public"
    assert policies.get("core-facility", tmp_path).title == own.title


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[public]\nname="x"', "belongs to a policy of the program"),
        ('["Über"]\nname="x"', "small letters"),
        ("mine = 3", "table"),
        ("[mine]", "no name"),
        ('[mine]\nname="x"\ncolour="red"', "colour"),
        ('[mine]\nname="x"\ndates="never"', "dates"),
        ('[mine]\nname="x"\nsubjects=["pets"]', "subjects"),
        ('[mine]\nname="x"\nsubjects="patient"', "subjects"),
        ('[mine]\nname="x"\nstaff=["keep"]', "staff"),
        ('[mine]\nname="x"\nexplanation=3', "explanation"),
    ],
)
def test_what_is_wrong_with_a_facilitys_policy_is_told(tmp_path: Path, text, told):
    (tmp_path / "policies.toml").write_text(text + "\n" + OWN, "utf-8")
    known, (problem,) = policies.all_policies(tmp_path)
    assert told in problem.advice.english()
    assert "core-facility" in known, "the others still serve"
    assert "mine" not in known


@pytest.mark.parametrize("raw", [b"[x", b"\xff\xfe", b"a" * (1024 * 1024 + 1)])
def test_a_damaged_file_of_policies_costs_only_itself(tmp_path: Path, raw):
    (tmp_path / "policies.toml").write_bytes(raw)
    known, (problem,) = policies.all_policies(tmp_path)
    assert problem.code == "policy.unreadable"
    assert set(known) == set(POLICIES)
