"""The BioImage Archive's draft route against the strict stand-in: sign-in, both routes, refusals, updates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives_world import Study, noise
from bia_standin import FTP_PASSWORD, PASSWORD, SECRET, USER, Fault, StandIn

from depositor.archives import registry
from depositor.archives.bioimage_archive.remote import HTTP_MOST_FILE, Remote, root_of, route_for
from depositor.archives.ports import ArchiveSession, Credentials
from depositor.draft.problem import NeedsUser, Refused, Retryable, Side
from depositor.draft.submission import State
from depositor.transfer.ftp.carrier import FtpOptions

QUICK_FTP = FtpOptions(settle_s=0.05)
ADA = Credentials(USER, PASSWORD)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(tmp_path / "archive") as made:
        yield made


@pytest.fixture
def session(archive: StandIn) -> Iterator[ArchiveSession]:
    made = connect(archive)
    yield made
    made.close()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = Study(tmp_path / "study", "bioimage-archive")
    made.document["release_date"] = "2027-06-30"
    return made


def connect(archive: StandIn, given: Credentials = ADA, **settings: Any) -> ArchiveSession:
    return registry.get("bioimage-archive").session(archive.url, given, {"ftp_options": QUICK_FTP, **settings})


# --- account ---------------------------------------------------------------------------------------------------------


def test_sign_in_gives_the_name(session: ArchiveSession) -> None:
    assert session.sign_in() == "Ada Example"


@pytest.mark.parametrize("status", [401, 400])
def test_a_refused_password_is_asked_for_again(archive: StandIn, status: int) -> None:
    archive.login_status = status
    with pytest.raises(NeedsUser) as caught:
        connect(archive, Credentials(USER, "wrong")).sign_in()
    assert caught.value.problem.code == "archive.sign-in"
    assert caught.value.problem.side is Side.ARCHIVE


def test_without_an_account_it_says_what_it_needs(archive: StandIn) -> None:
    with pytest.raises(NeedsUser) as caught:
        connect(archive, Credentials()).sign_in()
    assert caught.value.problem.code == "bia.no-account"
    assert not archive.log


def test_a_stored_token_is_enough(archive: StandIn) -> None:
    archive.tokens.add("kept")
    assert connect(archive, Credentials(token="kept")).sign_in() == "Ada Example"
    with pytest.raises(NeedsUser):
        connect(archive, Credentials(token="old")).sign_in()


def test_a_session_that_the_archive_forgot_is_renewed_once(archive: StandIn, session: ArchiveSession) -> None:
    session.sign_in()
    archive.tokens.clear()
    assert session.sign_in() == "Ada Example"
    assert archive.asked("POST", "/auth/login") == 2


def test_an_account_without_the_collection_is_told_whom_to_write_to(archive: StandIn, study: Study) -> None:
    archive.collections = ["EuToxRisk"]
    for call in (lambda s: s.sign_in(), lambda s: s.open(study.deposit())):
        with pytest.raises(NeedsUser) as caught:
            call(connect(archive))
        assert caught.value.problem.code == "bia.collection"


def test_secrets_are_in_no_representation(session: ArchiveSession) -> None:
    session.sign_in()
    profile = session._account.profile()  # type: ignore[attr-defined]
    assert SECRET not in repr(profile)
    assert profile.token not in repr(profile)


# --- routes ----------------------------------------------------------------------------------------------------------


def test_small_deposits_go_by_http_and_large_ones_by_ftp() -> None:
    assert route_for(10**9, 49 * 10**9) == "http"
    assert route_for(10**9, 50 * 10**9) == "ftp"
    assert route_for(HTTP_MOST_FILE, HTTP_MOST_FILE) == "ftp"


def test_a_large_deposit_asks_for_the_bulk_password_before_anything_is_made(archive: StandIn, study: Study) -> None:
    with pytest.raises(NeedsUser) as caught:
        connect(archive, http_most_total=1000).open(study.deposit())
    assert caught.value.problem.code == "bia.bulk-password"
    assert not archive.studies


@pytest.mark.parametrize(("kind", "user"), [("ftp", "bs-upload"), ("nfs", "bsftp")])
def test_the_kind_of_account_decides_the_ftp_user(archive: StandIn, kind: str, user: str) -> None:
    archive.upload_type = kind
    session = connect(archive, Credentials(USER, PASSWORD, bulk="pasted"))
    place = session._account.ftp()  # type: ignore[attr-defined]
    assert (place.host, place.user, place.password) == ("ftp-private.ebi.ac.uk", user, "pasted")
    assert place.root == f"/{SECRET}"
    assert "pasted" not in repr(place)


def test_a_bulk_address_of_ones_own(archive: StandIn) -> None:
    session = connect(archive, Credentials(USER, PASSWORD, bulk="ftps://u:p%40x@host.example:990/in/"))
    place = session._account.ftp()  # type: ignore[attr-defined]
    assert (place.host, place.port, place.user, place.password) == ("host.example", 990, "u", "p@x")
    assert (place.tls, place.root) == ("explicit", f"/in/{SECRET}")


def test_the_bytes_lie_in_a_folder_of_their_own(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    remote = Remote.of(study.deliver(session))
    assert remote.root == root_of(study.submission)
    names = {p.relative_to(archive.space).as_posix() for p in archive.space.rglob("*") if p.is_file()}
    assert names == {f"{remote.root}/{f.name}" for f in study.files()}
    assert (archive.space / remote.root / "raw" / "b c.tif").read_bytes() == noise(2000, 2)


def test_ftp_puts_them_where_the_archive_looks(archive: StandIn, study: Study) -> None:
    session = connect(archive, Credentials(USER, PASSWORD, bulk=archive.serve_ftp()), http_most_total=1)
    remote = study.deliver(session)
    assert Remote.of(remote).route == "ftp"
    assert archive.asked("POST", "/files/user/upload") == 0
    assert session.check(remote, study.deposit()) == ()
    assert session.commit(remote, study.deposit()).state is State.SENT


def test_a_wrong_bulk_password_needs_the_user(archive: StandIn, study: Study) -> None:
    bulk = archive.serve_ftp().replace("bulk%20pass%3Aword", "wrong")
    session = connect(archive, Credentials(USER, PASSWORD, bulk=bulk), http_most_total=1)
    remote = session.open(study.deposit())
    outcome = study.send(session, remote)
    assert outcome.needs_user
    assert FTP_PASSWORD not in str(outcome)


def test_a_bulk_password_that_went_missing_stops_the_run_politely(archive: StandIn, study: Study) -> None:
    given = Credentials(USER, PASSWORD, bulk=archive.serve_ftp())
    remote = connect(archive, given, http_most_total=1).open(study.deposit())
    outcome = study.send(connect(archive, http_most_total=1), remote)
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "bia.bulk-password"


def test_what_is_there_is_not_sent_again(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    remote = Remote.of(session.open(study.deposit()))
    place = archive.space / remote.root / "raw"
    place.mkdir(parents=True)
    (place / "a.tif").write_bytes(noise(700_000))
    (place / "b c.tif").write_bytes(b"too short")
    assert study.send(session, str(remote)).failed == 0
    assert archive.asked("POST", "/files/user/upload") == 1
    assert (place / "b c.tif").read_bytes() == noise(2000, 2)


def test_a_file_that_did_not_arrive_is_found_before_the_commit(
    archive: StandIn, session: ArchiveSession, study: Study
) -> None:
    remote = study.deliver(session)
    (archive.space / Remote.of(remote).root / "raw" / "a.tif").write_bytes(b"cut")
    found = session.check(remote, study.deposit())
    assert [f.path for f in found] == ["raw/a.tif"]


def test_diagnose_names_each_route(archive: StandIn) -> None:
    checks = connect(archive, Credentials(USER, PASSWORD, bulk=archive.serve_ftp())).diagnose()
    assert [c.ok for c in checks] == [True, True, True]
    checks = connect(archive, Credentials(USER, "wrong", bulk="ftp://a:b@127.0.0.1:9/")).diagnose()
    assert [c.ok for c in checks] == [True, False, False]
    assert all(c.problem for c in checks[1:])


def test_an_ftp_route_whose_data_line_is_blocked_is_told(archive: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyftpdlib.handlers import FTPHandler

    usual: Any = FTPHandler.passive_dtp

    class Deaf(usual):  # type: ignore[misc]
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.close()  # the port was told and nobody listens there

    monkeypatch.setattr(FTPHandler, "passive_dtp", Deaf)
    *_, ftp = connect(archive, Credentials(USER, PASSWORD, bulk=archive.serve_ftp())).diagnose()
    assert ftp.problem is not None
    assert ftp.problem.code == "port.ftp-data"
    assert "passive FTP" in ftp.problem.advice.english()


# --- file lists, refusals --------------------------------------------------------------------------------------------


def test_the_archive_checks_the_file_lists(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    remote = study.deliver(session)
    listed = archive.space / Remote.of(remote).root / "filelist_dose-series.tsv"
    size = listed.stat().st_size
    listed.write_text("Files\nraw/x.tif\n".ljust(size, "\n"))
    found = session.check(remote, study.deposit())
    assert len(found) == 1
    assert "raw/x.tif" in found[0].message.english()
    listed.write_text("Nope\nraw/a.tif\n".ljust(size, "\n"))
    assert "First header column" in session.check(remote, study.deposit())[0].message.english()
    listed.write_text("Files\n".ljust(size, "\n"))
    assert "at least one file" in session.check(remote, study.deposit())[0].message.english()


def test_refusals_are_in_the_archives_own_words(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    study.document["metadata"]["study"]["author"][0]["affiliation"] = []
    study.document["release_date"] = "2020-01-01"
    remote = study.deliver(session)
    with pytest.raises(Refused) as caught:
        session.commit(remote, study.deposit())
    text = caught.value.problem.message.english()
    assert "Release date cannot be in the past" in text
    assert "reasons" in text
    assert caught.value.problem.side is Side.ARCHIVE


def test_500_with_fail_is_a_refusal_and_not_tried_again(
    archive: StandIn, session: ArchiveSession, study: Study
) -> None:
    remote = study.deliver(session)
    (archive.space / Remote.of(remote).root / "raw" / "a.tif").unlink()
    with pytest.raises(Refused) as caught:
        session.commit(remote, study.deposit())
    assert "could not be found" in caught.value.problem.message.english()


def test_an_upload_that_is_refused_is_not_tried_again(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    remote = session.open(study.deposit())
    body = '{"status": "FAIL", "log": {"level": "ERROR", "message": "The given file path contains invalid characters"}}'
    archive.faults.append(Fault("/files/user/upload", status=500, body=body, kind="application/json"))
    outcome = study.send(session, remote)
    assert outcome.failed == 1
    assert archive.asked("POST", "/files/user/upload") == 2  # one refused, the other one taken
    assert "invalid characters" in outcome.problems[0].message.english()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/submissions/", status=502),
        Fault("/submissions/", status=503, body="busy", kind="text/plain"),
        Fault("/submissions/", status=200, body="<html>Log in to the guest network</html>"),
        Fault("/submissions/", status=404, body="<html>not here</html>"),
        Fault("/submissions/", status=500, body="", kind="text/plain"),
        Fault("/submissions/", status=200, body="not json", kind="application/json"),
        Fault("/submissions/", drop=True, times=2),
    ],
)
def test_gateways_in_trouble_are_waited_for(
    archive: StandIn, session: ArchiveSession, study: Study, fault: Fault
) -> None:
    remote = session.open(study.deposit())
    archive.faults.append(replace(fault))
    with pytest.raises(Retryable):
        session.state(remote)
    assert session.state(remote).state is State.DRAFT


def test_a_question_whose_line_broke_is_asked_again(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    remote = session.open(study.deposit())
    archive.faults.append(Fault("/submissions/", "GET", drop=True))
    assert session.state(remote).state is State.DRAFT


# --- processing, updates ---------------------------------------------------------------------------------------------


def test_sent_and_accepted_are_two_things(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    archive.polls = 2
    remote = study.deliver(session)
    answer = session.commit(remote, study.deposit())
    assert answer.state is State.SENT
    assert answer.accession is None  # the number is drawn, but must not be cited yet
    states = [session.state(remote) for _ in range(3)]
    assert [s.state for s in states] == [State.SENT, State.ACCEPTED, State.ACCEPTED]
    assert states[-1].accession == Remote.of(remote).key
    assert states[-1].url == f"{archive.url.removesuffix('/submissions/api')}/BioImages/studies/{states[-1].accession}"


def test_files_that_are_missed_later_make_it_invalid(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    archive.later = True
    remote = study.deliver(session)
    (archive.space / Remote.of(remote).root / "raw" / "a.tif").unlink()
    session.commit(remote, study.deposit())
    answer = session.state(remote)
    assert answer.state is State.FAILED
    assert "raw/a.tif" in answer.log[0]
    assert answer.problem is not None
    assert "raw/a.tif" in answer.problem.message.english()


def test_while_it_is_processed_it_is_neither_changed_nor_taken_back(
    archive: StandIn, session: ArchiveSession, study: Study
) -> None:
    archive.polls = 100
    remote = study.deliver(session)
    session.commit(remote, study.deposit())
    revised = replace(study.deposit(), previous_remote=remote)
    with pytest.raises(Retryable) as caught:
        session.commit(remote, revised)
    assert caught.value.problem.code == "bia.processing"
    with pytest.raises(Refused):
        session.withdraw(remote)


def test_a_private_study_can_be_deleted(archive: StandIn, session: ArchiveSession, study: Study) -> None:
    archive.polls = 0
    remote = study.deliver(session)
    session.commit(remote, study.deposit())
    assert session.state(remote).state is State.ACCEPTED
    session.withdraw(remote)
    assert not archive.studies
    assert not list(archive.space.iterdir())


class Revision(Study):
    """The study once more, as a revision of what was deposited as ``first``."""

    def __init__(self, folder: Path, first: str, of: str) -> None:
        super().__init__(folder, "bioimage-archive", submission_id="second0revision")
        self.document["release_date"] = "2027-06-30"
        self._first, self._of = first, of

    def deposit(self) -> Any:
        plain = super().deposit()
        return replace(plain, submission=replace(plain.submission, previous=self._of), previous_remote=self._first)


@pytest.fixture
def first(archive: StandIn, session: ArchiveSession, study: Study) -> str:
    """The remote id of a study that the archive took."""
    archive.polls = 0
    remote = study.deliver(session)
    session.commit(remote, study.deposit())
    assert session.state(remote).state is State.ACCEPTED
    return remote


@pytest.fixture
def again(first: str, study: Study, tmp_path: Path) -> Revision:
    return Revision(tmp_path / "again", first, study.id)


def test_a_revision_keeps_number_and_doi(archive: StandIn, session: ArchiveSession, first: str, again: Study) -> None:
    second = again.deliver(session)
    assert Remote.of(second).key == Remote.of(first).key
    assert Remote.of(second).root != Remote.of(first).root
    session.commit(second, again.deposit())
    assert session.state(second).state is State.ACCEPTED
    assert archive.studies[Remote.of(first).key].version == 2
    assert len(archive.studies) == 1


@pytest.mark.parametrize("tells", [True, False])
def test_the_version_before_is_not_taken_for_the_revision(
    archive: StandIn, session: ArchiveSession, first: str, again: Study, tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash between submit and answer the state decides whether it is submitted once more."""
    if not tells:  # the server code that was read leaves the version out in places
        status = archive.status
        monkeypatch.setattr(archive, "status", lambda key: {k: v for k, v in status(key).items() if k != "version"})
    second = again.deliver(session)
    assert session.find(again.id) == second
    assert session.state(second).state is State.DRAFT
    session.commit(second, again.deposit())
    assert session.state(second).state is State.ACCEPTED
    assert session.commit(second, again.deposit()).state is State.ACCEPTED
    assert archive.studies[Remote.of(first).key].version == 2
    assert archive.asked("POST", "/submit$") == 2


def test_taking_back_a_revision_leaves_the_study(
    archive: StandIn, session: ArchiveSession, first: str, again: Study
) -> None:
    second = again.deliver(session)
    session.withdraw(second)
    assert archive.studies[Remote.of(first).key].version == 1
    assert session.state(first).state is State.ACCEPTED
    assert [p.name for p in archive.space.iterdir()] == [Remote.of(first).root]


@pytest.mark.live
@pytest.mark.skipif("bioimage-archive" not in os.environ.get("DEPOSITOR_LIVE", ""), reason="talks to the real archive")
def test_the_real_archive_takes_a_draft_and_forgets_it(study: Study) -> None:
    """Against the address in DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE (else the archive's development server); nothing is
    submitted."""
    environ, name = os.environ, "BIOIMAGE_ARCHIVE"
    member = registry.get("bioimage-archive")
    endpoint = environ.get(f"DEPOSITOR_ENDPOINT_{name}") or member.capabilities().sandbox
    given = Credentials(environ[f"DEPOSITOR_USER_{name}"], environ[f"DEPOSITOR_PASSWORD_{name}"])
    session = member.session(endpoint, given)
    assert session.sign_in()
    remote = study.deliver(session)
    try:
        assert session.check(remote, study.deposit()) == ()
        assert session.find(study.id) == remote
    finally:
        session.withdraw(remote)
