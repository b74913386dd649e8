"""SFTP against real servers: everything that breaks on the way, and what servers forbid."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody
from line_proxy import LineProxy
from sftp_servers import ANY_FILE, SHORT, AsyncSsh, OpenSsh, carrier, refusal, through
from transfer_servers import tiny_disk
from transfer_world import QUICK, World, noise, wait_for

from depositor.draft.problem import DepositError, Refused, Retryable
from depositor.transfer.net.web import Timeouts
from depositor.transfer.sftp.carrier import SftpCarrier, SftpDoor, SftpPlace
from depositor.transfer.sftp.wire import SftpWire

SIZE = 9_000_000
SLOWLY = dataclasses.replace(QUICK, limit=12_000_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# --- what breaks on the way ------------------------------------------------------------------------------------------


def arrived(world: World, server: Any, name: str = "stack/big.tif") -> bool:
    return bool(
        server.content(name) == noise(SIZE)
        and world.digests() == world.true_digests()
        and not list(server.folder.rglob("*.part"))
    )


def test_cut_lines_are_resumed(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        with world.running(carrier(through(server, proxy)), SLOWLY) as run:
            for at in (4_000_000, 6_000_000):
                run.until(lambda at=at: server.kept() > at)  # type: ignore[misc]
                proxy.cut()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert arrived(world, server)
        # what was confirmed is never sent again while the program runs
        assert outcome.bytes_sent < SIZE + 2 * (3 << 20)


def test_workers_that_share_a_door_take_up_a_cut_line_together(world: World, tmp_path: Path) -> None:
    for number in range(12):
        world.add(f"{number}.tif", noise(700_000, number))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        place = through(server, proxy)
        door = SftpDoor(place, SHORT)
        with world.running(lambda: SftpCarrier(place, timeouts=SHORT, door=door), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            proxy.cut()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (12, 0)
        assert proxy.connections < 6  # three workers with lines of their own would need as many
        assert door._line is None  # the last one who left closed it
    assert world.digests() == world.true_digests()


def test_a_mute_line_is_given_up_and_taken_up_again(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        with world.running(carrier(through(server, proxy)), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            proxy.stall()
            run.until(lambda: run.engine.progress().waiting is not None)
            assert run.engine.progress().waiting.code == "network.silent"  # type: ignore[union-attr]
            proxy.flow()
            assert run.join().sent == 1
        assert arrived(world, server)


def test_a_pause_does_not_wait_for_a_mute_line(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        place = through(server, proxy)
        patient = lambda: SftpCarrier(place, timeouts=Timeouts(10, 600))  # noqa: E731
        with world.running(patient, SLOWLY) as run:
            run.until(lambda: server.kept() > 1_000_000)
            proxy.stall()
            run.engine.cancel()
            assert run.join(15).stopped


@pytest.mark.parametrize("which", ["sessions", "server"])
def test_a_killed_server_is_waited_for(world: World, tmp_path: Path, which: str) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server:
        with world.running(carrier(server.place()), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            if which == "server":
                server.kill()
                run.until(lambda: run.engine.progress().waiting is not None)
                server.start()
            else:
                server.kill_sessions()
            assert run.join().sent == 1
        assert arrived(world, server)


_SENDER = """
import dataclasses, pathlib, sys
sys.path[:0] = [sys.argv[1]]
from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.sftp.carrier import SftpCarrier, SftpPlace
from transfer_world import QUICK, SUBMISSION
store, port, user, key, known = sys.argv[2:]
place = SftpPlace("127.0.0.1", int(port), user, key_file=pathlib.Path(key), agent=False, known=lambda h, p: [known])
settings = dataclasses.replace(QUICK, limit=12_000_000)
Engine(SqliteJournal(pathlib.Path(store)), lambda: SftpCarrier(place), SUBMISSION, settings, Cancel()).run()
"""


def test_a_killed_sender_goes_on_in_a_new_process(world: World, tmp_path: Path) -> None:
    size = 14_000_000
    world.add("stack/big.tif", noise(size))
    for number in range(6):
        world.add(f"small/{number}.dcm", noise(4000, number))
    with OpenSsh(tmp_path / "ssh") as server:
        place = server.place()
        known = place.known("", 0)[0]
        here = str(Path(__file__).parent)
        given = [str(world.store), str(server.port), place.user, str(place.key_file), known]
        process = subprocess.Popen([sys.executable, "-c", _SENDER, here, *given])
        wait_for(lambda: server.kept() > 9_000_000, 40)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        outcome = world.run(carrier(place))
        assert outcome.failed == 0
        assert server.content("stack/big.tif") == noise(size)
        assert len(server.names()) == 7
        # five megabytes were there for sure: what a broken line leaves unconfirmed is four
        assert outcome.bytes_sent < size - 4_000_000
    assert world.digests() == world.true_digests()


def test_a_full_disk_asks_the_user_and_goes_on_after(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, tiny_disk(tmp_path / "tiny", "5m") as tiny:
        place = server.place(root=str(tiny))
        outcome = world.run(carrier(place))
        assert outcome.needs_user
        assert outcome.problem is not None
        assert outcome.problem.code == "archive.quota"
        subprocess.run(["mount", "-o", "remount,size=30m", str(tiny)], check=True)
        assert world.run(carrier(place)).sent == 1
        assert (tiny / "stack/big.tif").read_bytes() == noise(SIZE)


def test_words_about_space_are_understood(world: World, tmp_path: Path) -> None:
    world.add("big.tif", noise(3_000_000))
    with AsyncSsh(tmp_path / "ssh", full=1_000_000) as server:
        outcome = world.run(carrier(server.place()))
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.quota"


def test_a_drop_box_takes_files_without_proof(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    world.add("b.tif", noise(500_000))
    with AsyncSsh(tmp_path / "ssh", deny=["read", "rename"]) as server:
        outcome = world.run(carrier(server.place()))
        assert (outcome.sent, outcome.failed) == (2, 0)
        assert server.names() == ["a.tif", "b.tif"]
        assert not list(server.folder.rglob("*.part"))
    assert set(world.states().values()) == {"sent"}


def test_where_nothing_may_be_written_each_file_is_told(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    with AsyncSsh(tmp_path / "ssh", deny=["open"]) as server:
        outcome = world.run(carrier(server.place()))
    assert [p.code for p in outcome.problems] == ["archive.name"]


def test_too_many_sessions_are_waited_for(tmp_path: Path) -> None:
    with OpenSsh(tmp_path / "ssh", lines=("MaxSessions 0",)) as server:
        error = refusal(server.place())
    assert isinstance(error, Retryable)
    assert error.problem.code == "archive.busy"
    assert error.after


def test_time_and_an_older_file(world: World, tmp_path: Path) -> None:
    file = world.add("a.tif", noise(5000))
    with OpenSsh(tmp_path / "ssh") as server:
        (server.folder / "a.tif").write_bytes(b"older")
        assert world.run(carrier(server.place())).sent == 1
        assert server.content("a.tif") == noise(5000)
        assert int((server.folder / "a.tif").stat().st_mtime) == file.mtime_ns // 10**9
    assert set(world.states().values()) == {"verified"}


def test_a_large_file_is_proved_by_the_servers_own_sum(world: World, tmp_path: Path) -> None:
    world.add("big one.tif", noise(5_000_000))
    with OpenSsh(tmp_path / "ssh", commands=True) as server:
        assert world.run(carrier(server.place(root=str(server.folder)))).sent == 1
    assert world.states() == {"big one.tif": "verified"}


def test_folders_that_vanish_are_made_again(world: World, tmp_path: Path) -> None:
    first, second = world.add("deep/er/a.tif", noise(500)), world.add("deep/er/b.tif", noise(500, 2))
    with OpenSsh(tmp_path / "ssh") as server:
        made = carrier(server.place())()
        made.begin(first)
        upload = made.begin(second)
        shutil.rmtree(server.folder / "deep")
        made.send(second, upload, BytesBody(noise(500, 2)))
        assert (server.folder / "deep/er/b.tif.part").read_bytes() == noise(500, 2)
        made.close()


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "a\nb"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    file = dataclasses.replace(ANY_FILE, name=name)
    with pytest.raises(Refused):
        SftpCarrier(SftpPlace("127.0.0.1", 1)).begin(file)


def test_abort_frees_a_thread_that_waits_for_the_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        made = SftpCarrier(SftpPlace("127.0.0.1", mute.getsockname()[1]), timeouts=Timeouts(connect=60, idle=60))
        caught: list[DepositError] = []

        def ask() -> None:
            try:
                made.find(ANY_FILE, "x")
            except DepositError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        mute.accept()
        wait_for(lambda: bool(made._door._lines._open))
        while thread.is_alive():
            made.abort()
            thread.join(0.1)
        assert isinstance(caught[0], Retryable)


def test_the_next_name_is_opened_with_the_rename_and_leaves_nothing_where_its_file_changed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [world.add(f"stack/{n}.tif", noise(20_000, n)) for n in range(12)]
    Path(files[6].source).write_bytes(noise(19_999))  # after it was sealed
    Path(files[11].source).write_bytes(noise(19_999))
    taken = []
    taking = SftpCarrier._opened_ahead

    def noted(one: SftpCarrier, wire: SftpWire, token: str) -> bytes | None:
        handle = taking(one, wire, token)
        taken.append(handle is not None)
        return handle

    monkeypatch.setattr(SftpCarrier, "_opened_ahead", noted)
    with OpenSsh(tmp_path / "ssh") as server:
        outcome = world.run(carrier(server.place()), dataclasses.replace(QUICK, workers=1, batch=4))
        assert (outcome.sent, outcome.failed) == (10, 2)
        assert sum(taken) >= 3  # the first of each handful, and who follows one that failed, is opened by itself
        for n in (*range(6), *range(7, 11)):
            assert server.content(f"stack/{n}.tif") == noise(20_000, n)
        assert not list(server.folder.rglob("*.part"))
