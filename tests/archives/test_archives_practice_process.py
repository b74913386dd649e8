"""The practice archive as a process: one per folder, found by all, back after its death."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import threading
from pathlib import Path

import pytest
from archives_world import QUICK, Practicing, Study, noise, wait_for

from depositor.archives import registry
from depositor.archives.ports import Credentials
from depositor.archives.practice import process
from depositor.archives.verify import verify
from depositor.draft.problem import NeedsUser, Retryable


@pytest.fixture
def folder(tmp_path: Path):  # type: ignore[no-untyped-def]
    place = tmp_path / "practice"
    yield place
    process.stop(place)


def test_many_ask_for_it_and_one_is_started(folder: Path) -> None:
    found: list[process.Endpoint] = []
    threads = [threading.Thread(target=lambda: found.append(process.running(folder))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert len({(e.url, e.pid) for e in found}) == 1
    assert process.answers(found[0].url)


def test_it_comes_back_with_its_address(folder: Path) -> None:
    first = process.running(folder)
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: not process.answers(first.url))
    assert process.find(folder) is None
    second = process.running(folder)
    assert second.url == first.url
    wait_for(lambda: (now := process.find(folder)) is not None and now.pid != first.pid)


def test_stop_ends_it_and_leaves_no_announcement(folder: Path) -> None:
    endpoint = process.running(folder)
    assert process.stop(folder)
    assert not process.answers(endpoint.url)
    assert not (folder / "endpoint.json").exists()
    assert not process.stop(folder)


def test_only_this_user_can_read_the_token(folder: Path) -> None:
    process.running(folder)
    if os.name == "posix":
        assert stat.S_IMODE((folder / "endpoint.json").stat().st_mode) == 0o600


def test_an_announcement_of_something_else_is_not_believed(folder: Path) -> None:
    folder.mkdir()
    (folder / "endpoint.json").write_text('{"url": "http://127.0.0.1:9", "pid": 1, "token": ""}')
    assert process.find(folder) is None
    (folder / "endpoint.json").write_text("{")
    assert process.find(folder) is None
    assert process.running(folder).pid > 1


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((Retryable, NeedsUser)):
        process.running(tmp_path / "file" / "practice")


def test_it_ends_when_nobody_asks_any_more(tmp_path: Path) -> None:
    archive = Practicing(tmp_path / "p", "--idle", "0.3")
    archive.start()
    url = archive.url
    wait_for(lambda: not (archive.folder / "endpoint.json").exists())
    assert not process.answers(url)
    archive.kill()


def test_it_ends_when_its_folder_is_gone(tmp_path: Path) -> None:
    archive = Practicing(tmp_path / "p", "--idle", "2")
    archive.start()
    url = archive.url
    shutil.rmtree(archive.folder)
    wait_for(lambda: not process.answers(url))
    archive.kill()


def test_a_second_process_for_the_same_folder_gives_up(practice: Practicing) -> None:
    from depositor.archives.practice.__main__ import SERVED_ALREADY, main

    assert main(["--folder", str(practice.folder)]) == SERVED_ALREADY


def test_the_session_starts_it_and_sending_survives_its_death(tmp_path: Path, folder: Path) -> None:
    study = Study(tmp_path / "study", "practice", {f"raw/{n}.tif": noise(900_000, n) for n in range(4)})
    settings = {"practice_folder": str(folder), "part_bytes": 64 << 10}
    session = registry.get("practice").session("", Credentials(), settings)
    remote = session.open(study.deposit())
    first = process.running(folder)
    killer = threading.Thread(
        target=lambda: (
            wait_for(lambda: sum(p.stat().st_size for p in (folder / "uploads").rglob("*.bin")) > 200_000),
            os.kill(first.pid, signal.SIGKILL),
        )
    )
    killer.start()
    outcome = study.send(session, remote, QUICK)
    killer.join(30)
    assert outcome.failed == 0
    assert not outcome.stopped
    assert process.running(folder).pid != first.pid
    assert verify(session, remote, study.expected()).good
    session.close()
