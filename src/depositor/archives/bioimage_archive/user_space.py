"""The user's private space at the archive: a tree shared by all submissions of an account, written by HTTP or FTP.

Over HTTP a file is one request; the server tells sizes but no digests. What broke off is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from depositor.archives.bioimage_archive import answers
from depositor.archives.bioimage_archive.account import Account
from depositor.archives.wire import Maker
from depositor.draft.problem import Refused
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions
from depositor.transfer.http.carrier import HttpCarrier, HttpRoute
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

_ANY = frozenset(range(200, 600))
_DEEPEST = 64


def listing(account: Account, root: str) -> Iterator[tuple[str, int]]:
    """(path below ``root``, size) of every file; nothing where there is no such folder."""
    todo = [("", 0)]
    while todo:
        folder, depth = todo.pop()
        for entry in _entries(account, f"{root}/{folder}".rstrip("/")):
            name = str(entry.get("name", ""))
            path = f"{folder}/{name}".lstrip("/")
            if str(entry.get("type", "")).upper() == "DIR":
                todo += [(path, depth + 1)] if name and depth < _DEEPEST else []
            elif name:
                size = entry.get("size")
                yield path, size if isinstance(size, int) else -1


def remove(account: Account, root: str) -> None:
    """Delete a folder at the top of the space; one that is gone is no error."""
    try:
        account.call("POST", "/files/user/delete", {"path": "", "fileName": root})
    except Refused:
        if any(True for _ in listing(account, root)):
            raise


def _entries(account: Account, path: str) -> list[dict[str, Any]]:
    try:
        found = account.json("POST", "/files/user/query", {"path": path})
    except Refused:  # the server refuses to list a folder that was never made
        return []
    return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []


class HttpUpload:
    """Files below ``root`` by HTTP: a :class:`~depositor.transfer.ports.Carrier`."""

    id = "http"
    resumable = False
    derives_token = True
    part_size: int | None = None

    def __init__(self, account: Account, endpoint: str, root: str, patience: web.Timeouts, make: Maker) -> None:
        self._account, self._root = account, root
        self._name = ""  # of the file under way; a carrier belongs to one thread
        route = HttpRoute(
            url=lambda _: f"{endpoint}/files/user/upload",
            headers=lambda _: account.headers(),
            method="POST",
            fields=lambda _: {"filePath": self._folder()},
            file_field="files",
            listing=lambda: dict(listing(account, root)),
            held=self._held,
            look=False,
            fine=_ANY,
        )
        self._inner = HttpCarrier(route, patience, make)

    def begin(self, file: SubmissionFile) -> Upload:
        return self._inner.begin(file)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        return self._inner.find(file, token)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        """The server puts a file under its plain name into the folder named beside it."""
        self._name = file.name
        return self._inner.send(replace(file, name=file.name.rsplit("/", 1)[-1]), upload, body)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return self._inner.finish(file, upload, sha256)

    def abort(self) -> None:
        self._inner.abort()

    def close(self) -> None:
        self._inner.close()

    def _folder(self) -> str:
        return "/".join(filter(None, (self._root, self._name.rpartition("/")[0])))

    def _held(self, file: SubmissionFile, answer: requests.Response) -> HeldFile:
        answers.must(answer, self._account.host)
        return HeldFile(self._name, file.size)


class FtpUpload(FtpCarrier):
    """Files below ``root`` in the user's space by FTP. ``root`` is made with the first file."""

    def __init__(self, account: Account, root: str, patience: web.Timeouts, options: FtpOptions) -> None:
        super().__init__(account.ftp(), options, patience)
        self._root = root

    def begin(self, file: SubmissionFile) -> Upload:
        return super().begin(self._below(file))

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        return super().find(self._below(file), token)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        return super().send(self._below(file), upload, body)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return replace(super().finish(self._below(file), upload, sha256), name=file.name)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        super().abandon(self._below(file), token)

    def _below(self, file: SubmissionFile) -> SubmissionFile:
        return replace(file, name=f"{self._root}/{file.name}")
