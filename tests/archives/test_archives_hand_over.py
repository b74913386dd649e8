"""Deposits whose bytes another program moves: Globus beside storage of one's own, Aspera to the BioImage Archive."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archives_world import QUICK, Study, noise
from bia_standin import PASSWORD, SECRET, USER
from bia_standin import StandIn as Bia
from generic_houses import BOX
from generic_process import Depositor
from globus_standin import CLIENT, REFRESH, SOURCE, TARGET, StandIn
from webdav_servers import WsgiDav

from depositor.archives import hand_over, registry
from depositor.archives.ports import ArchiveSession, Credentials, HandsOver
from depositor.cli import exits
from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser
from depositor.draft.submission import Role, State
from depositor.transfer.handover.aspera import AsperaHandOver
from depositor.transfer.handover.run import HandOverRun
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.ports import Outcome

Command = Callable[..., tuple[int, Any, str]]
FAKE = Path(__file__).parents[1] / "transfer" / "ascp_fake.py"
ASPERA = "aspera://bs-upload:pass%3Aword@127.0.0.1:33001/"
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")


# --- Globus beside storage of one's own ------------------------------------------------------------------------------


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[tuple[Depositor, Path, StandIn]]:
    """A WebDAV server whose folder is a collection of Globus too, and a computer with Globus Connect Personal."""
    pytest.importorskip("globus_sdk")
    personal = tmp_path / "personal" / "lta"
    personal.mkdir(parents=True)
    (personal / "client-id.txt").write_text(f"{SOURCE}\n")
    (personal / "config-paths").write_text(f"{tmp_path},0,1\n")
    with WsgiDav(tmp_path / "dav") as server, StandIn(server.folder, tmp_path) as globus:
        (server.folder / BOX).mkdir(parents=True, exist_ok=True)
        globus.pace = 50
        given = {
            "DEPOSITOR_ENDPOINT_WEBDAV": f"{server.url.rstrip('/')}/{BOX}",
            "DEPOSITOR_USER_WEBDAV": "dep",
            "DEPOSITOR_PASSWORD_WEBDAV": "secret",
            "DEPOSITOR_FTP_WEBDAV": f"globus://{TARGET}/{BOX}/",
            "DEPOSITOR_USER_GLOBUS": CLIENT,
            "DEPOSITOR_TOKEN_GLOBUS": REFRESH,
            "GLOBUS_SDK_SERVICE_URL_TRANSFER": globus.url,
            "GLOBUS_SDK_SERVICE_URL_AUTH": globus.url,
            "GLOBUS_PERSONAL_DIR": str(tmp_path / "personal"),
        }
        yield Depositor(tmp_path / "me", given), server.folder / BOX, globus


@pytest.fixture
def command(
    cloud: tuple[Depositor, Path, StandIn], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """``depositor`` in this process: exit code, JSON, what it said."""
    from depositor.cli.main import main
    from depositor.session import language

    def run(*words: object) -> tuple[int, Any, str]:
        for name, value in cloud[0].environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        try:
            code = main([*map(str, words), "--json"])
        finally:
            language.use("en")
        told = capfd.readouterr()
        return code, json.loads(told.out) if told.out.strip() else None, told.err

    return run


def test_the_data_go_by_globus_and_the_papers_by_the_protocol(
    cloud: tuple[Depositor, Path, StandIn], command: Command
) -> None:
    me, box, globus = cloud
    document = me.document("webdav")
    code, receipt, said = command("deposit", document)
    assert (code, receipt.get("state")) == (exits.DONE, "accepted"), (receipt, said)
    (folder,) = box.iterdir()
    images = document.parent / "images"
    for path in (p for p in images.rglob("*") if p.is_file()):
        assert (folder / "data" / "images" / path.relative_to(images)).read_bytes() == path.read_bytes()
    assert len(globus.writes) == 3
    mark = json.loads((folder / "receipt.json").read_text())
    manifest = (folder / "data" / "manifest-sha256.txt").read_bytes()
    assert mark["manifest_sha256"] == receipt["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert receipt["proved"]["parts"] >= 3
    assert REFRESH not in said
    assert REFRESH not in json.dumps(receipt)


def test_without_a_sign_in_it_says_so_and_goes_on_later(
    cloud: tuple[Depositor, Path, StandIn], command: Command
) -> None:
    me, _, globus = cloud
    token, me.environment["DEPOSITOR_TOKEN_GLOBUS"] = me.environment["DEPOSITOR_TOKEN_GLOBUS"], ""
    code, _, said = command("deposit", me.document("webdav"))
    assert code == exits.NEEDS_USER
    assert "Globus" in said
    me.environment["DEPOSITOR_TOKEN_GLOBUS"] = token
    code, receipt, said = command("resume")
    assert (code, receipt.get("state")) == (exits.DONE, "accepted"), (receipt, said)
    assert len(globus.writes) == 3


def test_a_consent_that_is_missing_is_asked_for_by_its_name(
    cloud: tuple[Depositor, Path, StandIn], command: Command
) -> None:
    from depositor.session.desk import Desk
    from depositor.session.globus_account import GlobusSignIn, scopes_wanted
    from depositor.session.home import Home

    me, _, globus = cloud
    globus.consented = False
    code, _, _ = command("deposit", me.document("webdav"))
    assert code == exits.NEEDS_USER
    with contextlib.closing(Desk(Home.find().create())) as desk:
        (submission,) = desk.submissions()
        scopes = scopes_wanted(desk, submission.id)
        assert len(scopes) == 1
        assert TARGET in scopes[0]
        sign_in = GlobusSignIn(desk, scopes=scopes)
        assert "data_access" in sign_in.address
        assert sign_in.finish("the-code", for_session_only=True) is None
        globus.consented = True
        assert scopes_wanted(desk, submission.id) == ()


# --- Aspera to the BioImage Archive ----------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bia]:
    with Bia(tmp_path / "archive") as made:
        monkeypatch.setenv("ASCP_FAKE_ROOT", str(made.ftp_folder))
        yield made


@pytest.fixture
def ascp(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "ascp"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n" + FAKE.read_text())
    path.chmod(0o755)
    return path


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = Study(tmp_path / "study", "bioimage-archive", {"raw/a.tif": noise(300_000), "raw/b c.tif": noise(2000, 2)})
    made.document["release_date"] = "2027-06-30"
    return made


def connect(archive: Bia, tmp_path: Path, bulk: str, ascp: Path | None = None) -> ArchiveSession:
    settings = {"http_most_total": 1, "ascp": str(ascp or ""), "notes": str(tmp_path / "notes")}
    return registry.get("bioimage-archive").session(archive.url, Credentials(USER, PASSWORD, bulk=bulk), settings)


def handed_over(study: Study, session: ArchiveSession, remote: str) -> Outcome:
    assert isinstance(session, HandsOver)
    route = session.hand_over(remote, Role.DATA)
    assert isinstance(route, AsperaHandOver)
    with contextlib.closing(SqliteJournal(study.store)) as journal:
        return HandOverRun(journal, route, study.id, QUICK, Cancel()).run()


@posix
def test_large_deposits_go_by_aspera_into_the_space_of_the_user(
    archive: Bia, study: Study, ascp: Path, tmp_path: Path
) -> None:
    session = connect(archive, tmp_path, ASPERA, ascp)
    remote = session.open(study.deposit())
    outcome = handed_over(study, session, remote)
    assert (outcome.sent, outcome.failed, outcome.problem) == (2, 0, None)
    study.write_papers()
    assert isinstance(session, HandsOver)
    assert session.hand_over(remote, Role.DOCUMENT) is None
    assert study.send(session, remote).failed == 0
    assert archive.asked("POST", "/files/user/upload") == 1  # the file list alone
    assert session.check(remote, study.deposit()) == ()
    assert session.commit(remote, study.deposit()).state is State.SENT
    runs = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    assert len(runs) == 1
    assert SECRET not in " ".join(runs[0]["argv"])


@posix
def test_a_closed_port_is_told_and_the_same_deposit_goes_on_by_ftp(
    archive: Bia, study: Study, ascp: Path, tmp_path: Path
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"code": 15, "say": "timeout establishing data connection"}))
    session = connect(archive, tmp_path, ASPERA, ascp)
    remote = session.open(study.deposit())
    outcome = handed_over(study, session, remote)
    assert outcome.problem is not None
    assert outcome.problem.code == "aspera.blocked"
    assert "bulk-password" in outcome.problem.actions
    by_ftp = connect(archive, tmp_path, archive.serve_ftp())
    assert isinstance(by_ftp, HandsOver)
    assert by_ftp.hand_over(remote, Role.DATA) is None
    assert study.send(by_ftp, remote).sent == 2
    assert [p.name for p in sorted(archive.space.rglob("*.tif"))] == ["a.tif", "b c.tif"]


def test_diagnose_tells_whether_ascp_is_here(archive: Bia, tmp_path: Path) -> None:
    *_, found = connect(archive, tmp_path, ASPERA, tmp_path / "no-ascp").diagnose()
    assert found.problem is not None
    assert found.problem.code == "aspera.missing"


def test_the_archive_takes_nothing_by_globus(archive: Bia, study: Study, tmp_path: Path) -> None:
    with pytest.raises(NeedsUser) as caught:
        connect(archive, tmp_path, f"globus://{TARGET}/").open(study.deposit())
    assert caught.value.problem.code == "bia.no-globus"
    assert not archive.studies


def test_an_account_with_an_ftp_password_hands_nothing_over() -> None:
    assert not hand_over.wanted(Credentials(bulk="pasted"))
    assert hand_over.aspera_place(Credentials(bulk="ftp://u:p@h/")) is None
