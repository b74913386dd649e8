"""Files to an S3 bucket: small ones in one PUT, others in parts, in any order and several at once.

What proves a part: its CRC-64/NVME or SHA-256, which the server checks before it keeps it, where the service offers
that; else the MD5 that the server gives back as ETag; else, where ETags are opaque (encryption by KMS), a Content-MD5
that it checks. What proves the object: the sum of the whole made from those of the parts, compared with a HEAD.

Without the library ``awscrt`` (the extra ``s3``) there is no CRC-64: then the proof of parts is SHA-256.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from depositor.draft import submission
from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.net import web
from depositor.transfer.net.lean_line import whole
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.s3 import errors as s3_errors
from depositor.transfer.s3 import leftovers as s3_leftovers
from depositor.transfer.s3 import parts as s3_parts
from depositor.transfer.s3.errors import S3Error
from depositor.transfer.s3.leftovers import STALE_S
from depositor.transfer.s3.parts import Proof
from depositor.transfer.s3.place import MOST_KEY, PLAIN, S3Keys, S3Options, S3Place, part_length
from depositor.transfer.s3.sums import MD5, Sum
from depositor.transfer.s3.token import S3Token, decode, part_of, receipt_of, same
from depositor.transfer.s3.wire import S3Wire
from depositor.transfer.s3.xml import S3Part, is_opaque, to_b64

if TYPE_CHECKING:
    import requests


class S3Carrier:
    """Files to the bucket at ``place``. The token of an upload holds no secret.

    A file is sent in parts by :meth:`plan`, :meth:`send_part` and :meth:`join`; :meth:`send` does the same for who
    sends one part after the other, with the server's list of parts in place of receipts.
    """

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
        self._wire = S3Wire(place, keys, lambda: session(timeouts, self._lines), connect_s=timeouts.connect)
        self._proof = Proof(checksums=options.checksums, trailers=options.trailers)
        self._ours: set[str] = set()  # keys that this carrier filled in this run, and may fill again
        self._conditional = options.keep_existing
        self._listed: tuple[str, list[S3Part] | None] | None = None  # what the last find saw of an upload
        self._receipts: dict[str, dict[int, str]] = {}  # of uploads that are sent one part after the other
        self._vanished: set[str] = set()

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        key = self._key(file)
        if file.size <= self.one_request:
            return Upload(S3Token(key).encode())
        self._must_be_free(file, key)
        if self._options.tidy:
            s3_leftovers.tidy(self._wire, key)
        upload, way, opaque = self._created(key)
        part = part_length(file.size, self._options.part_size)
        return Upload(S3Token(key, upload, part, way.name, opaque).encode())

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        return self._put(file, self._key(file), body)

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        token = decode(upload.token)
        return token.part if token and token.part else max(file.size, 1)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """An upload that is gone may have come to its end, with an answer that was lost: where an object of this size
        is there, :meth:`join` tells whether it is ours."""
        known = decode(token)
        if known is None or known.key != self._place.key(file.name):
            return None
        if not known.upload:
            return Upload(S3Token(known.key).encode())
        try:
            parts = self._wire.parts(known.key, known.upload)
        except Refused:
            return Upload(token)  # nobody may look: who sends one part after the other begins anew
        self._listed = (known.upload, parts)
        return self._ended(file, known) if parts is None else Upload(token, _reached(known, parts, file.size))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        token = self._token(upload)
        if not token.upload:
            return replace(self._put(file, token.key, body), digests={})  # it may be long until the end: look again
        mine = self._receipts.setdefault(token.upload, {})
        if upload.offset < file.size:
            number = upload.offset // token.part + 1
            mine[number] = self.send_part(file, upload, number, body)
        reached = upload.offset + len(body)
        if reached < file.size:
            return Upload(upload.token, reached)
        receipts = {**(self.held_parts(file, upload) or {}), **mine}
        if not token.whole:  # journaled before the end, so that an end whose answer is lost is known as ours
            token = token.joined(self._ordered(token, receipts, file.size))
            return Upload(token.encode(), reached)
        return self.join(file, upload, receipts)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """What the server's answer to the PUT said of a file in one request; for others, and where it said nothing, a
        HEAD. Where nobody may look, the sums that the server checked are what there is."""
        token = self._token(upload) if not upload.digests else S3Token(self._place.key(file.name))
        digests = upload.digests or self._proven(file, token)
        if not same(digests.get("sha256", sha256), sha256):
            raise Damaged(problems.differs(self._wire.host))
        self._ours.discard(token.key)
        self._receipts.pop(token.upload, None)
        proof = submission.Proof.DIGEST if any("-" not in d for d in digests.values()) else submission.Proof.PARTS
        return HeldFile(file.name, file.size, digests, self._place.url(token.key), proof)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """Abort the upload, so that nobody pays for its parts; an object that is complete stays."""
        known = decode(token)
        if known is not None and known.upload:
            self._receipts.pop(known.upload, None)
            with contextlib.suppress(DepositError):
                s3_leftovers.abort(self._wire, known.key, known.upload)

    def abort(self) -> None:
        self._wire.broken_off += 1
        self._lines.abort()

    def close(self) -> None:
        self._wire.close()

    # --- parts in any order ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """Parts of ``wanted`` bytes, but no smaller than the service takes, and no more of them than it counts."""
        token = decode(upload.token)
        if token is None or not token.upload:
            return None
        return PartPlan(file.size, part_length(file.size, max(wanted, self._options.least_part)))

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        """From ListParts; None where nobody may list, where the upload has come to its end, and where the list does
        not tell the sums."""
        token = self._token(upload)
        known, self._listed = self._listed, None
        try:
            fresh = known is not None and known[0] == token.upload
            parts = known[1] if known and fresh else self._wire.parts(token.key, token.upload)
        except Refused:
            return None
        rows = {part.number: receipt_of(token, part) for part in parts or ()}
        return None if parts is None or None in rows.values() else {n: text for n, text in rows.items() if text}

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        self._listed = None
        return self._proof.sent(self._wire, self._token(upload), number, body)

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        token = self._token(upload)
        parts = self._ordered(token, receipts, file.size)
        done = token.joined(parts)
        headers = {"x-amz-mp-object-size": str(file.size), **self._condition(token.key)}
        if token.way.whole:
            headers |= {token.way.header: to_b64(done.whole), "x-amz-checksum-type": "FULL_OBJECT"}
        answer = self._wire.complete(token.key, token.upload, parts, token.way, headers)
        if answer.error is not None:
            self._in_spite_of(answer.error, file, done)
        self._ours.add(token.key)
        return Upload(done.encode(), file.size, complete=True)

    def _ordered(self, token: S3Token, receipts: Mapping[int, str], size: int) -> Sequence[S3Part]:
        """The parts of the receipts; Retryable where they are not all there."""
        try:
            parts = [part_of(token, number, receipts[number]) for number in sorted(receipts)]
        except ValueError:
            parts = []
        if sum(part.size for part in parts) != size or [p.number for p in parts] != list(range(1, len(parts) + 1)):
            raise Retryable(problems.upload_lost(self._wire.host))
        return parts

    def _in_spite_of(self, error: S3Error, file: SubmissionFile, token: S3Token) -> None:
        """Return where the object is there in spite of the error: an earlier request of ours made it, though its
        answer was lost."""
        self._maybe_plainer(error)
        if error.status != 412 and error.code != "NoSuchUpload":
            raise s3_errors.told(error, self._wire.host)
        ours = self._is_there(file, token)
        if error.status == 412:  # an object is there, another or the same: these parts are not needed
            self.abandon(file, token.encode())
        if ours is True or (ours is None and error.status != 412):
            return
        if error.status == 412:
            raise Refused(problems.conflict(self._wire.host))
        self._vanished.add(token.upload)
        raise s3_errors.told(error, self._wire.host)

    # --- leftovers -------------------------------------------------------------------------------------------------

    def sweep(self, keep: Iterable[str] = (), older_s: float = STALE_S, names: Iterable[str] | None = None) -> int:
        """Abort uploads below our prefix that nobody will end: begun more than ``older_s`` ago and not among the tokens
        ``keep`` (the journal's, of all submissions); with ``names``, only those of these files. How many were aborted.
        Without a prefix the bucket is not ours alone: nothing is aborted there without ``names``."""
        return s3_leftovers.sweep(self._wire, self._place, keep, older_s, names)

    # --- one request -----------------------------------------------------------------------------------------------

    def _put(self, file: SubmissionFile, key: str, body: Body) -> Upload:
        sha256 = body.digest("sha256")
        headers = {**(self._options.headers or {}), **self._condition(key), **self._proof.ahead(body, sha256)}
        answer = self._wire.put(key, headers, whole(body), sha256)
        if answer.error is not None:
            self._maybe_plainer(answer.error)
            if answer.error.status != 412:
                raise s3_errors.told(answer.error, self._wire.host)
            digests = self._same_already(key, body, sha256)
        else:
            self._ours.add(key)  # before the proof: what arrived damaged may be written over
            digests = self._proof.of_put(self._wire, answer, body, sha256)
        return Upload(s3_parts.whole_token(key, digests).encode(), file.size, complete=True, digests=digests)

    def _same_already(self, key: str, body: Body, sha256: str) -> dict[str, str]:
        """The digests of what stood in the way, where it is what we would send; else Refused."""
        md5 = body.digest("md5")
        with contextlib.suppress(Refused):
            there = self._wire.head(key)
            if there is not None and there.size == len(body):
                known = ({"sha256": sha256}, {"md5": md5})
                verdicts = [s3_parts.agrees(s3_parts.whole_token(key, digest), there) for digest in known]
                if True in verdicts:
                    return known[verdicts.index(True)]
                if False not in verdicts and same(hashlib.sha256(self._wire.content(key)).hexdigest(), sha256):
                    return known[0]
        raise Refused(problems.conflict(self._wire.host))

    def _condition(self, key: str) -> dict[str, str]:
        """Nothing that somebody else put there is written over."""
        return {"If-None-Match": "*"} if self._conditional and key not in self._ours else {}

    def _maybe_plainer(self, error: S3Error) -> None:
        """Where a service does not know what was asked for, the next try asks for less."""
        if error.code == "NotImplemented" or error.status == 501:
            self._conditional = self._proof.plainer(conditional=self._conditional)
            raise Retryable(problems.odd_answer(self._wire.host), 0.0)

    # --- beginning -------------------------------------------------------------------------------------------------

    def _key(self, file: SubmissionFile) -> str:
        """Refused for what no S3 service takes, before anything is sent."""
        key = self._place.key(file.name)
        if len(key.encode()) > MOST_KEY:
            raise Refused(problems.name_refused(self._wire.host))
        if file.size > self._options.most_object:
            raise Refused(problems.too_large(self._wire.host))
        return key

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

    def _created(self, key: str) -> tuple[str, Sum, bool]:
        """(the upload's id, by which sum its parts are proved, whether their ETags are opaque)."""
        plain = dict(self._options.headers or {})
        for way in self._proof.ways:
            kind = "FULL_OBJECT" if way.whole else "COMPOSITE"
            more = {"x-amz-checksum-algorithm": way.label, "x-amz-checksum-type": kind}
            try:
                upload, told = self._wire.create(key, plain | more)
            except Refused:
                self._proof.without(way)  # a service that takes the question for an offence
                continue
            taken = told.get("x-amz-checksum-algorithm", "").upper() == way.label
            return upload, way if taken else MD5, is_opaque(told)
        upload, told = self._wire.create(key, plain)
        return upload, MD5, is_opaque(told)

    # --- looking ---------------------------------------------------------------------------------------------------

    def _token(self, upload: Upload) -> S3Token:
        token = decode(upload.token)
        if token is None:
            raise Retryable(problems.upload_lost(self._wire.host))
        return token

    def _has_size(self, key: str, size: int) -> bool:
        try:
            there = self._wire.head(key)
        except Refused:
            return True
        return there is not None and there.size == size

    def _ended(self, file: SubmissionFile, token: S3Token) -> Upload | None:
        """An upload that nobody knows any more: where its object may be there, :meth:`join` is asked, but once."""
        if token.whole:
            found = self._is_there(file, token) is not False
            return Upload(token.encode(), file.size, complete=True) if found else None
        if token.upload in self._vanished or not self._has_size(token.key, file.size):
            return None
        self._vanished.add(token.upload)
        return Upload(token.encode(), file.size)

    def _is_there(self, file: SubmissionFile, token: S3Token) -> bool | None:
        """Whether the object is there, and is that of the token; None where nothing tells."""
        try:
            there = self._wire.head(token.key)
        except Refused:
            return False
        return False if there is None or there.size != file.size else s3_parts.agrees(token, there)

    def _proven(self, file: SubmissionFile, token: S3Token) -> dict[str, str]:
        """The server's digests of the whole object; Damaged where they are not ours."""
        try:
            there = self._wire.head(token.key)
        except Refused:
            return {}
        if there is None or there.size != file.size or s3_parts.agrees(token, there) is False:
            raise Damaged(problems.differs(self._wire.host))
        return s3_parts.digests(token, there)


def _reached(token: S3Token, parts: Sequence[S3Part], size: int) -> int:
    """Up to which byte the server holds one whole part after the other. Each was sent with a sum that it checked."""
    plan, offset = token.plan(size), 0
    for number, part in enumerate(sorted(parts, key=lambda p: p.number), 1):
        if number > plan.count or (part.number, part.size) != (number, plan.span(number)[1]):
            break
        offset += part.size
    return offset
