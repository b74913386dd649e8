"""Long work beside the window: results come back in its thread, exactly one callback each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.gui.bridge import Bridge

PROBLEM = Problem("test.code", Side.NETWORK, msg("test.code", "What"), msg("test.code.advice", "Do"))


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    made = Bridge()
    yield made
    assert made.stop()


class Heard:
    """Notes which callback came, with what, in which thread."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.threads: set[int] = set()

    def note(self, kind: str) -> Any:
        def heard(*args: Any) -> None:
            self.events.append((kind, args[0] if args else None))
            self.threads.add(threading.get_ident())

        return heard

    def all(self) -> dict[str, Any]:
        return {"done": self.note("done"), "failed": self.note("failed"), "stopped": self.note("stopped")}


def test_a_result_comes_back_in_the_windows_thread(bridge: Bridge, qtbot: QtBot) -> None:
    heard, worked_in = Heard(), []
    bridge.run(lambda _: worked_in.append(threading.get_ident()) or 42, **heard.all())
    qtbot.waitUntil(lambda: heard.events == [("done", 42)])
    assert heard.threads == {threading.get_ident()}
    assert worked_in[0] != threading.get_ident()


def test_a_problem_arrives_as_it_is(bridge: Bridge, qtbot: QtBot) -> None:
    heard = Heard()

    def fail(_: Cancel) -> None:
        raise NeedsUser(PROBLEM)

    bridge.run(fail, **heard.all())
    qtbot.waitUntil(lambda: heard.events == [("failed", PROBLEM)])


def test_an_unforeseen_error_is_told_and_noted(bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, noted = Heard(), []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: noted.append(kind))
    bridge.run(lambda _: 1 / 0, **heard.all())
    qtbot.waitUntil(lambda: bool(heard.events))
    assert heard.events[0][0] == "failed"
    assert heard.events[0][1].code == "program.defect"
    assert noted == [ZeroDivisionError]


@pytest.mark.parametrize("how", ["returns", "raises"])
def test_cancelled_work_ends_in_stopped(bridge: Bridge, qtbot: QtBot, how: str) -> None:
    heard = Heard()

    def wait(cancel: Cancel) -> None:
        while not cancel.wait(5):
            pass
        if how == "raises":
            raise Stopped(PROBLEM)

    bridge.run(wait, **heard.all()).cancel.set()
    qtbot.waitUntil(lambda: heard.events == [("stopped", None)])


def test_progress_is_thinned_out_but_its_last_word_arrives(bridge: Bridge, qtbot: QtBot) -> None:
    news: list[int] = []
    heard = Heard()

    def flood(_: Cancel, post: Any) -> None:
        for n in range(200_000):
            post(n)

    bridge.run(flood, heard.note("done"), progress=news.append)
    qtbot.waitUntil(lambda: bool(heard.events))
    assert news[-1] == 199_999
    assert len(news) < 200
    assert news == sorted(news)


def test_questions_are_answered_in_order_and_a_withdrawn_one_is_not_asked(bridge: Bridge, qtbot: QtBot) -> None:
    gate, asked, answers = threading.Event(), [], []
    bridge.ask(lambda _: gate.wait(10), lambda _: answers.append("first"))
    second = bridge.ask(lambda _: asked.append("second"), lambda _: answers.append("second"))
    bridge.ask(lambda _: asked.append("third"), lambda _: answers.append("third"))
    second.cancel.set()
    gate.set()
    qtbot.waitUntil(lambda: answers == ["first", "third"])
    assert asked == ["third"]


def test_watchers_are_called_until_they_leave(bridge: Bridge, qtbot: QtBot) -> None:
    calls: list[int] = []

    def look() -> None:
        calls.append(1)

    bridge.watch(look)
    qtbot.waitUntil(lambda: len(calls) >= 2)
    bridge.unwatch(look)
    seen = len(calls)
    heard = Heard()
    bridge.run(lambda cancel: cancel.wait(0.3), heard.note("done"))
    qtbot.waitUntil(lambda: bool(heard.events))
    assert len(calls) == seen


def test_stop_waits_for_a_question_under_way(qapp: object) -> None:
    bridge, begun, go = Bridge(), threading.Event(), threading.Event()
    answered: list[bool] = []

    def question(_: Cancel) -> None:
        begun.set()
        go.wait(30)
        answered.append(True)

    bridge.ask(question)
    assert begun.wait(30)
    release = threading.Timer(0.2, go.set)
    release.start()
    assert bridge.stop(seconds=30)
    assert answered == [True]
    release.join()
