"""Files to an S3 bucket: small ones in one PUT, others in parts that the journal keeps receipts of.

What proves a part: its SHA-256 in a trailer, which the server checks before it keeps it, where the service offers that;
else the MD5 that the server gives back as ETag; else, where ETags are opaque (encryption by KMS), a Content-MD5 that it
checks. What proves the object: the digest of those digests, compared with a HEAD after the end.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, s3_errors, s3_parts, web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.s3_parts import Proof
from depositor.transfer.s3_place import PLAIN, S3Keys, S3Options, S3Place, part_length
from depositor.transfer.s3_token import S3Receipt, S3Token, decode, same
from depositor.transfer.s3_wire import S3Answer, S3Part, S3Wire

if TYPE_CHECKING:
    import requests

_ABORTS = 3  # a part that was under way may arrive after an abort
_STALE_S = 86_400.0


class S3Carrier:
    """Files to the bucket at ``place``. The token of an upload holds no secret."""

    id = "s3"
    resumable = True

    def __init__(
        self,
        place: S3Place,
        keys: Callable[[], S3Keys],
        options: S3Options = PLAIN,
        timeouts: web.Timeouts = web.PATIENT,
        session: Callable[[web.Timeouts, web.Lines], requests.Session] = web.session,
    ) -> None:
        self._place, self._options = place, options
        self.part_size: int | None = options.part_size
        self.one_request = max(options.one_request, 0)
        self._lines = web.Lines()
        self._wire = S3Wire(place, keys, lambda: session(timeouts, self._lines))
        self._proof = Proof(trailers=options.trailers)
        self._ours: set[str] = set()  # keys that this carrier filled in this run, and may fill again
        self._conditional = options.keep_existing

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        key = self._place.key(file.name)
        if file.size <= self.one_request:
            return Upload(S3Token(key).encode())
        self._must_be_free(file, key)
        if self._options.tidy:
            self._tidy(key)
        upload, checks = self._created(key)
        part = part_length(file.size, self._options.part_size)
        return Upload(S3Token(key, upload, part, self._proof.algorithm(checks)).encode())

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        return self._put(file, S3Token(self._place.key(file.name)), body)

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        token = decode(upload.token)
        return token.part if token and token.part else max(file.size, 1)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        known = decode(token)
        if known is None or known.key != self._place.key(file.name):
            return None
        if len(known.receipts) == known.count(file.size) and self._is_there(file, known):
            self._ours.add(known.key)
            return Upload(token, file.size, complete=True)
        if not known.upload:
            return Upload(S3Token(known.key).encode())
        held = self._held(known)
        if held is None:
            return None
        kept = known.cut(s3_parts.agreeing(known, held, file.size))
        return Upload(kept.encode(), kept.reached(file.size))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        token = decode(upload.token)
        if token is None:
            raise Retryable(problems.upload_lost(self._wire.host))
        if not token.upload:
            return replace(self._put(file, token, body), digests={})  # it may be long until the end: look again then
        if len(token.receipts) >= token.count(file.size):
            return self._complete(file, token)
        number = len(token.receipts) + 1
        after = token.with_receipt(self._proof.sent(self._wire, token, number, body))
        return Upload(after.encode(), after.reached(file.size))

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """What the server's answer to the PUT said of a file in one request; for others, and where it said nothing, a
        HEAD."""
        token = decode(upload.token) or S3Token(self._place.key(file.name))
        url = self._place.url(token.key)
        digests = upload.digests or self._proven(file, token, sha256)
        if not same(digests.get("sha256", sha256), sha256):
            raise Damaged(problems.differs(self._wire.host))
        self._ours.discard(token.key)
        return HeldFile(file.name, file.size, digests, url)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """Abort the upload, so that nobody pays for its parts; an object that is complete stays."""
        known = decode(token)
        if known is not None and known.upload:
            with contextlib.suppress(DepositError):
                self._abort(known.key, known.upload)

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        self._wire.close()

    # --- leftovers -------------------------------------------------------------------------------------------------

    def sweep(self, keep: Iterable[str] = (), older_s: float = _STALE_S, names: Iterable[str] | None = None) -> int:
        """Abort uploads below our prefix that nobody will end: begun more than ``older_s`` ago and not among the tokens
        ``keep``; with ``names``, only those of these files. How many were aborted. Without a prefix the bucket is not
        ours alone: nothing is aborted there without ``names``."""
        if names is None and not self._place.key(""):
            return 0
        kept = {token.upload for token in map(decode, keep) if token}
        wanted = None if names is None else {self._place.key(name) for name in names}
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=older_s)
        stale = [
            (key, upload)
            for key, upload, begun in self._wire.uploads(self._place.key(""))
            if upload not in kept and begun < before and (wanted is None or key in wanted)
        ]
        return sum(self._abort(key, upload) for key, upload in stale)

    def _tidy(self, key: str) -> None:
        """Uploads of this very key whose id was lost in a crash; where nobody may list them, they stay."""
        try:
            left = [upload for found, upload, _ in self._wire.uploads(key) if found == key]
        except Refused:
            return
        for upload in left:
            self._abort(key, upload)

    def _abort(self, key: str, upload: str) -> bool:
        return any(self._wire.abort(key, upload) for _ in range(_ABORTS))

    # --- one request -----------------------------------------------------------------------------------------------

    def _put(self, file: SubmissionFile, token: S3Token, body: Body) -> Upload:
        md5, sha256 = body.digest("md5"), body.digest("sha256")
        headers = {"Content-MD5": _b64(md5), **self._made_with(token.key), **self._proof.header(sha256)}
        data = web.stream(body) if len(body) else b""
        answer = self._wire.put(token.key, headers, data, sha256)
        receipt = S3Receipt(bytes.fromhex(md5), answer.etag if answer.error is None else md5)
        done = S3Token(token.key, receipts=(receipt,))
        digests: dict[str, str] = {}
        if answer.error is not None:
            self._refused(file, done, answer)
        else:
            self._ours.add(token.key)  # before the proof: what arrived damaged may be written over
            digests = self._proof.of_put(self._wire, answer, md5, sha256)
        return Upload(done.encode(), file.size, complete=True, digests=digests)

    def _made_with(self, key: str) -> dict[str, str]:
        """The headers of an object that is made."""
        headers = dict(self._options.headers or {})
        if self._conditional and key not in self._ours:
            headers["If-None-Match"] = "*"
        return headers

    def _refused(self, file: SubmissionFile, token: S3Token, answer: S3Answer) -> None:
        """Return where the object is there in spite of the error: an earlier request of ours made it, though its
        answer was lost."""
        error = answer.error
        assert error is not None
        if error.code == "NotImplemented" or error.status == 501:
            self._conditional = self._proof.plainer(conditional=self._conditional)
            raise Retryable(problems.odd_answer(self._wire.host), 0.0)
        if error.status == 412 or error.code == "NoSuchUpload":
            if self._is_there(file, token):
                self._ours.add(token.key)
                return
            if error.status == 412:
                raise Refused(problems.conflict(self._wire.host))
        raise s3_errors.told(error, self._wire.host)

    # --- parts -----------------------------------------------------------------------------------------------------

    def _must_be_free(self, file: SubmissionFile, key: str) -> None:
        """Better told now than after a day of sending. Where nobody may look, the end will tell."""
        if not self._conditional or key in self._ours:
            return
        try:
            there = self._wire.head(key)
        except Refused:
            return
        if there is not None and there.size != file.size:
            raise Refused(problems.conflict(self._wire.host))

    def _created(self, key: str) -> tuple[str, bool]:
        headers = dict(self._options.headers or {})
        if not self._proof.trailers:
            return self._wire.create(key, headers)
        more = {"x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "COMPOSITE"}
        try:
            return self._wire.create(key, headers | more)
        except Refused:
            self._proof.trailers = False  # a service that takes the question for an offence
            return self._wire.create(key, headers)

    def _held(self, token: S3Token) -> list[S3Part] | None:
        """The parts at the server; where nobody may list them, those that we have receipts of."""
        try:
            return self._wire.parts(token.key, token.upload)
        except Refused:
            return s3_parts.listed(token)

    def _complete(self, file: SubmissionFile, token: S3Token) -> Upload:
        headers = {"x-amz-mp-object-size": str(file.size)}
        if self._conditional and token.key not in self._ours:
            headers["If-None-Match"] = "*"
        answer = self._wire.complete(token.key, token.upload, s3_parts.listed(token), headers)
        if answer.error is not None:
            try:
                self._refused(file, token, answer)
            finally:
                if answer.error.status == 412:  # an object is there, another or the same: these parts are not needed
                    self.abandon(file, token.encode())
        self._ours.add(token.key)
        return Upload(token.encode(), file.size, complete=True)

    # --- proof -----------------------------------------------------------------------------------------------------

    def _is_there(self, file: SubmissionFile, token: S3Token) -> bool:
        """Whether the object is there, and is that of the token's receipts."""
        try:
            there = self._wire.head(token.key)
        except Refused:
            return False
        return there is not None and there.size == file.size and s3_parts.agrees(token, there) is not False

    def _proven(self, file: SubmissionFile, token: S3Token, sha256: str) -> dict[str, str]:
        """The server's digests of the whole object; Damaged where they are not ours. Nothing where nobody may look:
        then the receipts of the parts are all there is."""
        try:
            there = self._wire.head(token.key)
        except Refused:
            return {}
        if there is None or there.size != file.size or s3_parts.agrees(token, there) is False:
            raise Damaged(problems.differs(self._wire.host))
        return s3_parts.digests(token, there)


def _b64(value: str) -> str:
    return base64.b64encode(bytes.fromhex(value)).decode()
