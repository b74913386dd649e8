"""Nothing that people typed or own reaches a log, an event, a crash file or the help-desk report.

Every name, path, value, token and user name of these runs carries a marker; then all that the program wrote about
itself is searched for it. The journal and the submission's papers hold the data, of course; they are not logs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from depositor import resources
from depositor.archives.practice import process
from depositor.cli.main import main
from depositor.session import logs
from depositor.session.home import Home
from depositor.session.settings import Settings

MARK = "ZQXMARK"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home below a marked folder, with marked settings and secrets."""
    folder = tmp_path / f"{MARK}-user" / "home"
    for name, value in {
        "DEPOSITOR_HOME": str(folder),
        "DEPOSITOR_LANG": "en",
        "DEPOSITOR_TOKEN_PRACTICE": f"{MARK}-token",
        "DEPOSITOR_PASSWORD_BIOIMAGE_ARCHIVE": f"{MARK}-password",
        "DEPOSITOR_USER_BIOIMAGE_ARCHIVE": f"{MARK}-login",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }.items():
        monkeypatch.setenv(name, value)
    home = Home.at(folder).create()
    settings = Settings(home.settings / "settings.json")
    settings.set("package_folder", str(tmp_path / f"{MARK}-package"))
    settings.set("endpoints", {f"{MARK.lower()}-archive": f"https://{MARK}.example.org/"})
    yield home
    process.stop(home.practice)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Real images under marked names with marked headers, and some that break readers."""
    from PIL import Image

    folder = tmp_path / f"{MARK}-data" / f"{MARK} patient"
    folder.mkdir(parents=True)
    info = Image.Exif()
    info[0x013B] = f"{MARK} Artist"
    info[0x010E] = f"{MARK} description"
    Image.new("L", (16, 16)).save(folder / f"{MARK}_a.tif", exif=info)
    source = resources.path("examples") / "images/time-lapse/TZ_nucleus.ome.tif"
    shutil.copy(source, folder / f"{MARK}_b.ome.tif")
    (folder / f"{MARK}_broken.czi").write_bytes(b"ZISRAWFILE" + MARK.encode() * 20)
    (folder / f"{MARK}_broken.tif").write_bytes(b"II*\x00" + MARK.encode() * 20)
    (folder / f"{MARK}_broken.dcm").write_bytes(bytes(128) + b"DICM" + MARK.encode() * 20)
    (folder / f"{MARK}.tmp").write_text(MARK)
    return folder.parent


@pytest.fixture
def document(data: Path) -> Path:
    """The bundled example's description, about the marked data, with a mark in every text that allows one."""
    found = json.loads((resources.path("examples") / "example.depositor.json").read_text("utf-8"))
    component = found["metadata"]["study_component"][0]
    component["name"] = f"{MARK} component"
    found["metadata"]["study_component"] = [component]
    found["files"] = [{"path": p.name, "study_component": component["name"]} for p in sorted(data.iterdir())]
    study = found["metadata"]["study"]
    study["title"] = f"{MARK} title of a study that is long enough"
    study["description"] = f"{MARK} description that is long enough too"
    study["author"][0]["email"] = f"{MARK}@example.org"
    path = data / f"{MARK}.depositor.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def self_written(home: Home) -> Iterator[tuple[str, str]]:
    """All files in which the program writes about itself, and the report."""
    for file in home.logs.rglob("*"):
        if file.is_file():
            yield file.name, file.read_text("utf-8", "replace")
    for pattern in ("*.log", "crash*", "*.jsonl"):
        for file in home.state.rglob(pattern):
            if file.is_file():
                yield file.name, file.read_text("utf-8", "replace")
    yield "report", logs.report(home)


def assert_unmarked(home: Home) -> str:
    everything = ""
    for name, text in self_written(home):
        assert MARK.lower() not in text.lower(), f"{name} tells of the user: {text[:2000]}"
        everything += text
    return everything


def test_looking_at_files_leaves_no_trace_of_them(home: Home, data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for command in ("scan", "headers", "check"):
        main([command, str(data), "--json"])
        assert MARK in capfd.readouterr().out, "the runs did meet the marks"
    main(["clean", str(data), "--out", str(data.parent / f"{MARK}-clean"), "--json"])
    written = assert_unmarked(home)
    for event in ("command.started", "command.ended"):
        assert event in written


def test_describing_and_sending_leaves_no_trace(home: Home, document: Path) -> None:
    assert main(["validate", str(document), "--json"]) == 0
    assert main(["deposit", str(document), "--json"]) == 0, "it went all the way"
    main(["check", str(document), "--json"])
    main(["export", str(document), "--as", "methods", "--out", str(document.parent / f"{MARK}-out")])
    main(["new", str(document.parent), "--archive", "practice", "--out", str(document.parent / "new.depositor.json")])
    main(["status", "--json"])
    main(["resume", "--json"])
    main(["verify", str(next(home.submissions.glob("*/receipt.json"))), "--json"])
    main(["verify", str(document), "--json"])
    assert '"command": "deposit"' in assert_unmarked(home)


def test_decisions_and_reports_leave_no_trace_and_tell_no_value(
    home: Home, document: Path, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The report and the papers of a deposit are handed to others: they hold counts, and no value of any finding."""
    Settings(home.settings / "settings.json").set("privacy_pixels", "none")
    main(["check", str(document), "--show-evidence", "--json"])
    checked = json.loads(capfd.readouterr().out)
    seen = [f for f in checked["findings"] if f["evidence"] and MARK.lower() in f["evidence"].lower()]
    assert seen, "the check did meet the marks"
    found = json.loads(document.read_text("utf-8"))
    found["decisions"] = [
        {"finding": f["key"], "choice": "keep", "why": f"{MARK} agreed", "by": "me", "at": ""} for f in seen
    ]
    found["privacy_choices"] = {"staff": {"choice": "keep", "why": f"because of {seen[0]['evidence']}"}}
    document.write_text(json.dumps(found), "utf-8")
    for given in (str(document), str(data)):
        out = home.cache / "report"
        assert main(["report", given, "--out", str(out), "--json"]) in (0, 3)
        assert_no_value(out.glob("ethics-report.*"), [f["evidence"] for f in seen])
    assert main(["deposit", str(document), "--json"]) == 0
    assert_no_value(home.submissions.glob("*/ethics-report.*"), [f["evidence"] for f in seen])
    assert_unmarked(home)


def assert_no_value(papers: Iterator[Path], values: list[str]) -> None:
    """No value of a finding, no name of a file, in any paper; the PDF is drawn from the page."""
    read = [p for p in papers if p.suffix != ".pdf"]
    assert read
    for paper in read:
        text = paper.read_text("utf-8")
        assert not [v for v in values if v in text], paper.name
        assert f"{MARK}_" not in text


def test_usage_errors_and_wrong_documents_leave_no_trace(home: Home, data: Path) -> None:
    broken = data / f"{MARK}-broken.depositor.json"
    broken.write_text("{" + MARK)
    for argv in (
        ["validate", str(broken)],
        ["deposit", str(data / f"{MARK}-nowhere.depositor.json")],
        ["settings", MARK, MARK],
        ["new", str(data), "--archive", MARK, "--out", "x"],
        [MARK],
        ["diagnose", MARK],
    ):
        main([*argv, "--json"])
    assert_unmarked(home)


def test_exceptions_that_nobody_foresaw_leave_no_trace(home: Home, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"{MARK} in {data}")

    monkeypatch.setattr("depositor.session.tasks.look", breaks)
    assert main(["scan", str(data), "--json"]) == 70
    assert '"exception": "RuntimeError"' in assert_unmarked(home)


def test_a_crash_of_the_interpreter_leaves_no_trace_after_the_next_start(home: Home, data: Path) -> None:
    script = (
        "import os, sys\nfrom depositor.session import tasks\n"
        "def dies(*a, **k): os.abort()\n"
        "tasks.look = dies\nfrom depositor.cli.main import main\nmain(['scan', sys.argv[1]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(data)], env=dict(os.environ), capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0
    main(["scan", str(data), "--json"])
    assert "program.crashed" in assert_unmarked(home)
