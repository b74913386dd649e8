"""Parts by addresses that an archive signs: we hold no keys, it hands out an address for each part and ends the upload.

Where the archive cannot tell which parts arrived, the journaled receipts count. No address is ever journaled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from depositor.draft.problem import Damaged, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.s3 import errors as s3_errors
from depositor.transfer.s3 import parts as s3_parts
from depositor.transfer.s3.place import ANYBODY, Address, S3Place
from depositor.transfer.s3.sums import MD5, Passing
from depositor.transfer.s3.token import S3Token, decode, part_of, receipt, same
from depositor.transfer.s3.wire import S3Wire
from depositor.transfer.s3.xml import S3Part

if TYPE_CHECKING:
    import requests

_MARGIN_S = 30.0
_AHEAD = 100  # addresses kept of one upload


@dataclass(frozen=True, slots=True)
class SignedAddress:
    """Where one part goes. ``headers`` belong to the signature; ``expires`` in seconds since 1970, None: unknown."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    expires: float | None = None

    def __repr__(self) -> str:
        return "SignedAddress(...)"


@dataclass(frozen=True, slots=True)
class Handed:
    """An upload as the archive began it: its id, and the length of all parts but the last."""

    upload: str
    part: int


class PartDesk(Protocol):
    """The archive's side. Its calls raise DepositErrors and nothing else, and may come from several threads at once."""

    def begin(self, file: SubmissionFile) -> Handed:
        """Begin an upload; after a crash it may be called again for the same file and must not leave two."""
        ...

    def addresses(self, file: SubmissionFile, upload: str, numbers: Sequence[int]) -> Mapping[int, SignedAddress]:
        """Fresh addresses for parts (numbered from 1); the first number must be among those given, more may be."""
        ...

    def held(self, file: SubmissionFile, upload: str) -> Sequence[S3Part] | None:
        """The parts that arrived; None where nobody can tell. Raises Retryable ``archive.upload-lost`` where the
        upload is gone."""
        ...

    def complete(self, file: SubmissionFile, upload: str, etags: Sequence[str]) -> None:
        """End the upload. Its answer may be lost: :meth:`done` is asked then."""
        ...

    def done(self, file: SubmissionFile, upload: str) -> HeldFile | None:
        """The file as the archive holds it after the end; None where it has none (yet)."""
        ...

    def abandon(self, file: SubmissionFile, upload: str) -> None:
        """Forget the upload; does not raise for one that is gone."""
        ...


class PresignedCarrier:
    """Files by the addresses of ``desk``, in parts of the archive's length; in any order and several at once by
    :meth:`send_part`, or one after the other by :meth:`send`."""

    id = "s3-presigned"
    resumable = True
    part_size: int | None = None

    def __init__(
        self,
        desk: PartDesk,
        host: str,
        timeouts: web.Timeouts = web.PATIENT,
        session: Callable[[web.Timeouts, web.Lines], requests.Session] = web.session,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk, self._host, self._clock = desk, host, clock
        self._lines = web.Lines()
        # Only for the connection: addresses and signatures come from the archive.
        self._wire = S3Wire(
            S3Place(f"https://{host}", ""),
            lambda: ANYBODY,
            lambda: session(timeouts, self._lines),
            connect_s=timeouts.connect,
        )
        self._known: dict[tuple[str, int], SignedAddress] = {}
        self._receipts: dict[str, dict[int, str]] = {}  # of uploads that are sent one part after the other
        self._unseen: set[str] = set()  # tokens of those that hold parts whose sums nobody compared

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        handed = self._desk.begin(file)
        return Upload(S3Token(file.name, handed.upload, max(handed.part, 1)).encode())

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        token = decode(upload.token)
        return token.part if token else max(file.size, 1)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        known = decode(token)
        if known is None or known.key != file.name:
            return None
        if self._desk.done(file, known.upload) is not None:
            return Upload(token, file.size, complete=True)
        try:
            held = self._desk.held(file, known.upload)
        except Retryable as error:
            if error.problem.code != "archive.upload-lost":
                raise
            return None
        if held is not None:
            mine = self._receipts.setdefault(known.upload, {})
            theirs = {part.number: receipt(part.size, part.etag) for part in held if part.number not in mine}
            self._unseen |= {token} if theirs else set()
            mine.update(theirs)
        return Upload(token, self._reached(known, file.size, held))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        token = self._token(upload)
        mine = self._receipts.setdefault(token.upload, {})
        if upload.offset >= file.size and len(mine) >= token.plan(file.size).count:
            return self._joined(file, token, mine, proved=upload.token not in self._unseen)
        number = upload.offset // token.part + 1
        mine[number] = self.send_part(file, upload, number, body)
        return Upload(upload.token, upload.offset + len(body))

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """What the archive says of the file. Where it tells no digest of it, the ETags of the parts are the proof, as
        far as they are MD5."""
        held = self._desk.done(file, self._token(upload).upload)
        if held is None:
            raise Retryable(problems.odd_answer(self._host))
        if held.size != file.size or not same(held.digests.get("sha256", sha256), sha256):
            raise Damaged(problems.differs(self._host))
        self._receipts.pop(self._token(upload).upload, None)
        whole = self._token(upload).whole
        return replace(held, proof=Proof.PARTS) if whole and held.proved_by is Proof.SIZE else held

    def abandon(self, file: SubmissionFile, token: str) -> None:
        known = decode(token)
        if known is not None:
            self._receipts.pop(known.upload, None)
            self._desk.abandon(file, known.upload)

    def abort(self) -> None:
        self._wire.broken_off += 1
        self._lines.abort()

    def close(self) -> None:
        self._known.clear()
        self._wire.close()

    # --- parts in any order ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """As the archive cuts it; ``wanted`` is not asked for."""
        token = decode(upload.token)
        return token.plan(file.size) if token else None

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        held = self._desk.held(file, self._token(upload).upload)
        return None if held is None else {part.number: receipt(part.size, part.etag) for part in held}

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        token = self._token(upload)
        return self._sent(self._address(file, token, number), token, number, body)

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        return self._joined(file, self._token(upload), receipts, proved=True)

    def _joined(self, file: SubmissionFile, token: S3Token, receipts: Mapping[int, str], *, proved: bool) -> Upload:
        try:
            parts = [part_of(token, number, receipts[number]) for number in sorted(receipts)]
        except ValueError as error:
            raise Retryable(problems.upload_lost(self._host)) from error
        if self._desk.done(file, token.upload) is None:
            self._desk.complete(file, token.upload, [part.etag for part in parts])
        proved = proved and all(s3_parts.is_md5(part.etag, {}) for part in parts)
        return Upload(replace(token, whole="md5" if proved else "").encode(), file.size, complete=True)

    # --- one part --------------------------------------------------------------------------------------------------

    def _reached(self, token: S3Token, size: int, held: Sequence[S3Part] | None) -> int:
        """Up to which byte one whole part is there after the other."""
        plan, offset = token.plan(size), 0
        mine = self._receipts.get(token.upload, {})
        there = None if held is None else {part.number: receipt(part.size, part.etag) for part in held}
        for number in range(1, plan.count + 1):
            length = plan.span(number)[1]
            text = mine.get(number, "")
            if not text.startswith(f"{length} ") or (there is not None and there.get(number) != text):
                break
            offset += length
        return offset

    def _token(self, upload: Upload) -> S3Token:
        token = decode(upload.token)
        if token is None:
            raise Retryable(problems.upload_lost(self._host))
        return token

    def _address(self, file: SubmissionFile, token: S3Token, number: int) -> SignedAddress:
        """The address of a part, asked for again shortly before its time is over."""
        known = self._known.get((token.upload, number))
        if known is None or (known.expires is not None and known.expires < self._clock() + _MARGIN_S):
            last = min(token.plan(file.size).count, number + _AHEAD - 1)
            fresh = self._desk.addresses(file, token.upload, range(number, last + 1))
            self._known = {(token.upload, n): address for n, address in fresh.items()}
            known = self._known.get((token.upload, number))
        if known is None:
            raise Retryable(problems.odd_answer(self._host))
        return known

    def _sent(self, signed: SignedAddress, token: S3Token, number: int, body: Body) -> str:
        passing, address = Passing(body, MD5), Address.of(signed.url)
        answer = self._wire.exchange("PUT", address, signed.headers, passing)
        if answer.error is not None:
            self._known.pop((token.upload, number), None)
            if answer.error.code == "RequestTimeTooSkewed" and not s3_errors.differs(answer.error.date):
                raise Retryable(s3_errors.address_expired(address.host))  # not our clock: that of who signed
            self._wire.must(answer)
        if not answer.etag:
            raise Retryable(problems.odd_answer(self._host))
        digest = passing.digest().hex()
        if s3_parts.is_md5(answer.etag, answer.headers) and not same(answer.etag, digest):
            raise Retryable(problems.checksum(self._host))
        return receipt(len(body), answer.etag)
