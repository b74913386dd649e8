"""The servers of the soak, real ones, each seen from outside (where deposits go) and from behind (what lies there)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soak_line import FAR

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "transfer"))

from ftp_proftpd import Proftpd
from s3_gateway import ACCESS, SECRET, Gateway
from sftp_servers import OpenSsh, pin
from transfer_servers import OfficialTus
from webdav_servers import Apache

_MIB = 1 << 20


class Site:
    """A server. ``part``: the most that one connection sends again after an interruption; ``big``: bytes of the big
    file that goes there; ``kills`` counts how often it was killed. Each ``side`` of the line has a place of its own."""

    id = ""
    part = _MIB
    big = 6 * _MIB
    refuses = True
    tells = True  # what it holds; else an upload whose address was lost on the way stays there until it expires

    def __init__(self, server: Any) -> None:
        self.server = server
        self.kills = 0

    def address(self, side: str) -> str:
        raise NotImplementedError

    def variables(self) -> Mapping[str, str]:
        """Of the environment, without their tail ``_<ARCHIVE>``."""
        return {"DEPOSITOR_USER": "dep", "DEPOSITOR_PASSWORD": "secret"}

    def holdings(self, side: str) -> list[tuple[str, str]]:
        """(path below the place, SHA-256) of every file that lies there, torsos too."""
        raise NotImplementedError

    def empty(self, side: str) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        self.kills += 1
        self.server.kill()

    def start(self) -> None:
        self.server.start()

    def refuse(self) -> None:
        """Take nobody's sign-in."""

    def admit(self) -> None:
        """Take it again."""


class FolderSite(Site):
    """A server whose files are files of this computer; ``sign_in`` is what it knows people by."""

    sign_in: Path

    def _place(self, side: str) -> Path:
        return Path(self.server.folder) / "in" / side

    def holdings(self, side: str) -> list[tuple[str, str]]:
        place = self._place(side)
        return [(p.relative_to(place).as_posix(), digest(p)) for p in sorted(place.rglob("*")) if p.is_file()]

    def empty(self, side: str) -> None:
        for path in list(self._place(side).glob("*")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def refuse(self) -> None:
        known = self.sign_in.stat()
        self.sign_in.rename(self.sign_in.with_suffix(".away"))
        self.sign_in.touch()
        self.sign_in.chmod(known.st_mode)  # some servers do not start where others could read it
        os.chown(self.sign_in, known.st_uid, known.st_gid)
        self._forget_guests()

    def admit(self) -> None:
        self.sign_in.with_suffix(".away").rename(self.sign_in)

    def _forget_guests(self) -> None:
        """Those who are in already are put out."""
        self.kill()
        self.start()


class WebdavSite(FolderSite):
    id = "webdav"

    def __init__(self, server: Apache) -> None:
        super().__init__(server)
        self.sign_in = server._base / "users"  # noqa: SLF001

    def address(self, side: str) -> str:
        return f"http://{FAR}:{self.server.port}/files/in/{side}"

    def _forget_guests(self) -> None:
        """Apache looks with every request."""


class FtpSite(FolderSite):
    id = "ftp"

    def __init__(self, server: Proftpd) -> None:
        super().__init__(server)
        self.sign_in = server._base / "users"  # noqa: SLF001

    def address(self, side: str) -> str:
        return f"ftp://{FAR}:{self.server.port}/in/{side}"


class SftpSite(FolderSite):
    id = "sftp"

    def __init__(self, server: OpenSsh) -> None:
        super().__init__(server)
        self.sign_in = server._base / "client.pub"  # noqa: SLF001

    def address(self, side: str) -> str:
        return f"sftp://{self.server.place().user}@{FAR}:{self.server.port}/~/in/{side}"

    def variables(self) -> Mapping[str, str]:
        print_ = pin(self.server._base / "host.pub").partition(" ")[2]  # noqa: SLF001
        user = self.server.place().user
        return {
            "DEPOSITOR_USER": user,
            "DEPOSITOR_KEY_FILE": str(self.server.key),
            "DEPOSITOR_HOST_KEY": print_,
        }


class TusSite(Site):
    """It lets everybody in."""

    id = "tus"
    refuses = tells = False

    def address(self, side: str) -> str:
        return str(self.server.url).replace("127.0.0.1", FAR)

    def variables(self) -> Mapping[str, str]:
        return {"DEPOSITOR_TOKEN": "t"}

    def holdings(self, side: str) -> list[tuple[str, str]]:
        return [(path, digest(data)) for path, data in self._uploads(side)]

    def empty(self, side: str) -> None:
        for _, data in list(self._uploads(side)):
            data.with_name(data.name + ".json").unlink()
            data.unlink()

    def _uploads(self, side: str) -> Iterator[tuple[str, Path]]:
        """Whose they are is told by the name of the study, which holds the side's name."""
        for about in sorted(Path(self.server.folder).glob("*.json")):
            known = json.loads(about.read_text())
            path = (known.get("metadata") or {}).get("relativePath", "")
            data = about.with_suffix("")
            if f"side-{side}-" in path and data.exists():
                whole = data.stat().st_size == known.get("size")
                yield (path if whole else f"{path}.part"), data


class S3Site(Site):
    """A bucket of Ceph's gateway."""

    id = "s3"
    part = 5 * _MIB
    big = 12 * _MIB

    def __init__(self, server: Gateway) -> None:
        super().__init__(server)
        self._client().create_bucket(Bucket="soak")

    def address(self, side: str) -> str:
        return f"http://{FAR}:{self.server.port}/soak/in/{side}"

    def variables(self) -> Mapping[str, str]:
        return {"DEPOSITOR_USER": ACCESS, "DEPOSITOR_PASSWORD": SECRET}

    def holdings(self, side: str) -> list[tuple[str, str]]:
        client, found = self._client(), []
        for key in self._keys(side):
            sha = hashlib.sha256()
            for block in client.get_object(Bucket="soak", Key=key)["Body"].iter_chunks(_MIB):
                sha.update(block)
            found.append((key.removeprefix(f"in/{side}/"), sha.hexdigest()))
        begun = client.list_multipart_uploads(Bucket="soak", Prefix=f"in/{side}/").get("Uploads", ())
        return found + [(upload["Key"].removeprefix(f"in/{side}/") + ".part", "") for upload in begun]

    def empty(self, side: str) -> None:
        client = self._client()
        for key in self._keys(side):
            client.delete_object(Bucket="soak", Key=key)
        for upload in client.list_multipart_uploads(Bucket="soak", Prefix=f"in/{side}/").get("Uploads", ()):
            client.abort_multipart_upload(Bucket="soak", Key=upload["Key"], UploadId=upload["UploadId"])

    def refuse(self) -> None:
        self.server._admin("user", "suspend", "--uid=dep")  # noqa: SLF001

    def admit(self) -> None:
        self.server._admin("user", "enable", "--uid=dep")  # noqa: SLF001

    def _keys(self, side: str) -> list[str]:
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket="soak", Prefix=f"in/{side}/")
        return [row["Key"] for page in pages for row in page.get("Contents", ())]

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        way = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 5})
        keys = {"aws_access_key_id": ACCESS, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.server.url, config=way, **keys)


def digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_MIB):
            sha.update(block)
    return sha.hexdigest()


@contextlib.contextmanager
def served(folder: Path, wanted: frozenset[str], sides: tuple[str, ...]) -> Iterator[tuple[list[Site], dict[str, str]]]:
    """The servers that can be started here, and why the others cannot."""
    import pytest

    makers = {
        "tus": lambda: TusSite(kept.enter_context(OfficialTus(folder / "tus"))),
        "s3": lambda: S3Site(kept.enter_context(Gateway())),
        "sftp": lambda: SftpSite(kept.enter_context(OpenSsh(folder / "ssh"))),
        "webdav": lambda: WebdavSite(kept.enter_context(Apache(lines=("LimitRequestBody 0",)))),
        "ftp": lambda: FtpSite(kept.enter_context(Proftpd())),
    }
    sites, missing = list[Site](), dict[str, str]()
    with contextlib.ExitStack() as kept:
        for name in sorted(wanted):
            try:
                sites.append(makers[name]())
            except pytest.skip.Exception as why:
                missing[name] = str(why)
        yield sites, missing
