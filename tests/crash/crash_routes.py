"""The routes, each with a server that can be looked at from behind and be made to misbehave.

A new route gets the whole of the suites in this folder by one line in :data:`ROUTES`, and a maker of its carrier in
``crash_sender.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from crash_sender import PART, Told
from dandi_server import DandiServer
from dandi_server import Store as DandiStore
from fault_proxy import FaultProxy
from fault_proxy_ftp import FtpFaultProxy
from figshare_server import FigshareServer
from http_faults import Answer, Asked
from invenio_server import InvenioServer
from nextcloud_server import NextcloudServer
from plain_server import PlainServer, SessionServer
from s3_faults import BUCKET, S3Server
from sftp_servers import OpenSsh
from transfer_servers import FtpServer
from transfer_world import World, noise
from tus_faults import TusServer
from webdav_servers import Apache, WsgiDav

from depositor.transfer.repositories import dandi_api

BIG = 7 * PART + 3
UNIT = 256 << 10  # upload sessions take no other pieces
NAMES = ("stack/big.ome.tif", "stack/empty.txt", *(f"plane {number}.dcm" for number in range(5)))


def fill(world: World, route: Route, big: int = BIG) -> None:
    """One file in parts, an empty one where the archive takes such, and some small ones."""
    for name in NAMES:
        if "empty" in name and not route.empties:
            continue
        size = big if "big" in name else 0 if "empty" in name else 4000 + int(name[6])
        world.add(name, noise(size, size))


@dataclass
class Served:
    """A server that runs, and the way to it. ``line``: what all bytes go through, None for a folder.

    ``held``: bytes that it holds by now; ``received``: all that ever came, None where nobody counts. What goes wrong on
    its side, as far as it can be made to: it ``lose`` s what is under way, goes ``back`` to an older state, or a byte
    of what it holds is ``spoil`` ed. ``kill`` and ``start``: kill -9, where the server is a process of its own.
    """

    told: Told
    names: Callable[[], list[str]]
    content: Callable[[str], bytes | None]
    held: Callable[[], int]
    left: Callable[[], list[str]]  # what lies there that is no whole file
    line: FaultProxy | None = None
    received: Callable[[], int] | None = None
    lose: Callable[[], object] | None = None
    back: Callable[[], object] | None = None
    spoil: Callable[[], object] | None = None
    kill: Callable[[], object] | None = None
    start: Callable[[], object] | None = None
    faults: tuple[str, ...] = field(default=("cut", "half-open", "stall", "slow", "down"))


@dataclass(frozen=True)
class Route:
    """``again``: what one kill may cost at most beside small files, in bytes; None: the file is begun anew."""

    name: str
    served: Callable[[Path], AbstractContextManager[Served]]
    again: int | None = 3 * PART
    whole: bool = False  # the protocol knows no way to go on in the middle of a file
    proved: bool = True  # the content is proved, so that what was spoilt is found
    empties: bool = True


# --- servers in memory -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _tus(folder: Path, *, concat: bool = False, recognises: bool = False) -> Iterator[Served]:
    with TusServer(checksum=False, concat=concat, recognises=recognises) as server:
        port = int(server.url.split(":")[2].split("/")[0])

        def under_way() -> list[str]:
            return [key for key, kept in server.uploads.items() if not kept.whole and not kept.final]

        def lose() -> None:
            with server.guard:
                for key in under_way():
                    del server.uploads[key]

        def cut_off(change: Callable[[bytearray], object]) -> None:
            with server.guard:
                for key in under_way():
                    change(server.uploads[key].data)

        with FaultProxy(port) as line:
            options = {"apart": PART if concat else 0, "recognises_files": recognises}
            yield Served(
                told={"kind": "tus", "url": f"http://127.0.0.1:{line.port}/files/", "options": options},
                names=server.names,
                content=server.content,
                held=lambda: sum(len(kept.data) for kept in server.uploads.values()),
                left=list,  # an upload whose address was lost with its sender expires there
                line=line,
                received=lambda: server.received,
                lose=lose,
                back=None if concat else lambda: cut_off(lambda data: data.__delitem__(slice(len(data) // 2, None))),
                spoil=lambda: cut_off(_turn),
            )


def _turn(data: bytearray) -> None:
    if data:
        data[len(data) // 3] ^= 1


@contextlib.contextmanager
def _s3(folder: Path, *, kind: str = "s3", in_order: bool = False) -> Iterator[Served]:
    with S3Server() as server, FaultProxy(int(server.url.rpartition(":")[2])) as line:

        def spoil() -> None:
            """A part that was confirmed is not what it was; its ETag tells."""
            with server.guard:
                for upload in server.uploads.values():
                    for number in list(upload.parts)[:1]:
                        data = bytearray(upload.parts[number].data)
                        _turn(data)
                        upload.parts[number] = type(upload.parts[number])(
                            bytes(data), hashlib.md5(data).hexdigest(), {}
                        )

        yield Served(
            told={"kind": kind, "url": f"http://127.0.0.1:{line.port}", "bucket": BUCKET, "in_order": in_order},
            names=server.names,
            content=server.content,
            held=lambda: server.received,
            left=lambda: sorted(server.uploads),
            line=line,
            received=lambda: server.received,
            lose=lambda: _locked(server.guard, server.uploads.clear),
            back=lambda: _locked(server.guard, lambda: [_half(u.parts) for u in server.uploads.values()]),
            spoil=spoil,
        )


def _locked(guard: Any, act: Callable[[], object]) -> None:
    with guard:
        act()


def _half(parts: dict[int, Any]) -> None:
    """Half of the parts were never there."""
    for number in sorted(parts)[len(parts) // 2 :]:
        del parts[number]


@contextlib.contextmanager
def _nextcloud(folder: Path) -> Iterator[Served]:
    with NextcloudServer() as server, FaultProxy(server.port) as line:

        def spoil() -> None:
            with server.guard:
                for chunks in server.uploads.values():
                    for number in list(chunks)[:1]:
                        chunks[number] = b"!" + chunks[number][1:]

        yield Served(
            told={"kind": "nextcloud", "url": server.place(port=line.port).url},
            names=server.names,
            content=server.content,
            held=lambda: server.received,
            left=list,  # the service clears uploads away after a day
            line=line,
            received=lambda: server.received,
            lose=lambda: _locked(server.guard, server.uploads.clear),
            back=lambda: _locked(server.guard, lambda: [_half(chunks) for chunks in server.uploads.values()]),
            spoil=spoil,
        )


@contextlib.contextmanager
def _web(kind: str, server: Any) -> Iterator[Served]:
    """Plain files, appended pieces and upload sessions."""
    with server, FaultProxy(int(server.url.rpartition(":")[2])) as line:
        places = server.sessions if kind == "sessions" else server.files

        def change(how: Callable[[bytes], bytes]) -> None:
            with server.guard:
                for key, value in places.items():
                    if kind != "sessions" and "big" in key and len(value) < BIG:
                        places[key] = how(value)
                    elif kind == "sessions" and len(value[2]) < value[1]:
                        places[key] = (*value[:2], how(value[2]))

        yield Served(
            told={"kind": kind, "url": f"http://127.0.0.1:{line.port}", "part": UNIT if kind == "sessions" else PART},
            names=lambda: sorted(name for name in server.files if ".depositor-" not in name),
            content=server.content,
            held=lambda: server.received,
            left=list,  # a killed sender leaves what it tried out with, under a name that tells
            line=line,
            received=lambda: server.received,
            lose=lambda: change(lambda data: b"") if kind != "sessions" else _locked(server.guard, places.clear),
            back=lambda: change(lambda data: data[: len(data) // 2 // UNIT * UNIT]),
            spoil=lambda: change(lambda data: b"!" + data[1:]),
        )


class _Outside:
    """A server that tells addresses of itself: those of the line before it."""

    line: FaultProxy | None = None

    @property
    def url(self) -> str:
        own: str = super().url  # type: ignore[misc]
        return f"http://127.0.0.1:{self.line.port}" if self.line else own


@contextlib.contextmanager
def _outside(server: Any) -> Iterator[FaultProxy]:
    """The server runs behind a line."""
    with server, FaultProxy(int(server.url.rpartition(":")[2])) as line:
        server.line = line
        yield line


class _Invenio(_Outside, InvenioServer):
    pass


class _Figshare(_Outside, FigshareServer):
    pass


class _DandiStore(_Outside, DandiStore):
    pass


class _Dandi(DandiServer):
    """It also registers what an adapter would register."""

    def __init__(self) -> None:
        super().__init__()
        self.store = _DandiStore(self)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/api/assets/":
            self.assets[asked.json["name"]] = asked.json["blob"]
            return Answer(200, {})
        return super().answer(asked)


@contextlib.contextmanager
def _invenio(folder: Path) -> Iterator[Served]:
    server = _Invenio()
    with _outside(server) as line:

        def spoil() -> None:
            for kept in server.kept.values():
                for number in list(kept.parts)[:1]:
                    kept.parts[number] = b"!" + kept.parts[number][1:]

        yield Served(
            told={"kind": "invenio", "url": server.base},
            names=server.names,
            content=server.content,
            held=lambda: server.received,
            left=lambda: [k.key for k in server.kept.values() if k.status != "completed"],
            line=line,
            received=lambda: server.received,
            lose=lambda: _locked(server.guard, lambda: server.kept.pop(NAMES[0], None)),
            spoil=lambda: _locked(server.guard, spoil),
        )


@contextlib.contextmanager
def _figshare(folder: Path) -> Iterator[Served]:
    server = _Figshare(part=PART)
    with _outside(server) as line:

        def lose() -> None:
            for key in [key for key, entry in server.entries.items() if entry.state == "PENDING"]:
                del server.entries[key]

        def change(data: bytes | None) -> None:
            with server.guard:
                for entry in server.entries.values():
                    if entry.state == "PENDING" and entry.size == BIG:
                        entry.parts[1] = data and b"!" + (entry.parts[1] or data)[1:]

        yield Served(
            told={"kind": "figshare", "url": server.url},
            names=lambda: sorted(name.replace("__", "/") for name in server.names()),
            content=lambda name: server.content(name.replace("/", "__")),
            held=lambda: server.received,
            left=lambda: [e.name for e in server.entries.values() if e.state != "COMPLETED"],
            line=line,
            received=lambda: server.received,
            lose=lambda: _locked(server.guard, lose),
            back=lambda: change(None),
            spoil=lambda: change(bytes(PART)),
        )


@contextlib.contextmanager
def _dandi(folder: Path) -> Iterator[Served]:
    with (
        pytest.MonkeyPatch.context() as patch,
        _Dandi() as server,
        FaultProxy(int(server.store.url.rpartition(":")[2])) as line,
    ):
        patch.setattr(dandi_api, "_PART", PART)
        server.store.line = line

        def spoil() -> None:
            for begun in server.begun.values():
                for number in list(begun.parts)[:1]:
                    begun.parts[number] = b"!" + begun.parts[number][1:]

        yield Served(
            told={"kind": "dandi", "url": server.url},
            names=server.names,
            content=server.content,
            held=lambda: server.store.received,
            left=list,  # the archive clears uploads away
            line=line,
            received=lambda: server.store.received,
            lose=lambda: _locked(server.guard, server.begun.clear),
            spoil=lambda: _locked(server.guard, spoil),
        )


# --- servers that are programs, and a folder -------------------------------------------------------------------------


@contextlib.contextmanager
def _ftp(folder: Path) -> Iterator[Served]:
    with FtpServer(folder / "ftp") as server, FtpFaultProxy(server.port) as line:
        yield _on_disk(server, folder / "ftp", {"kind": "ftp", "port": line.port}, line)


@contextlib.contextmanager
def _ftps(folder: Path) -> Iterator[Served]:
    """Its data lines cannot be seen from outside: only the line of commands goes through what is broken."""
    from ftp_proftpd import Proftpd

    with Proftpd(tls="explicit") as server, FaultProxy(server.port) as line:
        told = {"kind": "ftp", "port": line.port, "pem": str(server.pem)}
        yield _on_disk(server, server.folder, told, line, ("cut", "half-open", "down"))


@contextlib.contextmanager
def _sftp(folder: Path, *, apart: bool = False) -> Iterator[Served]:
    with OpenSsh(folder / "ssh") as server, FaultProxy(server.port) as line:
        place = server.place()
        known = [*place.known("", 0)] if place.known else []
        told = {"kind": "sftp", "port": line.port, "user": place.user, "key": str(server.key), "known": known}
        yield _on_disk(server, server.folder, {**told, "apart": apart}, line)


@contextlib.contextmanager
def _webdav(server: Any, *, pieces: bool = False) -> Iterator[Served]:
    with server, FaultProxy(server.port) as line:
        told = {"kind": "webdav", "url": f"http://127.0.0.1:{line.port}/files/", "pieces": pieces}
        yield _on_disk(server, server.folder, told, line)


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[Served]:
    root, away = folder / "drive", folder / "away"
    root.mkdir()

    class Drive:
        """It is killed by going away."""

        kill = staticmethod(lambda: root.rename(away))
        start = staticmethod(lambda: away.rename(root))
        names = staticmethod(lambda: [name for name in _files(root) if not _torso(name)])
        content = staticmethod(lambda name: (root / name).read_bytes())

    yield _on_disk(Drive, root, {"kind": "folder", "root": str(root)}, None, ())


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _torso(name: str) -> bool:
    return name.endswith(".part") or "/." in f"/{name}"


def _on_disk(
    server: Any, folder: Path, told: Told, line: FaultProxy | None, faults: tuple[str, ...] | None = None
) -> Served:
    """What lies in a folder; torsos have names of their own, or are shorter than they shall be."""

    def torsos() -> list[Path]:
        with contextlib.suppress(OSError):
            return [p for p in folder.rglob("*") if p.is_file() and (_torso(p.name) or "big" in p.name)]
        return []

    def lose() -> None:
        for path in torsos():
            path.unlink(missing_ok=True)

    def back() -> None:
        for path in torsos():
            with contextlib.suppress(OSError), path.open("r+b") as file:
                file.truncate(path.stat().st_size // 2)

    def spoil() -> None:
        for path in torsos():
            with contextlib.suppress(OSError), path.open("r+b") as file:
                file.seek(PART // 3)
                if byte := file.read(1):
                    file.seek(PART // 3)
                    file.write(bytes([byte[0] ^ 1]))

    def held() -> int:
        total = 0
        with contextlib.suppress(OSError):
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    total += path.stat().st_size if path.is_file() else 0
        return total

    made = Served(
        told=told,
        names=server.names,
        content=server.content,
        held=held,
        left=lambda: [name for name in _files(folder) if _torso(name) and ".davfs." not in name],  # those are Apache's
        line=line,
        lose=lose,
        back=back,
        spoil=spoil,
        kill=getattr(server, "kill", None),
        start=getattr(server, "start", None),
    )
    made.faults = made.faults if faults is None else faults
    return made


# --- all of them -----------------------------------------------------------------------------------------------------

ROUTES = {
    route.name: route
    for route in (
        Route("tus", _tus, PART, proved=False),
        Route("tus in one request", lambda f: _tus(f, recognises=True), BIG, proved=False),
        Route("tus in parts", lambda f: _tus(f, concat=True), proved=False),
        Route("s3 in order", lambda f: _s3(f, in_order=True), PART),
        Route("s3", _s3),
        Route("presigned", lambda f: _s3(f, kind="presigned"), BIG),
        Route("put", lambda f: _web("put", PlainServer(tells="repr")), None, whole=True),
        Route("ranged", lambda f: _web("ranged", PlainServer(ranges="append")), PART, proved=False),
        Route("sessions", lambda f: _web("sessions", SessionServer()), UNIT),
        Route("invenio", _invenio),
        Route("figshare", _figshare),
        Route("dandi", _dandi, None, whole=True, empties=False),
        Route("nextcloud", _nextcloud, PART),
        Route("ftp", _ftp, None, proved=False),
        Route("ftps", _ftps, None, proved=False),
        Route("sftp", _sftp, None, proved=False),
        Route("sftp in parts", lambda f: _sftp(f, apart=True), None, proved=False),
        Route("apache", lambda f: _webdav(Apache()), None, whole=True),
        Route("apache in pieces", lambda f: _webdav(Apache(), pieces=True), None, proved=False),
        Route("wsgidav", lambda f: _webdav(WsgiDav(f / "dav")), None, whole=True),
        Route("folder", _folder, None),
    )
}


def every_route(*, but: tuple[str, ...] = (), only: Callable[[Route], bool] = lambda route: True) -> Any:
    """Parametrises a test with ``route``."""
    found = [name for name, route in ROUTES.items() if name not in but and only(route)]
    return pytest.mark.parametrize("route", [ROUTES[name] for name in found], ids=found)


def assert_arrived(world: World, served: Served) -> None:
    """All is there, once, as it is here; and the journal says so."""
    assert served.names() == sorted(f.name for f in world.files)
    for file in world.files:
        assert served.content(file.name) == Path(file.source).read_bytes(), file.name
    assert set(world.states().values()) <= {"sent", "verified"}
    assert world.digests() == world.true_digests()
