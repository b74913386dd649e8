"""Our engine against tuspy, tus-js-client and the raw limit, on the official tus server, same files, same run.

    python benchmarks/transfer_tus.py [--big MIB] [--small N] [--rounds N] [--folder DIR] [--tus-js DIR]

Prints one JSON line per client and case: the median of the rounds, in which the clients take turns, with ratios to the
best peer and to the raw limit (above 1: faster). Ours does more than all of them: a SHA-256 of every file, a journal on
disk, stat checks. "raw" holds everything in memory and does nothing but send: one PATCH for the big file, one POST per
small one, four threads. The peers get as many uploads at once as our engine has workers. ``--tus-js``: a folder in
which ``npm install tus-js-client`` was run; without it that peer is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "transfer"))

import requests  # noqa: E402
from transfer_servers import OfficialTus  # noqa: E402
from transfer_world import World, noise  # noqa: E402

from depositor.transfer.manners.policy import EngineSettings  # noqa: E402
from depositor.transfer.tus.carrier import TusCarrier, TusOptions  # noqa: E402

SETTINGS = EngineSettings(keep_awake=False)
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
SMALL_BYTES = 20_000


def metadata(number: int) -> str:
    import base64

    name = base64.b64encode(f"{number}.dcm".encode()).decode()
    return f"filename {name},filetype {name},relativePath {name}"


def ours(paths: Sequence[Path], url: str, scratch: Path, *, one_request: bool) -> float:
    world = World(scratch / f"ours-{time.monotonic_ns()}")
    for number, path in enumerate(paths):
        world.seal(path, f"{number}.dcm")
    started = time.perf_counter()
    outcome = world.run(lambda: TusCarrier(url, options=TusOptions(recognises_files=one_request)), SETTINGS)
    seconds = time.perf_counter() - started
    assert outcome.sent == len(paths)
    return seconds


def tuspy(paths: Sequence[Path], url: str) -> float:
    from tusclient.client import TusClient

    def send(job: tuple[int, Path]) -> None:
        number, path = job
        about = {"filename": path.name, "filetype": "x", "relativePath": f"{number}.dcm"}
        TusClient(url).uploader(str(path), chunk_size=64 << 20, metadata=about).upload()

    started = time.perf_counter()
    with ThreadPoolExecutor(SETTINGS.workers) as pool:
        list(pool.map(send, enumerate(paths)))
    return time.perf_counter() - started


def tus_js(paths: Sequence[Path], url: str, scratch: Path, installed: Path) -> float:
    listed = scratch / "files.txt"
    listed.write_text("\n".join(map(str, paths)), "utf-8")
    line = ["node", str(HERE / "tus_js_peer.mjs"), url, str(SETTINGS.workers), str(listed)]
    ran = subprocess.run(line, check=True, capture_output=True, text=True, env={**os.environ, "TUS_JS": str(installed)})
    return float(ran.stdout)


def raw_big(paths: Sequence[Path], url: str) -> float:
    data = paths[0].read_bytes()
    with requests.Session() as session:
        started = time.perf_counter()
        head = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(0), **TUS}
        place = session.post(url, headers=head).headers["Location"]
        done = session.patch(place, data=data, headers={"Upload-Offset": "0", **TUS, **BYTES})
    assert done.status_code == 204
    return time.perf_counter() - started


def raw_small(paths: Sequence[Path], url: str) -> float:
    loaded = [(number, path.read_bytes()) for number, path in enumerate(paths)]

    def send(jobs: Sequence[tuple[int, bytes]]) -> None:
        with requests.Session() as session:
            for number, data in jobs:
                head = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(number), **TUS, **BYTES}
                assert session.post(url, data=data, headers=head).status_code == 201

    started = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, [loaded[n::4] for n in range(4)]))
    return time.perf_counter() - started


def measure(case: str, paths: Sequence[Path], scratch: Path, rounds: int, installed: Path | None) -> None:
    nbytes = sum(p.stat().st_size for p in paths)
    raw = raw_big if case == "big" else raw_small
    clients: dict[str, Callable[[str], float]] = {
        "raw": lambda url: raw(paths, url),
        "tuspy": lambda url: tuspy(paths, url),
        "ours": lambda url: ours(paths, url, scratch, one_request=False),
        "ours, one request per small file": lambda url: ours(paths, url, scratch, one_request=True),
    }
    peers = ["tuspy"]
    if installed is not None:
        clients["tus-js"] = lambda url: tus_js(paths, url, scratch, installed)
        peers.append("tus-js")
    if case == "big":
        del clients["ours, one request per small file"]
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    for number in range(rounds):
        for name, run in clients.items():
            with tempfile.TemporaryDirectory(dir=scratch) as store, OfficialTus(Path(store), named=True) as server:
                seconds[name].append(run(server.url))
                print(f"{case} {number} {name}: {seconds[name][-1]:.2f} s", file=sys.stderr)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    best = min(median[peer] for peer in peers)
    for name, took in median.items():
        line = {"benchmark": "transfer_tus", "case": case, "client": name, "files": len(paths), "bytes": nbytes}
        line |= {"seconds": round(took, 3), "mb_per_s": round(nbytes / took / 1e6, 1)}
        line |= {"files_per_s": round(len(paths) / took, 1)}
        line |= {"speed_to_best_peer": round(best / took, 2), "speed_to_raw": round(median["raw"] / took, 2)}
        print(json.dumps(line))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--big", type=int, default=512, help="size of the big file in MiB")
    parser.add_argument("--small", type=int, default=2000, help="number of small files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where files and store lie (default: the system's)")
    parser.add_argument("--tus-js", type=Path, help="where tus-js-client is installed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        scratch = Path(name)
        big = scratch / "big.ome.tif"
        with big.open("wb") as file:
            for number in range(given.big):
                file.write(noise(1 << 20, number))
        small = [scratch / f"{number}.dcm" for number in range(given.small)]
        for number, path in enumerate(small):
            path.write_bytes(noise(SMALL_BYTES, number))
        measure("big", [big], scratch, given.rounds, given.tus_js)
        measure("small", small, scratch, given.rounds, given.tus_js)


if __name__ == "__main__":
    main()
