"""A day's soak in small: deposits without end over a slow line, while everything that can go wrong does.

    python benchmarks/transfer_soak.py [--minutes N] [--only ROUTE ...] [--seed N] [--folder DIR] [--calm]

Linux, root. Two people send at the same time, each at an end of the line of ``soak_line.py``: "a" with one process that
lives through it all, whose memory, handles and threads are watched; "b" with one that is killed with -9 again and
again. Whole deposits with the real program, to real servers (``soak_sites.py``), round and round. Meanwhile, at random:
the line is cut, servers are killed, sending is paused, the speed limit changes each second, sign-ins are refused,
folders are unmounted, files change while they are sent. After each deposit the receipt is held against what lies there:
digests, nothing missing, nothing double, and no more sent again than one part per connection and interruption.

Prints one JSON line (SIGTERM: ends early with what there is); ``faults`` must be empty, slopes flat. Clock jumps are
left out: the process's clock cannot be set from outside without a library in front of the system's; ``tests/transfer``
tries them with a clock of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil
from soak_line import Shape, SlowLine, measured
from soak_sites import Site, digest, served

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "archives"))

from archives_world import description

_HERE = Path(__file__).resolve().parent
_SMALL = 40
_LINES = 4
_STUCK_S = 420.0
_SETTINGS = {"privacy_pixels": "none", "part_size": 1, "keep_awake": False, "silence": 20}


# --- the program -----------------------------------------------------------------------------------------------------


class Sender:
    """``soak_sender.py`` in a process at one end of the line."""

    def __init__(self, line: SlowLine, side: str, home: Path, variables: dict[str, str]) -> None:
        command = line.inside(side, [sys.executable, str(_HERE / "soak_sender.py"), str(home)])
        plain = {k: v for k, v in os.environ.items() if not k.startswith("DEPOSITOR_")}
        self._told = (home.parent / "said.txt").open("a")
        self._process = subprocess.Popen(
            command,
            env={
                **plain,
                **variables,
                "DEPOSITOR_LANG": "en",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            text=True,
        )
        self.news: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        self.seen = psutil.Process(self._process.pid)
        if not self.until(lambda: self.has("ready") or self.has("gone"), 120) or self.has("gone"):
            raise OSError("the program does not start")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.news.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self.news.append({"gone": True})
            self._changed.notify_all()

    def tell(self, do: str, **more: Any) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()

    def has(self, key: str) -> Any:
        """The last news of a kind; None where there is none."""
        return next((n[key] for n in reversed(self.news) if key in n), None)

    def until(self, true: Callable[[], Any], seconds: float) -> bool:
        """Wait for news that make it true; False where they did not come in time."""
        with self._changed:
            return bool(self._changed.wait_for(true, max(seconds, 0.0)))

    def kill(self) -> list[psutil.Process]:
        """kill -9; the processes that it had."""
        children = self.seen.children(recursive=True)
        self._process.kill()
        self._close()
        return list(children)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.wait()
        self._told.close()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()


# --- the study -------------------------------------------------------------------------------------------------------


class Study:
    """The files of one deposit, on a disk of their own that can be unmounted; ``allowed`` are the digests that a file
    may have in the end."""

    def __init__(self, base: Path, side: str) -> None:
        self._disk, self._base, self._side = base / "disk", base / "study", side
        self.images = self._base / "images"
        for folder in (self._disk, self.images):
            folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(self._disk)], check=True)
        self._bound = False
        self.mount()
        self.allowed: dict[str, set[str]] = {}
        self.bytes = 0

    def fill(self, archive: str, number: int, big: int, dice: random.Random) -> Path:
        """New files, and the document that describes them."""
        for path in self._disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        sizes = {f"planes/plane {i:03d}.bin": dice.randrange(1000, 24_000) for i in range(_SMALL)}
        sizes["movie.bin"] = big - dice.randrange(100_000)
        for name, size in sizes.items():
            path = self._disk / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(dice.randbytes(size))
        self.allowed = {name: {digest(self._disk / name)} for name in sizes}
        self.bytes = sum(sizes.values())
        content = {**description(), "archive": archive, "files": [{"path": "images", "study_component": "Dose series"}]}
        content["metadata"]["study"]["title"] = f"side {self._side} cycle {number}"
        document = self._base / "study.depositor.json"
        document.write_text(json.dumps(content))
        return document

    def change(self, dice: random.Random) -> int:
        """Somebody writes into a file; how many bytes may go once more for that."""
        name = dice.choice(["movie.bin", *(n for n in self.allowed if n != "movie.bin")])
        path = self._disk / name
        with path.open("r+b") as file:
            file.seek(dice.randrange(path.stat().st_size))
            file.write(dice.randbytes(64))
        self.allowed[name].add(digest(path))
        return path.stat().st_size

    def mount(self) -> None:
        if not self._bound:
            subprocess.run(["mount", "--bind", str(self._disk), str(self.images)], check=True)
            self._bound = True

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.images)], check=True)
        self._bound = False

    def close(self) -> None:
        if self._bound:
            self.unmount()
        subprocess.run(["umount", "-l", str(self._disk)], check=False)


# --- a series --------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What happened in one series."""

    deposits: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0
    came: int = 0
    cut_s: float = 0.0
    torsos: int = 0  # begun in vain, on servers that cannot be asked for them and let them expire
    problems: Counter[str] = field(default_factory=Counter)
    again: list[dict[str, Any]] = field(default_factory=list)  # of each cycle: bytes sent again, and those allowed
    faults: list[str] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)
    handles: list[tuple[float, float]] = field(default_factory=list)
    threads: list[tuple[float, float]] = field(default_factory=list)
    objects: list[tuple[float, float]] = field(default_factory=list)
    highest_rss: float = 0.0


class Series(threading.Thread):
    """One person who deposits until ``end``. ``killed``: the process dies now and then."""

    def __init__(self, base: Path, side: str, line: SlowLine, sites: Sequence[Site], given: Any, killed: bool) -> None:
        super().__init__(name=f"series-{side}")
        self.side, self._line, self._sites, self._killed = side, line, sites, killed
        self._dice = random.Random(f"{given.seed} {side}")
        self._calm = given.calm
        self._end = time.monotonic() + given.minutes * 60
        self._base = base / side
        self._base.mkdir()
        self._home = self._base / "home"
        settings = self._home / "settings" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(_SETTINGS))
        self.study = Study(self._base, side)
        self.tally = Tally()
        self._overhead: dict[str, int] = {}
        self._number = 0
        self._hits = 0
        self._changed_bytes = 0

    def run(self) -> None:
        try:
            self.sender = self._fresh()
            while time.monotonic() < self._end:
                shift = len(self._sites) // 2 if self._killed else 0
                self._say(self._sites[(self._number + shift) % len(self._sites)])
                self._number += 1
                self._rested()
            self.sender.end()
        except Exception as error:
            self.tally.faults.append(f"the soak itself, cycle {self._number}: {error!r}")
            raise
        finally:
            self._line.mend(self.side)
            self.study.close()

    def stop(self) -> None:
        """End with the deposit under way."""
        self._end = 0.0

    def _fresh(self) -> Sender:
        variables = {"DEPOSITOR_HOME": str(self._home)}
        for site in self._sites:
            tail = site.id.upper()
            variables[f"DEPOSITOR_ENDPOINT_{tail}"] = site.address(self.side)
            variables |= {f"{name}_{tail}": value for name, value in site.variables().items()}
        return Sender(self._line, self.side, self._home, variables)

    def _say(self, site: Site) -> None:
        """One cycle, told on standard error."""
        began, faults = time.monotonic(), len(self.tally.faults)
        self._cycle(site)
        row = {"series": self.side, "cycle": self._number, "route": site.id, "hits": self._hits}
        row |= {"seconds": round(time.monotonic() - began, 1), "faults": self.tally.faults[faults:]}
        print(json.dumps({"at": time.strftime("%H:%M:%S"), **row}), file=sys.stderr, flush=True)
        (self._base / "figures.json").write_text(json.dumps(told(self)))

    # --- one deposit -------------------------------------------------------------------------------------------------

    def _cycle(self, site: Site) -> None:
        self._hits, self._changed_bytes = 0, 0
        calm = self._calm or self._number < len(self._sites)
        document = self.study.fill(site.id, self._number, site.big, self._dice)
        before, kills = self._line.came(self.side), site.kills
        self.sender.news.clear()
        self.sender.tell("deposit", document=str(document))
        if not calm:
            self._disturb(site, document)
        if not self._receipt_came(_STUCK_S):
            site.empty(self.side)
            return
        self._hits += site.kills - kills
        receipt = self.sender.has("receipt")
        self._count_problems()
        came = self._line.came(self.side) - before
        self.tally.deposits[site.id] += 1
        self.tally.files += receipt["files"]
        self.tally.bytes += receipt["bytes"]
        self.tally.came += came
        self.tally.faults += [f"cycle {self._number} {site.id}: {fault}" for fault in self._compared(site, receipt)]
        self._sent_again(site, came, calm=calm)
        site.empty(self.side)

    def _receipt_came(self, seconds: float) -> bool:
        sender = self.sender
        sender.until(lambda: sender.has("receipt") or sender.has("end") or sender.has("gone"), seconds)
        if sender.has("receipt"):
            return True
        why = sender.has("end") or ("the process ended" if sender.has("gone") else "no receipt in time")
        told = [n for n in sender.news if "at" in n][-8:]
        with contextlib.suppress(psutil.Error):
            sender.seen.send_signal(signal.SIGUSR1)  # where do its threads stand?
            time.sleep(1.0)
        self.tally.faults.append(f"cycle {self._number}: {why} {told}")
        self.sender.kill()
        self.sender = self._fresh()
        return False

    def _count_problems(self) -> None:
        for news in self.sender.news:
            for key in ("problem", "failed"):
                if key in news:
                    self.tally.problems[news[key]] += 1

    def _compared(self, site: Site, receipt: dict[str, Any]) -> Iterator[str]:
        """What is not there as the receipt says."""
        there = site.holdings(self.side)
        counts = Counter(name for name, _ in there if site.tells or not name.endswith(".part"))
        yield from (f"{name} lies there {n} times" for name, n in counts.items() if n > 1)
        folders = {path.partition("/")[0] for path, _ in there}
        if len(folders) != 1:
            yield f"{len(folders)} deposits lie there"
            return
        held = {path.partition("/")[2]: sha for path, sha in there}
        if receipt["state"] != "accepted" or receipt["files"] != len(self.study.allowed):
            yield f"the receipt says {receipt['state']} and {receipt['files']} files"
        for name, digests in self.study.allowed.items():
            if held.pop(f"data/images/{name}", None) not in digests:
                yield f"{name} is not there as it was"
        if held.get("data/manifest-sha256.txt", receipt["manifest_sha256"]) != receipt["manifest_sha256"]:
            yield "the manifest is another one than the receipt's"
        if sum(receipt["proved"].values()) != receipt["files"]:
            yield f"proved: {receipt['proved']}"
        if not site.tells:
            torsos = [name for name in held if name.endswith(".part")]
            self.tally.torsos += len(torsos)
            held = {name: sha for name, sha in held.items() if name not in torsos}
        left = [name for name in held if name.endswith(".part") or name.startswith("data/images/")]
        if left:
            yield f"left over: {left[:5]}"

    def _sent_again(self, site: Site, came: int, *, calm: bool) -> None:
        extra = came - self.study.bytes - self._changed_bytes
        if calm:
            self._overhead[site.id] = max(extra, self._overhead.get(site.id, 0))
            return
        # Beside parts of the big file, the small ones under way, and a few requests to find out where it stands.
        most = self._hits * (_LINES * (site.part + 64_000)) + 2 * self._overhead.get(site.id, 0) + 200_000
        row = {"cycle": self._number, "route": site.id, "extra": extra, "allowed": most, "hits": self._hits}
        self.tally.again.append(row)
        if extra > most:
            self.tally.faults.append(f"too much was sent again: {row}")

    def _rested(self) -> None:
        """What the process holds between two deposits."""
        self.sender.news.clear()
        self.sender.tell("rest")
        if not self.sender.until(lambda: self.sender.has("threads"), 30):
            return
        if self._killed:
            return
        at, seen = time.monotonic(), self.sender.seen
        self.tally.rss.append((at, seen.memory_info().rss / (1 << 20)))
        self.tally.handles.append((at, float(seen.num_fds())))
        self.tally.threads.append((at, float(seen.num_threads())))
        self.tally.objects.append((at, float(self.sender.has("objects"))))

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def _disturb(self, site: Site, document: Path) -> None:
        """One to four things, one after the other, from the moment that it sends; sometimes before."""
        events = ["cut", "cut", "server", "pause", "limits", "unmount", "change"]
        events += ["refuse"] if site.refuses else []
        events += ["kill"] * 6 if self._killed else []
        sender = self.sender
        if self._dice.random() < 0.85:
            sender.until(lambda: "sending" in [n.get("stage") for n in sender.news] or sender.has("end"), 120)
        for _ in range(self._dice.randrange(1, 5)):
            self._sample()
            time.sleep(self._dice.uniform(0.1, 4.0))
            if self.sender.has("receipt") or self.sender.has("end"):
                return
            event = self._dice.choice(events)
            self.tally.events[event] += 1
            getattr(self, f"_do_{event}")(site, document)

    def _sample(self) -> None:
        with contextlib.suppress(psutil.Error):
            self.tally.highest_rss = max(self.tally.highest_rss, self.sender.seen.memory_info().rss / (1 << 20))

    def _do_cut(self, site: Site, document: Path) -> None:
        seconds = 60 ** self._dice.random()
        self._hits += 1
        self.tally.cut_s += seconds
        self._line.cut(self.side)
        time.sleep(seconds)
        self._line.mend(self.side)

    def _do_server(self, site: Site, document: Path) -> None:
        with SERVERS:
            site.kill()
            time.sleep(self._dice.uniform(0.2, 5.0))
            site.start()

    def _do_pause(self, site: Site, document: Path) -> None:
        self._hits += 1
        self.sender.tell("pause")
        time.sleep(self._dice.uniform(0.5, 4.0))
        self.sender.tell("go")

    def _do_limits(self, site: Site, document: Path) -> None:
        for _ in range(self._dice.randrange(2, 8)):
            self.sender.tell("limit", bytes_per_s=self._dice.randrange(100_000, 3_000_000))
            time.sleep(1.0)
        self.sender.tell("limit", bytes_per_s=None)

    def _do_refuse(self, site: Site, document: Path) -> None:
        with SERVERS:
            self._hits += 2
            site.refuse()
            try:
                time.sleep(self._dice.uniform(1.0, 6.0))
            finally:
                site.admit()

    def _do_unmount(self, site: Site, document: Path) -> None:
        self._hits += 1
        self.study.unmount()
        time.sleep(self._dice.uniform(0.5, 8.0))
        self.study.mount()

    def _do_change(self, site: Site, document: Path) -> None:
        self._hits += 1
        self._changed_bytes += self.study.change(self._dice)

    def _do_kill(self, site: Site, document: Path) -> None:
        self._hits += 1
        self._count_problems()
        sealed = self.sender.has("sealed") or self.sender.has("resumed")
        children = self.sender.kill()
        time.sleep(self._dice.uniform(0.0, 2.0))
        self.sender = self._fresh()
        _, alive = psutil.wait_procs(children, timeout=10)
        if alive:
            self.tally.faults.append(f"cycle {self._number}: {len(alive)} processes outlived the one that was killed")
        if sealed:
            self.sender.news.append({"resumed": sealed})
            self.sender.tell("resume", submission=sealed)
        else:
            self.sender.tell("deposit", document=str(document))


SERVERS = threading.Lock()  # one trouble with servers at a time: what starts one waits for its port


# --- figures ---------------------------------------------------------------------------------------------------------


def slope(rows: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    """Theil and Sen's slope per hour over what follows the warming up (a quarter), and where it began and ended."""
    rows = rows[len(rows) // 4 :]
    if len(rows) < 4:
        return None
    steps = [(b[1] - a[1]) / (b[0] - a[0]) * 3600 for i, a in enumerate(rows) for b in rows[i + 1 :]]
    third = max(len(rows) // 3, 1)
    middle = [statistics.median(value for _, value in part) for part in (rows[:third], rows[-third:])]
    return {"per_hour": round(statistics.median(steps), 2), "first": round(middle[0], 1), "last": round(middle[1], 1)}


def told(series: Series) -> dict[str, Any]:
    tally = series.tally
    worst = max(tally.again, key=lambda row: row["extra"] / max(row["allowed"], 1), default=None)
    return {
        "deposits": dict(tally.deposits),
        "files": tally.files,
        "bytes": tally.bytes,
        "came_bytes": tally.came,
        "events": dict(tally.events),
        "cut_s": round(tally.cut_s),
        "problems_met": dict(tally.problems),
        "most_sent_again": worst,
        "torsos": tally.torsos,
        "rss_mib": slope(tally.rss),
        "rss_mib_highest": round(tally.highest_rss, 1) or None,
        "handles": slope(tally.handles),
        "threads": slope(tally.threads),
        "objects": slope(tally.objects),
        "faults": tally.faults,
    }


def soaked(given: Any, base: Path) -> dict[str, Any]:
    shape = Shape()
    with SlowLine(shape, ["a", "b"]) as line, served(base / "servers", frozenset(given.only), ("a", "b")) as found:
        sites, missing = found
        before = measured(line, "a")
        began = time.monotonic()
        series = [Series(base, "a", line, sites, given, False), Series(base, "b", line, sites, given, True)]
        signal.signal(signal.SIGTERM, lambda *_: [one.stop() for one in series])
        for one in series:
            one.start()
        for one in series:
            one.join()
        return {
            "benchmark": "transfer_soak",
            "minutes": round((time.monotonic() - began) / 60, 1),
            "line": {"asked": asdict(shape), "measured": before},
            "routes": [site.id for site in sites],
            "missing": missing,
            "lived": told(series[0]),
            "killed": told(series[1]),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    routes = ("ftp", "s3", "sftp", "tus", "webdav")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--only", nargs="+", choices=routes, default=routes)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calm", action="store_true", help="disturb nothing")
    parser.add_argument("--folder", type=Path, help="where homes and stores lie; kept then")
    given = parser.parse_args()
    if given.folder:
        given.folder.mkdir(parents=True)
        print(json.dumps(soaked(given, given.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(soaked(given, Path(name))))


if __name__ == "__main__":
    main()
