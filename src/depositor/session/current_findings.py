"""The privacy findings of an open draft, kept until files, form or check change them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.session import checks
from depositor.session import decisions as deciding

if TYPE_CHECKING:
    from depositor.session.desk import Desk

Found = tuple[Finding, ...]
_FRESH_S = 5.0  # while a check runs: how old the findings may be that are shown meanwhile; looking them up costs


class CurrentFindings:
    """Findings in files, names and the form's own text. Thread-safe."""

    def __init__(self, desk: Desk, draft_id: str) -> None:
        self._desk, self._draft_id = desk, draft_id
        self._files: Found | None = None
        self._meanwhile: tuple[float, Found | None] = 0.0, None  # the same while a check runs
        self._checking = False
        self._all: tuple[tuple[Any, ...], Found] | None = None  # with those of the form's own text

    def of(self, draft: Draft) -> Found | None:
        """All findings for ``draft`` as it is; None until every file was checked."""
        files = self._in_files()
        if files is None:
            return None
        of, known = (files, draft.metadata, draft.columns), self._all
        if known is None or any(a is not b for a, b in zip(known[0], of, strict=True)):
            db = self._desk.store.connection()
            everything = checks.with_answers(files, draft, checks.known(db, self._draft_id))
            self._all = known = (of, deciding.marked(everything, self._digests()))
        return known[1]

    @contextmanager
    def checking(self) -> Iterator[None]:
        """While a check runs the findings are those of a moment ago; after it they are looked up anew."""
        self.renew()
        self._checking = True
        try:
            yield
        finally:
            self._checking, self._files = False, None

    def renew(self) -> None:
        """Look them up anew when somebody asks: there are others by now."""
        self._meanwhile, self._files = (0.0, None), None

    def _in_files(self) -> Found | None:
        if self._checking:
            since, found = self._meanwhile
            if found is None or time.monotonic() - since > _FRESH_S:
                found = self._looked_up()
                self._meanwhile = time.monotonic(), found
            return found
        found = self._files
        if found is None:
            self._files = found = self._looked_up()
        return found

    def _looked_up(self) -> Found | None:
        found = checks.file_findings(self._desk.store.connection(), self._draft_id)
        return None if found is None else deciding.marked(found, self._digests())

    def _digests(self) -> Any:
        return deciding.digests(self._desk.home.settings)
