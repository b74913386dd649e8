"""Privacy checks over a draft: each file once, in the worker process, remembered until it changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level, NotChecked, Subject
from depositor.draft.inventory import FileRow
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory
    from depositor.session.desk import Desk

EXAMINE = "depositor.session.examining:content_and_name"
DONE = ":all"  # the row that says: every file of the inventory was looked at
_GATHER = 200


def check_files(
    desk: Desk,
    draft_id: str,
    inventory: Inventory,
    places: Places,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Check every file that is new or changed since the last check. May be cancelled and called again."""
    total = inventory.count("file")
    known = _stamps(desk.store.connection(), draft_id)
    todo = (r for r in inventory.files() if known.get(places.shown(r.root, r.path)) != _stamp(r))
    stamps: dict[str, str] = {}
    gathered: list[tuple[str, str, str, str, str]] = []
    done = total - sum(1 for r in inventory.files() if known.get(places.shown(r.root, r.path)) != _stamp(r))
    for args, answer in desk.worker().map(EXAMINE, _arguments(places, todo, stamps), cancel):
        shown = str(args[1])
        gathered.append(_row(draft_id, shown, stamps.pop(shown, ""), answer))
        done += 1
        if len(gathered) >= _GATHER:
            _write(desk, gathered)
        if on_progress and done % 25 == 0:
            on_progress(done, total)
    _write(desk, gathered)
    if not cancel:
        _write(desk, [(draft_id, DONE, str(total), "[]", "[]")])
        _forget_gone(desk, draft_id, inventory, places)
    if on_progress:
        on_progress(done, total)


def findings(db: sqlite3.Connection, draft: Draft) -> tuple[Finding, ...] | None:
    """All findings: of files, of their names, and of the form's own text. None until every file was looked at."""
    from depositor.privacy import examine

    if db.execute("SELECT 1 FROM privacy_result WHERE draft_id=? AND path=?", (draft.id, DONE)).fetchone() is None:
        return None
    rows = db.execute("SELECT findings FROM privacy_result WHERE draft_id=? AND findings<>'[]'", (draft.id,))
    found = {f.key: f for row in rows for f in map(finding_from_json, json.loads(row["findings"]))}
    found.update((f.key, f) for f in examine.answers(draft.metadata))
    return tuple(found.values())


def not_checked(db: sqlite3.Connection, draft_id: str) -> tuple[NotChecked, ...]:
    """What no check covers, file by file."""
    rows = db.execute("SELECT not_checked FROM privacy_result WHERE draft_id=? AND not_checked<>'[]'", (draft_id,))
    return tuple(NotChecked(n["path"], _message(n["why"])) for row in rows for n in json.loads(row["not_checked"]))


def count_not_checked(db: sqlite3.Connection, draft_id: str) -> int:
    """How many files have a part that no check covers."""
    sql = "SELECT count(*) FROM privacy_result WHERE draft_id=? AND not_checked<>'[]'"
    return int(db.execute(sql, (draft_id,)).fetchone()[0])


def _arguments(places: Places, rows: Iterator[FileRow], stamps: dict[str, str]) -> Iterator[tuple[Path, str]]:
    for row in rows:
        shown = places.shown(row.root, row.path)
        stamps[shown] = _stamp(row)
        yield places.absolute(row.root, row.path), shown


def _stamps(db: sqlite3.Connection, draft_id: str) -> Mapping[str, str]:
    return {
        r["path"]: r["stamp"]
        for r in db.execute("SELECT path, stamp FROM privacy_result WHERE draft_id=?", (draft_id,))
    }


def _stamp(row: FileRow) -> str:
    return f"{row.size}:{row.mtime_ns}"


def _row(draft_id: str, shown: str, stamp: str, answer: Any) -> tuple[str, str, str, str, str]:
    if isinstance(answer, Problem):
        gap = [{"path": shown, "why": message_to_json(answer.message)}]
        return draft_id, shown, stamp, "[]", json.dumps(gap, ensure_ascii=False)
    found = [finding_to_json(f) for f in answer.findings]
    gaps = [{"path": n.path, "why": message_to_json(n.why)} for n in answer.not_checked]
    return draft_id, shown, stamp, json.dumps(found, ensure_ascii=False), json.dumps(gaps, ensure_ascii=False)


def _write(desk: Desk, rows: list[tuple[str, str, str, str, str]]) -> None:
    if rows:
        with desk.store.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO privacy_result VALUES (?,?,?,?,?)", rows)
        rows.clear()


def _forget_gone(desk: Desk, draft_id: str, inventory: Inventory, places: Places) -> None:
    """Results of files that are no longer part of the draft go, unless all are still there."""
    known = len(_stamps(desk.store.connection(), draft_id)) - 1
    if known <= inventory.count("file"):
        return
    here = {places.shown(r.root, r.path) for r in inventory.files()} | {DONE}
    gone = [(draft_id, p) for p in _stamps(desk.store.connection(), draft_id) if p not in here]
    with desk.store.transaction() as db:
        db.executemany("DELETE FROM privacy_result WHERE draft_id=? AND path=?", gone)


# --- findings as stored JSON: messages stay messages, so that they can be said in any language -----------------------


def message_to_json(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "id": message.id,
        "text": message.text,
        "args": dict(message.args),
        "n": message.count,
        "many": message.plural,
    }


def _message(data: Mapping[str, Any]) -> Message:
    return Message(data["id"], data["text"], data["args"], data["n"], data["many"])


def finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        **finding.as_json(show_evidence=True),
        "message": message_to_json(finding.message),
        "why": message_to_json(finding.why),
        "advice": message_to_json(finding.advice),
    }


def finding_from_json(data: Mapping[str, Any]) -> Finding:
    return Finding(
        key=data["key"],
        check=data["check"],
        level=Level(data["level"]),
        message=_message(data["message"]),
        why=_message(data["why"]) if data["why"] else None,
        advice=_message(data["advice"]) if data["advice"] else None,
        path=data["path"],
        location=data["location"],
        subject=Subject(data["subject"]) if data["subject"] else None,
        evidence=data["evidence"],
        remedies=tuple(data["remedies"]),
    )
