"""report: for folders, documents and what was sealed; clean with policies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_running import Run

NAME, NUMBER = "Teklehaimanot Winta", "MRN-5520918"
POLICY = '[ours]\nname = "Ours"\nexplanation = "x"\nsubjects = ["patient"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    (made / "table.csv").write_text(f"patient name,patient id,email\n{NAME},{NUMBER},bo.rasmussen@example.org\n")
    return made


@pytest.fixture
def document(folder: Path) -> Path:
    path = folder.parent / "study.depositor.json"
    path.write_text(json.dumps({"depositor": 1, "archive": "practice", "files": [{"path": "data"}]}))
    return path


def test_a_folder_is_reported_and_waits_for_decisions(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("report", folder, "--out", tmp_path / "out", "--json")
    assert done.code == 3, done.err
    found = done.json()
    assert found["report"]["totals"]["open"] >= 2
    assert [Path(p).name for p in found["files"]] == ["ethics-report.json", "ethics-report.html", "ethics-report.pdf"]
    assert all(Path(p).exists() for p in found["files"])
    told = done.out + done.err + (tmp_path / "out" / "ethics-report.html").read_text("utf-8")
    for secret in (*NAME.split(), NUMBER, "rasmussen", "table.csv"):
        assert secret not in told


def test_a_document_is_reported_with_its_decisions(run: Run, document: Path, tmp_path: Path) -> None:
    check = run("check", document, "--json").json()
    decisions = [
        {"finding": f["key"], "choice": "keep", "why": "consent", "by": "me", "at": "2026-01-01T00:00:00Z"}
        for f in check["findings"]
    ]
    given = json.loads(document.read_text())
    document.write_text(json.dumps({**given, "decisions": decisions, "human": {"source": "living"}}))
    done = run("report", document, "--out", tmp_path / "out", "--policy", "facility", "--json")
    assert done.code == 0, done.err
    report = done.json()["report"]
    assert report["policy"]["id"] == "facility"
    assert report["human"] == {"source": "living"}
    assert report["totals"]["open"] == 0
    assert {d["why"] for d in report["decisions"]} == {"consent"}


def test_people_are_told_where_it_lies_in_their_language(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("report", folder, "--out", tmp_path / "out", "--lang", "xx")
    assert done.code == 3
    assert (tmp_path / "out" / "ethics-report.pdf").as_posix() in done.out
    assert "Report on personal data" not in (tmp_path / "out" / "ethics-report.html").read_text("utf-8")


def test_what_was_sealed_is_reported_by_its_id(run: Run, example: Path, tmp_path: Path) -> None:
    run("settings", "privacy_pixels", "none")
    shutil.copytree(example, tmp_path / "study")
    sent = run("deposit", tmp_path / "study" / "example.depositor.json", "--json").json()
    done = run("report", sent["submission"], "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    assert done.json()["report"]["manifest_sha256"] == sent["manifest_sha256"]
    assert (tmp_path / "out" / "ethics-report.pdf").exists()
    from depositor.archives.practice import process
    from depositor.session.home import Home

    process.stop(Home.find().practice)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere", "--out", "out"), 3),
        (("nowhere", "elsewhere", "--out", "out"), 3),
        (("nowhere",), 2),
        ((".", "--out", "out", "--policy", "no-such"), 2),
    ],
)
def test_what_cannot_be_reported_is_told(run: Run, tmp_path: Path, monkeypatch, arguments, code: int) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("report", *arguments, "--json")
    assert done.code == code
    assert done.json()["problems"]
    assert not (tmp_path / "out").exists()


def test_a_policy_that_only_warns_makes_no_copies(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder, "--out", tmp_path / "out", "--policy", "tcia", "--json")
    assert done.code == 3
    assert done.json()["problems"][0]["code"] == "clean.only-warns"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("policy", "mail"), [("public", False), ("facility", True), ("ours", True)])
def test_policies_decide_what_goes(run: Run, home: Path, folder: Path, tmp_path: Path, policy: str, mail: bool) -> None:
    (home / "settings").mkdir(exist_ok=True)
    (home / "settings" / "policies.toml").write_text(POLICY, "utf-8")
    done = run("clean", folder, "--out", tmp_path / "out", "--policy", policy, "--json")
    assert done.code == 0, done.err
    (copy,) = (tmp_path / "out").glob("*.csv")
    text = copy.read_text("utf-8")
    assert NAME not in text
    assert NUMBER not in text
    assert ("rasmussen" in text) is mail


def test_a_damaged_file_of_policies_is_told(run: Run, home: Path, folder: Path, tmp_path: Path) -> None:
    (home / "settings").mkdir(exist_ok=True)
    (home / "settings" / "policies.toml").write_text("[x", "utf-8")
    done = run("report", folder, "--out", tmp_path / "out")
    assert "policy.unreadable" in done.err
