"""The worker process: one bad file costs one file, whatever it does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, Defect, Problem, Stopped
from depositor.session.worker import Worker

NAME = "session_bad_reader"
READ = f"{NAME}:read"
ALLOWED = frozenset(f"{NAME}:{f}" for f in ("read", "eat", "mark", "until", "big", "length"))


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(ALLOWED, memory_bytes=1 << 30)
    yield worker
    worker.close()


def code(error: pytest.ExceptionInfo[Damaged]) -> str:
    return error.value.problem.code


def test_calls_in_another_process(worker: Worker, tmp_path: Path) -> None:
    assert worker.call(READ, "a") == "read a"
    first = worker.call(f"{NAME}:mark", str(tmp_path), "x")
    assert first != os.getpid()
    assert worker.call(f"{NAME}:mark", str(tmp_path), "y") == first, "the process stays warm"


@pytest.mark.parametrize("how", ["abort", "exit"])
def test_a_crash_costs_one_file_and_the_rest_goes_on(worker: Worker, how: str) -> None:
    given = ["a", "b", how, "c", how, "d"]
    found = dict(enumerate(worker.map(READ, given, Cancel())))
    assert [found[i][0] for i in range(6)] == given
    assert [found[i][1] for i in (0, 1, 3, 5)] == ["read a", "read b", "read c", "read d"]
    for at in (2, 4):
        assert isinstance(found[at][1], Problem)
        assert found[at][1].code == "worker.crashed"


def test_a_crash_in_a_call_is_an_error_with_a_problem(worker: Worker) -> None:
    with pytest.raises(Damaged) as error:
        worker.call(READ, "abort")
    assert code(error) == "worker.crashed"
    assert worker.call(READ, "after") == "read after"


def test_what_takes_too_long_is_stopped(worker: Worker) -> None:
    found = [r for _, r in worker.map(READ, ["a", "hang", "b"], Cancel(), timeout=0.5)]
    assert found[0] == "read a"
    assert found[2] == "read b"
    assert isinstance(found[1], Problem)
    assert found[1].code == "worker.timeout"


def test_errors_keep_their_problem_and_strangers_lose_their_text(worker: Worker) -> None:
    with pytest.raises(Damaged) as told:
        worker.call(READ, "damaged")
    assert code(told) == "test.damaged"
    with pytest.raises(Defect) as defect:
        worker.call(READ, "raise")
    assert defect.value.problem.code == "worker.failed"
    assert "ZQXMARK" not in str(defect.value.problem)
    with pytest.raises(Defect):
        worker.call(READ, "unpicklable")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_file_that_eats_memory_is_refused(worker: Worker) -> None:
    found = [r for _, r in worker.map(f"{NAME}:eat", [1, 2048, 2], Cancel())]
    assert found[0] == 1 << 20
    assert found[2] == 2 << 20
    assert isinstance(found[1], Problem)
    assert found[1].code == "worker.memory"


def test_only_what_is_on_the_list_is_called() -> None:
    with pytest.raises(LookupError):
        Worker().call("os:getpid")


def test_nothing_starts_before_the_first_use() -> None:
    threads = threading.active_count()
    worker = Worker(ALLOWED)
    assert threading.active_count() == threads
    worker.close()


def test_a_process_that_died_idle_is_nobodys_fault(worker: Worker, tmp_path: Path) -> None:
    pid = worker.call(f"{NAME}:mark", str(tmp_path), "x")
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)
    assert worker.call(READ, "a") == "read a"


def test_big_arguments_and_answers_do_not_lock_up(worker: Worker) -> None:
    data = [bytes(1 << 20) for _ in range(12)]
    assert [len(r) for _, r in worker.map(f"{NAME}:length", [(d,) for d in data], Cancel())] == [1 << 20] * 12


def test_cancel_ends_a_map_and_frees_the_process(worker: Worker, tmp_path: Path) -> None:
    cancel = Cancel()
    found = []
    for given, _ in worker.map(READ, (str(i) if i != 3 else "hang" for i in range(1000)), cancel):
        found.append(given)
        if given == "2":
            threading.Timer(0.05, cancel.set).start()
    assert found == ["0", "1", "2"]
    assert worker.call(READ, "next", timeout=20) == "read next"


def test_what_a_person_waits_for_overtakes_a_long_list(worker: Worker, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    order: list[str] = []
    slow = worker.map(f"{NAME}:until", [(str(gate),)] * 40, Cancel())
    rest = threading.Thread(target=lambda: order.extend("many" for _ in slow))
    rest.start()
    answered = threading.Event()

    def urgent() -> None:
        worker.call(READ, "now")
        order.append("now")
        answered.set()

    second = threading.Thread(target=urgent)
    second.start()
    while not worker._waiting:  # the list and the call are queued
        time.sleep(0.001)
    gate.touch()
    assert answered.wait(20)
    rest.join(20)
    second.join(20)
    assert len(order) == 41


def test_it_says_nothing_on_standard_output(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from depositor.session.worker import Worker
if __name__ == "__main__":
    worker = Worker(frozenset({{"{READ}"}}))
    assert worker.call("{READ}", "print") == "read print"
    worker.close()
    print("{{}}")
"""
    file = tmp_path / "program.py"
    file.write_text(script)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "{}\n"
    assert done.stderr == ""


def test_it_ends_with_the_program_even_in_the_middle_of_a_file(tmp_path: Path) -> None:
    script = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from depositor.session.worker import Worker
if __name__ == "__main__":
    worker = Worker(frozenset({{"{NAME}:mark", "{READ}"}}))
    worker.call("{NAME}:mark", {str(tmp_path)!r}, "pid")
    worker._submit("{READ}", ("hang",), 0, 600.0)
    print("ready", flush=True)
    sys.stdin.read()
"""
    file = tmp_path / "program.py"
    file.write_text(script)
    program = subprocess.Popen([sys.executable, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdout
    assert program.stdin
    assert program.stdout.readline() == b"ready\n"
    program.kill()
    program.wait()
    program.stdout.close()
    program.stdin.close()
    wait_gone(int((tmp_path / "pid").read_text()))


def test_closing_answers_what_was_waiting_and_leaves_no_process(tmp_path: Path) -> None:
    worker = Worker(ALLOWED)
    pid = worker.call(f"{NAME}:mark", str(tmp_path), "x")
    errors: list[Stopped] = []

    def hang() -> None:
        try:
            worker.call(READ, "hang", timeout=600)
        except Stopped as error:
            errors.append(error)

    waiting = threading.Thread(target=hang)
    waiting.start()
    while not worker._sent:
        time.sleep(0.001)
    worker.close()
    waiting.join(20)
    assert [e.problem.code for e in errors] == ["worker.closed"]
    wait_gone(pid)
    with pytest.raises(Stopped):
        worker.call(READ, "a")


def wait_gone(pid: int) -> None:
    """Until the process is no more (it may be a child of a killed program, which init then reaps)."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        with contextlib.suppress(OSError):
            ended = Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"
            if ended and len(list(Path(f"/proc/{pid}/task").iterdir())) <= 1:  # its other threads end a little later
                return
        time.sleep(0.01)
    raise AssertionError("the process is still there")
