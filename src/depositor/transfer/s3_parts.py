"""Parts: sending one with a proof, and comparing what the server holds with our receipts."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from depositor.draft.problem import Retryable
from depositor.transfer import problems, s3_errors
from depositor.transfer.ports import Body
from depositor.transfer.s3_signing import TRAILER, UNSIGNED
from depositor.transfer.s3_sums import TRAILING, Passing, Trailing
from depositor.transfer.s3_token import S3Receipt, S3Token, same
from depositor.transfer.s3_wire import S3Answer, S3Object, S3Part, S3Wire

_MD5 = 32
_UNKNOWN = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "MissingContentLength"})


class Proof:
    """How the parts and small files of one service are proved; learnt from its answers."""

    def __init__(self, *, trailers: bool = True) -> None:
        self.trailers = trailers
        self.headers = trailers  # x-amz-checksum-sha256 with small files
        self.opaque: bool | None = None  # its ETags are no MD5; None: not known yet

    def algorithm(self, checks: bool) -> str:
        """That of the receipts of a new upload, whose server ``checks`` SHA-256 sums of parts."""
        return "sha256" if checks else "md5"

    def plainer(self, *, conditional: bool) -> bool:
        """A service refused something as unknown: leave out the checksum first, the condition next. Returns whether to
        go on asking for the condition."""
        if self.headers:
            self.headers = False
            return conditional
        return False

    def header(self, sha256: str) -> dict[str, str]:
        """The checksum of a small file."""
        return {TRAILING: _b64(sha256)} if self.headers else {}

    def of_put(self, wire: S3Wire, answer: S3Answer, md5: str, sha256: str) -> dict[str, str]:
        """The digests that the server gave of a small file, which are ours."""
        found = {}
        theirs = answer.headers.get(TRAILING, "")
        if theirs:
            if not same(theirs, _b64(sha256)):
                raise Retryable(problems.checksum(wire.host))
            found["sha256"] = sha256
        if is_md5(answer.etag, answer.headers):
            if not same(answer.etag, md5):
                raise Retryable(problems.checksum(wire.host))
            found["md5"] = md5
        return found

    def sent(self, wire: S3Wire, token: S3Token, number: int, body: Body) -> S3Receipt:
        """Send a part; its receipt, once the server confirmed what it got.

        Where ETags are MD5, the part is summed while it passes. As long as that is not known, and where they are not,
        it is summed ahead (in memory), so that the server checks it.
        """
        if token.algorithm == "sha256":
            return self._with_sha256(wire, token, number, body)
        ahead = self.opaque is not False
        headers = {"Content-MD5": _b64(body.digest("md5"))} if ahead else {}
        passing = Passing(body, "md5")
        answer = wire.part(token.key, token.upload, number, headers, passing)
        if answer.error is not None:
            raise s3_errors.told(answer.error, wire.host)
        if not answer.etag:
            raise Retryable(problems.odd_answer(wire.host))
        self.opaque = not is_md5(answer.etag, answer.headers)
        if self.opaque and not ahead:
            raise Retryable(problems.odd_answer(wire.host), 0.0)  # proves nothing: once more, with the sum ahead
        if not self.opaque and not same(answer.etag, passing.digest().hex()):
            raise Retryable(problems.checksum(wire.host))
        return S3Receipt(passing.digest(), answer.etag)

    def _with_sha256(self, wire: S3Wire, token: S3Token, number: int, body: Body) -> S3Receipt:
        if self.trailers:
            data: Passing = Trailing(body)
            headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body))}
            headers["x-amz-trailer"] = TRAILING
            payload = TRAILER
        else:
            headers, payload = {TRAILING: _b64(body.digest("sha256"))}, UNSIGNED
            data = Passing(body, "sha256")
        answer = wire.part(token.key, token.upload, number, headers, data, payload)
        if answer.error is not None:
            if self.trailers and answer.error.code in _UNKNOWN:
                self.trailers = False
                raise Retryable(problems.odd_answer(wire.host), 0.0)
            raise s3_errors.told(answer.error, wire.host)
        theirs = answer.headers.get(TRAILING, "")
        if theirs and not same(theirs, base64.b64encode(data.digest()).decode()):
            raise Retryable(problems.checksum(wire.host))
        if not answer.etag:
            raise Retryable(problems.odd_answer(wire.host))
        return S3Receipt(data.digest(), answer.etag)


def is_md5(etag: str, headers: Mapping[str, str]) -> bool:
    """Whether an ETag is the MD5 of the bytes: not where they are kept encrypted with keys of a key service."""
    encrypted = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    return len(etag) == _MD5 and not encrypted and "x-amz-server-side-encryption-customer-algorithm" not in headers


def listed(token: S3Token) -> list[S3Part]:
    """The receipts as parts, for the call that completes the upload."""
    sums = token.algorithm == "sha256"
    return [S3Part(n, 0, r.etag, r.digest.hex() if sums else "") for n, r in enumerate(token.receipts, 1)]


def agreeing(token: S3Token, held: Sequence[S3Part], size: int) -> int:
    """How many parts, from the first on, the server holds as our receipts have them. A part without a receipt, whose
    answer never came, is sent again."""
    there = {part.number: part for part in held}
    for number, receipt in enumerate(token.receipts, 1):
        part = there.get(number)
        length = min(token.part, size - (number - 1) * token.part)
        if part is None or part.etag != receipt.etag or part.size not in (length, 0):
            return number - 1
        if part.sha256 and token.algorithm == "sha256" and not same(part.sha256, receipt.digest.hex()):
            return number - 1
    return len(token.receipts)


def agrees(token: S3Token, there: S3Object) -> bool | None:
    """Whether an object is the one of the receipts; None where the server gives nothing to compare with."""
    if not token.receipts:
        return None
    if token.algorithm == "sha256" and "-" in there.sha256:
        return same(there.sha256, token.digest)
    parts = there.etag.rpartition("-")[2] if token.upload else ""
    if token.algorithm == "md5" and all(r.etag == r.digest.hex() for r in token.receipts) and there.etag:
        return same(there.etag, token.digest)
    if token.upload and parts.isdigit():
        return None if int(parts) == len(token.receipts) else False
    return None


def digests(token: S3Token, there: S3Object) -> dict[str, str]:
    """What the server says of the whole object, under names for people: ``md5``, or ``md5-of-parts`` and
    ``sha256-of-parts`` (``hex-n``)."""
    if agrees(token, there) is not True:
        return {}
    return {f"{token.algorithm}-of-parts" if token.upload else token.algorithm: token.digest}


def _b64(value: str) -> str:
    return base64.b64encode(bytes.fromhex(value)).decode()
