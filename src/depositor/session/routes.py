"""The ways to the archives: the practice archive on this computer, and tests of the others' routes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.archives.ports import RouteCheck as Route
from depositor.draft.capabilities import Account
from depositor.session.deposit import open_session

if TYPE_CHECKING:
    from depositor.session.desk import Desk

__all__ = ["Route", "Served", "practice", "test", "without_sign_in"]


@dataclass(frozen=True, slots=True)
class Served:
    """A practice archive that answers at ``url``."""

    url: str
    folder: Path
    process: Any

    @property
    def pid(self) -> int | None:
        return getattr(self.process, "pid", None)

    def alive(self) -> bool:
        """True while it runs."""
        return self.process.poll() is None


def without_sign_in(desk: Desk) -> tuple[str, ...]:
    """The archives whose routes can be tested without an account."""
    return tuple(c.id for c in desk.archives() if c.account is Account.NONE)


def test(desk: Desk, archive: str) -> tuple[Route, ...]:
    """Try each route of an archive without leaving anything behind."""
    from depositor.archives import registry

    capabilities = registry.get(archive).capabilities()
    session = open_session(desk, archive, desk.settings.endpoint(archive) or capabilities.endpoint)
    try:
        return session.diagnose()
    finally:
        session.close()
