"""practice, diagnose: the archive on this computer, and the way to the others."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.draft.problem import DepositError, Problem
from depositor.session import logs, routes
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.language import say, tr
from depositor.session.routes import Route

_CHOOSE = "choose-folder"  # the action of a problem that only waits for a setting


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of practice and diagnose."""
    if command == "practice":
        parser.add_argument("--folder", metavar="DIR", type=Path, help=tr("where it keeps what it gets"))
        parser.add_argument("--port", metavar="N", type=int, default=0, help=tr("0 takes any free one"))
        parser.set_defaults(run=_practice)
    else:
        parser.add_argument(
            "archive", metavar="ARCHIVE", nargs="?", help=tr("one archive; else those that need no sign-in")
        )
        parser.add_argument("--report", action="store_true", help=tr("print the report for the help desk"))
        parser.set_defaults(run=_diagnose)


# --- practice --------------------------------------------------------------------------------------------------------


def _practice(given: argparse.Namespace, console: Console) -> int:
    folder = (given.folder or Home.find().create().practice).absolute()

    def announce(url: str, pid: int) -> None:
        console.document({"url": url, "folder": str(folder), "pid": pid})
        console.answer(tr("The practice archive answers at {url}", url=url))
        if pid == os.getpid():
            console.say(tr("It keeps what it gets in {folder}. Ctrl-C stops it.", folder=str(folder)))

    if not routes.serve_practice(folder, given.port, announce):
        console.say(tr("Another process serves this folder already."))
    return exits.DONE


# --- diagnose --------------------------------------------------------------------------------------------------------


def _diagnose(given: argparse.Namespace, console: Console) -> int:
    home = Home.find().create()
    if given.report:
        text = logs.report(home)
        console.document({"report": text})
        if not console.json:
            console.answer(text.rstrip())
        return exits.DONE
    desk = Desk(home)
    try:
        ids = (given.archive,) if given.archive else routes.without_sign_in(desk)
        rows = [_tried(desk, archive, console, named=bool(given.archive)) for archive in ids]
    finally:
        desk.close()
    console.document({"archives": [r[0] for r in rows]})
    return max((r[1] for r in rows), default=exits.DONE)


def _tried(desk: Desk, archive: str, console: Console, *, named: bool) -> tuple[dict[str, Any], int]:
    """One archive: its lines, and the exit code that its trouble stands for.

    Where nobody asked for this archive, it is no failure that nobody set it up yet.
    """
    try:
        found = routes.test(desk, archive)
    except DepositError as error:
        console.problem(error.problem)
        return _row(archive, (), error.problem), exits.code(error)
    for route in found:
        seconds = f" ({route.seconds:.2f} s)" if route.seconds is not None else ""
        console.answer(f"{archive}: {say(route.name)}: {_works(route)}{seconds}")
        if route.problem:
            console.problem(route.problem)
    failed = [r for r in found if not r.ok and (named or not _not_set_up(r))]
    return _row(archive, found, None), exits.FINDINGS if failed else exits.DONE


def _works(route: Route) -> str:
    if route.ok:
        return tr("works")
    return tr("not set up yet") if _not_set_up(route) else tr("does not work")


def _not_set_up(route: Route) -> bool:
    return route.problem is not None and _CHOOSE in route.problem.actions


def _row(archive: str, found: tuple[Route, ...], problem: Problem | None) -> dict[str, Any]:
    return {
        "archive": archive,
        "ok": problem is None and all(r.ok for r in found),
        "routes": [
            {
                "name": r.name.english(),
                "ok": r.ok,
                "seconds": r.seconds,
                "problem": r.problem.as_json() if r.problem else None,
            }
            for r in found
        ],
        "problems": [problem.as_json()] if problem else [],
    }
