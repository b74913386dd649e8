"""What the benchmarks of single routes share: our engine, the raw limit, peers as commands, and the comparing of them
in turns. Run ``transfer_ftp.py`` and ``transfer_sftp_webdav.py``."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "transfer"))

from transfer_world import World, noise

from depositor.transfer.manners.policy import EngineSettings

SETTINGS = EngineSettings(keep_awake=False)
SMALL_BYTES = 20_000
Client = Callable[[], None]
Clients = Callable[[Sequence[Path], Path, Any], Mapping[str, Client]]


def ours(paths: Sequence[Path], scratch: Path, carrier: Callable[[], Any]) -> Client:
    """The whole engine with its journal; the sealing before is not counted."""
    world = World(scratch / f"ours-{time.monotonic_ns()}")
    for path in paths:
        world.seal(path, path.name)

    def run() -> None:
        assert world.run(carrier, SETTINGS).sent == len(paths)

    return run


def limit(paths: Sequence[Path]) -> Client:
    """The same bytes over a plain socket in one thread, with SHA-256."""

    def drain(server: socket.socket) -> None:
        line, _ = server.accept()
        with line:
            while line.recv(1 << 20):
                pass

    def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=drain, args=(server,))
            thread.start()
            with socket.create_connection(server.getsockname()) as line:
                for path in paths:
                    digest = hashlib.sha256()
                    with path.open("rb") as file:
                        while block := file.read(1 << 20):
                            digest.update(block)
                            line.sendall(block)
            thread.join()

    return run


def called(command: Sequence[str], text: str = "", **environment: str) -> Client:
    """A peer as a command."""

    def run() -> None:
        around = {**os.environ, **environment}
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, env=around)

    return run


def compared(paths: Sequence[Path], scratch: Path, rounds: int, server: Any, clients: Clients) -> dict[str, Any]:
    """Median seconds of each client, in turns against the same server, and our ratios."""
    seconds: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, run in clients(paths, scratch, server).items():
            server.empty()
            before, started = _processor_s(), time.perf_counter()
            with contextlib.suppress(subprocess.CalledProcessError):
                run()
                seconds.setdefault(name, []).append(time.perf_counter() - started)
                processor.setdefault(name, []).append(_processor_s() - before)
    median = {name: round(statistics.median(times), 3) for name, times in seconds.items()}
    peers = [took for name, took in median.items() if not name.startswith(("ours", "limit"))]
    nbytes = sum(path.stat().st_size for path in paths)
    return {
        "files": len(paths),
        "bytes": nbytes,
        "seconds": median,
        "cpu_s": {name: round(statistics.median(took), 2) for name, took in processor.items()},
        "mb_per_s": round(nbytes / median["ours"] / 1e6, 1),
        "files_per_s": round(len(paths) / median["ours"], 1),
        "ratio_to_best_peer": round(median["ours"] / min(peers), 2) if peers else None,
        "ratio_to_limit": round(median["ours"] / median["limit"], 2),
    }


def _processor_s() -> float:
    """Of this process and of the peers that ended; servers are not counted while they run."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main(name: str, about: str, routes: Mapping[str, tuple[Callable[[Path], Any], Clients]]) -> None:
    """Make the files, compare on every route (or those of ``--only``), print one JSON line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--big", type=int, default=256, help="size of the big file in MiB; 0: none")
    parser.add_argument("--small", type=int, default=500, help="number of small files of 20 kB; 0: none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=sorted(routes), default=sorted(routes))
    parser.add_argument("--folder", type=Path, help="where files and stores lie (default: the system's)")
    given = parser.parse_args()
    if given.folder is not None:
        tempfile.tempdir = str(given.folder)  # the servers keep theirs there too: a slow disk is not what is measured
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        scratch = Path(folder)
        results: dict[str, Any] = {}
        for case, paths in _files(scratch, given.big, given.small).items():
            for route in given.only:
                make, clients = routes[route]
                with make(scratch / f"{route}-{case}") as server:
                    results[f"{route} {case}"] = compared(paths, scratch, given.rounds, server, clients)
    print(json.dumps({"benchmark": name, "rounds": given.rounds, "results": results}))


def _files(scratch: Path, big_mib: int, small: int) -> dict[str, list[Path]]:
    made: dict[str, list[Path]] = {}
    if big_mib:
        big = scratch / "big" / "big.ome.tif"
        big.parent.mkdir()
        with big.open("wb") as file:
            for number in range(big_mib):
                file.write(noise(1 << 20, number))
        made["big"] = [big]
    if small:
        (scratch / "small").mkdir()
        made["small"] = [scratch / "small" / f"{number}.dcm" for number in range(small)]
        for number, path in enumerate(made["small"]):
            path.write_bytes(noise(SMALL_BYTES, number))
    return made
