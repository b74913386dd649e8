"""Aspera's ``ascp`` as a process, by a strict stand-in: its line, its secret, its deaths, its words."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sqlite3
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from transfer_world import QUICK, SUBMISSION, Running, World, noise, wait_for

from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser
from depositor.draft.submission import Proof
from depositor.transfer.handover import aspera_find
from depositor.transfer.handover.aspera import AsperaHandOver
from depositor.transfer.handover.aspera_run import PAIRS, environment
from depositor.transfer.handover.aspera_words import Moved, meaning
from depositor.transfer.handover.place import AsperaPlace, GlobusPlace, is_hand_over, place_of
from depositor.transfer.handover.run import HandOverRun
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.manners.road import Road
from depositor.transfer.ports import Outcome

FAKE = Path(__file__).with_name("ascp_fake.py")
SECRET = "aa/bbbb-a7"
PLACE = AsperaPlace("fasp.example.org", "bs-upload", "pass:word", f"/{SECRET}/study/")
NAMES = ("raw/a.tif", "raw/b c.tif", "raw/ünï.tif", "d.tif")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")


class Server:
    """The far side of the stand-in: a folder, what was run, and what shall go wrong."""

    def __init__(self, place: Path) -> None:
        self.root = place / "server"
        self.root.mkdir(parents=True)
        self.place = place

    def plan(self, **plan: Any) -> None:
        (self.place / "plan.json").write_text(json.dumps(plan))

    @property
    def runs(self) -> list[dict[str, Any]]:
        path = self.place / "runs.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def moved(self) -> list[str]:
        path = self.place / "moved.txt"
        return path.read_text().splitlines() if path.exists() else []

    def names(self) -> dict[str, bytes]:
        base = self.root / SECRET / "study"
        return {p.relative_to(base).as_posix(): p.read_bytes() for p in base.rglob("*") if p.is_file()}

    def sizes(self) -> dict[str, int]:
        return {name: len(data) for name, data in self.names().items()}


@pytest.fixture(autouse=True)
def _nimble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depositor.transfer.handover.run._SLICE_S", 0.005)


@pytest.fixture
def ascp(tmp_path: Path) -> Path:
    path = tmp_path / "ascp"
    path.write_text(f"#!{sys.executable}\n" + FAKE.read_text())
    path.chmod(0o755)
    return path


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server(tmp_path / "far")
    monkeypatch.setenv("ASCP_FAKE_ROOT", str(made.root))
    monkeypatch.setenv("DEPOSITOR_TOKEN_ZENODO", "somebody else's secret")
    return made


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    for number, name in enumerate(NAMES):
        made.add(name, noise(100_000 + number, number))
    return made


def route(world: World, ascp: Path, place: AsperaPlace = PLACE, **more: Any) -> AsperaHandOver:
    return AsperaHandOver(place, world.folder.parent / "notes", str(ascp), look_s=0.02, **more)


def run(world: World, made: AsperaHandOver, journal: Any = None, **more: Any) -> Outcome:
    with world.journal() as own:
        return HandOverRun(journal or own, made, SUBMISSION, QUICK, Cancel(), **more).run()


@contextlib.contextmanager
def running(world: World, made: AsperaHandOver, **more: Any) -> Iterator[Running]:
    with world.journal() as journal:
        run = HandOverRun(journal, made, SUBMISSION, QUICK, Cancel(), **more)
        thread = Running(run)  # type: ignore[arg-type]
        try:
            yield thread
        finally:
            run.cancel()
            thread.thread.join(20)


def assert_there(world: World, server: Server) -> None:
    assert server.names() == {f.name: Path(f.source).read_bytes() for f in world.files}
    assert world.digests() == world.true_digests()


def proofs(world: World) -> set[str]:
    with contextlib.closing(sqlite3.connect(world.store)) as db:
        return {row[0] for row in db.execute("SELECT proof FROM submission_file")}


# --- the way ---------------------------------------------------------------------------------------------------------


@posix
def test_all_files_go_and_the_receipt_says_how_little_is_proved(world: World, server: Server, ascp: Path) -> None:
    outcome = run(world, route(world, ascp))
    assert (outcome.sent, outcome.failed, outcome.stopped) == (4, 0, False)
    assert_there(world, server)
    assert proofs(world) == {Proof.ANSWER}
    assert set(world.states().values()) == {"sent"}
    assert list((world.folder.parent / "notes" / "aspera").iterdir()) == []


@posix
def test_what_the_archive_lists_proves_the_size(world: World, server: Server, ascp: Path) -> None:
    run(world, route(world, ascp, sizes=server.sizes))
    assert proofs(world) == {Proof.SIZE}


@posix
def test_a_file_that_the_archive_does_not_list_is_no_success(world: World, server: Server, ascp: Path) -> None:
    outcome = run(world, route(world, ascp, sizes=lambda: {**server.sizes(), "d.tif": 5}))
    assert (outcome.sent, outcome.failed) == (3, 1)
    assert outcome.problems[0].path == "d.tif"


@posix
def test_no_secret_is_on_the_command_line_or_readable_by_others(world: World, server: Server, ascp: Path) -> None:
    server.plan(slow=0.05)
    with running(world, route(world, ascp)) as thread:
        thread.until(lambda: bool(server.runs))
        found = psutil.Process(server.runs[0]["pid"])
        line = " ".join(found.cmdline())
        assert "pass:word" not in line
        assert SECRET not in line
        if sys.platform == "linux":
            assert b"pass:word" not in Path(f"/proc/{found.pid}/cmdline").read_bytes()
        assert found.environ()["ASPERA_SCP_PASS"] == "pass:word"
        lists = list((world.folder.parent / "notes").rglob(PAIRS))
        assert [stat.S_IMODE(path.stat().st_mode) for path in lists] == [0o600]
        assert stat.S_IMODE(lists[0].parent.stat().st_mode) == 0o700
        assert thread.join().sent == 4
    assert "pass:word" not in repr(PLACE)
    assert SECRET not in repr(PLACE)


def test_other_secrets_of_this_program_are_not_handed_on() -> None:
    around = {"PATH": "/bin", "DEPOSITOR_TOKEN_ZENODO": "x", "ASPERA_SCP_PASS": "old"}
    assert environment(AsperaPlace("h", "u", key_file="/k"), around) == {"PATH": "/bin"}
    assert environment(PLACE, around)["ASPERA_SCP_PASS"] == "pass:word"


@posix
def test_progress_is_read_while_it_runs(world: World, server: Server, ascp: Path) -> None:
    server.plan(slow=0.05)
    with running(world, route(world, ascp)) as thread:
        thread.until(lambda: 0 < thread.engine.progress().bytes_done < world.bytes)
        thread.join()
    assert thread.engine.progress().bytes_done == world.bytes


@posix
def test_a_line_that_breaks_is_gone_on_with(world: World, server: Server, ascp: Path) -> None:
    server.plan(die=150_000, times=3)
    outcome = run(world, route(world, ascp))
    assert outcome.sent == 4
    assert_there(world, server)
    assert len(server.moved) == 4
    assert len(server.runs) == 3
    assert all("-k" in r["argv"] and r["argv"][r["argv"].index("-k") + 1] == "2" for r in server.runs)


@posix
def test_it_is_not_tried_for_ever(world: World, server: Server, ascp: Path) -> None:
    server.plan(code=16, say="connection lost")
    with world.journal() as journal:
        soon = replace(QUICK, base_s=0.001)
        outcome = HandOverRun(journal, route(world, ascp), SUBMISSION, soon, Cancel()).run()
    assert outcome.problem is not None
    assert outcome.problem.code == "network.dropped"
    assert len(server.runs) == 10
    server.plan()
    assert run(world, route(world, ascp)).sent == 4


@posix
@pytest.mark.parametrize(
    ("code", "say", "problem"),
    [
        (19, "authentication failure", "aspera.sign-in"),
        (14, "UDP session initiation fatal error", "aspera.blocked"),
        (15, "timeout", "aspera.blocked"),
        (1, "Error: failed to authenticate", "aspera.sign-in"),
        (25, "No space left on device", "archive.quota"),
        (30, "License expired", "aspera.license"),
    ],
)
def test_what_a_person_must_do_is_said_at_once(
    world: World, server: Server, ascp: Path, code: int, say: str, problem: str
) -> None:
    server.plan(code=code, say=say)
    outcome = run(world, route(world, ascp))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == problem
    assert len(server.runs) == 1
    assert PLACE.password not in outcome.problem.message.english() + outcome.problem.advice.english()


def test_a_closed_udp_port_leads_to_the_other_route() -> None:
    problem, needs_user = meaning(15, (), "fasp.example.org")
    assert needs_user
    assert "FTP password" in problem.advice.english()
    assert meaning(12, (), "h")[1] is False
    assert meaning(77, ("something new",), "h")[0].code == "aspera.ended"


@posix
def test_a_pause_ends_it_gently_and_going_on_finds_the_torso(world: World, server: Server, ascp: Path) -> None:
    server.plan(slow=0.05)
    with running(world, route(world, ascp)) as thread:
        thread.until(lambda: any(name.endswith(".partial") for name in server.names()))
        first = psutil.Process(server.runs[0]["pid"])
        thread.engine.pause()
        wait_for(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE)
        server.plan()
        thread.engine.resume()
        assert thread.join().sent == 4
    assert len(server.moved) == 4
    assert_there(world, server)


@posix
def test_a_new_speed_limit_reaches_it(world: World, server: Server, ascp: Path) -> None:
    server.plan(slow=0.05)
    road = Road()
    with running(world, route(world, ascp), road=road) as thread:
        thread.until(lambda: len(server.runs) == 1)
        road.limit(1_000_000)
        thread.until(lambda: len(server.runs) == 2)
        server.plan()
        assert thread.join().sent == 4
    assert [r["rate"] for r in server.runs][:2] == ["10000000K", "8000K"]


@posix
def test_a_name_with_a_line_break_is_copied_first(world: World, server: Server, ascp: Path, tmp_path: Path) -> None:
    path = world.folder / "odd\nname.tif"
    path.write_bytes(b"odd")
    world.seal(path, "odd-name.tif")
    assert run(world, route(world, ascp), staging=tmp_path / "copies").sent == 5
    assert_there(world, server)
    assert not any((tmp_path / "copies").rglob("*"))


# --- kills -----------------------------------------------------------------------------------------------------------


class DyingJournal(SqliteJournal):
    """A journal whose process dies at its n-th commit: before it reaches the disk, or right after."""

    left = 0
    after = False

    def commit(self, statements: Sequence[Statement]) -> None:
        DyingJournal.left -= 1
        if DyingJournal.left == 0 and not DyingJournal.after:
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit(statements)
        if DyingJournal.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def child(store: str, notes: str, ascp: str, left: int, after: bool) -> None:
    DyingJournal.left, DyingJournal.after = left, after
    journal = DyingJournal(Path(store))
    made = AsperaHandOver(PLACE, Path(notes), ascp, look_s=0.02)
    outcome = HandOverRun(journal, made, SUBMISSION, QUICK, Cancel()).run()
    journal.close()
    os._exit(0 if outcome.sent and not outcome.stopped else 3)


@posix
def test_a_kill_at_every_write_of_the_journal_leaves_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ascp: Path
) -> None:
    context = multiprocessing.get_context("forkserver")
    for commit in range(1, 40):
        folder = tmp_path / str(commit)
        world, server = World(folder), Server(folder / "far")
        for number, name in enumerate(NAMES[:2]):
            world.add(name, noise(1_100_000, number))  # large enough for a commit of its own
        monkeypatch.setenv("ASCP_FAKE_ROOT", str(server.root))
        server.plan(slow=0.002)
        given = (str(world.store), str(folder / "notes"), str(ascp), commit, bool(commit % 2))
        process = context.Process(target=_child_in, args=(str(server.root), *given))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        assert not run(world, route(world, ascp)).stopped
        assert_there(world, server)
        assert len(server.moved) == 2
        assert not any(psutil.pid_exists(r["pid"]) and _alive(r["pid"]) for r in server.runs)
    assert 4 < commit < 30


def _child_in(root: str, *given: Any) -> None:
    os.environ["ASCP_FAKE_ROOT"] = root
    child(*given)


def _alive(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


# --- finding it, addresses -------------------------------------------------------------------------------------------


@posix
def test_it_is_found_on_the_path_in_default_folders_and_by_setting(ascp: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    at_home = home / ".aspera" / "connect" / "bin" / "ascp"
    at_home.parent.mkdir(parents=True)
    at_home.write_text("")
    bare = {"PATH": str(tmp_path / "nothing"), "HOME": str(home)}
    assert aspera_find.find("", "linux", bare) == at_home
    assert aspera_find.find("", "linux", {**bare, "PATH": str(tmp_path)}) == ascp
    assert aspera_find.find(str(ascp), "linux", bare) == ascp
    for setting, environ in ((str(tmp_path / "no"), bare), ("", {"PATH": "", "HOME": str(tmp_path / "no")})):
        with pytest.raises(NeedsUser) as caught:
            aspera_find.find(setting, "linux", environ)
        assert caught.value.problem.code == "aspera.missing"
    assert aspera_find.version(ascp) == "4.2.5.306"


def test_default_folders_of_three_systems_are_looked_into() -> None:
    mac = [p.as_posix() for p in aspera_find.candidates("darwin", {"HOME": "/Users/ada"})]
    assert "/Users/ada/Applications/Aspera Connect.app/Contents/Resources/ascp" in mac
    windows = [str(p) for p in aspera_find.candidates("win32", {"LOCALAPPDATA": r"C:\Users\ada\AppData\Local"})]
    assert r"C:\Users\ada\AppData\Local\Programs\Aspera\Aspera Connect\bin\ascp.exe" in windows
    assert len(windows) == 2


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    (tmp_path / "ascp").write_text("not a program")
    with pytest.raises(NeedsUser) as caught:
        aspera_find.version(tmp_path / "ascp")
    assert caught.value.problem.code == "aspera.broken"


@posix
def test_without_a_secret_nothing_is_started(world: World, server: Server, ascp: Path) -> None:
    outcome = run(world, route(world, ascp, AsperaPlace("h", "u")))
    assert outcome.problem is not None
    assert outcome.problem.code == "aspera.no-secret"
    assert not server.runs


def test_addresses_of_bulk_routes() -> None:
    found = place_of("aspera://bs-upload:p%40ss%2F@fasp.example.org:33002/in?udp=33003")
    assert found == AsperaPlace("fasp.example.org", "bs-upload", "p@ss/", "/in/", 33002, 33003)
    assert place_of("globus://138B5C78-adef-4c12-89e6-2cd170bf63ed/in/x") == GlobusPlace(
        "138b5c78-adef-4c12-89e6-2cd170bf63ed", "/in/x/"
    )
    assert is_hand_over("globus://x")
    assert not is_hand_over("ftp://x")
    assert not is_hand_over(None)


@pytest.mark.parametrize(
    "address",
    [
        "globus://not-an-id/", "globus://138b5c78-adef-4c12-89e6-2cd170bf63ed/../x", "aspera://host/", "aspera://u@/x",
        "aspera://u:p@host:nope/", "aspera://-oProxyCommand=x@host/", "aspera://u:p@h/?udp=x",
    ],
)  # fmt: skip
def test_addresses_that_make_no_sense_are_refused(address: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        place_of(address)
    assert caught.value.problem.code == "handover.address"


def test_progress_is_read_leniently() -> None:
    moved = Moved({"a b.tif": 1000, "c.tif": 10})
    for line in ("a b.tif   45%  450B  1Mb/s  00:01 ETA", "c.tif 100% 10B", "nonsense", "x.tif 50%", "a b.tif 30%"):
        moved.line(line)
    assert moved.bytes == 460
