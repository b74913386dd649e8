"""diagnose: the way to an archive, tested step by step, and the report for the help desk."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.draft.cancel import Cancel
from depositor.draft.problem import DepositError, Problem
from depositor.session import host_keys, logs, routes
from depositor.session.desk import Desk
from depositor.session.diagnosing import remembered, report, run, sizes
from depositor.session.diagnosing.values import Diagnosis, SetSize, Step, StepState, Verdict
from depositor.session.home import Home
from depositor.session.language import say, tr

_CHOOSE = "choose-folder"  # the action of a problem that only waits for a setting
_CODES = {
    Verdict.FINE: exits.DONE,
    Verdict.FINDINGS: exits.FINDINGS,
    Verdict.USER: exits.NEEDS_USER,
    Verdict.NETWORK: exits.RESUMABLE,
}
_HEAVIEST_FIRST = (exits.RESUMABLE, exits.NEEDS_USER, exits.REFUSED, exits.FINDINGS)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of diagnose."""
    parser.add_argument(
        "archive", metavar="ARCHIVE", nargs="?", help=tr("one archive; else those that need no sign-in")
    )
    parser.add_argument(
        "data",
        metavar="PATH|SUBMISSION",
        nargs="*",
        help=tr("what would be sent: will it fit, and how long will it take?"),
    )
    parser.add_argument("--no-upload", action="store_true", help=tr("only ask; send no test file"))
    parser.add_argument("--out", metavar="FILE", type=Path, help=tr("write the report for the help desk there too"))
    parser.add_argument("--report", action="store_true", help=tr("print the report for the help desk"))
    parser.set_defaults(run=_diagnose)


def _diagnose(given: argparse.Namespace, console: Console) -> int:
    home = Home.find().create()
    if given.report and not given.archive:
        return _about_the_program(home, console)
    desk, cancel = Desk(home), Cancel()
    try:
        size = _size(desk, given.data, cancel)
        computer = None if given.archive else run.computer(desk, cancel, partial(_tell, console, tr("this computer")))
        ids = (given.archive,) if given.archive else routes.without_sign_in(desk)
        rows = [_Test(desk, console, given, size, cancel).of(i) for i in ids]
    except KeyboardInterrupt:
        cancel.set()
        run.settle()
        raise
    finally:
        desk.close()
    told = {"computer": computer.as_json()} if computer else {}
    console.document({**told, "archives": [r[0] for r in rows]})
    codes = [r[1] for r in rows]
    return next((c for c in _HEAVIEST_FIRST if c in codes), max(codes, default=exits.DONE))


def _about_the_program(home: Home, console: Console) -> int:
    text = logs.report(home)
    console.document({"report": text})
    if not console.json:
        console.answer(text.rstrip())
    return exits.DONE


def _size(desk: Desk, data: list[str], cancel: Cancel) -> SetSize | None:
    """How much is meant: a document, a sealed submission, or files and folders."""
    if not data:
        return None
    if len(data) == 1 and not Path(data[0]).exists():
        return sizes.of_submission(desk, data[0])[0]
    if len(data) == 1 and sizes.looks_like_document(data[0]):
        return sizes.of_document(desk.home, Path(data[0]), cancel)[0]
    return sizes.of_paths(data, (), cancel)


class _Test:
    """One test after another, told while it runs."""

    def __init__(
        self, desk: Desk, console: Console, given: argparse.Namespace, size: SetSize | None, cancel: Cancel
    ) -> None:
        self._desk, self._console, self._given, self._size, self._cancel = desk, console, given, size, cancel

    def of(self, archive: str) -> tuple[dict[str, Any], int]:
        """Test one archive: its part of the document, and the exit code that it stands for."""
        tell = partial(_tell, self._console, archive)
        try:
            found = run.diagnose(self._desk, archive, self._cancel, tell, self._size, upload=not self._given.no_upload)
        except DepositError as error:
            self._console.problem(error.problem)
            return _none(archive, error.problem), exits.code(error)
        remembered.keep(self._desk, found)
        if any(host_keys.shown(p) is not None for p in found.problems):
            told = tr("depositor deposit and depositor resume take it with --accept-host-key and the fingerprint.")
            self._console.say(told)
        shown = found.as_json()
        if self._given.report or self._given.out:
            shown["report"] = self._report(found)
        return shown, _CODES[found.verdict] if self._counts(found) else exits.DONE

    def _report(self, found: Diagnosis) -> str:
        text = report.text(found, report.private_words(self._desk, found.archive))
        if self._given.out:
            report.write(self._given.out, text)
            self._console.say(tr("The report is in {path}.", path=str(self._given.out)))
        if self._given.report:
            self._console.answer(text.rstrip())
        return text

    def _counts(self, found: Diagnosis) -> bool:
        """Where nobody asked for this archive, it is no failure that nobody set it up yet."""
        return bool(self._given.archive) or not all(_not_set_up(p) for p in found.problems)


def _tell(console: Console, subject: str, step: Step) -> None:
    """One line for each step; while it runs, on a terminal, what it is."""
    if step.state is StepState.RUNNING:
        console.passing(f"{subject}: {say(step.name)} …")
        return
    told = f": {say(step.told)}" if step.told else ""
    took = f" ({step.seconds:.2f} s)" if step.seconds is not None else ""
    console.answer(f"{subject}: {_mark(step)} {say(step.name)}{told}{took}")
    if step.state is StepState.FAILED and step.problem:
        console.advice(step.problem)


def _mark(step: Step) -> str:
    """How it stands, in a word; signs alone are lost on screen readers."""
    if step.state is StepState.FAILED and step.problem and _not_set_up(step.problem):
        return tr("[not set up]")
    return {
        StepState.OK: tr("[ok]"),
        StepState.NOTE: tr("[note]"),
        StepState.FAILED: tr("[failed]"),
        StepState.SKIPPED: tr("[not tried]"),
        StepState.RUNNING: "",
    }[step.state]


def _not_set_up(problem: Problem) -> bool:
    return _CHOOSE in problem.actions and problem.code != "room.no-space"


def _none(archive: str, problem: Problem) -> dict[str, Any]:
    return {"archive": archive, "ok": False, "steps": [], "routes": [], "problems": [problem.as_json()]}
