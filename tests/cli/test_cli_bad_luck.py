"""Bad input and bad luck, with the real program in a process of its own: each has its Problem, on the right side, with
something to do about it; the rest goes on; and a later ``resume`` finishes."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_running import Done

from depositor.archives.practice import process
from depositor.cli import exits

DATA = Path(__file__).parents[1] / "data"
CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: with them root reads and writes everything
PR_CAPBSET_DROP = 24
ROOT = hasattr(os, "getuid") and os.getuid() == 0
pytestmark = pytest.mark.skipif(os.name != "posix", reason="ways of POSIX systems")


class Computer:
    """A home, and the program as a person would start it there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment: dict[str, str] = {}

    def start(self, *command: object) -> subprocess.Popen[str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("DEPOSITOR_")}
        own = {"DEPOSITOR_HOME": str(self.home), "DEPOSITOR_LANG": "en"}
        nothing = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        return subprocess.Popen(
            [sys.executable, "-m", "depositor", *map(str, command)],
            env={**plain, **own, **nothing, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=bound_by_permissions if ROOT else None,
        )

    def run(self, *command: object) -> Done:
        started = self.start(*command)
        out, err = started.communicate(timeout=120)
        assert "Traceback" not in err, err
        return Done(started.returncode, out, err)

    def json(self, *command: object) -> tuple[int, Any]:
        """The exit code and the one document of a command with ``--json``."""
        done = self.run(*command, "--json")
        return done.code, json.loads(done.out)

    def use(self, address: str) -> None:
        self.environment["DEPOSITOR_ENDPOINT_PRACTICE"] = address


def bound_by_permissions() -> None:
    """Let permissions hold for root too, as they do for everybody else."""
    libc = ctypes.CDLL(None)
    for capability in CAPABILITIES:
        libc.prctl(PR_CAPBSET_DROP, capability)


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    made = Computer(tmp_path / "home")
    yield made
    process.stop(made.home / "state" / "practice")


@pytest.fixture
def study(example: Path, tmp_path: Path) -> Path:
    """A copy of the bundled example; its document."""
    return copied(example, tmp_path / "study")


def copied(example: Path, to: Path) -> Path:
    shutil.copytree(example, to)
    settle(to)
    return to / "example.depositor.json"


def settle(folder: Path) -> None:
    """Nothing in it looks as if it were still being written."""
    hour_ago = time.time() - 3600
    for file in folder.rglob("*"):
        os.utime(file, (hour_ago, hour_ago))


def edit(document: Path, **changes: Any) -> None:
    found = json.loads(document.read_text("utf-8"))
    document.write_text(json.dumps({**found, **changes}), encoding="utf-8")


def told(problems: list[dict[str, Any]], code: str) -> dict[str, Any]:
    """The problem with this code, which has to be complete."""
    found = next((p for p in problems if p["code"] == code), None)
    assert found, [p["code"] for p in problems]
    assert found["message"]
    assert found["advice"]
    assert found["side"] in ("this computer", "network", "archive", "this program")
    return found


def finished(computer: Computer, files: int) -> dict[str, Any]:
    """``resume`` goes on to the receipt, and the archive holds what it says."""
    code, receipt = computer.json("resume")
    assert code == 0, receipt
    assert receipt["state"] in ("sent", "accepted", "public")
    assert receipt["files"] == files
    assert computer.json("verify", receipt["receipt"])[0] == 0
    return dict(receipt)


# --- files -----------------------------------------------------------------------------------------------------------


def cut_czi(path: Path) -> None:
    path.write_bytes((DATA / "scan" / "czi" / "100x100.czi").read_bytes()[:700])


def lying_tiff(path: Path) -> None:
    """Four billion pixels a side, and two thousand million strips behind the end of the file."""
    import struct

    tags = ((256, 1, 4_000_000_000), (257, 1, 4_000_000_000), (273, 2_000_000_000, 0xFFFFFFF0))
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 8))


def empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "name", "codes"),
    [
        (cut_czi, "cut.czi", {"header.damaged", "header.truncated"}),
        (lying_tiff, "liar.tif", {"header.damaged", "header.truncated"}),
        (empty, "nothing.tif", {"header.empty"}),
    ],
)
def test_a_bad_file_is_told_and_the_rest_is_read_checked_and_sent(
    computer: Computer, study: Path, make: Any, name: str, codes: set[str]
) -> None:
    stacks = study.parent / "images" / "stacks"
    make(stacks / name)
    settle(stacks)
    code, found = computer.json("headers", stacks)
    assert code == exits.FINDINGS
    bad = next(f for f in found["files"] if f["path"].endswith(name))
    problem = next(p for p in bad["problems"] if p["code"] in codes)
    assert told([problem], problem["code"])["side"] == "this computer"
    assert any(f["images"] for f in found["files"]), "the others are read"
    code, found = computer.json("check", stacks)
    assert code in (0, exits.FINDINGS)
    assert [n for n in found["not_checked"] if n["path"].endswith(name)], "what was not checked is said"
    done = computer.run("deposit", study, "--json")
    assert done.code == 0, done.err
    assert name in done.err, "a person is told before it is sent"
    assert done.json()["files"] == 10


def test_a_folder_without_permission_is_told_and_the_receipt_says_what_is_missing(
    computer: Computer, study: Path
) -> None:
    closed = study.parent / "images" / "stacks"
    closed.chmod(0)
    try:
        code, found = computer.json("scan", study.parent / "images")
        assert code == exits.FINDINGS
        problem = told(found["problems"], "scan.unreadable-folder")
        assert problem["side"] == "this computer"
        assert problem["path"].endswith("stacks")
        assert found["files"] > 0
        code, receipt = computer.json("deposit", study)
        assert code == exits.FINDINGS, "sent, but not all of it"
        assert receipt["accession"]
        told(receipt["problems"], "scan.unreadable-folder")
        assert json.loads(Path(receipt["receipt"]).read_text("utf-8"))["problems"]
    finally:
        closed.chmod(0o755)


def test_a_home_that_cannot_be_made(computer: Computer, study: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    computer.home = tmp_path / "closed" / "home"
    code, found = computer.json("deposit", study)
    assert code == exits.NEEDS_USER
    assert told(found["problems"], "home.no-folder")["side"] == "this computer"


def test_a_home_that_became_read_only(computer: Computer, study: Path) -> None:
    with small_disk(computer.home, "400m"):
        code, receipt = computer.json("deposit", study)
        assert code == 0, receipt
        process.stop(computer.home / "state" / "practice")
        subprocess.run(["mount", "-o", "remount,ro", str(computer.home)], check=True)
        for command in (("deposit", study), ("resume",), ("status",), ("verify", receipt["receipt"])):
            code, found = computer.json(*command)
            assert code == exits.NEEDS_USER, command
            assert told(found["problems"], found["problems"][0]["code"])["side"] == "this computer"


def test_a_file_that_changed_and_one_that_vanished_after_the_seal(
    computer: Computer, study: Path, closed_port: int
) -> None:
    """Sealed while the archive was away; then one file is changed and one taken away."""
    computer.use(f"http://127.0.0.1:{closed_port}")
    code, found = computer.json("deposit", study)
    assert code == exits.RESUMABLE
    assert told(found["problems"], "network.refused")["side"] == "network"
    changed = study.parent / "images" / "stacks" / "greenZstack.tif"
    gone = study.parent / "images" / "time-lapse" / "TZ_nucleus.ome.tif"
    original, aside = changed.read_bytes(), study.parent / "aside.tif"
    status = changed.stat()
    gone.rename(aside)
    changed.write_bytes(original + b"more")
    with serving(computer.home / "elsewhere", closed_port):
        code, found = computer.json("resume")
        assert code == exits.NEEDS_USER
        told(found["problems"], "deposit.files-failed")
        assert told(found["problems"], "file.changed")["path"].endswith("greenZstack.tif")
        assert told(found["problems"], "file.gone")["path"].endswith("TZ_nucleus.ome.tif")
        rows = computer.json("status")[1]["submissions"]
        assert (rows[0]["files_failed"], rows[0]["files_done"]) == (2, 7), "the rest is there"
        changed.write_bytes(original)
        os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
        aside.rename(gone)
        finished(computer, 9)


# --- the archive -----------------------------------------------------------------------------------------------------


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def serving(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A practice archive at a port, until it is stopped or killed."""
    line = [sys.executable, "-m", "depositor.archives.practice", "--folder", str(folder), "--port", str(port)]
    started = subprocess.Popen(line)
    try:
        while not process.answers(f"http://127.0.0.1:{port}"):
            assert started.poll() is None
            time.sleep(0.02)
        yield started
    finally:
        started.kill()
        started.wait()


def test_a_server_that_never_answers(computer: Computer, study: Path) -> None:
    computer.run("settings", "silence", "3")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        computer.use(f"http://127.0.0.1:{silent.getsockname()[1]}")
        code, found = computer.json("deposit", study)
        port = silent.getsockname()[1]
    assert code == exits.RESUMABLE
    assert told(found["problems"], "network.silent")["side"] == "network"
    assert found["submission"], "it is sealed, so that it can go on"
    with serving(computer.home / "elsewhere", port):
        assert finished(computer, 9)["submission"] == found["submission"]


def test_a_server_that_dies_in_the_middle_and_comes_back(computer: Computer, study: Path, closed_port: int) -> None:
    computer.use(f"http://127.0.0.1:{closed_port}")
    store = computer.home / "elsewhere"
    with serving(store, closed_port) as server:
        started = computer.start("deposit", study, "--json", "--limit", "100")
        while not any(p.stat().st_size for p in store.rglob("*.bin")):
            assert started.poll() is None, started.communicate()
            time.sleep(0.02)
        server.send_signal(signal.SIGKILL)
        server.wait()
    with serving(store, closed_port):
        out, err = started.communicate(timeout=120)
        assert started.returncode == 0, err
        receipt = json.loads(out)
        assert receipt["checksums"]["different"] == 0
        assert computer.json("verify", receipt["receipt"])[0] == 0


def test_a_wrong_password(computer: Computer, study: Path, tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "archives"))
    try:
        from bia_standin import PASSWORD, USER, StandIn
    finally:
        sys.path.pop(0)
    (tmp_path / "bia").mkdir()
    with StandIn(tmp_path / "bia") as standin:
        edit(study, archive="bioimage-archive", release_date="2027-01-31")
        computer.environment |= {
            "DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE": standin.url,
            "DEPOSITOR_USER_BIOIMAGE_ARCHIVE": USER,
            "DEPOSITOR_PASSWORD_BIOIMAGE_ARCHIVE": "wrong",
        }
        code, found = computer.json("deposit", study)
        if "findings" in found:
            pytest.fail(str([f for f in found["findings"] if f["level"] == "blocker"]))
        assert code == exits.NEEDS_USER
        problem = found["problems"][0]
        assert told(found["problems"], problem["code"])["side"] in ("this computer", "archive")
        assert "wrong" not in json.dumps(found)
        computer.environment["DEPOSITOR_PASSWORD_BIOIMAGE_ARCHIVE"] = PASSWORD
        code, receipt = computer.json("resume")
        assert code == 0, receipt
        assert receipt["files"] == 9
        assert receipt["submission"] == found["submission"]


# --- disks and homes -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of ``size`` at ``place``; skips where the system does not allow it."""
    place.mkdir(parents=True, exist_ok=True)
    line = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "depositor-test", str(place)]
    if not ROOT or subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, leave: int = 0) -> Path:
    """Take all the room that is left, but for ``leave`` bytes."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(bytes(4096))
    with ballast.open("r+b") as out:
        out.truncate(max(ballast.stat().st_size - leave, 0))
    return ballast


@pytest.mark.parametrize("leave", [0, 100_000, 200_000, 300_000])
def test_the_disk_with_the_state_is_full(computer: Computer, study: Path, closed_port: int, leave: int) -> None:
    """At whatever point there is no room any more, it says so, and goes on when there is."""
    with small_disk(computer.home, "8m"), serving(study.parent / "archive", closed_port):
        computer.use(f"http://127.0.0.1:{closed_port}")
        ballast = fill(computer.home, leave)
        code, found = computer.json("deposit", study)
        if code != 0:
            assert code == exits.NEEDS_USER, found
            assert found["problems"][0]["side"] == "this computer"
            told(found["problems"], found["problems"][0]["code"])
        ballast.unlink()
        code, found = computer.json("deposit", study) if not begun(computer) else computer.json("resume")
        assert code == 0, found
        rows = computer.json("status")[1]["submissions"]
        assert [r["stage"] for r in rows] == ["done"]
        assert computer.json("verify", rows[0]["receipt"]["receipt"])[0] == 0


def followed(computer: Computer) -> bool:
    """True once a second program has asked the first one to send, and waits for the outcome."""
    with contextlib.closing(sqlite3.connect(computer.home / "state" / "depositor.sqlite")) as db:
        return bool(db.execute("SELECT count(*) FROM step WHERE name='hand-over'").fetchone()[0])


def begun(computer: Computer) -> bool:
    rows = computer.json("status")[1]["submissions"]
    return bool(rows) and rows[0]["stage"] != "done"


def test_the_disk_for_the_package_is_full(computer: Computer, study: Path, tmp_path: Path) -> None:
    edit(study, archive="package")
    with small_disk(tmp_path / "drive", "80m") as drive:
        computer.run("settings", "package_folder", str(drive))
        ballast = fill(drive, 200_000)
        code, found = computer.json("deposit", study)
        assert code == exits.NEEDS_USER
        assert found["problems"][0]["side"] == "this computer"
        ballast.unlink()
        finished(computer, 9)


def test_the_disk_for_the_package_fills_up_meanwhile(computer: Computer, study: Path, tmp_path: Path) -> None:
    edit(study, archive="package")
    with small_disk(tmp_path / "drive", "80m") as drive:
        computer.run("settings", "package_folder", str(drive))
        started = computer.start("deposit", study, "--json", "--limit", "60")
        while not any(p.is_file() and p.stat().st_size for p in drive.rglob("*")):
            assert started.poll() is None, started.communicate()
            time.sleep(0.01)
        ballast = fill(drive)
        out, err = started.communicate(timeout=120)
        assert started.returncode == exits.NEEDS_USER, err
        problem = told(json.loads(out)["problems"], json.loads(out)["problems"][0]["code"])
        assert problem["side"] == "this computer"
        ballast.unlink()
        finished(computer, 9)


def test_a_home_that_another_program_sends_from(computer: Computer, study: Path) -> None:
    first = computer.start("deposit", study, "--json", "--limit", "20")
    while not begun(computer):
        assert first.poll() is None, first.communicate()
    second = computer.start("resume", "--json")
    while not followed(computer):
        assert second.poll() is None, second.communicate()
    first.send_signal(signal.SIGINT)
    for program in (first, second):  # who follows hears the same as who sends
        out, err = program.communicate(timeout=60)
        assert program.returncode == exits.RESUMABLE, err
        assert told(json.loads(out)["problems"], "deposit.stopped")
    finished(computer, 9)


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_a_package_that_was_damaged_is_noticed(computer: Computer, study: Path, tmp_path: Path) -> None:
    edit(study, archive="package")
    drive = tmp_path / "drive"
    drive.mkdir()
    computer.run("settings", "package_folder", str(drive))
    code, receipt = computer.json("deposit", study)
    assert code == 0, receipt
    assert computer.json("verify", receipt["receipt"])[0] == 0
    stored = next(drive.rglob("greenZstack.tif"))
    whole = stored.read_bytes()
    stored.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    code, found = computer.json("verify", receipt["receipt"])
    assert code == exits.FINDINGS
    assert not found["same"]
    assert [Path(name).name for name in found["different"]] == ["greenZstack.tif"]
    assert told(found["problems"], "verify.different")["side"] == "archive"
    stored.unlink()
    code, found = computer.json("verify", receipt["receipt"])
    assert code == exits.FINDINGS
    assert [Path(name).name for name in found["missing"]] == ["greenZstack.tif"]
    told(found["problems"], "verify.missing")
    stored.write_bytes(whole)
    assert computer.json("verify", receipt["receipt"])[0] == 0
    drive.rename(tmp_path / "unplugged")
    code, found = computer.json("verify", receipt["receipt"])
    assert code == exits.RESUMABLE, "plug it in and try again"
    assert told(found["problems"], "package.gone")["side"] == "this computer"


def test_a_receipt_of_another_home(computer: Computer, study: Path, tmp_path: Path) -> None:
    code, receipt = computer.json("deposit", study)
    assert code == 0, receipt
    code, found = Computer(tmp_path / "another").json("verify", receipt["receipt"])
    assert code == exits.NEEDS_USER
    assert told(found["problems"], "verify.not-here")["side"] == "this computer"
