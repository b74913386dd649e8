"""Files to a DANDI archive: the digest first, then parts to addresses that the archive signed, then the proof.

Bytes that the archive holds already are not sent. The addresses of parts are as good as a password and are kept in
memory alone; the archive gives each only once. So an outage costs a part, and the end of this program a file: the
upload is begun anew then, and the archive clears the old one away.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from depositor.draft.problem import Damaged, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.sums import Summed
from depositor.transfer.http.wire import Headers, HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.repositories.dandi_api import Begun, Blob, DandiApi, part_length
from depositor.transfer.repositories.digest_first import DigestShelf, MemoryShelf, PartsMd5, digest_first

if TYPE_CHECKING:
    import requests

_ETAG = "dandi-etag"


class DandiDesk(Protocol):
    """The archive's side of what is no upload. Its calls raise DepositErrors and nothing else."""

    def register(self, file: SubmissionFile, blob: str) -> None:
        """Put the blob under the file's path in the draft; may be repeated, and replaces what was there."""
        ...


@dataclass(slots=True)
class _UnderWay:
    begun: Begun
    etags: dict[int, str] = field(default_factory=dict)
    joining: bool = False


class DandiUploads:
    """The uploads of this run, shared by all its carriers. Never written anywhere."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[str, _UnderWay] = {}

    def add(self, begun: Begun) -> None:
        with self._guard:
            self._known[begun.id] = _UnderWay(begun)

    def get(self, upload: str) -> _UnderWay | None:
        with self._guard:
            return self._known.get(upload)

    def drop(self, upload: str) -> None:
        with self._guard:
            self._known.pop(upload, None)


class DandiCarrier:
    """Files to ``dandiset`` of the archive at ``base`` (``https://HOST/api``)."""

    id = "dandi"
    resumable = True
    part_size: int | None = None

    def __init__(
        self,
        base: str,
        dandiset: str,
        headers: Headers,
        desk: DandiDesk,
        uploads: DandiUploads,
        shelf: DigestShelf | None = None,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
    ) -> None:
        self._http = HttpWire(base, headers, timeouts, session)
        self._api = DandiApi(self._http, base)
        self._dandiset, self._desk, self._uploads = dandiset, desk, uploads
        self._shelf = shelf or MemoryShelf()
        self._host = self._http.host
        self._blobs: dict[str, Blob] = {}

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        if not file.size:
            raise Refused(http_problems.empty_file(self._host))
        etag = self._etag(file)
        begun = self._api.initialize(self._dandiset, file.size, etag)
        if begun is None:
            blob = self._api.blob(etag)
            if blob is None:
                raise Retryable(problems.odd_answer(self._host))
            return self._there(file, blob)
        plan = PartPlan(file.size, part_length(file.size))
        if {n: size for n, (size, _) in begun.parts.items()} != {n: plan.span(n)[1] for n in range(1, plan.count + 1)}:
            raise Retryable(problems.odd_answer(self._host))
        self._uploads.add(begun)
        return Upload(f"upload:{begun.id}")

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        kind, _, key = token.partition(":")
        known = self._uploads.get(key) if kind == "upload" else None
        if known is not None and not known.joining:
            return Upload(token, self._reached(file, known))
        etag = self._etag(file)
        blob = self._api.validate(key, etag) if kind == "upload" else self._api.blob(etag)
        if blob is not None:
            return self._there(file, blob)
        return Upload(token, self._reached(file, known)) if known else None

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        return part_length(file.size)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        if upload.offset < file.size:
            self.send_part(file, upload, upload.offset // part_length(file.size) + 1, body)
        reached = upload.offset + len(body)
        return self.join(file, upload, {}) if reached >= file.size else Upload(upload.token, reached)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """The archive's digests must be ours; then the file gets its place in the dandiset."""
        etag = self._etag(file)
        blob = self._blobs.pop(upload.token, None) or self._api.blob(etag)
        if blob is None or blob.size != file.size or not hmac.compare_digest(blob.etag, etag):
            raise Damaged(problems.differs(self._host))
        if blob.sha256 is not None and not hmac.compare_digest(blob.sha256.lower(), sha256):
            raise Damaged(problems.differs(self._host))
        self._desk.register(file, blob.id)
        digests = {_ETAG: etag} | ({"sha256": sha256} if blob.sha256 else {})
        return HeldFile(file.name, file.size, digests, proof=Proof.DIGEST if blob.sha256 else Proof.PARTS)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """The archive knows no way to drop an upload; it clears them away itself."""
        self._blobs.pop(token, None)
        self._uploads.drop(token.partition(":")[2])

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    # --- parts side by side ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """Cut as the digest is; ``wanted`` counts for nothing."""
        return PartPlan(file.size, part_length(file.size))

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        """Those whose answers came: nobody but we can tell."""
        known = self._uploads.get(upload.token.partition(":")[2])
        return dict(known.etags) if known else {}

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        known = self._known(upload)
        summed = Summed(body, hashlib.md5(usedforsecurity=False))
        answer = self._http.ask("PUT", known.begun.parts[number][1], {}, summed)
        if answer.status_code in (403, 404):  # its time is over, or the upload was cleared away
            self._uploads.drop(known.begun.id)
            raise Retryable(problems.upload_lost(self._host))
        self._http.must(answer, 200)
        etag = _etag_of(answer)
        if not hmac.compare_digest(etag, summed.hexdigest()):
            raise Retryable(problems.checksum(self._host))
        known.etags[number] = etag
        return etag

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        """Joined by the store, then made a blob by the archive. Where an answer was lost, the archive is asked."""
        known, etag = self._known(upload), self._etag(file)
        blob = self._api.validate(known.begun.id, etag) if known.joining else None
        if blob is None:
            parts = [
                (n, size, known.etags[n]) for n, (size, _) in sorted(known.begun.parts.items()) if n in known.etags
            ]
            if len(parts) != len(known.begun.parts):
                raise Damaged(problems.differs(self._host))
            known.joining = True
            self._joined(*self._api.complete(known.begun.id, parts), etag)
            blob = self._api.validate(known.begun.id, etag)
        if blob is None:
            raise Retryable(problems.odd_answer(self._host))
        self._uploads.drop(known.begun.id)
        return self._there(file, blob)

    # --- parts of the above ----------------------------------------------------------------------------------------

    def _joined(self, url: str, content: bytes, etag: str) -> None:
        """The store joins; an answer of 200 may hold an error (it takes long, and begins to answer before)."""
        answer = self._http.ask("POST", url, {"Content-Type": "application/xml"}, content)
        if answer.status_code in (403, 404):
            return  # its time is over, or it was done already: the archive knows
        self._http.must(answer, 200)
        if b"<Error" in answer.content:
            raise Retryable(problems.broken(self._host))
        said = answer.content.decode("utf-8", "replace").replace("&quot;", "").replace('"', "")
        if "<ETag>" in said and etag not in said:
            raise Damaged(problems.differs(self._host))

    def _there(self, file: SubmissionFile, blob: Blob) -> Upload:
        token = f"blob:{blob.id}"
        self._blobs[token] = blob
        return Upload(token, file.size, complete=True)

    def _etag(self, file: SubmissionFile) -> str:
        length, check = part_length(file.size), self._http.watch().check
        return digest_first(file, _ETAG, lambda: PartsMd5(length), self._shelf, check)

    def _reached(self, file: SubmissionFile, known: _UnderWay) -> int:
        """Bytes from the first on whose parts arrived; what is complete but for the end needs no more bytes."""
        plan = PartPlan(file.size, part_length(file.size))
        return next((plan.span(n)[0] for n in range(1, plan.count + 1) if n not in known.etags), file.size)

    def _known(self, upload: Upload) -> _UnderWay:
        known = self._uploads.get(upload.token.partition(":")[2])
        if known is None:
            raise Retryable(problems.upload_lost(self._host))
        return known


def _etag_of(answer: requests.Response) -> str:
    return answer.headers.get("ETag", "").strip().strip('"').lower()
