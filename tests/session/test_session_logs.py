"""The log: by a list of allowed fields, and nothing else."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from depositor.session import logs
from depositor.session.home import Home
from depositor.session.settings import Settings

MARK = "ZQXMARK"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home.at(tmp_path).create()
    logs.start(home)
    yield home
    logs.stop()


def written(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for line in logs.events(home)]


def test_an_event_with_its_fields(home: Home) -> None:
    logs.event("scan.finished", files=12, seconds=0.5, code="scan.unreadable", at="depositor.scan.walk:12")
    last = written(home)[-1]
    assert last.pop("at_utc")
    assert last == {
        "event": "scan.finished",
        "files": 12,
        "seconds": 0.5,
        "code": "scan.unreadable",
        "at": "depositor.scan.walk:12",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"path": f"/home/{MARK}"},
        {"message": MARK},
        {"code": MARK},
        {"code": f"a {MARK}"},
        {"archive": MARK.lower()},
        {"files": MARK},
        {"exception": f"{MARK} at /x"},
        {"at": f"/home/{MARK}/x.py:1"},
        {"at": f"{MARK}.module:1"},
        {"version": f"1.0-{MARK}"},
        {"stage": ["sealed", MARK]},
    ],
)
def test_whatever_is_not_allowed_is_left_out(home: Home, fields: dict[str, object]) -> None:
    logs.event("scan.finished", **fields)
    assert set(written(home)[-1]) == {"at_utc", "event"}
    logs.event(f"scan.{MARK}")
    assert MARK.lower() not in "".join(logs.events(home)).lower()


def test_every_field_takes_something_and_refuses_a_sentence() -> None:
    for name, check in logs.FIELDS.items():
        assert not check(f"Sentence with {MARK}"), name
        assert not check(f"/home/{MARK}"), name
        assert not check(None), name


def test_nothing_is_written_before_the_start(tmp_path: Path) -> None:
    logs.event("scan.finished", files=1)
    assert not list(tmp_path.iterdir())


def test_uncaught_exceptions_leave_class_and_place_but_no_text(home: Home) -> None:
    heard: list[tuple[str, str]] = []
    logs.on_defect.append(lambda name, at: heard.append((name, at)))
    try:
        thread = threading.Thread(target=lambda: Settings(home.settings / "x").get(MARK))
        thread.start()
        thread.join()
    finally:
        logs.on_defect.clear()
    assert heard[0][0] == "KeyError"
    assert heard[0][1].startswith("depositor.session.settings:")
    last = written(home)[-1]
    assert (last["event"], last["exception"]) == ("program.defect", "KeyError")
    assert MARK not in "".join(logs.events(home))


def test_a_crash_of_the_interpreter_is_told_by_the_next_start(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom depositor.session import logs, home\n"
        f"h = home.Home.at(Path({str(tmp_path)!r})).create()\nlogs.start(h)\n"
        "from depositor.session.settings import Settings\n"
        "class Bad:\n  def stat(self): os.abort()\n"
        "Settings(Bad())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
    home = Home.at(tmp_path)
    assert list(home.logs.glob("crash-*.txt"))
    logs.start(home)
    try:
        crashed = [e for e in written(home) if e["event"] == "program.crashed"]
        assert str(crashed[0]["at"]).startswith("depositor.session.settings:")
        assert str(tmp_path) not in "".join(logs.events(home))
    finally:
        logs.stop()
    assert not list(home.logs.glob("crash-*.txt"))


def test_old_days_go(home: Home) -> None:
    today = dt.datetime.now(dt.UTC).date()
    for days in (0, 6, 8, 400):
        (home.logs / f"events-{today - dt.timedelta(days=days)}.jsonl").touch()
    logs.stop()
    logs.start(home)
    kept = sorted(p.stem for p in home.logs.glob("events-*.jsonl"))
    assert kept == sorted(f"events-{today - dt.timedelta(days=d)}" for d in (0, 6))


def test_a_flood_does_not_fill_the_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES_A_DAY", 2000)
    for _ in range(200):
        logs.event("scan.finished", files=1)
    assert sum(p.stat().st_size for p in home.logs.glob("events-*")) < 2200


def test_a_log_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    home = Home.at(tmp_path).create()
    logs.start(home)
    try:
        for file in home.logs.glob("events-*"):
            file.unlink()
            file.mkdir()
        logs.event("scan.finished", files=1)
    finally:
        logs.stop()


def test_the_report_holds_what_helps_and_nothing_private(home: Home) -> None:
    settings = Settings(home.settings / "settings.json")
    settings.set("package_folder", f"/data/{MARK}")
    settings.set("endpoints", {"practice": f"https://{MARK}.example.org/"})
    settings.set("theme", "dark")
    settings.set("language", MARK)
    logs.event("scan.finished", files=12)
    text = logs.report(home)
    assert "theme: dark" in text
    assert "package_folder: set" in text
    assert "scan.finished" in text
    assert MARK not in text
    assert str(home.state) not in text


def test_libraries_that_log_are_not_listened_to(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    logging.getLogger("tifffile").warning(MARK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.warn(MARK, stacklevel=1)
    assert MARK not in "".join(logs.events(home))
    assert MARK not in capfd.readouterr().err
