"""Parts by addresses that an archive signs: we hold no keys, it hands out an address for each part and ends the upload.

Where the archive cannot tell which parts arrived, the journaled receipts count. No address is ever journaled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from depositor.draft.problem import Damaged, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, s3_errors, s3_parts, web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.s3_sums import Passing
from depositor.transfer.s3_token import S3Receipt, S3Token, decode, same
from depositor.transfer.s3_wire import S3Part, error_of

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
    """The archive's side. Its calls raise DepositErrors and nothing else."""

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
    """Files by the addresses of ``desk``. ``resumable``: parts that arrived stay."""

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
        self._make: Callable[[], requests.Session] = lambda: session(timeouts, self._lines)
        self._session: requests.Session | None = None
        self._known: dict[tuple[str, int], SignedAddress] = {}

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
        full = len(known.receipts) == known.count(file.size)
        if full and self._desk.done(file, known.upload) is not None:
            return Upload(token, file.size, complete=True)
        try:
            held = self._desk.held(file, known.upload)
        except Retryable as error:
            if error.problem.code != "archive.upload-lost":
                raise
            return None
        kept = known if held is None else known.cut(s3_parts.agreeing(known, held, file.size))
        return Upload(kept.encode(), kept.reached(file.size))

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        token = decode(upload.token)
        if token is None:
            raise Retryable(problems.upload_lost(self._host))
        if len(token.receipts) >= token.count(file.size):
            self._desk.complete(file, token.upload, [r.etag for r in token.receipts])
            return Upload(upload.token, file.size, complete=True)
        number = len(token.receipts) + 1
        after = token.with_receipt(self._sent(self._address(file, token, number), token, number, body))
        return Upload(after.encode(), after.reached(file.size))

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        held = self._desk.done(file, _id(upload))
        if held is None:
            raise Retryable(problems.odd_answer(self._host))
        if held.size != file.size or not same(held.digests.get("sha256", sha256), sha256):
            raise Damaged(problems.differs(self._host))
        return held

    def abandon(self, file: SubmissionFile, token: str) -> None:
        known = decode(token)
        if known is not None:
            self._desk.abandon(file, known.upload)

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        self._known.clear()
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- one part --------------------------------------------------------------------------------------------------

    def _address(self, file: SubmissionFile, token: S3Token, number: int) -> SignedAddress:
        """The address of a part, asked for again shortly before its time is over."""
        known = self._known.get((token.upload, number))
        if known is None or (known.expires is not None and known.expires < self._clock() + _MARGIN_S):
            last = min(token.count(file.size), number + _AHEAD - 1)
            fresh = self._desk.addresses(file, token.upload, range(number, last + 1))
            self._known = {(token.upload, n): address for n, address in fresh.items()}
            known = self._known.get((token.upload, number))
        if known is None:
            raise Retryable(problems.odd_answer(self._host))
        return known

    def _sent(self, address: SignedAddress, token: S3Token, number: int, body: Body) -> S3Receipt:
        if self._session is None:
            self._session = self._make()
        passing = Passing(body, "md5")
        data = passing if len(body) else b""
        with web.told(address.url):
            answer = self._session.request(
                "PUT", address.url, headers=dict(address.headers), data=data, allow_redirects=False
            )
            error = error_of(answer)
        if error is not None:
            self._known.pop((token.upload, number), None)
            raise s3_errors.told(error, web.host_of(address.url))
        etag = answer.headers.get("ETag", "").strip().strip('"')
        if not etag:
            raise Retryable(problems.odd_answer(self._host))
        if s3_parts.is_md5(etag, answer.headers) and not same(etag, passing.digest().hex()):
            raise Retryable(problems.checksum(self._host))
        return S3Receipt(passing.digest(), etag)


def _id(upload: Upload) -> str:
    """The id that the archive gave; empty where the token is none of ours."""
    token = decode(upload.token)
    return token.upload if token else ""
