"""Bars on a terminal, lines otherwise; columns; problems in words."""

from __future__ import annotations

import io
import json

import pytest

from depositor.cli import console as module
from depositor.cli.console import Console, bar, table
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_bars() -> None:
    assert bar(0, 10, 10) == "[----------]"
    assert bar(5, 10, 10) == "[#####-----]"
    assert bar(99, 10, 10) == "[##########]"
    assert bar(3, 0) == ""


def test_columns_line_up() -> None:
    assert table([("a", "long text"), ("bbb", "c")]) == "a    long text\nbbb  c"
    assert table([]) == ""


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REDRAW_S", 0.0)
    out, err = io.StringIO(), Terminal()
    console = Console(out=out, err=err)
    with console.progress("Sending") as progress:
        progress.update(5, 10, "1 MB")
        assert err.getvalue().endswith("Sending [############------------]  50% 5/10 1 MB")
        console.say("A remark")
        progress.update(6, 10)
    shown = err.getvalue()
    assert "A remark\n" in shown
    assert shown.endswith("\r"), "the last bar is wiped out"
    assert out.getvalue() == ""


def test_a_log_file_gets_few_lines_and_no_control_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    console = Console(out=io.StringIO(), err=err)
    with console.progress("Sending") as progress:
        for done in range(1000):
            progress.update(done, 1000)
    assert err.getvalue() == "", "nothing took long enough for a line"
    monkeypatch.setattr(module, "_LINE_S", 0.0)
    with console.progress("Sending") as progress:
        progress.update(500, 1000)
    assert err.getvalue() == "Sending  50% 500/1,000\n"


def test_with_json_only_the_document_goes_out() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(json=True, out=out, err=err)
    console.answer("for people")
    console.document({"a": "ü"})
    assert json.loads(out.getvalue()) == {"a": "ü"}
    assert "for people" in err.getvalue()


def test_a_problem_says_what_whose_side_and_what_to_do() -> None:
    err = io.StringIO()
    problem = Problem("net.down", Side.NETWORK, msg("t.w", "No answer."), msg("t.a", "Check the cable."), path="x/y")
    Console(out=io.StringIO(), err=err).problem(problem)
    for part in ("No answer.", "The network", "Check the cable.", "net.down", "x/y"):
        assert part in err.getvalue()
    assert "\033" not in err.getvalue()
