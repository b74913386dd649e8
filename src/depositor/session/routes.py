"""The ways to the archives: the practice archive on this computer, and which ones need no sign-in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.capabilities import Account
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side

if TYPE_CHECKING:
    from depositor.session.desk import Desk

_LOOK_S = 0.05


def serve_practice(folder: Path, port: int, announce: Callable[[str, int], None]) -> bool:
    """Serve the practice archive of ``folder`` here until Ctrl-C; call in the main thread.

    ``announce`` gets its address and the process that serves it, once it answers. False where another process serves
    this folder already. NeedsUser where the port is taken.
    """
    from depositor.archives.practice import __main__ as practice

    over = threading.Event()
    watcher = threading.Thread(target=_announce, args=(folder, over, announce), name="practice-announce", daemon=True)
    watcher.start()
    try:
        code = practice.main(["--folder", str(folder), "--port", str(port)])
        if code == practice.SERVED_ALREADY:
            watcher.join(10)
    finally:
        over.set()
    if code == practice.PORT_TAKEN:
        raise NeedsUser(_port_taken(port))
    return code != practice.SERVED_ALREADY


def without_sign_in(desk: Desk) -> tuple[str, ...]:
    """The archives whose routes can be tested without an account."""
    return tuple(c.id for c in desk.archives() if c.account is Account.NONE)


def _announce(folder: Path, over: threading.Event, announce: Callable[[str, int], None]) -> None:
    from depositor.archives.practice import process

    while not over.is_set():
        found = process.find(folder)
        if found:
            announce(found.url, found.pid)
            return
        over.wait(_LOOK_S)


def _port_taken(port: int) -> Problem:
    return Problem(
        "practice.port-taken",
        Side.COMPUTER,
        msg("practice.port-taken", "Another program uses port {port} on this computer.", port=port),
        msg("practice.port-taken.advice", "Leave the port out, or choose another; 0 takes any free one."),
    )
