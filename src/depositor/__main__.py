"""``depositor`` and ``python -m depositor``: the window without arguments, the command line with a command."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

STOPPED = 5  # of the contract: stopped, can be resumed


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window, or run a command; the exit code."""
    multiprocessing.freeze_support()
    try:
        return _run(argv)
    except KeyboardInterrupt:  # while still importing, or already leaving
        return STOPPED


def _run(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["--practice-archive"]:  # how a bundled program, which knows no ``-m``, starts it
        from depositor.archives.practice.__main__ import main as practice

        return practice(given[1:])
    if given[:1] == ["--print-receipt"]:  # likewise, for the process that draws a page as PDF
        from depositor.gui.print_receipt import main as draw

        return draw(given[1:])
    if _for_window(given):
        return _window(given)
    from depositor.cli.main import main as command_line

    return command_line(given)


def _for_window(argv: Sequence[str]) -> bool:
    """No argument, ``--demo``, or a document that a file manager hands over."""
    return not argv or argv[0] == "--demo" or (Path(argv[0]).exists() and not _is_command(argv[0]))


def _is_command(word: str) -> bool:
    from depositor.cli.commands import commands

    return word in {c.name for c in commands()}


def _window(argv: Sequence[str]) -> int:
    problem = _no_display()
    if not problem:
        try:
            from depositor.gui.app import main as window
        except ImportError as error:
            problem = "qt" if "depositor" not in (error.name or "") else "window"
    if not problem:
        return window(argv)
    from depositor.cli.display import explain

    return explain(problem)


def _no_display() -> str:
    """Qt would abort the process where there is no display; so this is looked at before."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    return "" if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else "display"


if __name__ == "__main__":
    sys.exit(main())
