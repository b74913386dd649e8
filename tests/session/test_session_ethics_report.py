"""The report for the ethics board: everything counted, nothing told."""

import json
import re
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding, Level, NotChecked, Subject, SubjectChoice
from depositor.draft.human import Access, Consent, HumanData, Source
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser
from depositor.session import decisions, ethics_page, ethics_report, human_data, subject_choices
from depositor.session.language import Language
from depositor.session.privacy_groups import groups

NAME, NUMBER = "Teklehaimanot Winta", "MRN-5520918"
TEXT = msg("privacy.patient-name", "Names a patient or donor.")
STUDY = {"title": "A study", "submission": "", "archive": "", "files": 2, "bytes": 10}


def finding(path="secret-folder/a.dcm", kind="patient-name", level=Level.BLOCKER, subject=Subject.PATIENT, seen=NAME):
    key = f"privacy:dicom:{path}:(0010,0010):{kind}"
    return Finding(key, "dicom", level, TEXT, path=path, location="(0010,0010)", subject=subject, evidence=seen,
                   remedies=("dicom-profile",), seen="k.1")  # fmt: skip


def made(draft=None, found=None, gaps=()):
    given = (finding(), finding("secret-folder/b.dcm")) if found is None else found
    return ethics_report.report(draft or Draft("d"), given, gaps, STUDY)


def test_counts_by_kind_subject_level_and_check():
    data = made()
    (row,) = data["counts"]
    assert (row["kind"], row["subject"], row["level"], row["check"]) == ("patient-name", "patient", "blocker", "dicom")
    assert (row["findings"], row["files"], row["open"]) == (2, 2, 2)
    assert data["totals"]["open"] == 2


def test_decisions_are_told_with_who_when_why_and_for_how_many():
    keys = [f.key for f in (finding(), finding("secret-folder/b.dcm"))]
    given = [Decision(k, Choice.KEEP, "The board agreed.", "Ada Example", "2026-11-21T10:00:00Z") for k in keys]
    data = made(Draft("d", decisions=tuple(given)))
    (row,) = data["decisions"]
    assert (row["choice"], row["why"], row["by"], row["on"], row["findings"]) == (
        "keep", "The board agreed.", "Ada Example", "2026-11-21", 2
    )  # fmt: skip
    assert data["counts"][0]["kept"] == 2
    assert data["totals"]["open"] == 0


def test_rules_versions_and_answers_are_in_it():
    human = HumanData(Source.LIVING, Consent.WAIVED, "2026-117", "Board of Example University", Access.OPEN)
    choices = {Subject.STAFF: SubjectChoice("keep", "They agreed.", "Ada Example", "2026-11-21T10:00:00Z")}
    data = made(Draft("d", human=human, policy="controlled", privacy_choices=choices))
    assert data["policy"]["id"] == "controlled"
    assert {"113108", "113107"} <= {o["code"] for o in data["policy"]["dicom_options"]}
    assert re.match(r"\d{4}[a-e]", data["rules"]["DICOM PS3.15 Table E.1-1"])
    assert re.fullmatch(r"[0-9a-f]{12}", data["rules"]["labels.toml"])
    assert {"Depositor", "pydicom"} <= set(data["program"])
    assert data["human"]["approval"] == "2026-117"
    assert data["choices"]["staff"]["by"] == "Ada Example"


def test_a_policy_that_this_computer_does_not_know_is_told_by_its_id():
    assert made(Draft("d", policy="theirs"))["policy"] == {"id": "theirs"}


def test_what_was_not_checked_is_counted_by_reason():
    gaps = [NotChecked(f"secret-folder/{n}.czi", msg("x.y", "Pixels are not looked at.")) for n in range(3)]
    gaps.append(NotChecked("secret-folder/z.zip", msg("x.z", "{name} is locked.", name="secret-folder/z.zip")))
    data = made(gaps=gaps)
    assert [(g["why"]["english"], g["files"]) for g in data["not_checked"]] == [
        ("Pixels are not looked at.", 3),
        ("… is locked.", 1),
    ]


def everything(data):
    pages = [
        ethics_page.html(data, Language(code), for_qt=qt) for code in ("en", "de", "xx-rtl") for qt in (True, False)
    ]
    return "\n".join([json.dumps(data, ensure_ascii=False), *pages])


def test_no_value_no_name_of_a_file_and_no_path_is_in_it():
    reason = f"{NAME.upper()} agreed, and so did Winta's mother ({NUMBER})."
    draft = Draft(
        "d",
        metadata={"study": {"title": f"The brain of {NAME}"}},
        decisions=(Decision(finding().key, Choice.KEEP, reason, "me", "2026-01-01T00:00:00Z"),),
        privacy_choices={Subject.STAFF: SubjectChoice("keep", f"as {NAME} wishes", "me", "2026-01-01T00:00:00Z")},
        human=HumanData(Source.LIVING, None, f"for {NUMBER}"),
    )
    found = (finding(), finding("secret-folder/b.dcm", "patient-number", seen=NUMBER))
    gap = NotChecked("secret-folder/c.dcm", msg("x", "In {member}, {of}", member="inner/c.bin", of=NAME))
    text = everything({**made(draft, found, [gap]), "study": {**STUDY, "title": ethics_report._title(draft, found)}})
    for secret in (*NAME.split(), NAME.upper(), NUMBER, "secret-folder", "a.dcm", "c.bin", "(0010,0010)"):
        assert secret not in text, secret
    assert "agreed, and so did" in text, "what was no value stays"


def test_it_never_promises_that_nobody_can_be_recognised():
    assert not re.search(r"anonym", everything(made()), re.IGNORECASE)
    assert "does not say that nobody can be" in everything(made())


def test_a_title_that_a_check_found_something_in_is_not_told():
    about = Finding("privacy:form::study.title:person-name", "form", Level.WARNING, TEXT, location="study.title")
    draft = Draft("d", metadata={"study": {"title": "Something"}})
    assert ethics_report._title(draft, ()) == "Something"
    assert ethics_report._title(draft, (about,)) == ""


def test_the_page_is_escaped_and_speaks_the_language():
    data = made(Draft("d", policy="<b>"))
    page = ethics_page.html({**data, "study": {**STUDY, "title": "<script>"}}, Language("xx-rtl"))
    assert "<script>" not in page
    assert 'dir="rtl"' in page
    assert "Ŕéþöŕţ" in page
    assert "Report on personal data" not in page


def test_rows_are_turned_for_qt_alone_and_right_to_left_alone():
    data = made()
    plain, turned = (ethics_page.html(data, Language("xx-rtl"), for_qt=qt) for qt in (False, True))
    assert plain != turned
    assert ethics_page.html(data, Language("en")) == ethics_page.html(data, Language("en"), for_qt=True)


def test_an_empty_study_has_a_whole_page():
    page = ethics_page.html(made(found=()), Language("en"))
    assert "Nothing was decided." in page
    assert "This question was not answered." in page


def test_it_is_written_as_json_page_and_pdf(tmp_path):
    paths = ethics_report.write(made(), tmp_path / "papers", Language("en"))
    assert [p.name for p in paths] == ["ethics-report.json", "ethics-report.html", "ethics-report.pdf"]
    assert paths[2].read_bytes().startswith(b"%PDF-")
    assert json.loads(paths[0].read_text("utf-8"))["depositor_ethics_report"] == 1


def test_without_qt_there_is_a_page_and_no_pdf(tmp_path, monkeypatch):
    monkeypatch.setattr("depositor.session.papers.print_page", lambda *_: False)
    assert [p.suffix for p in ethics_report.write(made(), tmp_path, Language("en"))] == [".json", ".html"]


def test_nothing_is_reported_before_the_check(desk):
    with pytest.raises(NeedsUser) as error:
        ethics_report.of_draft(desk, desk.new_draft("practice"))
    assert error.value.problem.code == "report.not-checked"


def test_from_the_check_over_decisions_to_the_papers_of_the_deposit(desk, example):
    folder = example.parent / "patients"
    folder.mkdir()
    (folder / "list.csv").write_text(f"patient name,operator\n{NAME},Rasmussen Bo\n")
    (folder / "left.csv").write_text(f"patient id,value\n{NUMBER},3\n")
    document = json.loads(example.read_text("utf-8"))
    shown = document["files"][0]["study_component"]
    document["files"].append({"path": "patients", "study_component": shown})
    example.write_text(json.dumps(document), "utf-8")
    opened = desk.load(example)
    desk.settings.set("privacy_pixels", "none")
    opened.scan(Cancel())
    opened.read_headers(Cancel())
    opened.prefill()
    opened.check_privacy(Cancel())
    for group in groups(opened.draft, opened.privacy()).kinds:
        if group.open:
            decisions.decide_group(opened, group.key, Choice.CLEAN, "", "Ada Example")
    subject_choices.choose(opened, Subject.STAFF, "keep", "They agreed.", "Ada Example")
    human_data.answer(opened, source="living", consent="publication", access="open", approval="2026-117")
    sealed = opened.seal()
    receipt = desk.deposit(sealed.id).run()
    report = json.loads(Path(receipt.more["privacy_report"]).read_text("utf-8"))
    assert report["manifest_sha256"] == receipt.manifest_sha256
    assert report["study"]["submission"] == sealed.id
    assert report["totals"]["open"] == 0
    assert sum(row["cleaned"] for row in report["counts"]) >= 2
    papers = desk.home.submissions / sealed.id
    assert (papers / "ethics-report.pdf").read_bytes().startswith(b"%PDF-")
    told = "".join(p.read_text("utf-8") for p in papers.glob("ethics-report.*") if p.suffix != ".pdf")
    for secret in (*NAME.split(), NUMBER, "Rasmussen", "list.csv", "patients/"):
        assert secret not in told, secret
    sent = {r["name"] for r in desk.store.connection().execute("SELECT name FROM submission_file")}
    assert not [name for name in sent if "ethics" in name], "the board's paper is not sent"
