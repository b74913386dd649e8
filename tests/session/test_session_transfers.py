"""Where a submission stands, its words, and the list of its files."""

from dataclasses import replace

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.draft.submission import Proof, Receipt, Stage, State
from depositor.session.desk import SubmissionInfo
from depositor.session.sending import following, transfer_words
from depositor.session.sending.file_list import FileList
from depositor.session.sending.transfers import Group, Runner, Stand, Survey, look, standing
from depositor.transfer.ports import Progress

INFO = SubmissionInfo(
    "s", "d", "practice", "", 1, "2026-11-21T10:00:00Z", "T", 9, 1000, Stage.SENDING, False, None, None, None
)
RECEIPT = Receipt("s", "", "practice", "P-1", None, State.SENT, 9, 1000, 1000, "", "", "", None, "")


def problem(code, side=Side.NETWORK, actions=()):
    return Problem(code, side, msg("t", "It waits."), msg("t.advice", "Look."), actions=actions)


def stand(info=INFO, progress=None, runner=Runner.NOBODY, why=None):
    return standing(info, progress or Progress(files=9, bytes=1000, bytes_done=250), runner, why)


@pytest.mark.parametrize(
    ("found", "expected", "group"),
    [
        (stand(runner=Runner.HERE), Stand.SENDING, Group.RUNNING),
        (stand(runner=Runner.OTHER), Stand.SENDING, Group.RUNNING),
        (
            stand(progress=Progress(waiting=problem("network.offline")), runner=Runner.HERE),
            Stand.WAITING,
            Group.WAITING,
        ),
        (stand(progress=Progress(waiting=problem("transfer.hours")), runner=Runner.HERE), Stand.RESTING, Group.WAITING),
        (stand(replace(INFO, paused=True)), Stand.PAUSED, Group.WAITING),
        (stand(), Stand.STOPPED, Group.WAITING),
        (stand(why=problem("network.offline")), Stand.STOPPED, Group.WAITING),
        (stand(why=problem("deposit.stopped", Side.COMPUTER)), Stand.STOPPED, Group.WAITING),
        (stand(why=problem("archive.sign-in", Side.ARCHIVE, ("sign-in",))), Stand.NEEDS_USER, Group.FAILED),
        (stand(progress=Progress(files_failed=2)), Stand.FAILED_FILES, Group.FAILED),
        (
            stand(progress=Progress(files_failed=2), why=problem("deposit.files-failed")),
            Stand.FAILED_FILES,
            Group.FAILED,
        ),
        (stand(replace(INFO, stage=Stage.FAILED)), Stand.REFUSED, Group.FAILED),
        (stand(replace(INFO, stage=Stage.CANCELLED)), Stand.CANCELLED, Group.DONE),
        (stand(replace(INFO, stage=Stage.DONE, receipt=RECEIPT)), Stand.SENT, Group.DONE),
        (
            stand(replace(INFO, stage=Stage.DONE, receipt=replace(RECEIPT, state=State.PUBLIC))),
            Stand.ACCEPTED,
            Group.DONE,
        ),
    ],
)
def test_where_a_submission_stands(found, expected, group):
    assert (found.stand, found.group) == (expected, group)
    assert transfer_words.told(found)
    assert found.as_json()["state"] == str(expected)


def test_every_end_has_a_next_action():
    for way in Stand:
        found = replace(stand(), stand=way)
        assert found.actions or found.group is Group.DONE, way
    signing_in = stand(why=problem("archive.sign-in", Side.ARCHIVE, ("sign-in",)))
    assert signing_in.actions[0] == "sign-in"


def test_what_is_not_known_is_said_openly():
    moving = Progress(files=9, bytes=1000, bytes_done=250, speed=50.0)
    assert transfer_words.pace(stand(progress=moving, runner=Runner.HERE)).endswith("time left not known yet")
    known = replace(moving, remaining_s=15.0)
    assert transfer_words.pace(stand(progress=known, runner=Runner.HERE)) == "50 bytes/s · 15 seconds left"
    assert transfer_words.pace(stand(replace(INFO, paused=True), known)) == ""


def test_a_wait_says_when_it_tries_again():
    waiting = Progress(waiting=problem("network.offline"), retry_in_s=90.0)
    assert transfer_words.again(stand(progress=waiting, runner=Runner.HERE)) == "Next try in 2 minutes."
    at_once = replace(waiting, retry_in_s=None)
    assert transfer_words.again(stand(progress=at_once, runner=Runner.HERE)) == "Trying again now."


def test_the_sum_of_all_is_one_line():
    fast = stand(progress=Progress(bytes=9, speed=2_000_000, remaining_s=60), runner=Runner.HERE)
    slow = stand(progress=Progress(bytes=9, speed=1_000_000, remaining_s=600), runner=Runner.OTHER)
    told = transfer_words.all_together([fast, slow, stand()]).replace("\u00a0", " ")
    assert told == "2 transfers are running · 3.0 MB/s · 10 minutes left"
    waits = stand(progress=Progress(waiting=problem("network.offline")), runner=Runner.HERE)
    assert transfer_words.all_together([waits]) == "It waits."
    assert transfer_words.all_together([stand()]) == ""


def test_a_survey_counts_only_what_changed(desk, ready, monkeypatch):
    made = ready.seal()
    survey = Survey(desk)
    (first,) = survey.all()
    assert (first.stand, first.progress.files) == (Stand.STOPPED, made.files)
    monkeypatch.setattr(type(desk.deposit(made.id)), "progress", lambda _: pytest.fail("counted again"))
    assert survey.all() == (first,)
    monkeypatch.undo()
    following.write(desk.store, made.id, Progress(files=9, bytes=1000, bytes_done=500))
    assert survey.all()[0].runner is Runner.OTHER
    with desk.store.transaction() as db:
        db.execute("UPDATE submission SET news=NULL")
    desk.deposit(made.id).pause()
    assert survey.all()[0].stand is Stand.PAUSED


def test_a_finished_submission_costs_no_count(desk, ready):
    run = desk.deposit(ready.seal().id)
    receipt = run.run()
    found = look(desk, desk.submission(run.id))
    assert found.stand is Stand.ACCEPTED
    assert (found.progress.files_done, found.progress.bytes_done) == (receipt.files, receipt.bytes)


# --- the list of files -----------------------------------------------------------------------------------------------


def listed(desk, ready):
    run = desk.deposit(ready.seal().id)
    return FileList(desk.store, run.id), run


def test_pages_of_all_files_and_of_one_state(desk, ready):
    files, _ = listed(desk, ready)
    number = files.all().count()
    assert [line.seq for line in files.lines(files.all().seqs(2, 3))] == [3, 4, 5]
    assert files.lines(files.all().seqs(number, 5)) == ()
    with desk.store.transaction() as db:
        db.execute("UPDATE submission_file SET state='failed' WHERE seq IN (2, 5)")
        db.execute("UPDATE submission_file SET state='skipped' WHERE seq=4")
    assert list(files.of(["failed"]).seqs(1, 9)) == [5]
    assert list(files.of(["failed", "skipped"]).seqs(0, 9)) == [2, 4, 5]
    assert files.of(["failed", "skipped"]).count() == 3
    assert files.counts() == {"failed": 2, "skipped": 1, "waiting": number - 3}
    with desk.store.transaction() as db:
        db.execute("DELETE FROM submission_file WHERE seq=3")
    assert [line.seq for line in files.lines(files.all().seqs(1, 3))] == [2, 4, 5], "gaps are no rows"


def test_names_are_found_whatever_their_case(desk, ready):
    files, _ = listed(desk, ready)
    with desk.store.transaction() as db:
        db.execute("UPDATE submission_file SET origin='Größe/ÄHRE.tif' WHERE seq=1")
    assert list(files.containing("ähre", (), Cancel()).seqs(0, 9)) == [1]
    assert files.containing("ähre", ("failed",), Cancel()).count() == 0
    cancelled = Cancel()
    cancelled.set()
    assert files.containing("tif", (), cancelled).count() == 0


def test_a_line_tells_what_is_there_and_how_that_is_known(desk, ready):
    files, run = listed(desk, ready)
    with desk.store.transaction() as db:
        db.execute("UPDATE submission_file SET state='verified', remote_digests='{\"sha256\": \"00\"}' WHERE seq=1")
        db.execute("UPDATE submission_file SET state='sent', proof='samples' WHERE seq=2")
        row = (run.id, 3, "tus", "x", 7)
        db.execute("INSERT INTO upload (submission_id, seq, protocol, token, offset_known) VALUES (?,?,?,?,?)", row)
    first, second, third = files.lines([1, 2, 3])
    assert (first.proof, first.held) == (Proof.DIGEST, first.size)
    assert second.proof is Proof.SAMPLES
    assert (third.proof, third.held, third.state) == (None, 7, "waiting")
