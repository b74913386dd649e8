"""Our engine over SFTP and WebDAV against sftp, rclone and curl, and against the raw limit: same files, same run.

    python benchmarks/transfer_sftp_webdav.py [--big MIB] [--small N] [--rounds N] [--folder DIR]

Prints one JSON line: for each route and case the median seconds of every client, in turns, and our ratio (our seconds
by theirs: below 1 is faster) to the best peer and to the raw limit. The servers: OpenSSH's sshd and Apache. Ours does
more than all of them: SHA-256 of every file, a journal on disk, and what arrived is read back (small files whole).
"limit" copies the same bytes over a plain socket in one thread, with SHA-256.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "transfer"))

from sftp_servers import OpenSsh  # noqa: E402
from transfer_world import World, noise  # noqa: E402
from webdav_servers import Apache  # noqa: E402

from depositor.transfer.policy import EngineSettings  # noqa: E402
from depositor.transfer.sftp import SftpCarrier  # noqa: E402
from depositor.transfer.webdav import WebdavCarrier  # noqa: E402

SETTINGS = EngineSettings(keep_awake=False)
SMALL_BYTES = 20_000
Client = Callable[[], None]


def ours(paths: Sequence[Path], scratch: Path, carrier: Callable[[], Any]) -> Client:
    world = World(scratch / f"ours-{time.monotonic_ns()}")
    for path in paths:
        world.seal(path, path.name)

    def run() -> None:
        assert world.run(carrier, SETTINGS).sent == len(paths)

    return run


def limit(paths: Sequence[Path]) -> Client:
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
    def run() -> None:
        around = {**os.environ, **environment}
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, env=around)

    return run


def sftp_clients(paths: Sequence[Path], scratch: Path, server: OpenSsh) -> dict[str, Client]:
    place, folder = server.place(), paths[0].parent
    made = {"ours": ours(paths, scratch, lambda: SftpCarrier(place)), "limit": limit(paths)}
    if shutil.which("sftp"):
        rules = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes")
        login = ("-i", str(server.key), "-P", str(server.port), f"{place.user}@127.0.0.1")
        made["sftp"] = called(("sftp", "-b", "-", *rules, *login), "".join(f"put {path}\n" for path in paths))
    if shutil.which("rclone"):
        where = f":sftp,host=127.0.0.1,port={server.port},user={place.user},key_file='{server.key}':"
        made["rclone"] = called(
            ("rclone", "copy", str(folder), where, "--sftp-disable-hashcheck", "--config", "/dev/null")
        )
    return made


def webdav_clients(paths: Sequence[Path], scratch: Path, server: Apache) -> dict[str, Client]:
    place, folder = server.place(), paths[0].parent
    made = {"ours": ours(paths, scratch, lambda: WebdavCarrier(place)), "limit": limit(paths)}
    if shutil.which("curl"):
        listed = scratch / "curl.txt"
        listed.write_text("".join(f'upload-file = "{path}"\nurl = "{server.url}{path.name}"\n' for path in paths))
        made["curl"] = called(("curl", "-s", "-f", "-u", "dep:secret", "-K", str(listed)))
    if shutil.which("rclone"):
        secret = subprocess.run(["rclone", "obscure", "secret"], capture_output=True, text=True, check=True).stdout
        where = f":webdav,url='{server.url}',vendor=other,user=dep,pass={secret.strip()}:"
        made["rclone"] = called(("rclone", "copy", str(folder), where, "--config", "/dev/null"))
    return made


def measure(route: str, paths: Sequence[Path], scratch: Path, rounds: int) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {}
    processor: list[float] = []
    server: Any = (
        OpenSsh(scratch / f"ssh-{time.monotonic_ns()}") if route == "sftp" else Apache(lines=("LimitRequestBody 0",))
    )
    with server:
        for _ in range(rounds):
            for name, run in (sftp_clients if route == "sftp" else webdav_clients)(paths, scratch, server).items():
                server.empty()
                before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
                with contextlib.suppress(subprocess.CalledProcessError):
                    run()
                    seconds.setdefault(name, []).append(time.perf_counter() - started)
                after = resource.getrusage(resource.RUSAGE_SELF)
                if name == "ours":
                    processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    median = {name: round(statistics.median(times), 3) for name, times in seconds.items()}
    peers = [took for name, took in median.items() if name not in ("ours", "limit")]
    nbytes = sum(path.stat().st_size for path in paths)
    return {
        "files": len(paths),
        "bytes": nbytes,
        "seconds": median,
        "cpu_s": round(statistics.median(processor), 2),
        "mb_per_s": round(nbytes / median["ours"] / 1e6, 1),
        "files_per_s": round(len(paths) / median["ours"], 1),
        "ratio_to_best_peer": round(median["ours"] / min(peers), 2) if peers else None,
        "ratio_to_limit": round(median["ours"] / median["limit"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--big", type=int, default=256, help="size of the big file in MiB")
    parser.add_argument("--small", type=int, default=500, help="number of small files of 20 kB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where files and stores lie (default: the system's)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        scratch = Path(name)
        (scratch / "big").mkdir()
        (scratch / "small").mkdir()
        big = scratch / "big" / "big.ome.tif"
        with big.open("wb") as file:
            for number in range(given.big):
                file.write(noise(1 << 20, number))
        small = [scratch / "small" / f"{number}.dcm" for number in range(given.small)]
        for number, path in enumerate(small):
            path.write_bytes(noise(SMALL_BYTES, number))
        results = {
            f"{route} {case}": measure(route, paths, scratch, given.rounds)
            for route in ("sftp", "webdav")
            for case, paths in (("big", [big]), ("small", small))
        }
    print(json.dumps({"benchmark": "transfer_sftp_webdav", "rounds": given.rounds, "results": results}))


if __name__ == "__main__":
    main()
