"""Whole files over WebDAV: to a name of their own, proved by what the server gives back, then moved to their name."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems, samples
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.webdav import ranges as webdav_ranges
from depositor.transfer.webdav.sign import Account
from depositor.transfer.webdav.wire import Held, MakeSession, Unreadable, WebdavPlace, WebdavWire

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
    """Files below ``place.url``; folders are made as needed. What broke off is sent again from its beginning, unless it
    is large and the server writes pieces to their places: the protocol itself knows no way to go on, and some servers
    keep the torso under the full name."""

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
        self._pieces = True  # until a server says no
        self._begun: set[str] = set()  # names that were free when we began to write there

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its bytes."""
        self._wire.make_folders(self._checked(file))
        target = file.name + (".part" if self._goes_aside(file) else "")
        if self._goes_in_pieces(file, target):
            return Upload(webdav_ranges.token_for(target))
        return Upload(target)

    def _goes_in_pieces(self, file: SubmissionFile, target: str) -> bool:
        if not self._pieces or target == file.name or file.size < webdav_ranges.FROM:
            return False
        self._pieces = webdav_ranges.are_written_in_place(self._wire, self._wire.url(f"{file.name}.test"))
        return self._pieces

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        """All the rest, where the server knows no pieces."""
        if webdav_ranges.is_ranged(upload.token):
            return webdav_ranges.PART
        return max(file.size - upload.offset, 1)

    def _goes_aside(self, file: SubmissionFile) -> bool:
        """Small files are written to their own names: they all come back at once, and what a careless server keeps of
        a broken line is found by its size."""
        return self._renames and not (self._readable and self._options.replace and file.size <= samples.WHOLE)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """Complete, or not at all: a torso that a careless server kept is removed."""
        held = self._wire.held(self._url(token))
        if held is not None and held.size is not None and webdav_ranges.is_ranged(token) and held.size <= file.size:
            return Upload(token, max(0, held.size - webdav_ranges.BACK_UP))
        if held is None and token != file.name:
            held = self._wire.held(self._wire.url(file.name))  # moved, but nobody heard of it
            return Upload(token, file.size, complete=True) if held and held.size == file.size else None
        if held is not None and held.size == file.size:
            return Upload(token, file.size, complete=True)
        if held is not None and (token != file.name or self._options.replace or token in self._begun):
            self._delete(self._url(token))
        return None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        if webdav_ranges.is_ranged(upload.token):
            self._put(self._url(upload.token), file, body, webdav_ranges.headers(file, upload, len(body)))
            end = upload.offset + len(body)
            return Upload(upload.token, end, complete=end == file.size)
        new = upload.token == file.name and not self._options.replace
        self._begun |= {file.name} if new else set()
        self._put(self._wire.url(upload.token), file, body, {"If-None-Match": "*"} if new else {})
        self._begun.discard(file.name)
        self._just_sent = upload.token
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Size, the server's digest where it has one, and what it gives back; then the move."""
        url, final = self._url(upload.token), self._wire.url(file.name)
        just_sent, self._just_sent = self._just_sent == upload.token, None
        told = Proof.ANSWER
        if not (just_sent and self._readable and 0 < file.size <= samples.WHOLE):  # which all comes back anyway
            held = self._wire.held(url)
            if held is None and url != final:
                url, held = final, self._wire.held(final)
            told = self._compare(file, held, sha256)
        proof = told if told is Proof.DIGEST else self._proved(file, url, sha256, told)
        if url != final:
            self._move(url, final)
        return samples.held(file, proof, sha256, final)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        if token != file.name:
            with contextlib.suppress(DepositError):
                self._delete(self._url(token))

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        self._wire.close()

    # --- steps -----------------------------------------------------------------------------------------------------

    def _url(self, token: str) -> str:
        return self._wire.url(webdav_ranges.target_of(token))

    def _put(self, url: str, file: SubmissionFile, body: Body, headers: dict[str, str]) -> None:
        headers = {"Content-Type": "application/octet-stream", "X-OC-Mtime": str(file.mtime_ns // 10**9), **headers}
        answer = self._wire.ask("PUT", url, headers, body)
        if answer.status_code in (404, 409):  # somebody removed the folder
            self._wire.forget_folders()
            self._wire.make_folders(file.name)
            raise Retryable(problems.upload_lost(self._wire.host))
        if answer.status_code == 412 and "If-None-Match" in headers:
            self._begun.discard(file.name)
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

    def _compare(self, file: SubmissionFile, held: Held | None, sha256: str) -> Proof:
        """What the server tells of the file must be right; how much it tells."""
        if held is None or held.folder or held.size not in (file.size, None):
            raise Damaged(problems.differs(self._wire.host))
        name = next((name for name in ("sha256", "sha1", "md5") if name in held.digests), None)
        if name is None:
            return Proof.ANSWER if held.size is None else Proof.SIZE
        ours = sha256 if name == "sha256" else samples.digest_of(file, name)
        if not hmac.compare_digest(held.digests[name], ours):
            raise Damaged(problems.differs(self._wire.host))
        return Proof.DIGEST

    def _proved(self, file: SubmissionFile, url: str, sha256: str, told: Proof) -> Proof:
        if not self._readable:
            return told
        try:
            read = lambda spans: self._wire.read(url, spans, file.size)  # noqa: E731
            return samples.prove(file, sha256, read, self._wire.host, self._seams(file))
        except Unreadable:
            self._readable = False
            return self._compare(file, self._wire.held(url), sha256)

    def _seams(self, file: SubmissionFile) -> Sequence[int]:
        """Where parts of it were put together."""
        return ()

    def _delete(self, url: str) -> None:
        self._wire.ask("DELETE", url)

    def _checked(self, file: SubmissionFile) -> str:
        name = file.name
        if (
            name.startswith("/")
            or any(p in ("", ".", "..") for p in name.split("/"))
            or any(c in name for c in "\0\r\n")
        ):
            raise Refused(problems.name_refused(self._wire.host))
        return name
