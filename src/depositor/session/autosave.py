"""Writes a draft's changes to the store within half a second, from a thread of its own.

Typing is many changes a second; each burst in one field becomes one row and one undo step. What is not yet on disk is
written by :meth:`Autosave.flush`, by closing, and when the program ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from depositor.draft.draft import Draft
from depositor.draft.problem import DepositError, Problem
from depositor.session import history
from depositor.session.clock import now
from depositor.session.history import Change
from depositor.session.store import Store

DELAY_S = 0.4  # the promise is 2 s; the rest is for a slow disk
BURST_S = 2.0  # changes of one field within this time are one undo step


class Autosave:
    """The memory of one open draft. Thread-safe. ``on_problem`` is called (in the writer's thread) with the Problem
    when writing fails, and with None when it works again; nothing is dropped in between."""

    def __init__(self, store: Store, draft: Draft, changes: list[Change], position: int) -> None:
        self._store = store
        self._guard = threading.Condition()
        self._writing = threading.Lock()
        self._draft = draft
        self._changes = changes
        self._position = position
        self._first_unwritten: int | None = None
        self._dirty = False
        self._closed = False
        self._last_at = 0.0
        self.on_problem: Callable[[Problem | None], None] = lambda _: None
        self._thread = threading.Thread(target=self._loop, name="autosave", daemon=True)
        self._thread.start()

    @property
    def saved(self) -> bool:
        """True when everything is on disk."""
        with self._guard:
            return not self._dirty

    @property
    def undoable(self) -> Change | None:
        """The change that undo would take back."""
        with self._guard:
            return next((c for c in reversed(self._changes) if c.seq == self._position), None)

    @property
    def redoable(self) -> Change | None:
        """The change that redo would bring back."""
        with self._guard:
            return next((c for c in self._changes if c.seq == self._position + 1), None)

    def record(self, draft: Draft, what: str, *, joins: bool) -> None:
        """Note that the draft became ``draft``. ``joins``: belongs to the burst that the last change began."""
        with self._guard:
            before, after = history.difference(history.parts_of(self._draft), history.parts_of(draft))
            if not after:
                return
            last = self._changes[-1] if self._changes else None
            fresh = time.monotonic() - self._last_at < BURST_S
            self._last_at = time.monotonic()
            self._changes = [c for c in self._changes if c.seq <= self._position]
            if joins and fresh and last and last.seq == self._position and last.what == what:
                joined = replace(last, before={**before, **last.before}, after={**last.after, **after})
                self._changes[-1] = joined
                self._unwritten(last.seq)
            else:
                self._position += 1
                self._changes.append(Change(self._position, what, before, after))
                self._unwritten(self._position)
            self._draft = draft
            self._dirty = True
            self._guard.notify_all()

    def step(self, *, forward: bool) -> Draft | None:
        """Undo or redo one change; the draft as it is then, None where there is nothing to undo or redo."""
        change = self.redoable if forward else self.undoable
        if change is None:
            return None
        with self._guard:
            parts = history.patched(history.parts_of(self._draft), change.after if forward else change.before)
            self._draft = replace(history.draft_of(parts, self._draft.id))
            self._position += 1 if forward else -1
            self._dirty = True
            self._guard.notify_all()
            return self._draft

    def flush(self) -> None:
        """Put everything on disk now; raises a DepositError where that fails."""
        with self._writing:
            with self._guard:
                if not self._dirty:
                    return
                draft, position, first = self._draft, self._position, self._first_unwritten
                rows = [c for c in self._changes if first is not None and c.seq >= first]
            at = now()
            with self._store.transaction() as db:
                for change in rows:
                    history.write_change(db, draft.id, change, at)
                history.write_draft(db, draft, at, max((c.seq for c in rows), default=position), position)
            with self._guard:
                if self._draft is draft and self._position == position:
                    self._dirty = False
                    self._first_unwritten = None

    def close(self) -> None:
        """Write what is left and stop."""
        with self._guard:
            self._closed = True
            self._guard.notify_all()
        self._thread.join(timeout=5)
        self.flush()

    def _unwritten(self, seq: int) -> None:
        self._first_unwritten = seq if self._first_unwritten is None else min(self._first_unwritten, seq)

    def _loop(self) -> None:
        failing = False
        while True:
            with self._guard:
                self._guard.wait_for(lambda: self._dirty or self._closed)
                if self._closed:
                    return
                self._guard.wait_for(lambda: self._closed, timeout=DELAY_S if not failing else 3.0)
            try:
                self.flush()
            except DepositError as error:
                failing = True
                self.on_problem(error.problem)
                continue
            if failing:
                failing = False
                self.on_problem(None)
