"""Whole files over WebDAV: to a name of their own, proved by what the server gives back, then moved to their name."""

from __future__ import annotations

import contextlib
import hmac
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, samples, web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.webdav_sign import Account
from depositor.transfer.webdav_wire import Held, MakeSession, Unreadable, WebdavPlace, WebdavWire

__all__ = ["Account", "WebdavCarrier", "WebdavOptions", "WebdavPlace"]

_CANNOT_MOVE = (400, 403, 405, 501, 502)  # 502: the server takes its own address for another's


@dataclass(frozen=True, slots=True)
class WebdavOptions:
    """``rename``: write to ``name.part`` and move at the end; where the server forbids it, the name itself is written.
    ``replace``: an older file of the name gives way; else it is kept and the file refused. ``proof``: read back what
    arrived, small files whole, large ones in places.
    """

    rename: bool = True
    replace: bool = True
    proof: bool = True


class WebdavCarrier:
    """Files below ``place.url``; folders are made as needed. What broke off is sent again from its beginning: the
    protocol knows no way to go on, and some servers keep the torso under the full name."""

    id = "webdav"
    resumable = False
    derives_token = True
    part_size: int | None = None

    def __init__(
        self,
        place: WebdavPlace,
        options: WebdavOptions = WebdavOptions(),
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
    ) -> None:
        self._lines = web.Lines()
        self._wire = WebdavWire(place, timeouts, self._lines, session)
        self._options = options
        self._renames = options.rename
        self._readable = options.proof
        self._just_sent: str | None = None

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its bytes."""
        self._wire.make_folders(self._checked(file))
        return Upload(file.name + (".part" if self._renames else ""))

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """Complete, or not at all: a torso that a careless server kept is removed."""
        held = self._wire.held(self._wire.url(token))
        if held is None and token != file.name:
            held = self._wire.held(self._wire.url(file.name))  # moved, but nobody heard of it
            return Upload(token, file.size, complete=True) if held and held.size == file.size else None
        if held is not None and held.size == file.size:
            return Upload(token, file.size, complete=True)
        if held is not None:
            self._delete(self._wire.url(token))
        return None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        new = upload.token == file.name and not self._options.replace
        self._put(self._wire.url(upload.token), file, body, {"If-None-Match": "*"} if new else {})
        self._just_sent = upload.token
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Size, the server's digest where it has one, and what it gives back; then the move."""
        url, final = self._wire.url(upload.token), self._wire.url(file.name)
        just_sent, self._just_sent = self._just_sent == upload.token, None
        if not (just_sent and self._readable and 0 < file.size <= samples.WHOLE):
            held = self._wire.held(url)
            if held is None and url != final:
                url, held = final, self._wire.held(final)
            self._compare(file, held, sha256)
        digests = self._proved(file, url, sha256)
        if url != final:
            self._move(url, final)
        return HeldFile(file.name, file.size, digests, final)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        if token != file.name:
            with contextlib.suppress(DepositError):
                self._delete(self._wire.url(token))

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        self._wire.close()

    # --- steps -----------------------------------------------------------------------------------------------------

    def _put(self, url: str, file: SubmissionFile, body: Body, headers: dict[str, str]) -> None:
        headers = {"Content-Type": "application/octet-stream", "X-OC-Mtime": str(file.mtime_ns // 10**9), **headers}
        answer = self._wire.ask("PUT", url, headers, body)
        if answer.status_code in (404, 409):  # somebody removed the folder
            self._wire.forget_folders()
            self._wire.make_folders(file.name)
            raise Retryable(problems.upload_lost(self._wire.host))
        if answer.status_code == 412 and "If-None-Match" in headers:
            raise Refused(problems.conflict(self._wire.host))
        self._wire.must(answer, 200, 201, 204)

    def _move(self, url: str, final: str) -> None:
        overwrite = "T" if self._options.replace else "F"
        answer = self._wire.ask("MOVE", url, {"Destination": final, "Overwrite": overwrite})
        if answer.status_code == 412:
            self._delete(url)
            raise Refused(problems.conflict(self._wire.host))
        if answer.status_code in _CANNOT_MOVE:
            self._renames = False
            self._delete(url)
            raise Damaged(problems.no_rename(self._wire.host))
        self._wire.must(answer, 200, 201, 204)

    def _compare(self, file: SubmissionFile, held: Held | None, sha256: str) -> None:
        theirs = held.digests.get("sha256") if held else None
        if held is None or held.size not in (file.size, None):
            raise Damaged(problems.differs(self._wire.host))
        if theirs is not None and not hmac.compare_digest(theirs, sha256):
            raise Damaged(problems.differs(self._wire.host))

    def _proved(self, file: SubmissionFile, url: str, sha256: str) -> dict[str, str]:
        if not self._readable:
            return {}
        try:
            return samples.prove(file, sha256, lambda s: self._wire.read(url, s, file.size), self._wire.host)
        except Unreadable:
            self._readable = False
            self._compare(file, self._wire.held(url), sha256)
            return {}

    def _delete(self, url: str) -> None:
        self._wire.ask("DELETE", url).close()

    def _checked(self, file: SubmissionFile) -> str:
        name = file.name
        if (
            name.startswith("/")
            or any(p in ("", ".", "..") for p in name.split("/"))
            or any(c in name for c in "\0\r\n")
        ):
            raise Refused(problems.name_refused(self._wire.host))
        return name
