"""The archives' own carriers against the promises of the port, each with a real server behind it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from archives_world import Practicing
from bia_standin import PASSWORD, USER, StandIn
from carrier_suite import CarrierSuite, Place

from depositor.archives.bioimage_archive.account import Account
from depositor.archives.bioimage_archive.user_space import FtpUpload, HttpUpload
from depositor.archives.ports import Credentials
from depositor.archives.practice.carrier import LocalTus
from depositor.archives.wire import maker
from depositor.draft.submission import SubmissionFile
from depositor.transfer.ftp.carrier import FtpOptions
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.tus.carrier import TusOptions

SHORT = Timeouts(connect=5, idle=10)


class StrictNames(CarrierSuite):
    """These archives take no letters beyond ASCII; the naming plan sees to that before the carrier."""

    def file(self, name: str, data: bytes) -> SubmissionFile:
        return super().file(name.encode("ascii", "ignore").decode(), data)


class OfPractice:
    def __init__(self, archive: Practicing, deposition: str) -> None:
        self._archive, self._id = archive, deposition

    def carrier(self) -> Carrier:
        options = TusOptions(part_size=500_000, recognises_files=True, apart=500_000)
        path = f"/api/depositions/{self._id}/uploads"
        return LocalTus(lambda: self._archive.url, path, options, SHORT, maker({}, local=True))

    def names(self) -> list[str]:
        return [name for name, _ in self._complete()]

    def content(self, name: str) -> bytes | None:
        key = dict(self._complete()).get(name)
        return next(p.read_bytes() for p in self._archive.stored() if p.stem == key) if key else None

    def spoil(self, name: str, token: str) -> bool:
        return False

    def _complete(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self._archive.folder / "catalogue.sqlite")) as db:
            return db.execute("SELECT name, id FROM upload WHERE sha256 IS NOT NULL ORDER BY name").fetchall()


class TestLocalTus(StrictNames):
    @pytest.fixture
    def place(self, practice: Practicing) -> Place:
        made = json.loads(practice.ask("POST", "/api/depositions", b"{}")[2])
        return OfPractice(practice, made["id"])


class OfUserSpace:
    def __init__(self, archive: StandIn, bulk: str | None) -> None:
        self._archive = archive
        self._account = Account(archive.url, Credentials(USER, PASSWORD, bulk=bulk), maker({}), SHORT)
        self._by_ftp = bulk is not None

    def carrier(self) -> Carrier:
        if self._by_ftp:
            return FtpUpload(self._account, "root", SHORT, FtpOptions(settle_s=0.05))
        return HttpUpload(self._account, self._archive.url, "root", SHORT, maker({}))

    def names(self) -> list[str]:
        root = self._archive.space / "root"
        found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part"))

    def content(self, name: str) -> bytes | None:
        path = self._archive.space / "root" / name
        return path.read_bytes() if path.is_file() else None

    def spoil(self, name: str, token: str) -> bool:
        return False


class TestHttpUpload(StrictNames):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:  # type: ignore[override]
        with StandIn(tmp_path / "archive") as archive:
            yield OfUserSpace(archive, None)


class TestFtpUpload(StrictNames):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:  # type: ignore[override]
        with StandIn(tmp_path / "archive") as archive:
            yield OfUserSpace(archive, archive.serve_ftp())
