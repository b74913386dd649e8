"""The whole test of one archive, in the order in which one thing needs the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from depositor.archives.ports import ArchiveSession
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.session import addresses
from depositor.session.clock import now
from depositor.session.diagnosing import account_steps, greeting_steps, line_steps, upload_steps, web_steps
from depositor.session.diagnosing.bench import Bench, Tell
from depositor.session.diagnosing.place import place_of
from depositor.session.diagnosing.room import room
from depositor.session.diagnosing.trial import Trial
from depositor.session.diagnosing.values import Diagnosis, Estimate, Place, SetSize, Speed, StepState, Told

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_TIDY_S = 30.0
_NOTHING = Message("computer", "")
_NO_ARCHIVE = Capabilities("", "", "computer", _NOTHING, _NOTHING, _NOTHING, _NOTHING)
_tidying: list[threading.Event] = []


def diagnose(
    desk: Desk,
    archive: str,
    cancel: Cancel,
    tell: Tell,
    size: SetSize | None = None,
    *,
    upload: bool = True,
) -> Diagnosis:
    """Test the way to ``archive``; ``tell`` hears of each step when it begins and when it has ended, in this thread.

    NeedsUser for an archive that there is not. A test that was stopped comes back with the steps so far. ``upload``
    False: nothing is sent but questions.
    """
    from depositor.archives import registry

    found = registry.get(archive).capabilities()
    bench = Bench(desk, found, place_of(desk, found), cancel, tell, size)
    started = now()
    measured: tuple[Speed | None, Estimate | None] = (None, None)
    complete = True
    try:
        _line(bench)
        measured = _archive(bench, upload=upload)
    except Stopped:
        complete = False
    steps = tuple(bench.steps)
    return Diagnosis(found.id, found.name, bench.place, started, steps, *measured, complete=complete)


def computer(desk: Desk, cancel: Cancel, tell: Tell) -> Diagnosis:
    """What can be told without an archive: the network of this computer and the proxy that holds for secure pages."""
    bench = Bench(desk, _NO_ARCHIVE, Place("web", port=443, secure=True), cancel, tell)
    started, complete = now(), True
    try:
        line_steps.way(bench)
        line_steps.proxy(bench)
    except Stopped:
        complete = False
    return Diagnosis("", "", bench.place, started, tuple(bench.steps), complete=complete)


def settle(seconds: float = 10.0) -> bool:
    """Wait until trials that were stopped have tidied up; a program that ends calls this. True where all have."""
    return all(over.wait(seconds) for over in tuple(_tidying))


def _line(bench: Bench) -> None:
    """From here to the archive's own answer."""
    kind = bench.place.kind
    if addresses.asked(bench.archive) and addresses.problem(bench.archive, bench.place.url) is not None:
        kind = "unset"  # what stands there leads somewhere, perhaps, but not to a place for data
    if kind in ("folder", "here"):
        return
    if kind in ("unset", "other"):
        bench.step("address", msg("step.address", "Address"), lambda: _no_address(bench), needed=True)
        return
    rest = [line_steps.way, line_steps.proxy, line_steps.names, line_steps.port]
    rest += [web_steps.secure, web_steps.answer] if kind == "web" else [greeting_steps.greeting]
    rest += [greeting_steps.host_key] if kind == "sftp" else []
    for step in rest:
        if bench.reached:
            step(bench)


def _archive(bench: Bench, *, upload: bool) -> tuple[Speed | None, Estimate | None]:
    """What the archive itself says; where it was not reached, only what can be told without it."""
    from depositor.session.sending.deposit import open_session

    if not bench.reached:
        bench.skip(
            "archive",
            msg("step.archive", "The archive itself"),
            msg("archive.not-reached", "Not tried: it was not reached."),
        )
        room(bench, None)
        return None, None
    session = open_session(
        bench.desk, bench.archive.id, bench.desk.settings.endpoint(bench.archive.id) or bench.archive.endpoint
    )
    trial = upload_steps.trial_of(bench, session) if upload else None
    try:
        return _conversation(bench, session, trial, upload=upload)
    finally:
        _close(session, trial)


def _conversation(
    bench: Bench, session: ArchiveSession, trial: Trial | None, *, upload: bool
) -> tuple[Speed | None, Estimate | None]:
    signed_in = account_steps.sign_in(bench, session)
    account_steps.routes(bench, session)
    works = signed_in and all(s.state is not StepState.FAILED for s in bench.steps)
    room(bench, session)
    if not upload or not works:
        return None, None
    speed = upload_steps.upload(bench, trial)
    return speed, upload_steps.estimate(bench, speed)


def _close(session: ArchiveSession, trial: Trial | None) -> None:
    """Close the conversation, but not under a trial that still takes back what it made."""
    if trial is None or not trial.begun or trial.over.is_set():
        session.close()
        return
    _tidying.append(trial.over)

    def close() -> None:
        trial.over.wait(_TIDY_S)
        session.close()

    threading.Thread(target=close, name="diagnose-tidy", daemon=True).start()


def _no_address(bench: Bench) -> Told:
    addresses.needed(bench.desk, bench.archive)  # says what is wrong with the address of a storage of one's own
    text = msg(
        "address.none", "No address of {archive} is set, or it is none that we know.", archive=bench.archive.name
    )
    advice = msg("address.none.advice", "Enter the address on the page “Archive” of the deposit, and test again.")
    raise NeedsUser(Problem("address.none", Side.COMPUTER, text, advice, actions=("choose-archive",)))
