"""tus 1.0.0, the open protocol for resumable uploads (https://tus.io/protocols/resumable-upload, ``protocol.md``)."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.wire import Headers, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.tus import apart as tus_apart
from depositor.transfer.tus.wire import (
    BYTES,
    GONE,
    LOCK_WAIT_S,
    MOST_PART,
    Offer,
    TusOptions,
    TusWire,
    number,
    told,
)

if TYPE_CHECKING:
    import requests

__all__ = ["MOST_PART", "Offer", "TusCarrier", "TusOptions"]


class TusCarrier:
    """Files to the tus server at ``endpoint``. ``headers`` (sign-in) are asked for before each request, so that a token
    may be renewed during a run of days.

    Where the server can join parts (concatenation), large files are sent in parts side by side: ``tus_apart``.
    """

    id = "tus"
    resumable = True

    def __init__(
        self,
        endpoint: str,
        headers: Headers | None = None,
        options: TusOptions = TusOptions(),  # noqa: B008 - a value that nobody changes
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
    ) -> None:
        self._options = options
        self._wire = TusWire(endpoint, headers, options, timeouts, session)
        self._host = self._wire.host
        self.part_size: int | None = max(1, min(options.part_size, MOST_PART))
        self._partials = tus_apart.Partials(self._wire)
        self._checked: dict[str, int] = {}  # token -> bytes from the first on that the server compared with their sums
        self._joined: set[str] = set()

    @property
    def one_request(self) -> int:
        """Files up to this size are created and sent in one request; -1: none."""
        wanted = self._options.recognises_files and "creation-with-upload" in self.offer().extensions
        return self._options.one_request if wanted else -1

    # --- one row of bytes ------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        self._check_size(file)
        apart = tus_apart.new_token(self._wire, file)
        if apart is not None:
            return Upload(apart)
        length = {"Upload-Defer-Length": "1"} if self._deferred(file) else {"Upload-Length": str(file.size)}
        headers = {**length, "Upload-Metadata": self._wire.metadata(file)}
        return self._created(self._wire.ask("POST", self._wire.endpoint, headers), file)

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        self._check_size(file)
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": self._wire.metadata(file), "Content-Type": BYTES}
        summed = self._wire.checksum(body)
        made = self._created(self._wire.ask("POST", self._wire.endpoint, {**headers, **summed}, body), file)
        self._note_checked(made.token, 0, made.offset, summed=bool(summed))
        return made

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        if tus_apart.is_apart(token):
            return Upload(token)
        answer = self._wire.ask("HEAD", token, {})
        if answer.status_code in GONE:
            return None
        self._wire.must(answer, 200, 204)
        offset, length = number(answer, "Upload-Offset"), number(answer, "Upload-Length")
        if offset is None and answer.headers.get("Upload-Concat", "").startswith("final"):
            self._joined.add(token)
            return Upload(token, file.size, complete=True)  # still being put together
        if offset is None:
            raise Retryable(problems.odd_answer(self._host))
        if length is not None and length != file.size:
            return None  # made for another state of the file
        if length is None and self._deferred(file):
            return Upload(token)
        return told(token, offset, file, answer)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        if tus_apart.is_apart(upload.token):
            upload = self._in_one_row(file)
            if upload.offset:  # the server recognised it, and has a piece already
                return upload
        headers = {"Upload-Offset": str(upload.offset), "Content-Type": BYTES}
        summed = self._wire.checksum(body)
        if self._deferred(file):
            headers["Upload-Length"] = "0"
        answer = self._wire.ask("PATCH", upload.token, {**headers, **summed}, body)
        if answer.status_code == 409:
            return self._elsewhere(file, upload)
        if answer.status_code in GONE:
            raise Retryable(problems.upload_lost(self._host))
        self._wire.must(answer, 204, 200)
        offset = number(answer, "Upload-Offset")
        if offset is None:
            raise Retryable(problems.odd_answer(self._host))
        self._note_checked(upload.token, upload.offset, offset, summed=bool(summed))
        return told(upload.token, offset, file, answer)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """The server confirmed the last byte; where it also gives a ``Repr-Digest`` (RFC 9530), that must agree."""
        if upload.token in self._joined:
            upload = self._put_together(file, upload)
        theirs = upload.digests.get("sha256")
        if upload.offset != file.size or (theirs is not None and not hmac.compare_digest(theirs, sha256)):
            raise Damaged(problems.differs(self._host))
        checked = self._checked.pop(upload.token, -1) == file.size
        proof = Proof.DIGEST if theirs else Proof.PARTS if checked else Proof.SIZE
        return HeldFile(file.name, file.size, upload.digests, upload.token, proof)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """DELETE, where the server knows termination; it is only tidiness, so that a failure does not count."""
        self._partials.forget(token)
        with contextlib.suppress(DepositError):
            if token and not tus_apart.is_apart(token) and "termination" in self.offer().extensions:
                self._wire.ask("DELETE", token, {})

    def abort(self) -> None:
        self._wire.http.abort()

    def close(self) -> None:
        self._wire.http.close()

    def offer(self) -> Offer:
        """What the server can do; asked once. A server that does not answer OPTIONS offers the core alone."""
        return self._wire.offer()

    # --- parts side by side ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        return tus_apart.plan(file, upload.token, wanted)

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        """Nobody but the receipts knows which uploads are parts of a file; :meth:`join` asks for each."""
        return None

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        return self._partials.send(file, number, body)

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        made = self._partials.join(file, upload.token, receipts)
        self._joined.add(made.token)
        self._note_checked(made.token, 0, file.size, summed=self._wire.algorithm() is not None)
        return made

    # --- parts of the above ----------------------------------------------------------------------------------------

    def _in_one_row(self, file: SubmissionFile) -> Upload:
        """A file that was meant to go in parts, sent by somebody who does not send parts."""
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": self._wire.metadata(file)}
        return self._created(self._wire.ask("POST", self._wire.endpoint, headers), file)

    def _put_together(self, file: SubmissionFile, upload: Upload) -> Upload:
        found = self._partials.ready(file, upload.token)
        if found is None:
            raise Retryable(http_problems.assembling(self._host), 5.0)
        self._joined.discard(upload.token)
        return found

    def _created(self, answer: requests.Response, file: SubmissionFile) -> Upload:
        place = self._wire.place(answer)
        if self._deferred(file):
            return Upload(place)
        return told(place, number(answer, "Upload-Offset") or 0, file, answer)

    def _note_checked(self, token: str, start: int, end: int, *, summed: bool) -> None:
        """What came with a sum of its own was compared with it before the server confirmed it."""
        if summed and start <= self._checked.get(token, 0):
            self._checked[token] = end

    def _deferred(self, file: SubmissionFile) -> bool:
        """An empty file is complete as soon as it is created, before its URL can be journaled: a crash in between would
        make a second one. So its length is told later, where the server allows that."""
        able = "creation-defer-length" in self.offer().extensions
        return able and file.size == 0 and not self._options.recognises_files

    def _elsewhere(self, file: SubmissionFile, upload: Upload) -> Upload:
        """409: the server stands elsewhere than we thought; where it says the same offset, somebody holds a lock."""
        found = self.find(file, upload.token)
        if found is None:
            raise Retryable(problems.upload_lost(self._host))
        if found.offset == upload.offset:
            raise Retryable(problems.locked(self._host), LOCK_WAIT_S)
        self._checked.pop(upload.token, None)  # what it kept of a broken part was compared with nothing
        return found

    def _check_size(self, file: SubmissionFile) -> None:
        most = self.offer().max_size
        if most is not None and file.size > most:
            raise Refused(problems.too_large(self._host))
