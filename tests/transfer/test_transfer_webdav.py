"""WebDAV against real servers: how we sign in, what careless servers keep, what is refused, and what breaks."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from line_proxy import LineProxy
from nextcloud_server import NextcloudServer
from transfer_world import QUICK, World, noise, wait_for
from webdav_servers import Apache, WsgiDav

from depositor.draft.problem import DepositError, Refused, Retryable, Side
from depositor.draft.submission import SubmissionFile
from depositor.transfer.net import web
from depositor.transfer.net.web import Timeouts
from depositor.transfer.webdav.carrier import Account, WebdavCarrier, WebdavOptions, WebdavPlace
from depositor.transfer.webdav.chunks import NextcloudCarrier, recognise, webdav_carrier
from depositor.transfer.webdav.sign import Signature
from depositor.transfer.webdav.wire import WebdavWire
from depositor.transfer.webdav.xml import digests_of

SHORT = Timeouts(connect=5, idle=2)
SIZE = 5_000_000
SLOWLY = dataclasses.replace(QUICK, limit=9_000_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def wsgi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiDav]:
    with WsgiDav(tmp_path_factory.mktemp("dav")) as server:
        yield server


@pytest.fixture
def wsgidav(wsgi: WsgiDav) -> WsgiDav:
    wsgi.empty()
    return wsgi


def carrier(place: WebdavPlace, **options: Any) -> Callable[[], WebdavCarrier]:
    return lambda: WebdavCarrier(place, WebdavOptions(**options), SHORT)


# --- signing in ------------------------------------------------------------------------------------------------------


def test_a_wrong_password_asks_the_user(world: World, wsgidav: WsgiDav) -> None:
    world.add("a.tif", noise(5000))
    outcome = world.run(carrier(wsgidav.place("wrong")))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.side) == ("archive.sign-in", Side.ARCHIVE)
    assert "wrong" not in repr(wsgidav.place("wrong"))


@pytest.mark.parametrize("kind", ["apache", "wsgidav"])
def test_digest_never_tells_the_password(world: World, tmp_path: Path, kind: str) -> None:
    for number in range(4):
        world.add(f"a b/{number}é.tif", noise(300_000, number))
    with Apache(digest=True) if kind == "apache" else WsgiDav(tmp_path, digest=True) as server:
        assert world.run(carrier(server.place())).sent == 4
        assert len(server.names()) == 4
        assert world.run(carrier(server.place("wrong"))).failed == 0  # nothing left to send
    assert set(world.states().values()) == {"sent"}


def test_a_digest_that_is_old_is_renewed_before_a_large_body() -> None:
    """The answers as in RFC 7616, 3.9.1."""
    now = [0.0]
    made = Signature(Account("Mufasa", "Circle of Life"), lambda: now[0])
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    assert made.headers("GET", "http://x/dir/index.html") == {}
    assert made.learn({"WWW-Authenticate": f'{challenge}, Basic realm="x"'})
    text = made.headers("GET", "http://x/dir/index.html")["Authorization"]
    own = text.partition('cnonce="')[2].partition('"')[0]

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    who = digest("Mufasa:http-auth@example.org:Circle of Life")
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    expected = digest(f"{who}:{nonce}:00000001:{own}:auth:{digest('GET:/dir/index.html')}")
    assert f'response="{expected}"' in text
    assert "Circle" not in text
    assert not made.stale
    now[0] = 31.0
    assert made.stale
    assert not made.learn({"WWW-Authenticate": challenge})  # asked again for the same: the password is wrong
    assert made.learn({"WWW-Authenticate": challenge + ", stale=true"})


def test_a_token_is_asked_for_each_time() -> None:
    tokens = iter(["one", "two"])
    made = Signature(Account(token=lambda: next(tokens)))
    assert [made.headers("GET", "http://x/")["Authorization"] for _ in range(2)] == ["Bearer one", "Bearer two"]
    assert not made.learn({"WWW-Authenticate": 'Basic realm="x"'})


# --- what arrives ----------------------------------------------------------------------------------------------------


def test_a_torso_under_the_full_name_is_found_and_mended(world: World, wsgidav: WsgiDav) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with LineProxy(wsgidav.port) as proxy:
        options = {"rename": False, "replace": False}
        with world.running(carrier(wsgidav.place(port=proxy.port), **options), SLOWLY) as run:
            run.until(lambda: wsgidav.kept() > 2_000_000)
            proxy.cut()
            assert run.join().sent == 1
    assert wsgidav.content("stack/big.tif") == noise(SIZE)
    assert world.digests() == world.true_digests()


def test_a_torso_left_by_a_killed_sender_is_mended(world: World, wsgidav: WsgiDav) -> None:
    world.add("big.tif", noise(SIZE))
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", _SENDER, here, str(world.store), wsgidav.url])
    wait_for(lambda: wsgidav.kept() > 1_000_000, 40)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert wsgidav.names() == []  # under a name of its own, not under the full one
    assert world.run(carrier(wsgidav.place())).sent == 1
    assert wsgidav.content("big.tif") == noise(SIZE)
    assert not list(wsgidav.folder.rglob("*.part"))


_SENDER = """
import dataclasses, pathlib, sys
sys.path[:0] = [sys.argv[1]]
from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.webdav.carrier import Account, WebdavCarrier, WebdavPlace
from transfer_world import QUICK, SUBMISSION
store, url = sys.argv[2:]
place = WebdavPlace(url, Account("dep", "secret"))
settings = dataclasses.replace(QUICK, limit=1_000_000)
Engine(SqliteJournal(pathlib.Path(store)), lambda: WebdavCarrier(place), SUBMISSION, settings, Cancel()).run()
"""


@pytest.mark.parametrize("kind", ["apache", "wsgidav"])
def test_a_killed_server_is_waited_for(world: World, tmp_path: Path, kind: str) -> None:
    world.add("stack/big.tif", noise(SIZE))
    for number in range(5):
        world.add(f"{number}.dcm", noise(4000, number))
    with Apache() if kind == "apache" else WsgiDav(tmp_path / "dav") as server:
        with world.running(carrier(server.place()), SLOWLY) as run:
            run.until(lambda: server.kept() > 2_000_000 or run.engine.progress().bytes_sent > 2_000_000)
            server.kill()
            run.until(lambda: run.engine.progress().waiting is not None)
            server.start()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (6, 0)
        assert server.content("stack/big.tif") == noise(SIZE)
        assert len(server.names()) == 6
    assert world.digests() == world.true_digests()
    states = world.states()
    assert states.pop("stack/big.tif") == "sent"  # proved in places
    assert set(states.values()) == {"verified"}  # came back whole


def test_a_mute_line_is_given_up_and_taken_up_again(world: World, wsgidav: WsgiDav) -> None:
    world.add("big.tif", noise(SIZE))
    with LineProxy(wsgidav.port) as proxy, world.running(carrier(wsgidav.place(port=proxy.port)), SLOWLY) as run:
        run.until(lambda: proxy.forwarded > 1_000_000)
        proxy.stall()
        run.until(lambda: run.engine.progress().waiting is not None)
        proxy.flow()
        assert run.join().sent == 1
    assert wsgidav.content("big.tif") == noise(SIZE)


def test_a_body_that_is_too_large_is_told_and_not_tried_again(world: World) -> None:
    """Debian's Apache takes no more than 1 GiB unless it is told to."""
    world.add("big.tif", noise(SIZE))
    world.add("small.tif", noise(5000))
    with Apache(lines=("LimitRequestBody 1000000",)) as server:
        outcome = world.run(carrier(server.place()))
        assert (outcome.sent, outcome.failed) == (1, 1)
        assert [p.code for p in outcome.problems] == ["archive.too-large"]


@pytest.mark.parametrize(("forbid", "codes"), [("MOVE", []), ("GET", []), ("PUT", ["archive.forbidden"])])
def test_servers_that_forbid_one_thing(world: World, forbid: str, codes: list[str]) -> None:
    world.add("a.tif", noise(300_000))  # too large to be written to its name at once
    with Apache(forbid=forbid) as server:
        outcome = world.run(carrier(server.place()))
        assert [p.code for p in outcome.problems] == codes
        if not codes:  # what is not read back whole counts as sent, no more
            assert world.states() == {"a.tif": "sent"}
        assert server.names() == ([] if codes else ["a.tif"])
        assert not list(server.folder.rglob("*.part"))


@pytest.mark.parametrize("rename", [True, False])
def test_an_older_file_gives_way_or_stays(world: World, wsgidav: WsgiDav, rename: bool) -> None:
    world.add("a.tif", noise(5000))
    (wsgidav.folder / "a.tif").write_bytes(b"older")
    outcome = world.run(carrier(wsgidav.place(), replace=False, rename=rename))
    assert [p.code for p in outcome.problems] == ["archive.conflict"]
    assert wsgidav.content("a.tif") == b"older"
    assert not list(wsgidav.folder.rglob("*.part"))
    world.add("b.tif", noise(5000))
    (wsgidav.folder / "b.tif").write_bytes(b"older")
    assert world.run(carrier(wsgidav.place(), rename=rename)).sent == 1
    assert wsgidav.content("b.tif") == noise(5000)


def test_a_place_that_is_missing_is_made(world: World, wsgidav: WsgiDav) -> None:
    world.add("x/a.tif", noise(5000))
    assert world.run(carrier(wsgidav.place(below="new/place"))).sent == 1
    assert wsgidav.content("new/place/x/a.tif") == noise(5000)


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "a//b", "a\nb"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        WebdavCarrier(WebdavPlace("http://127.0.0.1:1/")).begin(SubmissionFile(0, "/x", name, name, 5, 0))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>Please sign in to the guest network", "archive.odd-answer"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "archive.odd-answer"),
        (b"", "archive.odd-answer"),
    ],
)
def test_nonsense_is_called_that(body: bytes, code: str) -> None:
    from depositor.transfer.webdav import xml as webdav_xml

    with pytest.raises(Retryable) as caught:
        dict(webdav_xml.responses(body, "host"))
    assert caught.value.problem.code == code


def test_the_words_of_owncloud_about_checksums() -> None:
    assert digests_of("SHA1:AB MD5:cd ADLER32:01") == {"sha1": "ab", "md5": "cd", "adler32": "01"}
    assert digests_of("") == {}


# --- Nextcloud -------------------------------------------------------------------------------------------------------


def chunked(server: NextcloudServer, port: int | None = None) -> Callable[[], NextcloudCarrier]:
    place = server.place(port=port)
    cloud = recognise(server.place(), SHORT)
    assert cloud is not None
    return lambda: NextcloudCarrier(
        place, dataclasses.replace(cloud, **_by(port, cloud)), timeouts=SHORT, chunk=500_000
    )


def _by(port: int | None, cloud: Any) -> dict[str, str]:
    if port is None:
        return {}
    own = cloud.files.split("/")[2]
    return {name: getattr(cloud, name).replace(own, f"127.0.0.1:{port}") for name in ("files", "uploads")}


@pytest.mark.parametrize("old", [False, True])
def test_nextcloud_is_recognised_by_what_it_says(old: bool) -> None:
    with NextcloudServer() as server:
        cloud = recognise(server.place(old=old), SHORT)
        assert cloud is not None
        assert cloud.uploads.endswith("/remote.php/dav/uploads/dep%201")
        assert cloud.files.endswith("/remote.php/dav/files/dep%201/deposit")
        assert type(webdav_carrier(server.place(old=old), timeouts=SHORT)) is NextcloudCarrier
    with NextcloudServer(chunking=None) as server:
        plain = webdav_carrier(server.place(), timeouts=SHORT)
        assert type(plain) is WebdavCarrier
        assert not plain._renames


def test_other_servers_are_not_asked(world: World, wsgidav: WsgiDav) -> None:
    assert type(webdav_carrier(wsgidav.place(), timeouts=SHORT)) is WebdavCarrier


def test_a_cut_costs_one_chunk_per_line(world: World) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with NextcloudServer() as server, LineProxy(server.port) as proxy:
        with world.running(chunked(server, proxy.port), SLOWLY) as run:
            for at in (1_700_000, 3_300_000):
                run.until(lambda at=at: server.received > at)  # type: ignore[misc]
                proxy.cut()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert server.content("stack/big.tif") == noise(SIZE)
        assert server.uploads == {}
        assert outcome.bytes_sent <= SIZE + 2 * 3 * 500_000  # a chunk on each of three lines, per cut
        assert server.files["deposit/stack/big.tif"][1] == world.files[0].mtime_ns // 10**9
    assert world.digests() == world.true_digests()


def test_a_new_process_goes_on_with_the_chunks(world: World) -> None:
    world.add("big.tif", noise(SIZE))
    with NextcloudServer() as server:
        with world.running(chunked(server), SLOWLY) as run:
            run.until(lambda: server.received > 3_000_000)
            run.engine.cancel()
            run.join()
        outcome = world.run(chunked(server))
        assert outcome.sent == 1
        assert outcome.bytes_sent <= SIZE - 2_500_000
        assert server.content("big.tif") == noise(SIZE)


def test_an_expired_folder_begins_anew(world: World) -> None:
    world.add("big.tif", noise(SIZE))
    with NextcloudServer() as server:
        with world.running(chunked(server), SLOWLY) as run:
            run.until(lambda: server.received > 2_000_000)
            server.expire()
            assert run.join().sent == 1
        assert server.content("big.tif") == noise(SIZE)


def test_chunks_behind_a_gap_do_not_become_part_of_the_file(world: World) -> None:
    world.add("big.tif", noise(SIZE))
    with NextcloudServer() as server:
        with world.running(chunked(server), SLOWLY) as run:
            run.until(lambda: server.received > 3_000_000)
            run.engine.cancel()
            run.join()
        (chunks,) = server.uploads.values()
        del chunks[2]
        chunks[4000] = b"foreign"
        assert world.run(chunked(server)).sent == 1
        assert server.content("big.tif") == noise(SIZE)


@pytest.mark.parametrize("trouble", ["slow", "locked", "corrupt", "full"])
def test_the_move_at_the_end(world: World, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.transfer.webdav import chunks as webdav_chunks

    monkeypatch.setattr(webdav_chunks, "_WAIT_S", 0.02)
    world.add("big.tif", noise(1_200_000))
    with NextcloudServer() as server:
        if trouble == "locked":
            server.locked = 2
        elif trouble == "full":
            server.status["MOVE"] = 507
        else:
            setattr(server, trouble, True)
        outcome = world.run(chunked(server))
        if trouble == "full":
            assert outcome.problem is not None
            assert outcome.problem.code == "archive.quota"
            outcome = world.run(chunked(server))
            assert outcome.bytes_sent == 0
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert server.content("big.tif") == noise(1_200_000)
        puts = sum(1 for method, path in server.log if method == "PUT")
        assert puts == (6 if trouble == "corrupt" else 3)


def test_reading_back_that_breaks_off_is_no_damage(world: World) -> None:
    world.add("big.tif", noise(1_200_000))
    with NextcloudServer() as server:
        server.torn = 2
        made = chunked(server)
        server.status["GET"] = 503  # the capabilities were asked for before
        outcome = world.run(made)
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert sum(1 for method, _ in server.log if method == "PUT") == 3


def test_abort_frees_a_thread_that_waits_for_the_server(wsgidav: WsgiDav) -> None:
    import threading

    with LineProxy(wsgidav.port) as proxy:
        proxy.stall()
        place = wsgidav.place(port=proxy.port)
        lines = web.Lines()
        wire = WebdavWire(place, Timeouts(5, 600), lines)
        caught: list[DepositError] = []

        def ask() -> None:
            try:
                wire.held(wire.base)
            except DepositError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            lines.abort()
            thread.join(0.1)
        assert isinstance(caught[0], Retryable)
        wire.close()


def test_a_place_that_moved_on_the_same_host_is_followed(world: World) -> None:
    with Apache(moved="/old/") as server:
        (server.folder / "deposit").mkdir()
        (server.folder / "deposit").chmod(0o777)
        place = dataclasses.replace(server.place(), url=server.url.replace("/files/", "/old/") + "deposit")
        for name, size in (("sub/a.dcm", 5000), ("sub/big.tif", 400_000)):
            world.add(name, noise(size))
        assert world.run(carrier(place)).sent == 2
        assert server.names() == ["deposit/sub/a.dcm", "deposit/sub/big.tif"]


def test_small_files_take_two_requests_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.transfer.webdav.line import WebdavLine

    asked: list[str] = []
    say = WebdavLine.say
    monkeypatch.setattr(
        WebdavLine, "say", lambda self, method, *rest: (asked.append(method), say(self, method, *rest))[1]
    )
    for number in range(20):
        world.add(f"{number:02d}.dcm", noise(5000, number))
    with Apache() as server:
        assert world.run(carrier(server.place()), dataclasses.replace(QUICK, workers=1)).sent == 20
    assert (asked.count("PUT"), asked.count("GET")) == (20, 20)
    assert len(asked) <= 43
