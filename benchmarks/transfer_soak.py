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
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from soak_figures import Tally, told
from soak_line import Shape, SlowLine, measured
from soak_people import Sender, Study
from soak_sites import Site, served

_LINES = 4
_STUCK_S = 420.0
_SETTINGS = {"privacy_pixels": "none", "part_size": 1, "keep_awake": False, "silence": 20}
SERVERS = threading.Lock()  # one trouble with servers at a time: what starts one waits for its port


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
        (self._base / "figures.json").write_text(json.dumps(told(self.tally)))

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
            "lived": told(series[0].tally),
            "killed": told(series[1].tally),
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
