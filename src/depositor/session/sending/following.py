"""What one program tells another through the store: how far a submission is, that it shall be sent, what came of it.

News is written by the program that sends, every two seconds. A hand-over is a row of ``step`` named ``hand-over``: its
intent is the wish, its outcome what came of the run.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from depositor.draft.problem import (
    Damaged,
    Defect,
    DepositError,
    NeedsUser,
    Problem,
    Refused,
    Retryable,
    Stopped,
)
from depositor.session.clock import now
from depositor.session.store import Store
from depositor.transfer.ports import FileProgress, Progress

EVERY_S = 2.0
FRESH_S = 10.0  # older news is of a program that is gone, or hangs
HAND_OVER = "hand-over"
_KINDS: dict[str, type[DepositError]] = {
    kind.__name__: kind for kind in (Retryable, NeedsUser, Refused, Damaged, Stopped, Defect)
}


# --- news ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """How far a run of some program is. ``age_s``: how long ago it was told; ``pid``: the process that told it."""

    progress: Progress
    age_s: float
    pid: int

    @property
    def fresh(self) -> bool:
        return self.age_s < FRESH_S


def write(store: Store, submission_id: str, progress: Progress, sent: int | None = None) -> None:
    """Tell how far a submission is; ``sent``: the bytes that were sent for it in all runs."""
    news = {"at": time.time(), "pid": os.getpid(), "progress": to_json(progress)}
    with store.transaction() as db:
        db.execute(
            "UPDATE submission SET news=?, bytes_sent=coalesce(?, bytes_sent) WHERE id=?",
            (json.dumps(news, ensure_ascii=False), sent, submission_id),
        )


def read(store: Store, submission_id: str) -> News | None:
    """What was told last; None where nothing was, or where it cannot be understood."""
    row = store.connection().execute("SELECT news FROM submission WHERE id=?", (submission_id,)).fetchone()
    try:
        data = json.loads(row["news"])
        age = abs(time.time() - float(data["at"]))  # whichever way the clock was set meanwhile
        return News(from_json(data["progress"]), age, int(data["pid"]))
    except (TypeError, ValueError, KeyError):
        return None


@contextlib.contextmanager
def telling(store: Store, submission_id: str, progress: Callable[[], Progress]) -> Iterator[None]:
    """Write news and the count of bytes sent, every two seconds and at the end."""
    base = _bytes_sent(store, submission_id)
    over = threading.Event()

    def tell() -> None:
        while not over.wait(EVERY_S):
            with contextlib.suppress(DepositError):  # a full disk is told by who cannot do without it
                seen = progress()
                write(store, submission_id, seen, base + seen.bytes_sent)

    thread = threading.Thread(target=tell, name="news", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _conclude(store, submission_id, base + progress().bytes_sent)


def to_json(progress: Progress) -> dict[str, Any]:
    """A Progress as JSON."""
    told = {f.name: getattr(progress, f.name) for f in fields(Progress)}
    told["active"] = [{f.name: getattr(a, f.name) for f in fields(FileProgress)} for a in progress.active]
    told["curve"] = [round(speed) for speed in progress.curve]
    told["waiting"] = progress.waiting.as_stored() if progress.waiting else None
    return told


def from_json(data: Mapping[str, Any]) -> Progress:
    """The Progress of :func:`to_json`; of another version of the program, as far as this one knows it."""
    known = _known(Progress, data)
    known["active"] = tuple(FileProgress(**_known(FileProgress, a)) for a in data.get("active", ()))
    known["curve"] = tuple(float(speed) for speed in data.get("curve", ()))
    known["waiting"] = Problem.from_stored(data["waiting"]) if data.get("waiting") else None
    return Progress(**known)


def aged(news: News) -> Progress:
    """The progress with its waits counted on to this moment."""
    told = news.progress
    if told.retry_in_s is None:
        return told
    return replace(told, retry_in_s=max(told.retry_in_s - news.age_s, 0.0))


def _known(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: data[f.name] for f in fields(kind) if f.name in data}


def _bytes_sent(store: Store, submission_id: str) -> int:
    row = store.connection().execute("SELECT bytes_sent FROM submission WHERE id=?", (submission_id,)).fetchone()
    return int(row[0])


def _conclude(store: Store, submission_id: str, sent: int) -> None:
    """Nothing runs any more: what the journal counts is the truth."""
    with store.transaction() as db:
        db.execute("UPDATE submission SET news=NULL, bytes_sent=? WHERE id=?", (sent, submission_id))


# --- hand-over -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What another program wants of the one that sends: ``limit`` in bytes per second, None for what the settings say;
    ``cancel``: give it up for good."""

    submission: str
    limit: int | None = None
    cancel: bool = False


def ask(store: Store, wish: Wish) -> None:
    """Ask whoever holds the lease; an earlier wish for the same submission, and its answer, are forgotten."""
    request = json.dumps({"limit": wish.limit, "cancel": wish.cancel})
    with store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO step (submission_id, name, intent_at, request) VALUES (?,?,?,?)",
            (wish.submission, HAND_OVER, now(), request),
        )
        if not wish.cancel:
            db.execute("UPDATE submission SET paused=0 WHERE id=?", (wish.submission,))


def wishes(store: Store) -> tuple[Wish, ...]:
    """What was asked for and has no answer yet."""
    sql = "SELECT submission_id, request FROM step WHERE name=? AND outcome_at IS NULL"
    found = []
    for row in store.connection().execute(sql, (HAND_OVER,)):
        request = json.loads(row["request"] or "{}")
        found.append(Wish(row["submission_id"], request.get("limit"), bool(request.get("cancel"))))
    return tuple(found)


def answer(store: Store, submission_id: str, error: DepositError | None) -> None:
    """Write what came of a run, for whoever asked for it."""
    outcome: dict[str, Any] = {}
    if error is not None:
        outcome = {"kind": type(error).__name__, "problem": error.problem.as_stored()}
    with store.transaction() as db:
        db.execute(
            "UPDATE step SET outcome_at=?, outcome=? WHERE submission_id=? AND name=? AND outcome_at IS NULL",
            (now(), json.dumps(outcome, ensure_ascii=False), submission_id, HAND_OVER),
        )


def answered(store: Store, submission_id: str) -> bool:
    """True once the run that was asked for came to an end. Raises the error that it ended with."""
    sql = "SELECT outcome FROM step WHERE submission_id=? AND name=? AND outcome_at IS NOT NULL"
    row = store.connection().execute(sql, (submission_id, HAND_OVER)).fetchone()
    if row is None:
        return False
    outcome = json.loads(row["outcome"] or "{}")
    if outcome:
        raise _KINDS.get(outcome["kind"], Defect)(Problem.from_stored(outcome["problem"]))
    return True


def withdraw_wish(store: Store, submission_id: str) -> None:
    """Forget what was asked for: it is being done here, or nobody waits for it any more."""
    with store.transaction() as db:
        db.execute("DELETE FROM step WHERE submission_id=? AND name=?", (submission_id, HAND_OVER))
