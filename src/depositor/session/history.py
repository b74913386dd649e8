"""A draft in the store: its document, and every change of it, so that undo outlives the program.

A change holds the parts of the document that differ, before and after. ``metadata`` and ``origins`` are cut by module,
so that typing a title does not write the whole description again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from depositor.draft.document import from_document, to_document
from depositor.draft.draft import Draft
from depositor.draft.message import Message

KEPT_CHANGES = 1000  # per draft; older ones can no longer be undone
_CUT = ("metadata", "origins")
Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One undoable change; ``what`` is a message id, ``seq`` counts from 1."""

    seq: int
    what: str
    before: Parts
    after: Parts


def named(what: Message) -> str:
    """A change by its message id and arguments: enough to say it again in any language."""
    return what.id if not what.args else f"{what.id}:{'|'.join(str(v) for v in what.args.values())}"


def parts_of(draft: Draft) -> Parts:
    """The document cut into parts: ``archive``, ``metadata/study``, ``origins/biosample`` ..."""
    out: Parts = {}
    for key, value in to_document(draft).items():
        if key in _CUT:
            out.update(_cut(key, value))
        elif key != "depositor":
            out[key] = value
    return out


def _cut(key: str, value: Mapping[str, Any]) -> Parts:
    if key == "metadata":
        return {f"metadata/{module}": v for module, v in value.items()}
    out: Parts = {}
    for path, origin in value.items():
        module = path.split(".", 1)[0].split("[", 1)[0]
        out.setdefault(f"origins/{module}", {})[path] = origin
    return out


def draft_of(parts: Mapping[str, Any], draft_id: str) -> Draft:
    """The opposite of :func:`parts_of`."""
    document: dict[str, Any] = {"depositor": 1}
    for key, value in parts.items():
        head, _, module = key.partition("/")
        if head == "metadata" and module:
            document.setdefault("metadata", {})[module] = value
        elif head == "origins" and module:
            document.setdefault("origins", {}).update(value)
        else:
            document[key] = value
    return from_document(document, draft_id)


def difference(before: Parts, after: Parts) -> tuple[Parts, Parts]:
    """The parts that differ, as they were and as they are; None stands for a part that is not there."""
    changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    return {k: before.get(k) for k in changed}, {k: after.get(k) for k in changed}


def patched(parts: Parts, change: Parts) -> Parts:
    """``parts`` with a change put in."""
    return {k: v for k, v in {**parts, **change}.items() if v is not None}


# --- rows ---------------------------------------------------------------------------------------------------------


def write_draft(db: sqlite3.Connection, draft: Draft, at: str, upto: int, position: int) -> None:
    """Make the draft's row say what the draft is now; its title and archive are kept beside it for lists."""
    document = json.dumps(to_document(draft), ensure_ascii=False)
    db.execute(
        "INSERT INTO draft (id, created, changed, title, archive, document, upto, position) VALUES (?,?,?,?,?,?,?,?) "
        "ON CONFLICT (id) DO UPDATE SET changed=excluded.changed, title=excluded.title, archive=excluded.archive, "
        "document=excluded.document, upto=excluded.upto, position=excluded.position",
        (draft.id, at, at, draft.title, draft.archive, document, upto, position),
    )


def write_change(db: sqlite3.Connection, draft_id: str, change: Change, at: str) -> None:
    """Add a change. What had been undone before it can no longer be redone; very old changes go."""
    db.execute("DELETE FROM draft_change WHERE draft_id=? AND seq>=?", (draft_id, change.seq))
    db.execute("DELETE FROM draft_change WHERE draft_id=? AND seq<=?", (draft_id, change.seq - KEPT_CHANGES))
    db.execute(
        "INSERT INTO draft_change VALUES (?,?,?,?,?,?)",
        (draft_id, change.seq, at, change.what, _json(change.before), _json(change.after)),
    )


def read_changes(db: sqlite3.Connection, draft_id: str) -> list[Change]:
    """All changes that can be undone or redone, the oldest first."""
    rows = db.execute("SELECT seq, what, before, after FROM draft_change WHERE draft_id=? ORDER BY seq", (draft_id,))
    return [Change(r["seq"], r["what"], json.loads(r["before"]), json.loads(r["after"])) for r in rows]


def read_draft(db: sqlite3.Connection, draft_id: str) -> tuple[Draft, int] | None:
    """The draft and how far its undo stands; None where there is none of that id."""
    row = db.execute("SELECT document, position FROM draft WHERE id=?", (draft_id,)).fetchone()
    return (from_document(json.loads(row["document"]), draft_id), row["position"]) if row else None


def _json(parts: Parts) -> str:
    return json.dumps(parts, ensure_ascii=False)
