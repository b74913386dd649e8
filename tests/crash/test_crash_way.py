"""The whole way with the real command line: a deposit whose process is killed with -9 and resumed, beside one that
nobody disturbs; and several programs that want to send at once, one of which is killed while it sends.

``DEPOSITOR_TEST_KILLS``: how often each is killed (1 unless told).
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archives_world import noise, wait_for
from generic_process import Depositor
from test_archives_generic_deposits import _SITES, Site

from depositor.archives.practice import process
from depositor.cli import exits

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"), pytest.mark.timeout(300)]
KILLS = int(os.environ.get("DEPOSITOR_TEST_KILLS", "1"))
PART, LINES = 1 << 20, 4
FILES = {"raw/a.bin": noise(2_500_000), "raw/ä b.bin": noise(2000, 2), "notes.txt": b"Nuclei.\n"}
WHOLE = ("webdav",)  # this server knows no way to go on in the middle


def _own(tmp_path: Path, archive: str) -> Iterator[tuple[str, Depositor]]:
    me = Depositor(tmp_path / "me", {})
    if archive == "package":
        (tmp_path / "drive").mkdir()
        path = tmp_path / "me" / "home" / "settings" / "settings.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "package_folder": str(tmp_path / "drive")}))
    yield archive, me
    process.stop(tmp_path / "me" / "home" / "state" / "practice")


@pytest.fixture(params=["practice", "package", *_SITES])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Depositor]]:
    """An archive, and a person's computer from which it can be reached."""
    if request.param in _SITES:
        sites: Iterator[Site] = _SITES[request.param](tmp_path)
        for site in sites:
            yield site.id, site.me
    else:
        yield from _own(tmp_path, request.param)


def rows(me: Depositor, sql: str) -> list[Any]:
    path = me.folder / "home" / "state" / "depositor.sqlite"
    if not path.exists():
        return []
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            return db.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []  # it is being made
    finally:
        db.close()


def what_counts(receipt: dict[str, Any]) -> dict[str, Any]:
    return {key: receipt[key] for key in ("files", "bytes", "manifest_sha256", "proved", "state", "license")}


def killed(me: Depositor, command: tuple[object, ...], ripe: Callable[[], bool], after: float) -> bool:
    """True where the process was killed before it had ended."""
    started = me.start(*command)
    wait_for(lambda: started.poll() is not None or ripe())
    time.sleep(after)
    started.send_signal(signal.SIGKILL)
    started.communicate()
    return started.returncode == -signal.SIGKILL


def test_a_killed_deposit_ends_as_one_that_nobody_disturbed(way: tuple[str, Depositor]) -> None:
    archive, me = way
    chance = random.Random(archive)
    document = me.document(archive, FILES)
    code, calm, said = me.run("deposit", document)
    assert code == exits.DONE, said
    begun = lambda: len(rows(me, "SELECT 1 FROM submission WHERE started IS NOT NULL")) == 2  # noqa: E731
    kills = killed(me, ("deposit", document, "--limit", 1500), begun, chance.uniform(0.1, 1.0))
    for _ in range(KILLS - 1):
        kills += killed(me, ("resume", "--limit", 1500), lambda: True, chance.uniform(1.0, 3.0))
    code, again, said = me.run("resume")
    assert code == exits.DONE, said
    assert kills >= 1
    receipt = again if "files" in again else me.run("status")[1]["submissions"][0]["receipt"]
    assert what_counts(receipt) == what_counts(calm)
    (total,) = rows(me, "SELECT bytes_sent FROM submission ORDER BY rowid DESC LIMIT 1")[0]
    if archive not in WHOLE:
        assert total <= receipt["bytes"] + 2_000_000 + kills * LINES * PART
    assert rows(me, "SELECT count(*) FROM submission WHERE stage='done'") == [(2,)]


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[tuple[str, Depositor]]:
    yield from _own(tmp_path, "practice")


def test_three_programs_that_want_to_send_at_once(practice: tuple[str, Depositor]) -> None:
    """One sends, the others follow; kill -9 of the one that sends, and another one takes over. One deposit, the same
    receipt for all that are left."""
    archive, me = practice
    document = me.document(archive, FILES)
    started = lambda: bool(rows(me, "SELECT 1 FROM submission WHERE started IS NOT NULL"))  # noqa: E731
    assert killed(me, ("deposit", document, "--limit", 300), started, 0.0)
    crowd = [me.start("resume", "--limit", 600, "--json") for _ in range(3)]
    by_pid = {member.pid: member for member in crowd}
    locks = me.folder / "home" / "state" / "locks" / "sending.json"
    wait_for(lambda: holder(locks) in by_pid and rows(me, "SELECT 1 FROM submission WHERE bytes_sent>0"))
    first = by_pid[holder(locks)]
    first.send_signal(signal.SIGKILL)
    first.communicate()
    ended = [(member.communicate(timeout=120), member.returncode) for member in crowd if member is not first]
    assert [code for _, code in ended] == [exits.DONE, exits.DONE], ended
    assert rows(me, "SELECT stage FROM submission") == [("done",)]
    assert rows(me, "SELECT DISTINCT state FROM submission_file") == [("verified",)]
    stored = [p for p in (me.folder / "home" / "state" / "practice" / "uploads").rglob("*.bin") if p.is_file()]
    assert len(stored) == rows(me, "SELECT count(*) FROM submission_file")[0][0]


def holder(locks: Path) -> int:
    """The process that holds the lease."""
    try:
        return int(json.loads(locks.read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return 0
