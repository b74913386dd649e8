"""A deposit that is killed with -9 again and again, against one that nobody disturbs, and against a raw copy.

    python benchmarks/deposit_kills.py [--small N] [--big BYTES] [--data DIR] [--kills K] [--seed N] [--folder DIR]

Makes N small TIFF files of about 2 kB and one big file (or takes those of DIR), and sends them with the real command
line into the practice archive three times: undisturbed; undisturbed but for K kills of the client at random moments,
each followed by ``depositor resume``; and as a raw copy (plain PUT requests to a server that does nothing but write to
disk, with as many threads). Prints one JSON line.

What the killed client sent is counted between client and archive, byte by byte, by a relay. ``allowed`` is what was to
be sent plus one part per kill. ``seconds`` are those of the undisturbed command from start to exit, ``sending_s`` those
between the stages "sending" and "sent"; the ratios are raw copy / ours, so that 1 is as fast as a raw copy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.archives.practice import process

WORKERS, PART = 4, 32 << 20  # what holds where nobody set anything else
_MIB = 1 << 20
_RECEIPT = ("files", "bytes", "manifest_sha256", "checksums", "state", "license")


# --- data ------------------------------------------------------------------------------------------------------------


def tiff(pixels: bytes, side: int) -> bytes:
    """A TIFF file of one 16-bit plane."""
    tags = (
        (256, side),
        (257, side),
        (258, 16),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, side),
        (279, len(pixels)),
    )
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)


def make_data(folder: Path, small: int, big: int) -> None:
    """``small`` planes in folders of 500, and one file of ``big`` bytes."""
    dice = random.Random(7)
    for number in range(small):
        place = folder / "planes" / f"position {number // 500:03d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"plane_t{number % 500:03d}.tif").write_bytes(tiff(dice.randbytes(2048), 32))
    if big:
        (folder / "movie").mkdir(parents=True)
        with (folder / "movie" / "movie.raw").open("wb") as out:
            block = dice.randbytes(16 * _MIB)
            for at in range(0, big, len(block)):
                out.write(struct.pack("<Q", at) + block[8 : min(len(block), big - at)])


def make_document(target: Path, data: Path) -> None:
    """The bundled example's description, for other files."""
    found = json.loads(resources.path("examples/example.depositor.json").read_text("utf-8"))
    found["files"] = [{"path": str(data), "study_component": "Stacks and channels"}]
    found["metadata"]["study_component"] = found["metadata"]["study_component"][1:]
    target.write_text(json.dumps(found), encoding="utf-8")


def keep_all(document: Path, home: Path) -> int:
    """Decide to keep whatever the privacy checks find, because it is known test data; the number of decisions."""
    found = json.loads(run(["check", document], home).out)
    loud = [f["key"] for f in found["findings"] if f["level"] == "blocker"]
    content = json.loads(document.read_text("utf-8"))
    content["decisions"] = [
        {"finding": key, "choice": "keep", "why": "public test data", "by": "benchmark", "at": "2026-01-01T00:00:00Z"}
        for key in loud
    ]
    document.write_text(json.dumps(content), encoding="utf-8")
    return len(loud)


# --- the program -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    seconds: float
    stages: dict[str, float]


def start(command: list[object], home: Path, **environment: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "depositor", *map(str, command), "--json"]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("DEPOSITOR_")}
    return subprocess.Popen(
        line,
        env={**plain, "DEPOSITOR_HOME": str(home), "DEPOSITOR_LANG": "en", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(command: list[object], home: Path, ripe: Callable[[], bool] | None = None, **environment: str) -> Done:
    """Run a command to its end, or kill it with -9 once ``ripe``."""
    began = time.perf_counter()
    stages: dict[str, float] = {}
    started = start(command, home, **environment)
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(home, stages, over), daemon=True)
    watcher.start()
    if ripe is not None:
        threading.Thread(target=kill, args=(started, ripe), daemon=True).start()
    out, err = started.communicate()
    over.set()
    watcher.join()
    if started.returncode not in (0, 1, -signal.SIGKILL):
        sys.exit(f"{command[0]}: exit code {started.returncode}\n{err}\n{out}")
    return Done(started.returncode, out, time.perf_counter() - began, stages)


def kill(started: subprocess.Popen[str], ripe: Callable[[], bool]) -> None:
    while started.poll() is None and not ripe():
        time.sleep(0.002)
    started.send_signal(signal.SIGKILL)


def watch(home: Path, stages: dict[str, float], over: threading.Event) -> None:
    """Note when each stage was first seen."""
    while not over.wait(0.02):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(journal(home)) as db:
            for (stage,) in db.execute("SELECT stage FROM submission"):
                stages.setdefault(stage, time.perf_counter())


def journal(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'state' / 'depositor.sqlite'}?mode=ro", uri=True, timeout=5)


# --- counting --------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """What went from the clients to the archive."""

    wire: int = 0
    uploaded: int = 0
    requests: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, wire: int, uploaded: int, requests: int) -> None:
        with self.guard:
            self.wire += wire
            self.uploaded += uploaded
            self.requests += requests


class Requests:
    """Tells the bytes of uploaded bodies from all others in a stream of HTTP/1.1 requests."""

    def __init__(self, count: Count) -> None:
        self._count, self._head, self._left, self._upload = count, b"", 0, False

    def feed(self, data: memoryview) -> None:
        wire, uploaded, requests = len(data), 0, 0
        while data:
            if self._left:
                took = min(self._left, len(data))
                self._left -= took
                uploaded += took if self._upload else 0
                data = data[took:]
                continue
            before = len(self._head)
            self._head += bytes(data[: 1 << 16])
            head, end, _ = self._head.partition(b"\r\n\r\n")
            if not end:
                data = data[1 << 16 :]
                continue
            data = data[len(head) + 4 - before :]
            self._head, requests = b"", requests + 1
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            self._left = int(length[1]) if length else 0
            self._upload = b"application/offset+octet-stream" in head
        self._count.add(wire, uploaded, requests)


@contextlib.contextmanager
def relay(target: str, count: Count) -> Iterator[str]:
    """A relay to ``target`` that counts; its address."""
    host, port = target.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def pump(source: socket.socket, sink: socket.socket, requests: Requests | None) -> None:
        block = bytearray(_MIB)
        view = memoryview(block)
        with contextlib.suppress(OSError):
            while got := source.recv_into(block):
                if requests:
                    requests.feed(view[:got])
                sink.sendall(view[:got])
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with client, socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=pump, args=(server, client, None), daemon=True)
            back.start()
            pump(client, server, Requests(count))
            back.join()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def duplicates(practice: Path, receipt: dict[str, Any]) -> int:
    """Depositions, files and stored objects at the archive that are one too many, or missing. Parts of files belong to
    no deposition: those that were joined are the file, those of a killed sender run out of time."""
    with contextlib.closing(sqlite3.connect(practice / "catalogue.sqlite")) as db:
        depositions = db.execute("SELECT count(*) FROM deposition").fetchone()[0]
        uploads = {row[0] for row in db.execute("SELECT id FROM upload WHERE deposition IS NOT NULL")}
    wanted = receipt["files"] + receipt["documents"]
    stored = sum(1 for p in (practice / "uploads").rglob("*.bin") if p.is_file() and p.stem in uploads)
    return abs(depositions - 1) + abs(len(uploads) - wanted) + abs(stored - wanted)


# --- the raw copy ----------------------------------------------------------------------------------------------------


class Writing(BaseHTTPRequestHandler):
    """Writes each body to a file, and nothing else."""

    protocol_version = "HTTP/1.1"
    folder = Path()

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        with (self.folder / self.path.strip("/")).open("wb") as out:
            while left and (block := self.rfile.read(min(left, _MIB))):
                left -= len(block)
                out.write(block)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve_raw(folder: Path) -> None:
    Writing.folder = folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), Writing)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def raw_copy(files: list[Path], folder: Path) -> float:
    """Seconds to send ``files`` with plain PUT requests."""
    import requests

    folder.mkdir()
    server = subprocess.Popen([sys.executable, __file__, "--serve-raw", str(folder)], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    waiting = iter(list(enumerate(sorted(files, key=lambda p: -p.stat().st_size))))
    guard = threading.Lock()

    def send(_: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                with guard:
                    job = next(waiting, None)
                if job is None:
                    return
                with job[1].open("rb") as body:
                    data = body if job[1].stat().st_size else b""
                    assert session.put(f"{address}/{job[0]}", data=data).status_code == 204

    began = time.perf_counter()
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(send, range(WORKERS)))
        return time.perf_counter() - began
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder)


# --- the three ways --------------------------------------------------------------------------------------------------


def undisturbed(document: Path, home: Path) -> tuple[dict[str, Any], Done]:
    try:
        done = run(["deposit", document], home)
        return json.loads(done.out), done
    finally:
        process.stop(home / "state" / "practice")
        shutil.rmtree(home / "state" / "practice", ignore_errors=True)


def killed(
    document: Path, home: Path, kills: int, total: int, dice: random.Random
) -> tuple[dict[str, Any], Count, int, int, list[str]]:
    """Deposit, kill, resume, until the receipt is there: (receipt, what was sent, kills, duplicates, stages)."""
    practice, count, done_kills, at_stage = home / "state" / "practice", Count(), 0, list[str]()
    practice.mkdir(parents=True)
    try:
        with relay(process.running(practice).url, count) as address:
            environment = {"DEPOSITOR_ENDPOINT_PRACTICE": address}
            while True:
                begun = bool(at_stage) and at_stage[-1] != "preparing"
                command: list[object] = ["resume"] if begun else ["deposit", document]
                done = run(command, home, moment(done_kills, kills, total, count, dice), **environment)
                if done.code != -signal.SIGKILL:
                    receipt = json.loads(done.out)
                    if "accession" not in receipt:  # killed after its end: nothing was left to do
                        receipt = json.loads(run(["status"], home).out)["submissions"][0]["receipt"]
                    return receipt, count, done_kills, duplicates(practice, receipt), at_stage
                done_kills += 1
                at_stage.append(stage_of(home))
    finally:
        process.stop(practice)


def moment(number: int, kills: int, total: int, count: Count, dice: random.Random) -> Callable[[], bool] | None:
    """When to kill: the first time at any moment of the first seconds, then once some more has been sent, so that the
    kills are spread over all of it; None: no more."""
    if number >= kills:
        return None
    if not number:
        end = time.monotonic() + dice.uniform(0.5, 5.0)
        return lambda: time.monotonic() > end
    goal = count.uploaded + int(dice.uniform(0.01, 1.6) * total / kills)
    return lambda: count.uploaded > goal


def stage_of(home: Path) -> str:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(journal(home)) as db:
        found = db.execute("SELECT stage FROM submission").fetchone()
        return str(found[0]) if found else "preparing"
    return "preparing"


def measure(given: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    data = given.data or scratch / "data"
    if not given.data:
        make_data(data, given.small, given.big)
    document = scratch / "study.depositor.json"
    make_document(document, data)
    hour_ago = time.time() - 3600
    if not given.data:
        for path in data.rglob("*"):
            os.utime(path, (hour_ago, hour_ago))
    decisions = keep_all(document, scratch / "check")
    say(f"data made; {decisions} decisions")
    calm, done = undisturbed(document, scratch / "calm")
    sending = done.stages.get("sent", 0.0) - done.stages.get("sending", 0.0)
    say(f"undisturbed: {done.seconds:.1f} s, sending {sending:.1f} s")
    files = [p for p in data.rglob("*") if p.is_file()]
    raw = raw_copy(files, scratch / "raw")
    say(f"raw copy: {raw:.1f} s")
    dice = random.Random(given.seed)
    receipt, count, kills, twice, stages = killed(document, scratch / "killed", given.kills, calm["bytes"], dice)
    wanted = uploaded_bytes(scratch / "killed")
    allowed = wanted + kills * PART
    return {
        "benchmark": "deposit_kills",
        "files": receipt["files"],
        "bytes": receipt["bytes"],
        "kills": kills,
        "killed_at": stages,
        "receipt_equal": all(receipt[key] == calm[key] for key in _RECEIPT),
        "to_send": wanted,
        "received": count.uploaded,
        "sent_again": count.uploaded - wanted,
        "allowed": allowed,
        "within": count.uploaded <= allowed,
        "wire_bytes": count.wire,
        "requests": count.requests,
        "duplicates": twice,
        "seconds": round(done.seconds, 2),
        "sending_s": round(sending, 2),
        "raw_s": round(raw, 2),
        "speed_to_raw": round(raw / sending, 3) if sending else None,
        "whole_to_raw": round(raw / done.seconds, 3),
    }


def uploaded_bytes(home: Path) -> int:
    """Data and documents, as the journal knows them."""
    with contextlib.closing(journal(home)) as db:
        return int(db.execute("SELECT sum(size) FROM submission_file WHERE state<>'skipped'").fetchone()[0])


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=10_000, help="number of small files")
    parser.add_argument("--big", type=int, default=2 << 30, help="bytes of the big file; 0: none")
    parser.add_argument("--data", type=Path, help="send what is in this folder instead")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--folder", type=Path, help="where everything lies meanwhile (default: the system's)")
    parser.add_argument("--serve-raw", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve_raw:
        serve_raw(given.serve_raw)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        print(json.dumps(measure(given, Path(name))))


if __name__ == "__main__":
    main()
