"""A sender in a process of its own, on any route, which dies when it is told to.

A route is told as plain values, so that a process can be started with it; see ``crash_routes.py`` for the servers.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "transfer"))
sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from transfer_world import QUICK, SUBMISSION

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine, EngineSettings
from depositor.transfer.journal import SqliteJournal, Statement
from depositor.transfer.net.web import Timeouts

CONTEXT = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
multiprocessing.set_forkserver_preload(["depositor.transfer.engine", "depositor.transfer.tus.carrier", "requests"])

PART, LINES = 100_000, 3
SHORT = Timeouts(connect=3, idle=1.0)
SETTINGS = dataclasses.replace(QUICK, workers=LINES, part_bytes=PART, big_bytes=3 * PART)
PASSWORD = "secret"
Told = dict[str, Any]
Factory = Callable[[], Any]


# --- the journal that dies -------------------------------------------------------------------------------------------


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


def child(store: str, told: Told, left: int, after: bool) -> None:
    """One run; dies at the ``left``-th commit if there are so many. Exit code 0: everything was sent."""
    DyingJournal.left, DyingJournal.after = left, after
    journal = DyingJournal(Path(store))
    outcome = Engine(journal, factory(told), SUBMISSION, settings(told), Cancel()).run()
    journal.close()
    if outcome.failed or outcome.stopped:
        print(outcome.problem, *outcome.problems, sep="\n", file=sys.stderr, flush=True)
    os._exit(3 if outcome.failed or outcome.stopped else 0)


def settings(told: Told) -> EngineSettings:
    """Parts of the length that suits the route."""
    return dataclasses.replace(SETTINGS, limit=told.get("limit"), part_bytes=told.get("part", PART))


def start(store: Path, told: Told, left: int = 0, *, after: bool = False) -> Any:
    """Start a sender in a process of its own."""
    process = CONTEXT.Process(target=child, args=(str(store), told, left, after))
    process.start()
    return process


def finished(process: Any) -> bool:
    """Wait for a sender: True where it ended by itself with everything sent, False where it was killed."""
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return bool(process.exitcode == 0)


# --- carriers --------------------------------------------------------------------------------------------------------


def factory(told: Told) -> Factory:
    """What makes carriers for a route that was told. Some ways of sending begin at sizes that are too large for tests:
    they are made smaller in this process."""
    return _MAKERS[told["kind"]](told)


def _tus(told: Told) -> Factory:
    from depositor.transfer.tus.carrier import TusCarrier, TusOptions

    options = TusOptions(part_size=PART, **told["options"])
    return lambda: TusCarrier(told["url"], options=options, timeouts=SHORT)


def _s3(told: Told) -> Factory:
    from depositor.transfer.s3.carrier import S3Carrier
    from depositor.transfer.s3.place import S3Keys, S3Options, S3Place

    options = S3Options(part_size=PART, least_part=PART, one_request=10_000)
    place = S3Place(told["url"], told["bucket"])
    carrier = _InOrder if told.get("in_order") else S3Carrier
    return lambda: carrier(place, lambda: S3Keys("a", PASSWORD), options, SHORT)


def _InOrder(*given: Any) -> Any:
    """The same carrier without :meth:`plan`: its parts go one after another."""
    from depositor.transfer.s3.carrier import S3Carrier

    made = S3Carrier(*given)
    made.plan = lambda *_: None  # type: ignore[method-assign]
    return made


def _presigned(told: Told) -> Factory:
    from types import SimpleNamespace

    import test_transfer_s3_presigned

    from depositor.transfer.net.web import session
    from depositor.transfer.s3.presigned import PresignedCarrier

    test_transfer_s3_presigned.session = lambda: session(SHORT)
    desk: Any = test_transfer_s3_presigned.Desk(SimpleNamespace(url=told["url"]))  # type: ignore[arg-type]
    return lambda: PresignedCarrier(desk, "archive", SHORT)


def _ftp(told: Told) -> Factory:
    from transfer_servers import trusting

    from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace

    safe: Told = {"tls": "explicit", "context": trusting(Path(told["pem"]))} if told.get("pem") else {}
    place = FtpPlace("localhost" if safe else "127.0.0.1", told["port"], "dep", PASSWORD, **safe)
    return lambda: FtpCarrier(place, FtpOptions(settle_s=0.02), SHORT)


def _sftp(told: Told) -> Factory:
    from depositor.transfer.sftp import apart
    from depositor.transfer.sftp.carrier import SftpCarrier, SftpPlace

    if told["apart"]:
        apart.FROM, apart.FAR_S, apart._PART = 3 * PART, 0.0, PART
    known, key = told["known"], Path(told["key"])
    place = SftpPlace("127.0.0.1", told["port"], told["user"], key_file=key, agent=False, known=lambda h, p: known)
    return lambda: SftpCarrier(place, timeouts=SHORT)


def _webdav(told: Told) -> Factory:
    from depositor.transfer.webdav import ranges
    from depositor.transfer.webdav.carrier import Account, WebdavPlace
    from depositor.transfer.webdav.chunks import webdav_carrier

    if told["pieces"]:
        ranges.FROM, ranges.PART, ranges.BACK_UP = 3 * PART, PART, PART // 5
    place = WebdavPlace(told["url"], Account("dep", PASSWORD))
    return lambda: webdav_carrier(place, timeouts=SHORT)


def _nextcloud(told: Told) -> Factory:
    from depositor.transfer.webdav.carrier import Account, WebdavPlace
    from depositor.transfer.webdav.chunks import NextcloudCarrier, recognise

    place = WebdavPlace(told["url"], Account("dep@example.org", "app-pass-word"))

    def made() -> NextcloudCarrier:  # asked by the engine, which waits where the server is away
        cloud = recognise(place, SHORT)
        assert cloud is not None
        return NextcloudCarrier(place, cloud, timeouts=SHORT, chunk=PART)

    return made


def _folder(told: Told) -> Factory:
    from depositor.transfer.folder.carrier import FolderCarrier

    return lambda: FolderCarrier(Path(told["root"]))


def _put(told: Told) -> Factory:
    from urllib.parse import quote

    from depositor.transfer.http.carrier import HttpCarrier, HttpRoute

    route = HttpRoute(url=lambda f: told["url"] + "/" + quote(f.name))
    return lambda: HttpCarrier(route, SHORT)


def _ranged(told: Told) -> Factory:
    from urllib.parse import quote

    from depositor.transfer.http.ranged import RangedCarrier, RangedPlace, RangedRoute

    url, place = told["url"] + "/", RangedPlace()
    route = RangedRoute(lambda f: url + quote(f.name), url + ".depositor-", part_size=PART)
    return lambda: RangedCarrier(route, place, SHORT)


def _sessions(told: Told) -> Factory:
    from urllib.parse import quote

    from depositor.transfer.http.upload_session import SessionCarrier

    url = told["url"] + "/upload"
    return lambda: SessionCarrier(url, lambda f: f"{url}?name={quote(f.name)}", None, 256 << 10, SHORT)


def _invenio(told: Told) -> Factory:
    from depositor.transfer.repositories import invenio
    from depositor.transfer.repositories.digest_first import MemoryShelf

    invenio._LEAST_PART = 1000
    site, shelf = invenio.InvenioSite(PART), MemoryShelf()
    sign = lambda: {"Authorization": f"Bearer {PASSWORD}"}  # noqa: E731
    return lambda: invenio.InvenioCarrier(told["url"], sign, site, shelf, SHORT)


def _figshare(told: Told) -> Factory:
    from types import SimpleNamespace

    from figshare_server import FigshareDesk

    from depositor.transfer.repositories.digest_first import MemoryShelf
    from depositor.transfer.repositories.server_parts import ServerPartsCarrier

    desk, shelf = FigshareDesk(SimpleNamespace(url=told["url"])), MemoryShelf()  # type: ignore[arg-type]
    return lambda: ServerPartsCarrier(desk, "figshare", shelf, SHORT, locked_s=0.01)


def _dandi(told: Told) -> Factory:
    import requests

    from depositor.transfer.repositories import dandi_api
    from depositor.transfer.repositories.dandi import DandiCarrier, DandiUploads
    from depositor.transfer.repositories.digest_first import MemoryShelf

    dandi_api._PART = PART

    class Desk:
        def register(self, file: Any, blob: str) -> None:
            asset = {"name": file.name, "blob": blob}
            requests.post(f"{told['url']}/api/assets/", json=asset, headers=sign(), timeout=5).raise_for_status()

    sign = lambda: {"Authorization": f"token {PASSWORD}"}  # noqa: E731
    uploads, shelf = DandiUploads(), MemoryShelf()
    return lambda: DandiCarrier(f"{told['url']}/api", "000123", sign, Desk(), uploads, shelf, SHORT)


_MAKERS: dict[str, Callable[[Told], Factory]] = {
    "tus": _tus,
    "s3": _s3,
    "presigned": _presigned,
    "ftp": _ftp,
    "sftp": _sftp,
    "webdav": _webdav,
    "nextcloud": _nextcloud,
    "folder": _folder,
    "put": _put,
    "ranged": _ranged,
    "sessions": _sessions,
    "invenio": _invenio,
    "figshare": _figshare,
    "dandi": _dandi,
}
