"""The test of the way, end to end: real archives behind real proxies, portals and certificates on this computer."""

from __future__ import annotations

import contextlib
import email.utils
import functools
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
for folder in ("transfer", "archives"):
    sys.path.insert(0, str(TESTS / folder))

from bia_standin import PASSWORD, USER, StandIn  # noqa: E402
from net_world import Authority, Proxy, Server, black_hole, greeter  # noqa: E402

from depositor.archives.bioimage_archive import account  # noqa: E402
from depositor.archives.ports import Credentials  # noqa: E402
from depositor.draft.cancel import Cancel  # noqa: E402
from depositor.draft.capabilities import Limits  # noqa: E402
from depositor.draft.problem import NeedsUser, Problem  # noqa: E402
from depositor.session.desk import Desk  # noqa: E402
from depositor.session.diagnosing import measuring, remembered, report, room, run, sizes  # noqa: E402
from depositor.session.diagnosing.begun import Begun  # noqa: E402
from depositor.session.diagnosing.measuring import Try  # noqa: E402
from depositor.session.diagnosing.place import place_at  # noqa: E402
from depositor.session.diagnosing.values import Diagnosis, SetSize, Speed, Step, StepState, Verdict  # noqa: E402
from depositor.session.sending.deposit import open_session  # noqa: E402
from depositor.transfer.net import line as net_line  # noqa: E402

BIA = "bioimage-archive"
PRIVATE = ("marker-user", "marker-secret", "marker-path")


@pytest.fixture(autouse=True)
def _plain_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key store, no proxy of the computer that the tests run on, and no patience with what is dead."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    monkeypatch.setattr(account, "FTP_HOST", "127.0.0.1")  # nobody is asked outside
    monkeypatch.setattr(net_line, "knock", functools.partial(net_line.knock, seconds=0.4))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "ca").mkdir()
    return Authority(tmp_path / "ca")


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandIn]:
    (tmp_path / "archive").mkdir()
    with StandIn(tmp_path / "archive") as made:
        yield made


def outcome(desk: Desk, archive: str = BIA, url: str = "", size: SetSize | None = None, **more: bool) -> Diagnosis:
    if url:
        desk.settings.set("endpoints", {archive: url})
    return run.diagnose(desk, archive, Cancel(), lambda _: None, size, **more)


def step(found: Diagnosis, name: str) -> Step:
    return next(s for s in found.steps if s.id == name)


def states(found: Diagnosis) -> dict[str, str]:
    return {s.id: str(s.state) for s in found.steps}


def problem(found: Diagnosis, name: str) -> Problem:
    told = step(found, name).problem
    assert told is not None
    return told


# --- storage of one's own ---------------------------------------------------------------------------------------------


def test_a_small_upload_to_a_bucket_joins_its_parts_and_leaves_nothing(desk: Desk) -> None:
    from generic_s3 import ACCESS, SECRET, ListingS3, address

    with ListingS3() as server:
        desk.accounts.remember("s3", Credentials(ACCESS, SECRET), for_session_only=True)
        found = outcome(desk, "s3", address(server))
        assert found.verdict is Verdict.FINE
        assert states(found)["upload"] == "ok"
        assert "CompleteMultipartUpload" in server.log
        assert not server.names()


@pytest.mark.parametrize(
    "typed", ["", "s3.example.org/bucket", "https://s3.example.org", "https://name:password@s3.example.org/bucket"]
)
def test_an_address_that_leads_to_no_place_is_told_first(
    desk: Desk, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPOSITOR_ENDPOINT_S3", typed)
    found = outcome(desk, "s3")
    assert found.steps[0].id == "address"
    assert problem(found, "address").code in ("place.no-address", "place.bad-address")
    assert found.verdict is Verdict.USER
    assert "name" not in states(found)


# --- the practice archive: everything, and nothing left --------------------------------------------------------------


def test_a_small_upload_tells_the_speed_and_leaves_nothing(desk: Desk) -> None:
    heard: list[Step] = []
    found = run.diagnose(desk, "practice", Cancel(), heard.append, SetSize(9000, 245 * 10**6, 10**6))
    assert found.verdict is Verdict.FINE
    assert states(found)["upload"] == "ok"
    assert found.speed is not None
    assert found.speed.bytes > 4_000_000
    assert found.estimate is not None
    assert found.estimate.low < found.estimate.high
    assert [s.state for s in heard if s.id == "upload"] == [StepState.RUNNING, StepState.OK]
    assert all(s.seconds is not None for s in found.steps if s.id in ("room", "upload"))
    assert left_at_practice(desk) == []
    assert not list((desk.home.state / "trials").iterdir())


def left_at_practice(desk: Desk) -> list[object]:
    """Depositions and uploads that the practice archive knows of, read behind its back."""
    (file,) = desk.home.practice.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        return store.execute("SELECT id FROM deposition UNION ALL SELECT id FROM upload").fetchall()


def test_a_test_that_was_stopped_takes_back_what_it_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.session.diagnosing import trial

    cancel, sending = Cancel(), threading.Event()
    send = trial._send

    def slow(carrier: object, file: object, stop: Cancel) -> str:
        sending.set()
        cancel.wait(20)
        return send(carrier, file, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(trial, "_send", slow)
    threading.Thread(target=lambda: (sending.wait(20), cancel.set()), daemon=True).start()
    found = run.diagnose(desk, "practice", cancel, lambda _: None)
    assert not found.complete
    assert run.settle(20)
    assert left_at_practice(desk) == []
    assert not Begun(desk.home.state, "practice", "").left()


def test_what_a_killed_test_left_is_taken_back_by_the_next(desk: Desk, tmp_path: Path) -> None:
    from depositor.archives.ports import Deposit
    from depositor.draft.submission import Submission

    capabilities = desk.capabilities("practice")
    assert capabilities is not None
    session = open_session(desk, "practice", "")
    submission = Submission("killed234567", "d", "practice", 1, "2026-11-21T12:00:00Z", {"depositor": 1}, 0, 0)
    session.open(Deposit(submission, capabilities, tmp_path, lambda: iter(())))
    assert len(left_at_practice(desk)) == 1
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    begun = Begun(desk.home.state, "practice", "")
    begun.add("killed234567")
    (file,) = (desk.home.state / "trials").iterdir()
    file.write_text(json.dumps({"killed234567": gone.pid}))
    assert outcome(desk, "practice").verdict is Verdict.FINE
    assert session.find("killed234567") is None
    assert left_at_practice(desk) == []
    session.close()


def test_only_questions_where_no_upload_is_wanted(desk: Desk) -> None:
    found = outcome(desk, "practice", upload=False)
    assert "upload" not in states(found)
    assert found.verdict is Verdict.FINE


# --- the line --------------------------------------------------------------------------------------------------------


def test_an_archive_that_answers_without_an_account(desk: Desk, standin: StandIn) -> None:
    found = outcome(desk, url=standin.url)
    assert states(found) | {"sign-in": "not-tried", "clock": "ok", "route.1": "ok"} == states(found)
    assert "no account" in step(found, "sign-in").told.english()  # type: ignore[union-attr]
    assert step(found, "port").facts["port"] == found.place.port


def test_a_closed_way_for_large_deposits_does_not_close_the_archive(desk: Desk, standin: StandIn) -> None:
    found = outcome(desk, url=standin.url.replace("127.0.0.1", "localhost"))
    assert problem(found, "route.2").code == "port.refused"
    assert "port 21" in problem(found, "route.2").advice.english()
    assert found.verdict is Verdict.FINDINGS


def test_a_sign_in_is_real(desk: Desk, standin: StandIn) -> None:
    desk.accounts.remember(BIA, Credentials(USER, PASSWORD), for_session_only=True)
    assert states(outcome(desk, url=standin.url))["sign-in"] == "ok"
    desk.accounts.remember(BIA, Credentials(USER, "wrong"), for_session_only=True)
    found = outcome(desk)
    assert problem(found, "sign-in").code
    assert states(found)["route.2"] == "not-tried"  # the same trouble is told once
    assert Verdict.USER in {s.verdict for s in found.steps}


def test_a_name_that_cannot_be_found(desk: Desk) -> None:
    found = outcome(desk, url="https://depositor-test.invalid/api")
    assert found.verdict is Verdict.NETWORK
    assert problem(found, "names").code.startswith("name.")
    assert "port" not in states(found)
    assert states(found)["archive"] == "not-tried"


def test_a_dead_port_is_told_with_words_for_it(desk: Desk) -> None:
    with black_hole() as port:
        found = outcome(desk, url=f"https://127.0.0.1:{port}/")
    assert problem(found, "port").code == "port.silent"
    assert f"TCP out to 127.0.0.1, port {port}" in problem(found, "port").advice.english()
    assert found.verdict is Verdict.NETWORK
    found = outcome(desk, url=f"https://127.0.0.1:{port}/")
    assert problem(found, "port").code == "port.refused"


def test_a_server_with_ipv6_alone(desk: Desk) -> None:
    with Server(host="::1") as server:
        found = outcome(desk, url=f"http://[::1]:{server.port}/api")
    assert step(found, "port").facts["ipv6"] == "open"
    assert states(found)["answer"] == "ok"


def test_a_log_in_page_of_a_guest_network(desk: Desk) -> None:
    def portal(_: str) -> tuple[int, dict[str, str], bytes]:
        return 302, {"Location": "http://login.guests.example/start"}, b""

    with Server(portal) as server:
        found = outcome(desk, url=f"http://127.0.0.1:{server.port}/api")
    assert problem(found, "answer").code == "network.portal"
    assert found.verdict is Verdict.NETWORK


@pytest.mark.parametrize("off", [-1200, 1200])
def test_a_wrong_clock(desk: Desk, off: int) -> None:
    def late(_: str) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Date": email.utils.formatdate(time.time() - off, usegmt=True)}, b"{}"

    with Server(late) as server:
        found = outcome(desk, url=f"http://127.0.0.1:{server.port}/api")
    assert problem(found, "clock").message.args["minutes"] == 20
    assert problem(found, "clock").message.id == ("clock.ahead" if off > 0 else "clock.behind")


def test_certificates_of_the_institute_need_its_file(desk: Desk, authority: Authority) -> None:
    with Server(pem=authority.issue("localhost")) as server:
        url = f"https://localhost:{server.port}/api"
        found = outcome(desk, url=url)
        assert problem(found, "secure").code == "network.certificate"
        assert "Institute Root" in problem(found, "secure").message.english()
        assert found.verdict is Verdict.USER
        desk.settings.set("ca_bundle", str(authority.file))
        found = outcome(desk, url=url)
        assert states(found)["secure"] == "note"
        assert states(found)["answer"] == "ok"
        assert step(found, "secure").facts["public_issuer"] is False
        desk.settings.set("ca_bundle", __file__)
        assert problem(outcome(desk), "secure").code == "network.ca-file"


def test_who_reads_along_is_named(
    desk: Desk, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Authority(tmp_path, "Netskope goskope CA")
    with Server(pem=authority.issue("localhost")) as server, Proxy(inspect=gateway) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        url = f"https://localhost:{server.port}/api"
        found = outcome(desk, url=url)
        assert "Netskope" in problem(found, "secure").message.english()
        desk.settings.set("ca_bundle", str(gateway.file))
        found = outcome(desk)
        assert states(found)["answer"] == "ok"
        assert step(found, "secure").facts["inspected_by"] == "Netskope"


# --- proxies, through which the program itself goes too --------------------------------------------------------------


def test_a_proxy_with_sign_in_from_the_key_store(desk: Desk, standin: StandIn) -> None:
    with Proxy(("anna", "s3:cret")) as proxy:
        desk.settings.set("proxy", proxy.url)
        found = outcome(desk, url=standin.url)
        assert problem(found, "port").code == "network.proxy-sign-in"
        assert "proxy-sign-in" in problem(found, "port").actions
        assert found.verdict is Verdict.USER
        desk.accounts.remember("proxy", Credentials("anna", "s3:cret"), for_session_only=True)
        found = outcome(desk)
        assert states(found) | {"port": "ok", "answer": "ok", "route.1": "ok"} == states(found)
        assert len(proxy.let_through) >= 3  # the test, and the archive's own conversation
        assert step(found, "proxy").facts["source"] == "setting"
        desk.accounts.remember("proxy", Credentials("anna", "wrong"), for_session_only=True)
        assert problem(outcome(desk), "port").message.id == "proxy.sign-in.refused"


def test_the_environments_proxy_and_its_exceptions(
    desk: Desk, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(("anna", "x")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//anna:x@"))
        found = outcome(desk, url=standin.url)
        assert step(found, "proxy").facts["place"] == "HTTP_PROXY"
        assert states(found)["route.1"] == "ok"
        through = len(proxy.let_through)
        assert through
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        found = outcome(desk)
        assert states(found)["route.1"] == "ok"
        assert len(proxy.let_through) == through


def test_the_proxy_that_was_set_here_counts_most(desk: Desk, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as ours, Proxy() as other:
        monkeypatch.setenv("HTTP_PROXY", other.url)
        desk.settings.set("proxy", ours.url)
        assert states(outcome(desk, url=standin.url))["route.1"] == "ok"
        assert ours.let_through
        assert not other.let_through


def test_proxies_that_cannot_be_used(desk: Desk, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settings.set("proxy", "socks5://127.0.0.1:1080")
    assert problem(outcome(desk, url=standin.url), "proxy").code == "proxy.kind"
    with Proxy(("a", "b"), ("Negotiate", "NTLM")) as proxy:
        desk.settings.set("proxy", proxy.url)
        assert "NTLM" in problem(outcome(desk), "port").message.english()
    with Proxy(forbids=frozenset({"archive.test"})) as proxy:
        desk.settings.set("proxy", proxy.url)
        found = outcome(desk, url="https://archive.test/api")
        assert problem(found, "port").code == "proxy.refuses"
        assert "archive.test, port 443" in problem(found, "port").advice.english()


# --- other kinds of places -------------------------------------------------------------------------------------------


def test_a_server_that_greets_with_something_else(desk: Desk) -> None:
    with greeter(b"HTTP/1.1 400 Bad Request\r\n") as port:
        found = outcome(desk, "sftp", f"sftp://127.0.0.1:{port}/in")
    assert problem(found, "greeting").code == "port.stranger"
    with greeter(b"220 Welcome\r\n") as port:
        found = outcome(desk, "ftp", f"ftp://127.0.0.1:{port}/in")
    assert states(found)["greeting"] == "ok"


def test_the_key_of_an_ssh_server_is_shown(desk: Desk, tmp_path: Path) -> None:
    from sftp_servers import AsyncSsh

    (tmp_path / "ssh").mkdir()
    with AsyncSsh(tmp_path / "ssh", password="secret") as server:
        found = outcome(desk, "sftp", f"sftp://dep@127.0.0.1:{server.place().port}/in")
    assert str(step(found, "host-key").facts["fingerprint"]).startswith("SHA256:")
    assert states(found)["greeting"] == "ok"


def test_addresses_tell_the_kind_of_place() -> None:
    kinds = {
        "https://a.example/api": ("web", 443),
        "davs://cloud.example:8443/x": ("web", 8443),
        "sftp://me@host.example/in": ("sftp", 22),
        "ftps://host.example": ("ftp", 21),
        "s3://bucket/folder?region=eu-west-1": ("web", 443),
        "/mnt/share": ("folder", 0),
        "gopher://old.example/": ("other", 0),
        "https://[broken": ("unset", 0),
    }
    assert {url: (place_at(url).kind, place_at(url).port) for url in kinds} == kinds
    assert place_at("s3://bucket/?region=eu-west-1").host == "s3.eu-west-1.amazonaws.com"
    assert place_at("sftp://me@host.example/in").host == "host.example"


def test_no_address_is_said(desk: Desk) -> None:
    assert problem(outcome(desk, "webdav"), "address").code == "place.no-address"
    with pytest.raises(NeedsUser):
        outcome(desk, "nowhere")


# --- will it fit, and how long ---------------------------------------------------------------------------------------


def test_what_does_not_fit_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.settings.set("package_folder", str(tmp_path))
    found = outcome(desk, "package", size=SetSize(3, 10**15, 10**15), upload=False)
    assert problem(found, "room").code == "room.no-space"
    assert found.verdict is Verdict.FINDINGS
    assert outcome(desk, "package", size=SetSize(3, 10, 10), upload=False).verdict is Verdict.FINE
    assert list(tmp_path.glob("[!h]*")) == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=5), "room.too-large"),
        (Limits(total_bytes=50), "room.too-much"),
        (Limits(files=2), "room.too-many"),
        (Limits(file_bytes=10, total_bytes=100, files=3), None),
    ],
)
def test_limits_of_archives(limits: Limits, code: str | None) -> None:
    told = room._too_much(limits, SetSize(3, 100, 10), None, "X")
    assert (told.message.id if told else None) == code


def test_the_speed_is_what_a_large_file_shows() -> None:
    line = [Try(20_000, 0.12)] * 3 + [Try(1_000_000, 1.1), Try(4_000_000, 4.1)]
    speed = measuring.speed_of(line)
    assert speed is not None
    assert speed.bytes_per_s == pytest.approx(1_000_000, rel=0.02)
    assert speed.per_file_s == pytest.approx(0.1, rel=0.02)
    assert not speed.least
    assert measuring.speed_of([]) is None
    small = measuring.speed_of([Try(20_000, 0.001)])
    assert small is not None
    assert small.least


@pytest.mark.parametrize(
    ("files", "total", "words"),
    [
        (1, 10**6, "a minute or two"),
        (10, 10**9, "14 to 26 minutes"),
        (10, 36 * 10**9, "9 to 15 hours"),
        (9000, 245 * 10**9, "2 to 4 days"),
        (2_000_000, 10**9, "12 to 22 hours"),
    ],
)
def test_how_long_it_takes_is_told_as_a_span(files: int, total: int, words: str) -> None:
    found = measuring.estimate_of(Speed(10**6, 0.1, 1, 1), SetSize(files, total), 4)
    assert found.low <= total / 10**6 + files * 0.1 / 4 <= found.high
    told = measuring.in_words(found).english()
    assert words in told


def test_sizes_of_what_is_meant(desk: Desk, example: Path) -> None:
    found, archive = sizes.of_document(desk.home, example, Cancel())
    assert found.files > 3
    assert archive == "practice"
    assert found.largest <= found.bytes
    alone = sizes.of_paths([str(example)], (), Cancel())
    assert alone == SetSize(1, example.stat().st_size, example.stat().st_size)
    with pytest.raises(NeedsUser):
        sizes.of_paths(["/no/such/place"], (), Cancel())
    assert sizes.looks_like_document(str(example))


# --- what is given away ----------------------------------------------------------------------------------------------


def test_the_report_holds_no_secret(desk: Desk, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    user, secret, path = PRIVATE
    with Proxy((user, secret)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", f"//{user}:{secret}@"))
        desk.accounts.remember(
            BIA, Credentials(user, secret, bulk=f"ftp://{user}:{secret}@127.0.0.1:9/"), for_session_only=True
        )
        found = outcome(desk, url=f"{standin.url}/{path}")
    text = report.text(found, report.private_words(desk, BIA))
    document = json.dumps(found.as_json()) + repr(found)
    for marker in PRIVATE:
        assert marker not in text
        assert marker not in document
    assert f"127.0.0.1:{found.place.port}" in text
    assert "network" in text
    assert all(s.name.english() in text for s in found.steps)


def test_addresses_of_the_persons_network_are_left_out() -> None:
    words = "from 192.0.2.77 by 2001:db8::77 to 127.0.0.1, at 12:30:59, version 1.2.3, /home/anna/x anna hannah"
    kept = report._cleaned(words, ("anna", "/home/anna"), {"archive.example"})
    assert kept == (
        f"from {report.LEFT_OUT} by {report.LEFT_OUT} to 127.0.0.1, at 12:30:59, version 1.2.3, "
        f"{report.LEFT_OUT}/x {report.LEFT_OUT} hannah"
    )


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    report.write(tmp_path / "report.txt", "x")
    assert (tmp_path / "report.txt").read_text() == "x"
    with pytest.raises(NeedsUser):
        report.write(tmp_path / "none" / "report.txt", "x")


def test_the_last_test_is_remembered_for_its_address(desk: Desk, standin: StandIn) -> None:
    assert remembered.last(desk, BIA) is None
    found = outcome(desk, url=standin.url)
    remembered.keep(desk, found)
    last = remembered.last(desk, BIA)
    assert last is not None
    assert last.verdict is found.verdict
    assert 0 <= last.age_s() < 60
    desk.settings.set("endpoints", {BIA: "https://other.example/"})
    assert remembered.last(desk, BIA) is None
    (desk.home.cache / "routes.json").write_text("[broken")
    assert remembered.last(desk, BIA) is None
