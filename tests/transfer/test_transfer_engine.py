"""The engine: pause, cancel, limit, offline, changed files, and what it tells meanwhile. Against a strict server."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transfer_world import QUICK, SUBMISSION, World, noise
from tus_faults import TusServer

from depositor.draft.problem import Defect, Side
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Upload
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

SHORT = Timeouts(connect=2.0, idle=1.0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def server() -> Iterator[TusServer]:
    with TusServer() as server:
        yield server


def carrier(server: TusServer, **options: Any) -> Callable[[], TusCarrier]:
    return lambda: TusCarrier(server.url, options=TusOptions(checksums=False, **options), timeouts=SHORT)


def test_pause_holds_and_resume_goes_on_in_the_same_run(world: World, server: TusServer) -> None:
    world.add("big", noise(3_000_000))
    world.add("small", noise(3_000))
    slow = dataclasses.replace(QUICK, limit=2_000_000)
    with world.running(carrier(server), slow) as run:
        run.until(lambda: server.received > 100_000)
        run.engine.pause()
        run.until(lambda: run.engine.progress().paused)
        time.sleep(0.5)  # what the promise gives: within half a second nothing moves any more
        held = server.received
        time.sleep(0.3)
        assert server.received == held < world.bytes
        assert run.engine.progress().remaining_s is None
        run.engine.limit(None)
        run.engine.resume()
        outcome = run.join()
    assert (outcome.sent, outcome.failed, outcome.stopped) == (2, 0, False)
    assert server.content("big") == noise(3_000_000)
    assert len(server.uploads) == 2


def test_cancel_is_quick_under_a_tiny_limit_and_a_new_run_goes_on(world: World, server: TusServer) -> None:
    world.add("big", noise(2_000_000))
    with world.running(carrier(server), dataclasses.replace(QUICK, limit=10)) as run:
        run.until(lambda: server.count("PATCH") == 1)
        run.engine.cancel()
        outcome = run.join(5)
    assert outcome.stopped
    assert outcome.problem is None
    assert outcome.bytes_sent < 1000
    assert world.run(carrier(server)).sent == 1
    assert server.names() == ["big"]
    assert len(server.uploads) == 1


def test_cancel_does_not_wait_for_a_server_that_hangs(world: World, server: TusServer) -> None:
    world.add("a", noise(2_000))
    patient = lambda: TusCarrier(server.url, timeouts=Timeouts(60, 60))  # noqa: E731
    server.fault("POST", mute=True)
    with world.running(patient) as run:
        run.until(lambda: server.count("POST") == 1)
        run.engine.cancel()
        assert run.join(5).stopped


def test_the_limit_can_change_while_bytes_move(world: World, server: TusServer) -> None:
    world.add("big", noise(4_000_000))
    with world.running(carrier(server), dataclasses.replace(QUICK, limit=1)) as run:
        run.until(lambda: server.count("PATCH") == 1)
        for rate in (50, 1, 5000, 1):
            run.engine.limit(rate)
        run.engine.limit(None)
        assert run.join(20).sent == 1


def test_the_limit_is_kept_by_all_workers_together(world: World, server: TusServer) -> None:
    for number in range(12):
        world.add(f"f{number:02d}", noise(100_000, number))
    started = time.monotonic()
    assert world.run(carrier(server), dataclasses.replace(QUICK, limit=1_000_000)).sent == 12
    assert time.monotonic() - started > 0.8  # 1.2 MB at 1 MB/s, less the burst: a lower bound holds on any machine


def test_offline_is_one_visible_wait_that_ends_by_itself(world: World) -> None:
    for number in range(8):
        world.add(f"f{number}", noise(5_000, number))
    settings = dataclasses.replace(QUICK, base_s=0.2, cap_s=0.4)
    server = TusServer()
    server.__enter__()
    address = server._http.server_address
    server.__exit__()
    with world.running(lambda: TusCarrier(f"http://127.0.0.1:{address[1]}/files/", timeouts=SHORT), settings) as run:
        run.until(lambda: run.engine.progress().waiting is not None)
        progress = run.engine.progress()
        assert progress.waiting is not None
        assert progress.waiting.code == "network.refused"
        assert progress.waiting.side is Side.NETWORK
        assert progress.retry_in_s is not None
        assert progress.retry_in_s <= 0.4
        time.sleep(1.0)  # several rounds of waiting: nothing may fail in them
        assert run.engine.progress().files_failed == 0
        import tus_faults

        server._http = tus_faults._Http(address, tus_faults._handler(server))
        threading.Thread(target=server._http.serve_forever, args=(0.05,), daemon=True).start()
        outcome = run.join()
    assert (outcome.sent, outcome.failed) == (8, 0)
    assert run.engine.progress().waiting is None
    server._http.shutdown()
    server._http.server_close()


def test_a_wait_can_be_stopped_at_once(world: World) -> None:
    world.add("a", noise(100))
    settings = dataclasses.replace(QUICK, base_s=600, cap_s=600)
    with world.running(lambda: TusCarrier("http://127.0.0.1:9/files/", timeouts=SHORT), settings) as run:
        run.until(lambda: run.engine.progress().waiting is not None)
        run.engine.cancel()
        assert run.join(3).stopped


def test_a_file_that_changed_since_the_seal_fails_alone(world: World, server: TusServer) -> None:
    changed = world.add("changed", noise(5_000))
    gone = world.add("gone", noise(5_000))
    touched = world.add("touched", noise(5_000))
    world.add("good", noise(5_000))
    Path(changed.source).write_bytes(noise(5_001))
    Path(gone.source).unlink()
    os.utime(touched.source, ns=(1, 1))
    outcome = world.run(carrier(server))
    assert world.states() == {"changed": "failed", "gone": "failed", "touched": "failed", "good": "sent"}
    assert {p.code for p in outcome.problems} == {"file.changed", "file.gone"}
    assert {p.side for p in outcome.problems} == {Side.COMPUTER}
    assert server.names() == ["good"]


def test_a_file_that_grows_while_it_is_sent_fails(world: World, server: TusServer) -> None:
    file = world.add("log", noise(1_500_000))

    def grow() -> None:
        with Path(file.source).open("ab") as handle:
            handle.write(b"more")

    server.fault("PATCH", act=grow, skip=2)
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["file.changed"]


def test_content_that_changed_behind_an_old_date_is_noticed(world: World, server: TusServer) -> None:
    file = world.add("a", noise(5_000))
    world.run(carrier(server))
    stamp = Path(file.source).stat()
    Path(file.source).write_bytes(noise(5_000, 2))
    os.utime(file.source, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    again = world.seal(Path(file.source), "again")
    assert again.mtime_ns == file.mtime_ns
    outcome = world.run(carrier(server))
    assert [p.code for p in outcome.problems] == ["file.changed"]
    assert server.names() == ["a"]  # it was sent before anybody could know; it is taken back
    assert world.states()["again"] == "failed"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_fails_alone(world: World, server: TusServer) -> None:
    file = world.add("secret", noise(50))
    world.add("good", noise(50))
    Path(file.source).chmod(0)
    assert [p.code for p in world.run(carrier(server)).problems] == ["file.no-permission"]
    assert server.names() == ["good"]


def test_a_vanished_drive_is_waited_for(world: World, server: TusServer) -> None:
    world.add("disk/a", noise(5_000))
    world.add("disk/b", noise(5_000))
    away = world.folder / "away"
    (world.folder / "disk").rename(away)
    with world.running(carrier(server)) as run:
        run.until(lambda: (w := run.engine.progress().waiting) is not None and w.code == "source.gone")
        away.rename(world.folder / "disk")
        assert run.join().sent == 2


def test_failed_files_are_told_until_somebody_decides(world: World, server: TusServer) -> None:
    world.add("bad", noise(500))
    server.fault("POST", status=400, times=1)
    assert world.run(carrier(server)).failed == 1
    assert world.run(carrier(server)).failed == 1  # nothing pending, yet not everything is there
    with world.journal() as journal:
        journal.retry_failed(SUBMISSION)
    assert world.run(carrier(server)).failed == 0
    assert server.names() == ["bad"]


def test_progress_counts_files_and_bytes(world: World, server: TusServer) -> None:
    for number in range(5):
        world.add(f"f{number}", noise(10_000, number))
    with world.running(carrier(server)) as run:
        outcome = run.join()
        progress = run.engine.progress()
    assert (progress.files, progress.files_done, progress.files_failed) == (5, 5, 0)
    assert (progress.bytes, progress.bytes_done, progress.bytes_sent) == (50_000, 50_000, 50_000)
    assert progress.active == ()
    assert outcome.bytes_sent == 50_000


def test_after_a_restart_the_prefix_is_not_sent_again(world: World, server: TusServer) -> None:
    world.add("big", noise(2_000_000))
    with world.running(carrier(server), dataclasses.replace(QUICK, limit=1_500_000)) as run:
        run.until(lambda: server.received > 600_000)
        run.engine.cancel()
        first = run.join().bytes_sent
    second = world.run(carrier(server)).bytes_sent
    assert first + second <= 2_000_000 + QUICK.part_bytes
    assert server.content("big") == noise(2_000_000)
    assert world.digests() == world.true_digests()


def test_our_own_mistake_is_a_defect_and_ends_the_run(world: World) -> None:
    class Broken:
        id, part_size, resumable = "broken", None, False

        def begin(self, file: Any) -> Upload:
            raise KeyError("a programming error")

        def find(self, file: Any, token: str) -> None:
            return None

        def close(self) -> None:
            return None

    world.add("a", noise(10))
    with pytest.raises(Defect):
        world.run(Broken)
