"""Where a command says things: people's text and progress on standard error, one JSON document on standard output."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from depositor.draft.finding import Finding, Level, NotChecked
from depositor.draft.problem import Problem, Side
from depositor.session import language, location
from depositor.session.language import tr, trn

_REDRAW_S = 0.1
_ALSO = 5  # further problems of one kind that are named
_HEAVIEST_FIRST = (Level.BLOCKER, Level.WARNING, Level.ADVICE, Level.INFO)
_STEPS = 1000  # of a bar that is drawn by share
_LINE_S = 5.0  # how often a progress line is written where there is no terminal


class Console:
    """One command's output. ``json`` True: nothing but the document goes to standard output."""

    def __init__(self, *, json: bool = False, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.json = json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._guard = threading.Lock()
        self._bar = ""
        self._colours = self._err.isatty() and not os.environ.get("NO_COLOR")

    def document(self, data: Any) -> None:
        """The command's one JSON document; only with ``--json``."""
        if self.json:
            json.dump(data, self._out, ensure_ascii=False, indent=1)
            self._out.write("\n")
            self._out.flush()

    def answer(self, text: str) -> None:
        """What a person asked for: standard output, or standard error where that belongs to the document."""
        with self._guard:
            self._clear()
            print(text, file=self._err if self.json else self._out, flush=True)

    def say(self, text: str) -> None:
        """A remark on the way; always on standard error."""
        with self._guard:
            self._clear()
            print(text, file=self._err, flush=True)

    def problem(self, problem: Problem) -> None:
        """What went wrong, whose side it is on, and what to do."""
        where = f" ({problem.path})" if problem.path else ""
        self.say(f"{self._bold(language.say(problem.message))}{where}")
        self.advice(problem)

    def advice(self, problem: Problem) -> None:
        """Whose side a problem is on, and what to do, where it was told already what went wrong."""
        self.say(f"  {side(problem.side)} · {language.say(problem.advice)} [{problem.code}]")

    def passing(self, text: str) -> None:
        """What is being done right now: on a terminal alone, and gone with the next line."""
        if self._err.isatty():
            self.draw(text)

    def problems(self, found: Iterable[Problem]) -> None:
        """Many problems, by code: the first in full, a few more by their path, the rest as a number."""
        by_code: dict[str, list[Problem]] = {}
        for problem in found:
            by_code.setdefault(problem.code, []).append(problem)
        for first, *more in by_code.values():
            self.problem(first)
            for other in more[:_ALSO]:
                self.say(f"  {tr('also')}: {other.path or language.say(other.message)}")
            if len(more) > _ALSO:
                self.say("  " + trn("... and {n} more", "... and {n} more", len(more) - _ALSO))

    def findings(self, found: Iterable[Finding], *, show_evidence: bool = False) -> None:
        """Many findings, the gravest first; what is said of several places is said once, with some of the places."""
        alike: dict[tuple[str, ...], list[Finding]] = {}
        for finding in sorted(found, key=lambda f: _HEAVIEST_FIRST.index(f.level)):
            words = (language.say(m) if m else "" for m in (finding.message, finding.why, finding.advice))
            alike.setdefault((finding.level, *words), []).append(finding)
        for (_, what, *more), (first, *others) in alike.items():
            self.answer(f"{level(first.level)}  {_where(first)}: {what}{_seen(first, full=show_evidence)}")
            for line in filter(None, more):
                self.answer(f"    {line}")
            for other in others[:_ALSO]:
                self.answer(f"    {tr('also')}: {_where(other)}{_seen(other, full=show_evidence)}")
            if len(others) > _ALSO:
                self.answer("    " + trn("... and {n} more", "... and {n} more", len(others) - _ALSO))

    def not_checked(self, gaps: Iterable[NotChecked]) -> None:
        """What no check covers, by reason: the first place, a few more, the rest as a number."""
        by_reason: dict[str, list[NotChecked]] = {}
        for gap in gaps:
            by_reason.setdefault(language.say(gap.why), []).append(gap)
        for why, (first, *more) in by_reason.items():
            self.answer(tr("not checked: {path}: {why}", path=first.path, why=why))
            for other in more[:_ALSO]:
                self.answer(f"    {tr('also')}: {other.path}")
            if len(more) > _ALSO:
                self.answer("    " + trn("... and {n} more", "... and {n} more", len(more) - _ALSO))

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A bar on a terminal, lines otherwise; gone when the block ends."""
        bar = Progress(self, label, live=self._err.isatty())
        try:
            yield bar
        finally:
            with self._guard:
                self._clear()

    def draw(self, text: str) -> None:
        """Replace the bar on a terminal."""
        with self._guard:
            width = shutil.get_terminal_size((80, 24)).columns - 1
            self._clear()
            self._bar = text[:width]
            self._err.write(self._bar)
            self._err.flush()

    def _clear(self) -> None:
        if self._bar:
            self._err.write("\r" + " " * len(self._bar) + "\r")
            self._bar = ""

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colours else text


class Progress:
    """How far something is. May be told more often than a person can read."""

    def __init__(self, console: Console, label: str, *, live: bool) -> None:
        self._console = console
        self._label = label
        self._live = live
        self._told = time.monotonic() if not live else 0.0

    def update(self, done: int, total: int = 0, detail: str = "", share: float | None = None) -> None:
        """``total`` 0 where it is not known. ``share`` (0 to 1) where the numbers do not tell how far it is."""
        now = time.monotonic()
        if now - self._told < (_REDRAW_S if self._live else _LINE_S):
            return
        self._told = now
        speaker = language.current()
        counted = f"{speaker.number(done)}/{speaker.number(total)}" if total else speaker.number(done)
        if share is None:
            share = done / total if total else 0.0
        drawn = bar(int(share * _STEPS), _STEPS) if self._live and total else ""
        told = f" {speaker.percent(min(share, 1))}" if total else ""
        text = " ".join(p for p in (self._label, drawn, told, counted, detail) if p)
        (self._console.draw if self._live else self._console.say)(text)


def bar(done: int, total: int, width: int = 24) -> str:
    """``[######------]``; empty where the total is not known."""
    if not total:
        return ""
    full = min(width, width * done // total)
    return f"[{'#' * full}{'-' * (width - full)}]"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Columns that line up; the last one may run on."""
    listed = list(rows)
    if not listed:
        return ""
    widths = [max(len(r[n]) for r in listed) for n in range(len(listed[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in listed
    )


def _where(finding: Finding) -> str:
    return ", ".join(p for p in (finding.path, location.told(finding.location)) if p)


def _seen(finding: Finding, *, full: bool) -> str:
    shown = finding.as_json(show_evidence=full)["evidence"]
    return f" “{shown}”" if shown else ""


def level(of: Level) -> str:
    """How much a finding weighs, in words."""
    return {
        Level.INFO: tr("note"),
        Level.ADVICE: tr("advice"),
        Level.WARNING: tr("warning"),
        Level.BLOCKER: tr("must be settled"),
    }[of]


def side(of: Side) -> str:
    """Whose side a problem is on, in words."""
    return {
        Side.COMPUTER: tr("This computer"),
        Side.NETWORK: tr("The network"),
        Side.ARCHIVE: tr("The archive"),
        Side.PROGRAM: tr("Depositor itself"),
    }[of]
