"""The whole way with a real archive: the practice archive in a process of its own."""

import json
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from depositor.archives.practice.adapter import PracticeSession
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Choice, Decision
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Refused, Stopped
from depositor.draft.steps import StepId, StepState
from depositor.draft.submission import Stage, State
from depositor.session.desk import Desk
from depositor.transfer import problems

WAIT_S = 60


def test_the_example_goes_from_folder_to_receipt(desk, ready):
    sealed = ready.seal()
    receipt = desk.deposit(sealed.id).run()
    assert receipt.state in (State.ACCEPTED, State.PUBLIC)
    assert receipt.accession.startswith("PRACTICE-")
    assert receipt.files == sealed.files == ready.summary().files
    assert receipt.bytes == sealed.bytes
    assert receipt.more["checksums"] == {
        "equal": receipt.files + receipt.more["documents"],
        "different": 0,
        "not_told": 0,
    }
    kept = json.loads(Path(receipt.receipt).read_text("utf-8"))
    assert kept["accession"] == receipt.accession
    assert Path(receipt.receipt).with_name("receipt.pdf").read_bytes().startswith(b"%PDF")
    page = urllib.request.urlopen(receipt.url, timeout=20).read().decode()
    assert receipt.accession in page
    assert {s.id: s.state for s in ready.steps()}[StepId.RECEIPT] is StepState.DONE


def test_running_a_finished_deposit_again_changes_nothing(desk, ready):
    sealed = ready.seal()
    first = desk.deposit(sealed.id).run()
    assert desk.deposit(sealed.id).run() == first


def test_what_is_missing_stops_the_seal_with_words(desk, ready):
    ready.edit("study.title", "")
    with pytest.raises(NeedsUser) as caught:
        ready.seal()
    assert caught.value.problem.code == "seal.not-ready"


def test_a_refusal_of_the_archive_comes_in_its_own_words_and_nothing_is_lost(desk, ready):
    sealed = ready.seal()
    with desk.store.transaction() as db:  # a document that no check of ours would have let through
        document = json.loads(db.execute("SELECT document FROM submission").fetchone()[0])
        document["metadata"]["study"]["title"] = "Short"
        db.execute("UPDATE submission SET document=?", (json.dumps(document),))
    with pytest.raises(Refused) as caught:
        desk.deposit(sealed.id).run()
    assert "25" in caught.value.problem.message.english()
    assert caught.value.problem.side == "archive"
    assert desk.submission(sealed.id).stage is Stage.FAILED
    again = desk.deposit(ready.seal().id).run()
    assert again.accession


def test_a_right_that_is_missing_at_the_end_does_not_end_it(desk, ready, monkeypatch):
    sealed = ready.seal()

    def forbidden(*_):
        raise Refused(problems.forbidden("archive.example"))

    with monkeypatch.context() as away:
        away.setattr(PracticeSession, "check", forbidden)
        with pytest.raises(Refused):
            desk.deposit(sealed.id).run()
    assert desk.submission(sealed.id).stage is Stage.DOCUMENTED
    sent = desk.deposit(sealed.id).run()
    assert (sent.accession is not None, sent.files) == (True, sealed.files)


def test_an_excluded_file_is_not_sent(desk, ready):
    found = next(f for f in ready.privacy() if f.path)
    ready.decide([Decision(found.key, Choice.EXCLUDE, "not needed", "me", "2026-01-01T00:00:00Z")])
    receipt = desk.deposit(ready.seal().id).run()
    names = Path(receipt.proofs).read_text("utf-8")
    assert receipt.files == ready.summary().files - 1
    assert found.path not in names


def test_pausing_stops_and_running_again_goes_on(desk, ready):
    run = desk.deposit(ready.seal().id)
    run.limit(20_000)
    told = []

    def send():
        try:
            run.run()
        except Stopped as stopped:
            told.append(stopped.problem.code)

    thread = threading.Thread(target=send)
    thread.start()
    while run.progress().bytes_sent == 0 and thread.is_alive():
        thread.join(0.02)
    run.pause()
    thread.join(WAIT_S)
    assert told == ["deposit.stopped"]
    assert desk.submission(run.id).paused
    run.limit(None)
    assert run.run().accession
    assert not desk.submission(run.id).paused


def test_a_stopped_run_counts_what_the_archive_holds_of_files_under_way(desk, ready):
    run = desk.deposit(ready.seal().id)
    first, second = (file for file, _ in run.files()[:2])
    with desk.store.transaction() as db:
        for file, offset in ((first, 1_000), (second, second.size + 5_000)):
            row = (run.id, file.seq, "tus", "http://x", offset)
            db.execute("INSERT INTO upload (submission_id, seq, protocol, token, offset_known) VALUES (?,?,?,?,?)", row)
    assert run.progress().bytes_done == min(1_000, first.size) + second.size
    assert run.progress().files_done == 0


def test_cancelling_takes_the_draft_back_at_the_archive(desk, ready):
    run = desk.deposit(ready.seal().id)
    run.limit(20_000)

    def send():
        with pytest.raises(Stopped):
            run.run()

    thread = threading.Thread(target=send)
    thread.start()
    while run.progress().bytes_sent == 0 and thread.is_alive():
        thread.join(0.02)
    run.cancel()
    thread.join(WAIT_S)
    assert desk.submission(run.id).stage is Stage.CANCELLED
    assert desk.deposit(ready.seal().id).run().accession


def test_a_file_that_changed_since_the_seal_is_told_and_the_rest_is_sent(desk, ready):
    sealed = ready.seal()
    victim = next(Path(f.source) for f, _ in desk.deposit(sealed.id).files() if f.name.endswith("greenZstack.tif"))
    victim.write_bytes(victim.read_bytes() + b"more")
    run = desk.deposit(sealed.id)
    with pytest.raises(NeedsUser) as caught:
        run.run()
    assert caught.value.problem.code == "deposit.files-failed"
    assert [p.code for p in run.problems()] == ["file.changed"]
    assert run.progress().files_done == sealed.files - 1
    failed = run.files("failed")
    run.skip(failed[0][0].seq)
    receipt = run.run()
    assert receipt.files == sealed.files - 1
    assert receipt.problems[0].code == "deposit.left-out"


def test_two_programs_do_not_send_one_submission(desk, ready, home):
    sealed = ready.seal()
    run = desk.deposit(sealed.id)
    run._ledger.lock(home.state / "locks")
    other = Desk(home)
    with pytest.raises(NeedsUser) as caught:
        other.deposit(sealed.id).run()
    assert caught.value.problem.code == "deposit.elsewhere"
    other.close()
    run._ledger.unlock()


def test_a_package_is_written_and_verified(desk, example, tmp_path):
    (tmp_path / "drive").mkdir()
    desk.settings.set("package_folder", str(tmp_path / "drive"))
    opened = desk.load(example)
    opened.change(msg("t", "t"), replace(opened.draft, archive="package"))
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    receipt = desk.deposit(opened.seal().id).run()
    folder = next((tmp_path / "drive").iterdir())
    assert (folder / "data" / "ro-crate-metadata.json").exists()
    assert (folder / "manifest-sha256.txt").exists()
    assert not list(folder.glob("*.incomplete"))
    assert receipt.more["checksums"]["different"] == 0
