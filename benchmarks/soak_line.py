"""A slow line between network namespaces: delay, jitter, loss, a rate, and cuts on command. Linux, root.

    python benchmarks/soak_line.py [--up MBIT] [--down MBIT] [--delay MS] [--jitter MS] [--loss PERCENT]

The kernel's netem is not everywhere; this is a small router in user space instead. Each ``side`` is a namespace whose
only way out is a tun device; its packets go through the router to the servers on this computer's loopback, which are
:data:`FAR` as seen from there. All sides share the line. Called by itself it measures the line, and prints one JSON
line: round trips of single bytes, and what TCP gets through, beside what was asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import heapq
import json
import os
import random
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FAR = "10.77.116.180"  # its two halves add up to those of 127.0.0.1, so that no checksum changes with the address
_FAR, _LOOPBACK = socket.inet_aton(FAR), socket.inet_aton("127.0.0.1")
_FAR_DEVICE = "soakfar"
_TUNSETIFF, _TUN, _NO_INFO = 0x400454CA, 0x0001, 0x1000
_TCP, _SYN = 6, 0x02
_MTU = 1500
_BUFFER_S = 0.25  # what a modem holds back before it drops


@dataclass(frozen=True)
class Shape:
    """What the line is like. ``delay`` and ``jitter`` are one way; ``loss`` each way."""

    up_mbit: float = 16.0
    down_mbit: float = 32.0
    delay_ms: float = 20.0
    jitter_ms: float = 6.0
    loss_percent: float = 0.5


# --- the router, a process of its own --------------------------------------------------------------------------------


@dataclass
class Way:
    """One direction of the line."""

    bytes_per_s: float
    free_at: float = 0.0
    last_due: float = 0.0

    def due(self, now: float, size: int, shape: Shape) -> float | None:
        """When a packet comes out at the other end; None where it is lost. Packets do not overtake one another."""
        start = max(now, self.free_at)
        if start - now > _BUFFER_S or random.random() * 100 < shape.loss_percent:
            return None
        self.free_at = start + size / self.bytes_per_s
        late = (shape.delay_ms + random.uniform(0, 2 * shape.jitter_ms) - shape.jitter_ms) / 1000
        self.last_due = max(self.last_due, self.free_at + late)
        return self.last_due


@dataclass
class Flows:
    """How many bytes each side got to the servers over TCP, without what TCP itself had to send again."""

    came: dict[str, int] = field(default_factory=dict)
    _seen: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def note(self, side: str, packet: bytes) -> None:
        """A packet that was not lost."""
        head = (packet[0] & 15) * 4
        if packet[9] != _TCP:
            return
        ports, sequence = packet[12:16] + packet[head : head + 4], int.from_bytes(packet[head + 4 : head + 8], "big")
        if packet[head + 13] & _SYN:
            self._seen[ports] = (sequence + 1, 0)
            return
        first, known = self._seen.get(ports, (sequence, 0))
        length = len(packet) - head - (packet[head + 12] >> 4) * 4
        end = (sequence + length - first) & 0xFFFFFFFF
        if known < end < 1 << 31:
            self.came[side] = self.came.get(side, 0) + end - known
            self._seen[ports] = (first, end)


class Router:
    """Takes packets from the devices and gives them back later, at the other end; or never."""

    def __init__(self, shape: Shape, sides: Sequence[str]) -> None:
        self._shape, self._sides = shape, list(sides)
        self._up, self._down = Way(shape.up_mbit * 125_000), Way(shape.down_mbit * 125_000)
        self._far = device(_FAR_DEVICE)
        self._near = {side: device(f"soak{side}") for side in sides}
        self._cut: set[str] = set()
        self._flows = Flows()
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._count = self._lost = 0

    def run(self) -> None:
        """Until standard input ends."""
        watch = selectors.DefaultSelector()
        for line in (self._far, *self._near.values(), sys.stdin.fileno()):
            watch.register(line, selectors.EVENT_READ)
            os.set_blocking(line, False)
        print("ready", flush=True)
        while True:
            pause = self._waiting[0][0] - time.monotonic() if self._waiting else 1.0
            for key, _ in watch.select(max(pause, 0.0)):
                if key.fd == sys.stdin.fileno():
                    text = os.read(key.fd, 4096)
                    if not text:
                        return
                    self._obey(text.decode().splitlines())
                else:
                    self._take(key.fd)
            self._give()

    def _obey(self, lines: Sequence[str]) -> None:
        for line in lines:
            word, *names = line.split()
            if word == "cut":
                self._cut |= set(names)
            elif word == "mend":
                self._cut -= set(names)
            print(json.dumps({"came": self._flows.came, "packets": self._count, "lost": self._lost}), flush=True)

    def _take(self, source: int) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                packet = os.read(source, _MTU + 64)
                if packet[0] >> 4 == 4:
                    self._pass(source, packet)

    def _pass(self, source: int, packet: bytes) -> None:
        up = source != self._far
        side = self._side(packet[12:16] if up else packet[16:20])
        if side is None:
            return
        way, now = (self._up if up else self._down), time.monotonic()
        due = None if side in self._cut else way.due(now, len(packet), self._shape)
        self._count += 1
        if due is None:
            self._lost += 1
            return
        if up:
            self._flows.note(side, packet)
            target, packet = self._far, packet[:16] + _LOOPBACK + packet[20:]
        else:
            target, packet = self._near[side], packet[:12] + _FAR + packet[16:]
        heapq.heappush(self._waiting, (due, self._count, target, packet))

    def _side(self, address: bytes) -> str | None:
        number = address[2] - 1
        return self._sides[number] if address[:2] == b"\x0a\x4d" and 0 <= number < len(self._sides) else None

    def _give(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(self._waiting)
            with contextlib.suppress(OSError):
                os.write(target, packet)


def device(name: str) -> int:
    """A tun device; it goes with its descriptor."""
    line = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(line, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN | _NO_INFO))
    return line


# --- who wants a line ------------------------------------------------------------------------------------------------


class SlowLine:
    """``with SlowLine(Shape(), ["a", "b"]) as line:``; ``line.inside("a", command)`` is a command at that end of it."""

    def __init__(self, shape: Shape, sides: Sequence[str]) -> None:
        self._shape, self._sides = shape, sides
        self._guard = threading.Lock()
        self._made: list[str] = []

    def __enter__(self) -> SlowLine:
        command = [sys.executable, __file__, "--route", *self._sides, "--shape", json.dumps(asdict(self._shape))]
        self._router = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self._await()
            self._lay()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _await(self) -> None:
        assert self._router.stdout is not None
        if self._router.stdout.readline().strip() != "ready":
            raise OSError("no right to make a line here: this needs Linux, root and /dev/net/tun")

    def __exit__(self, *_: object) -> None:
        assert self._router.stdin is not None
        assert self._router.stdout is not None
        self._router.stdin.close()
        self._router.wait()
        self._router.stdout.close()
        for name in self._made:
            subprocess.run(["ip", "netns", "delete", name], check=False)

    def _lay(self) -> None:
        _ip("link", "set", _FAR_DEVICE, "up")
        _ip("route", "add", "10.77.0.0/16", "dev", _FAR_DEVICE)
        Path(f"/proc/sys/net/ipv4/conf/{_FAR_DEVICE}/route_localnet").write_text("1")
        for number, side in enumerate(self._sides, 1):
            name, near = f"soak-{side}", f"soak{side}"
            _ip("netns", "add", name)
            self._made.append(name)
            _ip("link", "set", near, "netns", name)
            inside = ("-n", name)
            _ip(*inside, "link", "set", "lo", "up")
            _ip(*inside, "address", "add", f"10.77.{number}.2/32", "dev", near)
            _ip(*inside, "link", "set", near, "up")
            _ip(*inside, "route", "add", "default", "dev", near)

    def inside(self, side: str, command: Sequence[str]) -> list[str]:
        """The command that runs ``command`` at this end of the line."""
        return ["nsenter", f"--net=/run/netns/soak-{side}", *command]

    def cut(self, side: str) -> None:
        """Nothing goes through any more, and nobody is told."""
        self._told(f"cut {side}")

    def mend(self, side: str) -> None:
        """It stands again."""
        self._told(f"mend {side}")

    def came(self, side: str) -> int:
        """Bytes that this side got to the servers so far, without what TCP had to send again."""
        return int(self._told("count")["came"].get(side, 0))

    def lost(self) -> float:
        """The share of packets that were lost, cuts included."""
        told = self._told("count")
        return float(told["lost"] / max(told["packets"], 1))

    def _told(self, text: str) -> Any:
        assert self._router.stdin is not None
        assert self._router.stdout is not None
        with self._guard:
            self._router.stdin.write(text + "\n")
            self._router.stdin.flush()
            return json.loads(self._router.stdout.readline())


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


# --- measuring -------------------------------------------------------------------------------------------------------

_PROBE = """
import json, socket, sys, time
port, seconds = int(sys.argv[2]), float(sys.argv[3])
line = socket.create_connection((sys.argv[1], port))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
trips = []
for _ in range(60):
    began = time.perf_counter()
    line.sendall(b"x")
    line.recv(1)
    trips.append(time.perf_counter() - began)
line.sendall(b"!")
began, sent, block = time.perf_counter(), 0, bytes(65536)
while time.perf_counter() - began < seconds:
    line.sendall(block)
    sent += len(block)
line.shutdown(socket.SHUT_WR)
line.recv(1)
print(json.dumps({"trips": trips, "sent": sent, "seconds": time.perf_counter() - began}))
"""


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """A server that sends single bytes back until one is "!", swallows what follows, and then says so; its port."""

    def serve(line: socket.socket) -> None:
        with line:
            while (byte := line.recv(1)) not in (b"!", b""):
                line.sendall(byte)
            while line.recv(1 << 16):
                pass
            line.sendall(b".")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(server.getsockname()[1])


def measured(line: SlowLine, side: str, seconds: float = 5.0) -> dict[str, float]:
    """Round trips of single bytes, and what one TCP connection gets through."""
    with echo() as port:
        command = line.inside(side, [sys.executable, "-c", _PROBE, FAR, str(port), str(seconds)])
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    trips = sorted(1000 * trip for trip in found["trips"])
    return {
        "rtt_ms": round(statistics.median(trips), 1),
        "rtt_p95_ms": round(trips[int(len(trips) * 0.95)], 1),
        "goodput_mbit": round(found["sent"] * 8e-6 / found["seconds"], 2),
        "packets_lost": round(line.lost(), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, value in asdict(Shape()).items():
        parser.add_argument(f"--{name.partition('_')[0]}", type=float, default=value, help=name.replace("_", ", "))
    parser.add_argument("--route", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--shape", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.route:
        Router(Shape(**json.loads(given.shape)), given.route).run()
        return
    shape = Shape(given.up, given.down, given.delay, given.jitter, given.loss)
    with SlowLine(shape, ["a"]) as line:
        control = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
        told = {"benchmark": "soak_line", "asked": asdict(shape), "tcp": control, "measured": measured(line, "a")}
        print(json.dumps(told))


if __name__ == "__main__":
    main()
