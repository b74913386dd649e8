"""Storage of one's own under test, each protocol with a real server on this computer, seen from behind."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

from archives_world import Study, spoil
from generic_s3 import ACCESS, SECRET, ListingS3, address
from line_proxy import LineProxy

from depositor.archives import registry
from depositor.archives.generic import layout
from depositor.archives.ports import ArchiveSession, Credentials
from depositor.transfer.ftp.carrier import FtpOptions

BOX = "in/box"


class Folder:
    """A place that is a folder on this computer, seen from behind; ``port`` lies behind a line that can break."""

    id: str

    def __init__(self, base: Path, folder: Path, line: LineProxy) -> None:
        self.base, self.folder, self.line = base, folder, line
        self.options: dict[str, Any] = {"ftp": FtpOptions(settle_s=0.05), "agent": False}
        self.more: dict[str, Any] = {}
        self._made = 0

    # --- what the suite asks -----------------------------------------------------------------------------------------

    def session(self, *, wrong_password: bool = False, idle_s: float = 20.0) -> ArchiveSession:
        given = self.credentials("wrong" if wrong_password else "secret")
        settings = {"idle_s": idle_s, "connect_s": idle_s, "part_bytes": 256 << 10, "options": self.options}
        settings |= {"notes": str(self.base / "notes"), **self.more}
        return registry.get(self.id).session(self.address, given, settings)

    def study(self, **more: Any) -> Study:
        self._made += 1
        return Study(self.base / f"study-{self._made}", self.id, **more)

    def spoil(self, name: str) -> None:
        spoil(next(self.folder.rglob(name)))

    def make_unfit(self, study: Study) -> None:
        self._unfit = True

    def break_send(self) -> bool:
        return False

    def lose_answer(self, call: str) -> bool:
        return False

    def fall_silent(self) -> bool:
        self.line.stall()
        return True

    def containers(self) -> int:
        return len([p for p in self.box.iterdir() if p.is_dir()]) if self.box.is_dir() else 0

    # --- more --------------------------------------------------------------------------------------------------------

    @property
    def box(self) -> Path:
        return self.folder / BOX

    @property
    def address(self) -> str:
        raise NotImplementedError

    def credentials(self, password: str) -> Credentials:
        return Credentials("dep", password)

    def lose(self, name: str) -> None:
        next(self.folder.rglob(name)).unlink()

    def flow(self) -> None:
        self.line.cut()
        self.line.flow()


class WebdavHouse(Folder):
    id = "webdav"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/files/{BOX}"


class FtpHouse(Folder):
    id = "ftp"

    @property
    def address(self) -> str:
        return f"ftp://127.0.0.1:{self.line.port}/{BOX}"


class SftpHouse(Folder):
    id = "sftp"

    @property
    def address(self) -> str:
        return f"sftp://dep@127.0.0.1:{self.line.port}/{BOX}"


class TusHouse(Folder):
    """What the server keeps of a deposit is told by the path that goes along with each upload."""

    id = "tus"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.line.port}/files"

    def containers(self) -> int:
        return len({path.split("/")[0] for path, _ in self.uploads()})

    def uploads(self) -> list[tuple[str, Path]]:
        found = []
        for about in self.folder.glob("*.json"):
            metadata = json.loads(about.read_text())["metadata"]
            if about.with_suffix("").exists():  # the server writes what it knows of a file before its bytes
                found.append((metadata.get("relativePath", metadata["filename"]), about.with_suffix("")))
        return found

    def spoil(self, name: str) -> None:
        spoil(next(data for path, data in self.uploads() if path.endswith(name)))

    def lose(self, name: str) -> None:
        data = next(data for path, data in self.uploads() if path.endswith(name))
        data.unlink()
        data.with_suffix(".json").unlink()


class S3House(Folder):
    id = "s3"

    def __init__(self, base: Path, server: ListingS3) -> None:
        self.server = server
        super().__init__(base, base, None)  # type: ignore[arg-type]
        from depositor.transfer.s3.place import S3Options

        self.options = {"s3": S3Options(part_size=256 << 10, one_request=10_000)}

    @property
    def address(self) -> str:
        return address(self.server, BOX)

    def credentials(self, password: str) -> Credentials:
        return Credentials(ACCESS if password == "secret" else "nobody", SECRET)

    def spoil(self, name: str) -> None:
        kept = next(k for key, k in self.server.objects.items() if key.endswith(name))
        import hashlib

        kept.data = bytes([kept.data[0] ^ 0xFF]) + kept.data[1:]
        kept.etag = hashlib.md5(kept.data).hexdigest() + ("-" + kept.etag.partition("-")[2] if "-" in kept.etag else "")

    def lose(self, name: str) -> None:
        del self.server.objects[next(key for key in self.server.objects if key.endswith(name))]

    def break_send(self) -> bool:
        self.server.fault("UploadPart", drop=100_000)
        return True

    def lose_answer(self, call: str) -> bool:
        if call == "open":
            self.server.fault("PutObject", silent=True, skip=1, times=2)
        else:
            self.server.fault("PutObject", silent=True, times=2)
        return True

    def fall_silent(self) -> bool:
        return False

    def containers(self) -> int:
        return len({key.removeprefix(f"{BOX}/").split("/")[0] for key in self.server.objects})


def empty(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


__all__ = ["BOX", "Folder", "FtpHouse", "S3House", "SftpHouse", "TusHouse", "WebdavHouse", "empty", "layout"]
