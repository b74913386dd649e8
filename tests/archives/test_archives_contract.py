"""Every member of the registry against the promises of the port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_suite import ArchiveSuite, House
from archives_world import Practicing, Study, spoil
from bia_standin import PASSWORD, USER, Fault, StandIn

from depositor.archives import descriptor, registry
from depositor.archives.package import bag
from depositor.archives.ports import ArchiveSession, Credentials


class _Base:
    id: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def study(self, **more: Any) -> Study:
        self._made += 1
        study = Study(self.folder / f"study-{self._made}", self.id, **more)
        study.document["release_date"] = "2027-06-30"
        return study


class PracticeHouse(_Base):
    id = "practice"

    def __init__(self, folder: Path, archive: Practicing) -> None:
        super().__init__(folder)
        self._archive = archive

    def session(self, *, wrong_password: bool = False, idle_s: float = 20.0) -> ArchiveSession:
        settings = {"idle_s": idle_s, "part_bytes": 256 << 10}
        return registry.get(self.id).session(self._archive.url, Credentials(), settings)

    def spoil(self, name: str) -> None:
        spoil(max(self._archive.stored(), key=lambda p: p.stat().st_size))

    def make_unfit(self, study: Study) -> None:
        study.document["metadata"]["study"]["title"] = "Too short"

    def break_send(self) -> bool:
        self._archive.fault({"do": "drop", "method": "PATCH", "after": 100_000})
        return True

    def lose_answer(self, call: str) -> bool:
        path = "/depositions$" if call == "open" else "/commit$"
        self._archive.fault({"do": "lose-answer", "method": "POST", "path": path})
        return True

    def fall_silent(self) -> bool:
        self._archive.fault({"do": "silence"})
        return True

    def containers(self) -> int:
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(self._archive.folder / "catalogue.sqlite")) as db:
            return int(db.execute("SELECT count(*) FROM deposition").fetchone()[0])


class PackageHouse(_Base):
    id = "package"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.drive = folder / "drive"
        self.drive.mkdir()

    def session(self, *, wrong_password: bool = False, idle_s: float = 20.0) -> ArchiveSession:
        return registry.get(self.id).session("", Credentials(), {"folder": str(self.drive)})

    def spoil(self, name: str) -> None:
        spoil(next(self.drive.glob(f"*/data/{name}")))

    def make_unfit(self, study: Study) -> None:
        """A folder refuses nothing; what it cannot take is a file that is not what was sent."""
        deliver = study.deliver

        def and_spoil(session: ArchiveSession) -> str:
            remote = deliver(session)
            self.spoil("raw/a.tif")
            return remote

        study.deliver = and_spoil  # type: ignore[method-assign]

    def break_send(self) -> bool:
        return False

    def lose_answer(self, call: str) -> bool:
        return False

    def fall_silent(self) -> bool:
        return False

    def containers(self) -> int:
        return sum(1 for p in self.drive.iterdir() if bag.submission_of(p))


class BiaHouse(_Base):
    id = "bioimage-archive"

    def __init__(self, folder: Path, archive: StandIn, bulk: str | None = None) -> None:
        super().__init__(folder)
        self.archive, self.bulk = archive, bulk

    def session(self, *, wrong_password: bool = False, idle_s: float = 20.0) -> ArchiveSession:
        from depositor.transfer.ftp.carrier import FtpOptions

        given = Credentials(USER, "wrong" if wrong_password else PASSWORD, bulk=self.bulk)
        settings: dict[str, Any] = {"idle_s": idle_s, "ftp_options": FtpOptions(settle_s=0.05)}
        if self.bulk:
            settings["http_most_total"] = 1
        return registry.get(self.id).session(self.archive.url, given, settings)

    def spoil(self, name: str) -> None:
        spoil(next(self.archive.space.rglob(name)))

    def make_unfit(self, study: Study) -> None:
        study.document["release_date"] = "2020-01-01"

    def break_send(self) -> bool:
        if self.bulk:
            return False
        self.archive.faults.append(Fault("/files/user/upload", drop=True))
        return True

    def lose_answer(self, call: str) -> bool:
        path = "/drafts$" if call == "open" else "/submit$"
        self.archive.faults.append(Fault(path, "POST", drop=True, before=False))
        return True

    def fall_silent(self) -> bool:
        self.archive.faults.append(Fault("/submissions/S-", silent=True))
        return True

    def containers(self) -> int:
        return len(self.archive.studies)


class TestPractice(ArchiveSuite):
    capabilities = descriptor.capabilities("practice")

    @pytest.fixture
    def house(self, tmp_path: Path, practice: Practicing) -> House:
        return PracticeHouse(tmp_path, practice)


class TestPackage(ArchiveSuite):
    capabilities = descriptor.capabilities("package")

    @pytest.fixture
    def house(self, tmp_path: Path) -> House:
        return PackageHouse(tmp_path)


class TestBioImageArchiveByHttp(ArchiveSuite):
    capabilities = descriptor.capabilities("bioimage-archive")

    @pytest.fixture
    def house(self, tmp_path: Path) -> Iterator[House]:
        with StandIn(tmp_path / "archive") as archive:
            yield BiaHouse(tmp_path, archive)


class TestBioImageArchiveByFtp(ArchiveSuite):
    capabilities = descriptor.capabilities("bioimage-archive")

    @pytest.fixture
    def house(self, tmp_path: Path) -> Iterator[House]:
        with StandIn(tmp_path / "archive") as archive:
            yield BiaHouse(tmp_path, archive, archive.serve_ftp())
