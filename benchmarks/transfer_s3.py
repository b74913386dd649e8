"""Our engine to S3 against boto3, s5cmd and the raw limit; same files, same run, taking turns.

    python benchmarks/transfer_s3.py [--big MIB] [--small N] [--rounds N] [--folder DIR]
                                     [--gateway | --sums] [--line MBPS]

The service is a sink that sums MD5 (for the ETags) and keeps nothing; with ``--sums`` it also knows CRC-64/NVME and
SHA-256, as Amazon's does; ``--line`` makes it take no more than so many MB a second from all lines together, as a real
line does; with ``--gateway`` it is a real radosgw. Prints one JSON line: the medians of the rounds, and
ours as a ratio of each other client's time (below 1: faster). Ours does more than they: a SHA-256 of every file, a
journal on disk, stat checks, a proof at the end. boto3 hashes nothing (to the sink it does not even sign), s5cmd sums
MD5 and SHA-256 of each part. "raw" is one thread that reads, sums SHA-256 and sends over one connection. Client and
service share the processors: what one of them computes is missing to the other, as it is not over a real line.
"cpu_s" is processor time of the client, user and system. boto3 and s5cmd are left out where they are not installed.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import http.client
import importlib.util
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from awscrt import checksums

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "transfer"))

from s3_gateway import ACCESS, SECRET, Gateway  # noqa: E402
from transfer_world import World, noise  # noqa: E402

from depositor.transfer.manners.policy import EngineSettings  # noqa: E402
from depositor.transfer.net.web import session  # noqa: E402
from depositor.transfer.s3.carrier import S3Carrier  # noqa: E402
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place  # noqa: E402
from depositor.transfer.s3.wire import S3Wire  # noqa: E402

BUCKET = "bench"
SMALL_BYTES = 20_000
BLOCK = 1 << 20
SETTINGS = EngineSettings(workers=4, keep_awake=False)  # as the program's settings are
KEYS = S3Keys(ACCESS, SECRET)
CRC = "x-amz-checksum-crc64nvme"


class Sink(BaseHTTPRequestHandler):
    """Takes everything, sums MD5, remembers sizes, tags and sums."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    sums = False
    rate = 0.0  # bytes per second of the line, 0 for no limit
    free = 0.0  # when the line is free again
    guard = threading.Lock()
    there: dict[str, tuple[int, str, dict[str, str]]] = {}  # noqa: RUF012
    parts: dict[tuple[str, int], int] = {}  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _taken(self) -> tuple[int, str, bytes]:
        """The body: how many bytes, their MD5, and themselves where they are few."""
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        self._md5, self._crc, self._kept = hashlib.md5(), 0, b""
        if self.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
            length = 0
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                length += self._read(size)
                self.rfile.readline()
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                self.headers[name] = value.strip()
        else:
            length = self._read(int(self.headers.get("Content-Length") or 0))
        claimed = self.headers.get(CRC) if self.sums and self.command == "PUT" else None
        assert claimed in (None, base64.b64encode(self._crc.to_bytes(8, "big")).decode()), "damaged on the way"
        return length, self._md5.hexdigest(), self._kept

    def _read(self, length: int) -> int:
        left, room = length, memoryview(bytearray(min(max(length, 1), BLOCK)))
        crc64 = checksums.crc64nvme if self.sums and CRC in str(self.headers) else None
        while left and (got := self.rfile.readinto(room[: min(left, BLOCK)])):  # type: ignore[attr-defined]
            self._md5.update(room[:got])
            self._crc = crc64(room[:got], self._crc) if crc64 else 0
            self._kept = bytes(room[:got]) if length < BLOCK else b""
            left -= got
            if self.rate:
                self._carry(got)
        return length

    def _carry(self, count: int) -> None:
        with self.guard:
            now = time.monotonic()
            Sink.free = max(Sink.free, now) + count / self.rate
            ahead = Sink.free - now
        time.sleep(ahead)

    def _told(self) -> dict[str, str]:
        """The sums that came with a request, as the answer repeats them."""
        names = (CRC, "x-amz-checksum-sha256") if self.sums else ()
        return {name: self.headers[name] for name in names if name in self.headers}

    def do_PUT(self) -> None:
        length, etag, _ = self._taken()
        path, query = self.path.partition("?")[0], dict(parse_qsl(urlsplit(self.path).query))
        if "partNumber" in query:
            self.parts[query["uploadId"], int(query["partNumber"])] = length
        else:
            self.there[path] = (length, etag, self._told())
        self._answer(200, {"ETag": f'"{etag}"', **self._told()})

    def do_POST(self) -> None:
        _, _, data = self._taken()
        path, query = self.path.partition("?")[0], dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "uploads" in query:
            asked = self.headers.get("x-amz-checksum-algorithm", "") if self.sums else ""
            told = {"x-amz-checksum-algorithm": asked} if asked else {}
            self._answer(200, told, f"<R><Bucket>b</Bucket><UploadId>u{time.monotonic_ns()}</UploadId></R>".encode())
            return
        tags = re.findall(rb"<ETag>(?:&quot;|&#34;|\")?([0-9a-f]{32})", data)
        etag = hashlib.md5(b"".join(bytes.fromhex(t.decode()) for t in tags)).hexdigest() + f"-{len(tags)}"
        size = sum(self.parts.pop((query["uploadId"], n), 0) for n in range(1, len(tags) + 1))
        self.there[path] = (size, etag, self._told())
        self._answer(200, {}, f"<R><ETag>&quot;{etag}&quot;</ETag></R>".encode())

    def do_GET(self) -> None:
        self._answer(200, {}, b"<R><IsTruncated>false</IsTruncated></R>")

    def do_HEAD(self) -> None:
        found = self.there.get(self.path)
        if found is None:
            self._answer(404, {})
        else:
            self._answer(200, {"ETag": f'"{found[1]}"', "Content-Length": str(found[0]), **found[2]})

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


@contextlib.contextmanager
def service(*, gateway: bool, sums: bool = False, line: float = 0.0) -> Iterator[str]:
    """The address of a service with the bucket."""
    if gateway:
        with Gateway() as running:
            wire = S3Wire(S3Place(running.url, BUCKET), lambda: KEYS, session)
            wire.must(wire.ask("PUT", ""))
            yield running.url
        return
    command = [sys.executable, __file__, "--sink", "--line", str(line), *(["--sums"] if sums else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(sink.stdout.readline())}"
        finally:
            sink.kill()


def serve(*, sums: bool, line: float) -> None:
    Sink.sums, Sink.rate = sums, line * 1e6

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Sink)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def ours(paths: Sequence[Path], url: str, scratch: Path, run: str) -> float:
    world = World(scratch / f"ours-{time.monotonic_ns()}")
    for number, path in enumerate(paths):
        world.seal(path, f"{number}.dcm")
    place = S3Place(url, BUCKET, run)
    started = time.perf_counter()
    outcome = world.run(lambda: S3Carrier(place, lambda: KEYS, S3Options()), SETTINGS)
    seconds = time.perf_counter() - started
    assert outcome.sent == len(paths), outcome
    assert set(world.states().values()) == {"verified"}
    return seconds


def boto3(paths: Sequence[Path], url: str, run: str, *, signs: bool) -> float:
    """Parts of 16 MiB, ten at once: the fastest of its ways here."""
    import boto3
    from boto3.s3.transfer import TransferConfig
    from botocore import UNSIGNED
    from botocore.config import Config

    chosen = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    signature = "s3v4" if signs else UNSIGNED
    config = Config(signature_version=signature, s3={"addressing_style": "path"}, max_pool_connections=20, **chosen)
    client = boto3.client(
        *("s3", "us-east-1"),
        endpoint_url=url,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=config,
    )
    how = TransferConfig(multipart_chunksize=16 << 20)
    started = time.perf_counter()
    with ThreadPoolExecutor(10 if len(paths) > 1 else 1) as pool:
        jobs = enumerate(paths)
        list(pool.map(lambda job: client.upload_file(str(job[1]), BUCKET, f"{run}/{job[0]}", Config=how), jobs))
    return time.perf_counter() - started


def s5cmd(paths: Sequence[Path], url: str, run: str, program: str) -> float:
    source = str(paths[0]) if len(paths) == 1 else f"{paths[0].parent}/*.dcm"
    told = {**os.environ, "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    command = [program, "--log", "error", "--endpoint-url", url, "cp", source, f"s3://{BUCKET}/{run}/"]
    started = time.perf_counter()
    subprocess.run(command, env=told, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def raw(paths: Sequence[Path], url: str) -> float:
    """Read, sum and send, one connection; unsigned, so only to the sink."""
    line = http.client.HTTPConnection(urlsplit(url).netloc)
    started = time.perf_counter()
    for number, path in enumerate(paths):
        line.putrequest("PUT", f"/{BUCKET}/raw/{number}", skip_accept_encoding=True)
        line.putheader("Content-Length", str(path.stat().st_size))
        line.endheaders()
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                line.sock.sendall(block)
        line.getresponse().read()
    line.close()
    return time.perf_counter() - started


def _cpu() -> float:
    """Processor seconds of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(paths: Sequence[Path], url: str, scratch: Path, rounds: int, *, gateway: bool) -> dict[str, Any]:
    clients: dict[str, Callable[[str], float]] = {"ours": lambda run: ours(paths, url, scratch, run)}
    if not gateway:
        clients["raw"] = lambda run: raw(paths, url)
    if importlib.util.find_spec("boto3"):
        clients["boto3"] = lambda run: boto3(paths, url, run, signs=gateway)
    if program := shutil.which("s5cmd"):
        clients["s5cmd"] = lambda run: s5cmd(paths, url, run, program)
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    cpu: dict[str, list[float]] = {name: [] for name in clients}
    names = list(clients)
    clients["ours"](f"warm-{len(paths)}")  # the first upload in parts makes radosgw make a pool
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            client = clients[name]
            before = _cpu()
            seconds[name].append(client(f"{name}-{number}-{len(paths)}"))
            cpu[name].append(_cpu() - before)
            print(f"{len(paths)} files, {number} {name}: {seconds[name][-1]:.2f} s", file=sys.stderr)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    nbytes = sum(p.stat().st_size for p in paths)
    told: dict[str, Any] = {"files": len(paths), "bytes": nbytes}
    told["cpu_s"] = {name: round(statistics.median(used), 2) for name, used in cpu.items()}
    told["seconds"] = {name: round(took, 3) for name, took in median.items()}
    told["mb_per_s"] = {name: round(nbytes / took / 1e6, 1) for name, took in median.items()}
    told["files_per_s"] = {name: round(len(paths) / took, 1) for name, took in median.items()}
    told["time_to"] = {name: round(median["ours"] / took, 2) for name, took in median.items() if name != "ours"}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--big", type=int, default=256, help="size of the big file in MiB")
    parser.add_argument("--small", type=int, default=500, help="number of small files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where files and store lie (default: the system's)")
    parser.add_argument("--gateway", action="store_true", help="a real radosgw instead of the sink")
    parser.add_argument("--sums", action="store_true", help="the sink knows CRC-64/NVME and SHA-256")
    parser.add_argument("--line", type=float, default=0.0, help="MB per second that the sink takes; 0: all it can")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.sink:
        serve(sums=given.sums, line=given.line)
        return
    chosen = service(gateway=given.gateway, sums=given.sums, line=given.line)
    with tempfile.TemporaryDirectory(dir=given.folder) as name, chosen as url:
        scratch = Path(name)
        big = scratch / "big.ome.tif"
        with big.open("wb") as file:
            for number in range(given.big):
                file.write(noise(1 << 20, number))
        small = [scratch / f"{number}.dcm" for number in range(given.small)]
        for number, path in enumerate(small):
            path.write_bytes(noise(SMALL_BYTES, number))
        line: dict[str, Any] = {"benchmark": "transfer_s3", "service": _name(given)}
        line["big"] = measure([big], url, scratch, given.rounds, gateway=given.gateway)
        line["small"] = measure(small, url, scratch, given.rounds, gateway=given.gateway)
        print(json.dumps(line))


def _name(given: argparse.Namespace) -> str:
    line = f" on a line of {given.line:g} MB/s" if given.line else ""
    return "radosgw" if given.gateway else ("sink with sums" if given.sums else "sink") + line


if __name__ == "__main__":
    main()
