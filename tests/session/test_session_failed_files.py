"""Files that did not go through: again, without them, or as they are now, checked like the rest."""

import json
import threading
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Choice, Decision
from depositor.draft.problem import NeedsUser, Stopped
from depositor.draft.steps import undecided
from depositor.session import receipts
from depositor.session.sending import failed_files, replacing

VICTIM = "greenZstack.tif"
WAIT_S = 60


def source_of(run):
    return next(Path(f.source) for f, _ in run.files() if f.name.endswith(VICTIM))


def failing(desk, ready, change):
    """A run that ended with one failed file, changed since the seal."""
    run = desk.deposit(ready.seal().id)
    change(source_of(run))
    with pytest.raises(NeedsUser):
        run.run()
    return run, failed_files.listed(desk, run.id)[0]


def longer(path):
    path.write_bytes(path.read_bytes() + b"more")


def with_a_patient(path):
    import numpy as np
    import tifffile

    told = "Patient name: Halina Wojciechowska; date of birth: 1958-07-03; patient ID: 4711-0815"
    tifffile.imwrite(path, np.zeros((8, 8), "uint8"), description=told)


def stored(run, receipt):
    proofs = Path(receipt.proofs).read_text("utf-8").splitlines()
    return next(line for line in proofs if VICTIM in line)


def test_a_changed_file_is_taken_as_it_is_now(desk, ready):
    run, failed = failing(desk, ready, longer)
    assert failed.problem.code == "file.changed"
    done = replacing.replace_file(desk, run.id, failed, Cancel())
    size = source_of(run).stat().st_size
    assert (done.size, done.left_out, done.cleaned) == (size, False, False)
    assert run.progress().bytes == ready.summary().bytes, "the totals of submission and draft know the new size"
    receipt = run.run()
    assert receipt.files == run.progress().files - len(run._ledger.documents())
    assert str(size) in stored(run, receipt)
    assert receipt.more["replaced"] == {"count": 1, "files": [failed.file.origin]}
    assert "had changed after the sealing" in receipts.replaced(receipt).english()
    assert "had changed after the sealing" in Path(receipt.more["page"]).read_text("utf-8")
    row = desk.store.connection().execute("SELECT * FROM step WHERE name LIKE 'replace:%'").fetchone()
    assert json.loads(row["request"])["was"]["size"] == size - 4
    assert row["outcome_at"]


def test_what_was_sent_of_the_old_file_does_not_count(desk, ready):
    run = desk.deposit(ready.seal().id)
    run.limit(20_000)
    victim = source_of(run)

    def send():
        with pytest.raises(Stopped):
            run.run()

    thread = threading.Thread(target=send)
    thread.start()
    sql = "SELECT offset_known FROM upload JOIN submission_file USING (submission_id, seq) WHERE name LIKE ?"
    held = lambda: desk.store.connection().execute(sql, (f"%{VICTIM}",)).fetchone()  # noqa: E731
    while (held() is None or not held()[0]) and thread.is_alive() and not run.progress().files_done:
        thread.join(0.02)
    run.pause()
    thread.join(WAIT_S)
    run.resume()
    run.limit(None)
    new = bytes(b ^ 1 for b in victim.read_bytes()) + b"x"
    victim.write_bytes(new)
    with desk.store.transaction() as db:  # also where it had been sent before it changed
        db.execute("UPDATE submission_file SET state='waiting' WHERE name LIKE ?", (f"%{VICTIM}",))
    with pytest.raises(NeedsUser):
        run.run()
    (failed,) = failed_files.listed(desk, run.id)
    replacing.replace_file(desk, run.id, failed, Cancel())
    receipt = run.run()
    import hashlib

    assert hashlib.sha256(new).hexdigest() in stored(run, receipt)


def test_nothing_unchecked_goes(desk, ready):
    run, failed = failing(desk, ready, with_a_patient)
    with pytest.raises(NeedsUser) as caught:
        replacing.replace_file(desk, run.id, failed, Cancel())
    assert caught.value.problem.code == "replace.undecided"
    assert caught.value.problem.actions == ("decide",)
    assert [f.file.seq for f in failed_files.listed(desk, run.id)] == [failed.file.seq], "it stays failed"
    with pytest.raises(NeedsUser):
        run.run()


def decide(opened, choice):
    for finding in undecided(opened.draft, opened.privacy()):
        opened.decide([Decision(finding.key, choice, "for the test", "me", "2026-01-01T00:00:00Z")])


def test_a_decision_to_clean_sends_a_cleaned_copy(desk, ready):
    run, failed = failing(desk, ready, with_a_patient)
    with pytest.raises(NeedsUser):
        replacing.replace_file(desk, run.id, failed, Cancel())
    decide(ready, Choice.CLEAN)
    done = replacing.replace_file(desk, run.id, failed, Cancel())
    assert done.cleaned
    original = source_of(desk.deposit(run.id))
    receipt = run.run()
    assert str(done.size) in stored(run, receipt)
    assert original.name != VICTIM, "a recipe or a copy is sent"
    held = [p for p in (desk.home.practice / "uploads").rglob("*") if p.is_file()]
    assert held
    assert not any(b"Wojciechowska" in p.read_bytes() for p in held)


def test_a_decision_to_leave_it_out_leaves_it_out(desk, ready):
    run, failed = failing(desk, ready, with_a_patient)
    with pytest.raises(NeedsUser):
        replacing.replace_file(desk, run.id, failed, Cancel())
    decide(ready, Choice.EXCLUDE)
    assert replacing.replace_file(desk, run.id, failed, Cancel()).left_out
    assert run.run().problems[0].code == "deposit.left-out"


def test_what_is_gone_or_no_longer_chosen_is_told(desk, ready):
    run, failed = failing(desk, ready, longer)
    path = source_of(run)
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(NeedsUser) as caught:
        replacing.replace_file(desk, run.id, failed, Cancel())
    assert caught.value.problem.code == "replace.gone"
    path.write_bytes(kept)
    ready.set_files([])
    with pytest.raises(NeedsUser) as caught:
        replacing.replace_file(desk, run.id, failed, Cancel())
    assert caught.value.problem.code == "replace.moved"


def test_again_or_without_them(desk, ready):
    run, failed = failing(desk, ready, longer)
    assert failed_files.retry(desk, run.id, [failed.file.seq + 999]) == 0
    assert failed_files.retry(desk, run.id) == 1
    assert failed_files.listed(desk, run.id) == ()
    with pytest.raises(NeedsUser):
        run.run()
    assert failed_files.skip(desk, run.id, [failed.file.seq]) == 1
    assert run.run().problems[0].code == "deposit.left-out"


def test_files_are_named_as_people_see_them(desk, ready):
    run, failed = failing(desk, ready, longer)
    for name in (failed.file.origin, failed.file.name, failed.file.source):
        assert [f.file.seq for f in failed_files.named(desk, run.id, [name])] == [failed.file.seq]
    with pytest.raises(NeedsUser) as caught:
        failed_files.named(desk, run.id, ["nothing.tif"])
    assert caught.value.problem.code == "failed.no-such-file"


def test_the_report_names_no_file(desk, ready):
    run, failed = failing(desk, ready, longer)
    told = failed_files.report(desk, run.id)
    assert "1 x file.changed" in told
    assert f"file {failed.file.seq}: {failed.file.size} bytes" in told
    for word in ("greenZstack", "stacks", "study", str(desk.home.state)):
        assert word not in told


def test_nothing_changes_under_a_running_transfer(desk, ready):
    run, failed = failing(desk, ready, longer)
    run._guard.acquire()
    try:
        with pytest.raises(NeedsUser) as caught:
            failed_files.skip(desk, run.id, [failed.file.seq])
    finally:
        run._guard.release()
    assert caught.value.problem.code == "deposit.running"
