"""Large files to Nextcloud in chunks, so that a broken line costs one chunk and not the file.

Nextcloud developer manual, "Chunked file upload v2": MKCOL of a folder for the upload, PUT of numbered chunks, MOVE of
its ``.file`` to the name. A folder that nobody touches for 24 hours is removed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from depositor.draft.problem import Damaged, DepositError, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.webdav import WebdavCarrier, WebdavOptions
from depositor.transfer.webdav_wire import MakeSession, WebdavPlace, WebdavWire

CHUNK = 16 << 20
_MOST_CHUNKS = 9_500  # of 10,000: breaks make further ones
_LIFE = dt.timedelta(hours=24)
_MARK = "chunks:"
_WAIT_S = 5.0
_USUAL, _DIRECT = WebdavOptions(), WebdavOptions(rename=False)


@dataclass(frozen=True, slots=True)
class Nextcloud:
    """What a Nextcloud said of itself: the user's folder of uploads, and the address of the place in the DAV tree."""

    uploads: str
    files: str


def webdav_carrier(
    place: WebdavPlace,
    options: WebdavOptions = _USUAL,
    timeouts: web.Timeouts = web.PATIENT,
    session: MakeSession = web.session,
) -> WebdavCarrier:
    """The carrier for this server: in chunks where it says that it takes them. Asks the server; raises DepositErrors.

    ownCloud and Nextcloud (also their public links) replace a file only when all of it has come, and refuse names that
    end in ``.part``: there the name itself is written.
    """
    if not {"remote.php", "public.php"} & set(urlsplit(place.url).path.split("/")):
        return WebdavCarrier(place, options, timeouts, session)
    direct = WebdavOptions(False, options.replace, options.proof)
    cloud = recognise(place, timeouts, session)
    if cloud is None:
        return WebdavCarrier(place, direct, timeouts, session)
    return NextcloudCarrier(place, cloud, direct, timeouts, session)


def recognise(
    place: WebdavPlace, timeouts: web.Timeouts = web.PATIENT, session: MakeSession = web.session
) -> Nextcloud | None:
    """Ask for the capabilities; None where it is no Nextcloud, or one without chunks."""
    root, mark, rest = place.url.partition("/remote.php/")
    if not mark:
        return None
    wire = WebdavWire(place, timeouts, web.Lines(), session)
    try:
        about = _asked(wire, f"{root}/ocs/v2.php/cloud/capabilities?format=json")
        chunking = about.get("capabilities", {}).get("dav", {}).get("chunking")
        if str(chunking or "0") < "1.0":
            return None
        parts = rest.strip("/").split("/")
        if parts[:2] == ["dav", "files"] and len(parts) > 2:
            user, below = unquote(parts[2]), parts[3:]
        else:  # the older address, which does not name the user
            user, below = str(_asked(wire, f"{root}/ocs/v2.php/cloud/user?format=json").get("id", "")), parts[1:]
    finally:
        wire.close()
    if not user:
        return None
    dav, who = f"{root}/remote.php/dav", quote(user, safe="")
    return Nextcloud(f"{dav}/uploads/{who}", "/".join([f"{dav}/files/{who}", *below]))


def _asked(wire: WebdavWire, url: str) -> Mapping[str, Any]:
    """``data`` of an OCS answer; empty where the server does not know such questions."""
    answer = wire.ask("GET", url, {"OCS-APIRequest": "true", "Accept": "application/json"})
    if answer.status_code != 200:
        if answer.status_code >= 500:
            wire.must(answer, 200)
        return {}
    with contextlib.suppress(ValueError, AttributeError):
        data = answer.json().get("ocs", {}).get("data", {})
        return data if isinstance(data, dict) else {}
    return {}


class NextcloudCarrier(WebdavCarrier):
    """Files larger than one chunk go in chunks, resumable; smaller ones whole."""

    id = "webdav"
    resumable = True

    def __init__(
        self,
        place: WebdavPlace,
        cloud: Nextcloud,
        options: WebdavOptions = _DIRECT,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
        chunk: int = CHUNK,
    ) -> None:
        super().__init__(WebdavPlace(cloud.files, place.account), options, timeouts, session)
        self._uploads, self._chunk = cloud.uploads, chunk

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        if file.size <= self._chunk:
            return super().begin(file)
        self._wire.make_folders(self._checked(file))
        token = self._token(file)
        answer = self._wire.ask("MKCOL", self._folder(token), self._headers(file))
        if answer.status_code == 405:  # it is there: a crash came before this was written down
            return self._chunked(file, token) or Upload(token, expires=_expires())
        self._wire.must(answer, 201)
        return Upload(token, expires=_expires())

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        if not token.startswith(_MARK):
            return super().find(file, token)
        found = self._chunked(file, token)
        if found is None and token == self._token(file) and self._is_final(file):
            return Upload(token, file.size, complete=True)  # put together, but nobody heard of it
        return found

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        """All the rest, chunk by chunk."""
        if not upload.token.startswith(_MARK):
            return super().send(file, upload, body)
        folder = self._folder(upload.token)
        kept = self._kept(upload.token)
        if kept is None or sum(kept) != upload.offset:
            raise Retryable(problems.upload_lost(self._wire.host))
        number, left = len(kept) + 1, len(body)
        length = max(self._chunk, -(-left // max(_MOST_CHUNKS - len(kept), 1)))
        while left:
            piece = _Piece(body, min(length, left))
            answer = self._wire.ask("PUT", f"{folder}/{number:05d}", self._headers(file), piece)
            if answer.status_code in (404, 409, 412):
                raise Retryable(problems.upload_lost(self._wire.host))
            self._wire.must(answer, 200, 201, 204)
            number, left = number + 1, left - len(piece)
        return Upload(upload.token, file.size, complete=True, expires=_expires())

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """Have the chunks put together, then prove what came of it."""
        if not upload.token.startswith(_MARK):
            return super().finish(file, upload, sha256)
        headers = {**self._headers(file), "X-OC-Mtime": str(file.mtime_ns // 10**9)}
        headers["Overwrite"] = "T" if self._options.replace else "F"
        answer = self._wire.ask("MOVE", f"{self._folder(upload.token)}/.file", headers)
        if answer.status_code == 400:  # the sizes do not add up
            raise Damaged(problems.differs(self._wire.host))
        if answer.status_code in (423, 502, 504):  # large files take their time; it goes on without us
            raise Retryable(problems.locked(self._wire.host), _WAIT_S)
        if answer.status_code not in (404, 409):  # gone: it was done before, and the proof tells whether it was this
            self._wire.must(answer, 200, 201, 204)
        return super().finish(file, Upload(file.name, file.size, complete=True), sha256)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        if not token.startswith(_MARK):
            super().abandon(file, token)
            return
        with contextlib.suppress(DepositError):
            self._delete(self._folder(token))

    # --- chunks ----------------------------------------------------------------------------------------------------

    def _token(self, file: SubmissionFile) -> str:
        """Follows from the file, so that a crash before it was written down leaves no second folder."""
        known = "\n".join((self._wire.url(file.name), str(file.size), str(file.mtime_ns)))
        return f"{_MARK}depositor-{hashlib.sha256(known.encode()).hexdigest()[:32]}"

    def _folder(self, token: str) -> str:
        return f"{self._uploads}/{quote(token.removeprefix(_MARK), safe='')}"

    def _headers(self, file: SubmissionFile) -> dict[str, str]:
        return {"Destination": self._wire.url(file.name), "OC-Total-Length": str(file.size)}

    def _chunked(self, file: SubmissionFile, token: str) -> Upload | None:
        """How far the chunks go without a gap; None where the folder is gone or of no use."""
        kept = self._kept(token)
        if kept is None:
            return None
        offset = sum(kept)
        if offset > file.size:
            self._delete(self._folder(token))
            return None
        return Upload(token, offset, complete=offset == file.size, expires=_expires())

    def _kept(self, token: str) -> list[int] | None:
        """Sizes of chunks 1, 2, ... without a gap. What lies behind a gap would become part of the file: it goes."""
        found = self._wire.listing(self._folder(token) + "/")
        if found is None:
            return None
        sizes = {int(name): held.size for name, held in found.items() if name.isascii() and name.isdigit()}
        kept: list[int] = []
        while (size := sizes.pop(len(kept) + 1, None)) is not None:
            kept.append(size)
        for number in sizes:
            self._delete(f"{self._folder(token)}/{number:05d}")
        return kept

    def _is_final(self, file: SubmissionFile) -> bool:
        """The name stands there with the size and the time of this file."""
        held = self._wire.held(self._wire.url(file.name))
        if held is None or held.size != file.size:
            return False
        return held.modified is None or int(held.modified.timestamp()) == file.mtime_ns // 10**9


class _Piece:
    """The next ``length`` bytes of a body: a :class:`~depositor.transfer.ports.Body`."""

    def __init__(self, body: Body, length: int) -> None:
        self._body, self.length, self._left = body, length, length

    def __len__(self) -> int:
        return self.length

    @property
    def sha1(self) -> str:
        raise NotImplementedError  # Nextcloud compares no checksums of chunks

    def digest(self, algorithm: str) -> str:
        raise NotImplementedError(algorithm)

    def read(self, size: int = -1, /) -> bytes:
        data = self._body.read(self._left if size < 0 else min(size, self._left)) if self._left else b""
        self._left -= len(data)
        return data


def _expires() -> str:
    return (dt.datetime.now(dt.UTC) + _LIFE).isoformat(timespec="seconds")
