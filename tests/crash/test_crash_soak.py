"""A soak in short, without root: rounds over every kind of route while lines break, servers are busy, senders are
killed and folders go away. All arrives, nothing lies there twice, little is sent again, and a process that lives
through it all holds no more in the end than after its first round. The long one is ``benchmarks/transfer_soak.py``."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "transfer"))

import fault_proxy
from fault_proxy import FaultProxy
from s3_faults import BUCKET, S3Server
from sftp_servers import AsyncSsh, pin
from soak_engine import LINES, PART
from transfer_world import World, noise, wait_for
from tus_faults import TusServer
from webdav_servers import WsgiDav

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL"),
    pytest.mark.timeout(120),
]
SENDER = Path(__file__).with_name("soak_engine.py")
BIG = 1_500_000
WEB = ("tus", "s3", "webdav")
_ROUNDS = 2


@dataclass
class Site:
    """A server behind a line that can break. ``again``: the most that one line loses by one break."""

    kind: str
    server: Any
    line: FaultProxy
    more: str
    again: int

    @property
    def route(self) -> dict[str, Any]:
        return {"kind": self.kind, "port": self.line.port, "more": self.more}


def _port(url: str) -> int:
    return int(url.split(":")[2].split("/")[0])


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    base = tmp_path_factory.mktemp("soak")
    with contextlib.ExitStack() as kept:
        line = lambda port: kept.enter_context(FaultProxy(port))  # noqa: E731
        tus, s3 = kept.enter_context(TusServer()), kept.enter_context(S3Server())
        ssh, dav = kept.enter_context(AsyncSsh(base / "ssh")), kept.enter_context(WsgiDav(base / "dav"))
        yield [
            Site("tus", tus, line(_port(tus.url)), tus.url.split("/", 3)[3], PART),
            Site("s3", s3, line(_port(s3.url)), BUCKET, PART),
            Site("sftp", ssh, line(ssh.port), pin(base / "ssh" / "host.pub"), BIG),
            Site("webdav", dav, line(dav.port), "files/", BIG),  # which begin a file of this size anew
        ]


class Sender:
    """``soak_engine.py`` in a process."""

    def __init__(self) -> None:
        line = [sys.executable, str(SENDER)]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, do: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()

    def outcome(self) -> dict[str, Any]:
        """Of the run under way, once it is over."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def kill(self) -> None:
        self._process.kill()
        self.close()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    yield made
    made.close()


def later(seconds: float, act: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def faults(site: Site, world: World, sender: Sender) -> dict[str, Callable[[], None]]:
    """What can go wrong on the way, and comes right again by itself."""
    line, away = site.line, world.folder.with_name("away")

    def stalled() -> None:
        line.stall()
        later(0.9, line.flow)

    def paused() -> None:
        sender.tell("pause")
        later(0.2, lambda: sender.tell("go"))

    def unmounted() -> None:
        with contextlib.suppress(OSError):
            world.folder.rename(away)
            later(0.3, lambda: away.rename(world.folder))

    found = {
        "cut": line.cut,
        "half-open": line.half_open,
        "stalled": stalled,
        "paused": paused,
        "unmounted": unmounted,
        "limited": lambda: sender.tell("limit", bytes_per_s=random.randrange(2_000_000, 9_000_000)),
    }
    if site.kind in WEB:
        found["busy"] = lambda: line.answer(fault_proxy.busy("0"), 2)
        found["portal"] = lambda: line.answer(fault_proxy.PORTAL_REDIRECT, 2)
    return found


def made(folder: Path, number: int) -> World:
    world = World(folder)
    world.add(f"{number}/big.tif", noise(BIG, number))
    world.add(f"{number}/none.txt", b"")
    for plane in range(8):
        world.add(f"{number}/plane {plane}.dcm", noise(4000 + plane, plane))
    return world


def assert_arrived(site: Site, world: World, number: int, received: int, breaks: int) -> None:
    names = [name for name in site.server.names() if name.startswith(f"{number}/")]
    assert names == sorted(f.name for f in world.files)
    for file in world.files:
        assert site.server.content(file.name) == Path(file.source).read_bytes()
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()
    requests = 60_000 * (breaks + 1)  # heads, signatures, questions how far it is, keys of SSH
    assert received <= world.bytes + breaks * LINES * (site.again + 8000) + requests


@pytest.mark.parametrize("index", range(4), ids=["tus", "s3", "sftp", "webdav"])
def test_a_process_that_lives_through_it_all(sites: list[Site], sender: Sender, tmp_path: Path, index: int) -> None:
    site, chance, holds = sites[index], random.Random(index), list[tuple[int, int]]()
    for number in range(_ROUNDS + 1):
        world = made(tmp_path / str(number), number)
        before, happened = site.line.forwarded, list(faults(site, world, sender).items())
        events = [chance.choice(happened) for _ in range(4 if number else 0)]
        for place, (_, act) in zip(sorted(chance.sample(range(1, 10), len(events))), events, strict=True):
            site.line.at(before + world.bytes * place // 10, act)
        sender.tell("send", store=str(world.store), route=site.route)
        outcome = sender.outcome()
        names = [name for name, _ in events]
        assert (outcome["sent"], outcome["failed"], outcome["problem"]) == (len(world.files), [], None), names
        assert_arrived(site, world, number, site.line.forwarded - before, len(events))
        assert outcome["threads"] == ["MainThread"], names
        holds.append((outcome["handles"], outcome["objects"]))
    assert holds[-1][0] <= holds[0][0], holds
    assert holds[-1][1] - holds[1][1] < 500, holds


@pytest.mark.parametrize("index", range(4), ids=["tus", "s3", "sftp", "webdav"])
def test_senders_that_are_killed(sites: list[Site], tmp_path: Path, index: int) -> None:
    site, chance = sites[index], random.Random(index)
    world, number = made(tmp_path, 10), 10
    before = site.line.forwarded
    for kill in range(1, _ROUNDS + 1):
        goal = before + world.bytes * kill // (_ROUNDS + 1) - chance.randrange(world.bytes // 9)
        sender = Sender()
        sender.tell("send", store=str(world.store), route=site.route)
        wait_for(lambda goal=goal: site.line.forwarded >= goal)
        sender.kill()
    sender = Sender()
    sender.tell("send", store=str(world.store), route=site.route)
    outcome = sender.outcome()
    sender.close()
    assert (outcome["failed"], outcome["problem"]) == ([], None)
    assert_arrived(site, world, number, site.line.forwarded - before, _ROUNDS)
