"""A header gets seconds and megabytes, whatever its reader does; afterwards the process is as before."""

from __future__ import annotations

import os
import pickle
import signal
import sys

import pytest

from depositor.scan import headers
from depositor.session import worker_process
from depositor.session.worker import ALLOWED

READ = "depositor.scan.headers:read"


def _ask(monkeypatch, reads):
    monkeypatch.setattr(headers, "read", reads)
    return pickle.loads(worker_process._answer(pickle.dumps((READ, ("a.tif",))), ALLOWED))


def _for_ever(path):
    while True:
        try:
            while True:
                pass
        except Exception:  # as a reader that takes every error for one of the file
            continue


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no clock for processor time")
def test_a_reader_that_works_for_ever_is_stopped(monkeypatch):
    monkeypatch.setitem(worker_process.BUDGETS, READ, worker_process.Budget(0.05, 500 << 20))
    kind, (name, problem) = _ask(monkeypatch, _for_ever)
    assert (kind, name, problem.code) == (worker_process.RAISED, "Damaged", "worker.timeout")
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to such a limit")
def test_a_reader_that_eats_memory_is_stopped_and_the_limit_is_lifted_again(monkeypatch):
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    assert _ask(monkeypatch, lambda path: len(bytearray(600 << 20))) == (worker_process.MEMORY, None)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert _ask(monkeypatch, lambda path: len(bytearray(100 << 20))) == (worker_process.OK, 100 << 20)


def test_headers_have_the_budget_that_is_promised():
    assert worker_process.BUDGETS[READ] == worker_process.Budget(5.0, 500 << 20, 20 << 20)


def test_the_index_of_a_large_plate_gets_more_time_and_a_file_of_pixels_does_not(tmp_path):
    budget, path = worker_process.BUDGETS[READ], tmp_path / "a"
    found = []
    for size in (0, 100 << 20, 6 << 30):
        path.touch()
        os.truncate(path, size)
        found.append(budget.time(path))
    assert found == [5.0, 10.0, 5.0]
    assert budget.time(tmp_path / "none") == 5.0
