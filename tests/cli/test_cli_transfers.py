"""status and resume: what stands where, in words and JSON, and what becomes of files that failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_running import Run
from test_cli_sending import sending_home, study

from depositor.cli import exits
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.sending import following
from depositor.transfer.ports import Progress
from depositor.transfer.problems import offline

__all__ = ["sending_home", "study"]  # fixtures
VICTIM = "greenZstack.tif"


@pytest.fixture
def failed(run: Run, study: Path, sending_home: Path) -> tuple[str, Path]:
    """A deposit of which one file changed after the seal; (its id, the file)."""
    victim = next(study.parent.rglob(VICTIM))
    desk = Desk(Home.find())
    try:
        from depositor.draft.cancel import Cancel

        opened = desk.load(study)
        opened.scan(Cancel())
        opened.read_headers(Cancel())
        opened.check_privacy(Cancel())
        made = opened.seal().id
    finally:
        desk.close()
    victim.write_bytes(victim.read_bytes() + b"more")
    assert run("resume", made, "--json").code == exits.NEEDS_USER
    return made, victim


def status(run: Run, submission: str) -> dict[str, Any]:
    (row,) = run("status", submission, "--json").json()["submissions"]
    return dict(row)


def test_failed_files_are_told_with_what_one_can_do(run: Run, failed: tuple[str, Path]) -> None:
    row = status(run, failed[0])
    assert (row["state"], row["group"], row["runner"]) == ("failed-files", "failed", "nobody")
    assert row["files_failed"] == 1
    assert {"retry", "skip", "replace", "report"} <= set(row["actions"])
    told = next(p for p in row["problems"] if p["code"] == "file.changed")
    assert told["side"] == "this computer"
    assert told["path"].endswith(VICTIM)
    words = run("status").out
    assert "1 file did not go through" in words
    assert VICTIM in words


def test_resume_takes_a_changed_file_as_it_is_now(run: Run, failed: tuple[str, Path]) -> None:
    done = run("resume", failed[0], "--replace", failed[1], "--json")
    assert done.code == exits.DONE, done.err
    receipt = done.json()
    assert receipt["problems"] == []
    assert str(failed[1].stat().st_size) in Path(receipt["proofs"]).read_text("utf-8")
    assert status(run, failed[0])["state"] == "accepted"


def test_resume_leaves_a_file_out(run: Run, failed: tuple[str, Path]) -> None:
    done = run("resume", failed[0], "--skip", f"stacks/{VICTIM}", "--json")
    assert [p["code"] for p in done.json()["problems"]] == ["deposit.left-out"]
    assert "1 file is left out." in done.err


def test_a_file_that_did_not_fail_cannot_be_left_out(run: Run, failed: tuple[str, Path]) -> None:
    done = run("resume", failed[0], "--skip", "nothing.tif", "--json")
    assert done.code == exits.NEEDS_USER
    assert done.json()["problems"][0]["code"] == "failed.no-such-file"
    assert status(run, failed[0])["files_failed"] == 1


def test_without_a_word_they_are_tried_again(run: Run, failed: tuple[str, Path]) -> None:
    assert run("resume", failed[0], "--json").code == exits.NEEDS_USER
    data = failed[1].read_bytes()[:-4]
    failed[1].write_bytes(data)
    desk = Desk(Home.find())
    try:
        with desk.store.transaction() as db:
            stamp = failed[1].stat().st_mtime_ns
            db.execute("UPDATE submission_file SET mtime_ns=? WHERE name LIKE ?", (stamp, f"%{VICTIM}"))
    finally:
        desk.close()
    done = run("resume", failed[0], "--retry-failed", "--json")
    assert done.code == exits.DONE, done.err


def test_what_another_program_sends_is_followed(
    run: Run, failed: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(Home.find())
    try:
        moving = Progress(files=9, files_done=3, bytes=1000, bytes_done=400, speed=50.0, remaining_s=12.0)
        following.write(desk.store, failed[0], moving)
        row = status(run, failed[0])
        assert (row["state"], row["runner"], row["speed"], row["remaining_s"]) == ("sending", "another program", 50, 12)
        assert "50 bytes/s · 12 seconds left" in run("status").out
        waiting = Progress(files=9, bytes=1000, waiting=offline("example.org"), retry_in_s=30.0)
        following.write(desk.store, failed[0], waiting)
        row = status(run, failed[0])
        assert (row["state"], row["waiting"]["side"]) == ("waiting", "network")
        assert 20 <= row["retry_in_s"] <= 30
        with desk.store.transaction() as db:
            news = json.loads(db.execute("SELECT news FROM submission").fetchone()[0])
            db.execute("UPDATE submission SET news=?", (json.dumps({**news, "at": news["at"] - 3600}),))
        assert status(run, failed[0])["runner"] == "nobody", "what was told long ago counts no more"
    finally:
        desk.close()
