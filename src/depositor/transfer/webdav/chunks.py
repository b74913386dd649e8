"""Large files to Nextcloud in chunks, so that a broken line costs one chunk and not the file.

Nextcloud developer manual, "Chunked file upload v2": MKCOL of a folder for the upload, PUT of numbered chunks, MOVE of
its ``.file`` to the name. A folder that nobody touches for 24 hours is removed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from depositor.draft.problem import Damaged, DepositError, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, samples
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.webdav.carrier import WebdavCarrier, WebdavOptions
from depositor.transfer.webdav.wire import MakeSession, WebdavPlace, WebdavWire

CHUNK = 16 << 20
_MOST_CHUNKS = 9_500  # of 10,000
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

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        """:meth:`send` cuts what it gets."""
        return max(file.size - upload.offset, 1)

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
        plan = self.plan(file, upload, 0)
        if plan is None:
            return super().send(file, upload, body)
        if upload.offset % plan.length:
            raise Retryable(problems.upload_lost(self._wire.host))
        for number in range(upload.offset // plan.length + 1, plan.count + 1):
            self._put_chunk(file, upload.token, number, _Piece(body, plan.span(number)[1]))
        return Upload(upload.token, file.size, complete=True, expires=_expires())

    def _put_chunk(self, file: SubmissionFile, token: str, number: int, body: Body) -> None:
        answer = self._wire.ask("PUT", f"{self._folder(token)}/{number:05d}", self._headers(file), body)
        if answer.status_code in (404, 409, 412):
            raise Retryable(problems.upload_lost(self._wire.host))
        self._wire.must(answer, 200, 201, 204)

    # --- chunks in any order ---------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """The length of chunks is kept in the token."""
        length = upload.token.removeprefix(_MARK).partition(":")[0]
        return PartPlan(file.size, int(length)) if upload.token.startswith(_MARK) and length.isdigit() else None

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str]:
        """Chunks of the right size; what breaks off, the server does not keep."""
        plan, sizes = self.plan(file, upload, 0), self._sizes(upload.token) or {}
        spans = {n: plan.span(n)[1] for n in sizes if n <= plan.count} if plan else {}
        return {n: str(length) for n, length in spans.items() if sizes[n] == length}

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        self._put_chunk(file, upload.token, number, body)
        return str(len(body))

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        """:meth:`finish` has them put together; here it is only seen that they are all there. Retryable
        ``archive.upload-lost`` where some are not, nor the file that they became."""
        found = self.find(file, upload.token)
        if found is None or not found.complete:
            raise Retryable(problems.upload_lost(self._wire.host))
        return found

    # --- the end ---------------------------------------------------------------------------------------------------

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
        length = self._length(file)
        known = "\n".join((self._wire.url(file.name), str(file.size), str(file.mtime_ns), str(length)))
        return f"{_MARK}{length}:depositor-{hashlib.sha256(known.encode()).hexdigest()[:32]}"

    def _folder(self, token: str) -> str:
        return f"{self._uploads}/{quote(token.rpartition(':')[2], safe='')}"

    def _headers(self, file: SubmissionFile) -> dict[str, str]:
        return {"Destination": self._wire.url(file.name), "OC-Total-Length": str(file.size)}

    def _chunked(self, file: SubmissionFile, token: str) -> Upload | None:
        """How far the chunks go without a gap; None where the folder is gone or of no use."""
        plan, sizes = self.plan(file, Upload(token), 0), self._sizes(token)
        if plan is None or sizes is None:
            return None
        for number in sorted(sizes):
            if number > plan.count:  # it would become part of the file
                self._delete(f"{self._folder(token)}/{number:05d}")
        whole = [sizes.get(number) == plan.span(number)[1] for number in range(1, plan.count + 1)]
        first = whole.index(False) + 1 if False in whole else 0
        offset = plan.span(first)[0] if first else file.size
        return Upload(token, offset, complete=not first, expires=_expires())

    def _sizes(self, token: str) -> dict[int, int | None] | None:
        """{number: bytes} of the chunks that are there; None where the folder is gone."""
        found = self._wire.listing(self._folder(token) + "/")
        if found is None:
            return None
        return {int(name): held.size for name, held in found.items() if name.isascii() and name.isdigit()}

    def _seams(self, file: SubmissionFile) -> Sequence[int]:
        """Some of the chunks' first bytes."""
        return samples.chosen(range(self._length(file), file.size, self._length(file)))

    def _length(self, file: SubmissionFile) -> int:
        return max(self._chunk, -(-file.size // _MOST_CHUNKS))

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
