"""How the parts and the small files of one service are proved; learnt from its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from depositor.draft.problem import Retryable
from depositor.transfer import problems
from depositor.transfer.net.lean_line import whole
from depositor.transfer.ports import Body
from depositor.transfer.s3.signing import TRAILER, UNSIGNED
from depositor.transfer.s3.sums import MD5, SHA256, Passing, Sum, Trailing, offered
from depositor.transfer.s3.token import S3Token, is_hex, receipt, same
from depositor.transfer.s3.wire import S3Answer, S3Object, S3Wire
from depositor.transfer.s3.xml import is_opaque, to_b64, to_hex

_UNKNOWN = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "MissingContentLength"})


class Proof:
    """What one service takes and tells.

    A part goes with the sum of its upload, before it or in a trailer behind it, so that the server checks it before it
    keeps it. Where it knows no such sums, it goes with Content-MD5, and its ETag is held against that.
    """

    def __init__(self, *, checksums: bool = True, trailers: bool = True) -> None:
        self._ways: tuple[Sum, ...] | None = None if checksums else ()
        self.trailers = trailers
        self.headers = checksums  # x-amz-checksum-sha256 with small files
        self._told = False  # the service told the SHA-256 of a small file: no MD5 is needed

    @property
    def ways(self) -> tuple[Sum, ...]:
        """The sums to ask for, the best first; looked up late, because that loads a library."""
        if self._ways is None:
            self._ways = offered()
        return self._ways

    def without(self, way: Sum) -> None:
        """The service does not know this one."""
        self._ways = tuple(other for other in self.ways if other != way)

    def plainer(self, *, conditional: bool) -> bool:
        """A service refused something as unknown: leave out the checksum first, the condition next. Returns whether to
        go on asking for the condition."""
        if self.headers:
            self.headers = False
            return conditional
        return False

    # --- small files -----------------------------------------------------------------------------------------------

    def ahead(self, body: Body, sha256: str) -> dict[str, str]:
        """The headers by which the server checks a small file. Its SHA-256 is signed besides."""
        told = {SHA256.header: to_b64(sha256)} if self.headers else {}
        return told if self._told else {"Content-MD5": to_b64(body.digest("md5")), **told}

    def of_put(self, wire: S3Wire, answer: S3Answer, body: Body, sha256: str) -> dict[str, str]:
        """The digests that the server gave of a small file, which are ours."""
        found = {}
        theirs = answer.headers.get(SHA256.header, "")
        self._told = bool(theirs)
        if theirs:
            self._must_be(wire, to_hex(theirs), sha256)
            found["sha256"] = sha256
        if is_md5(answer.etag, answer.headers):
            if not theirs:
                self._must_be(wire, answer.etag, body.digest("md5"))
            found["md5"] = answer.etag
        return found

    # --- parts -----------------------------------------------------------------------------------------------------

    def sent(self, wire: S3Wire, token: S3Token, number: int, body: Body) -> str:
        """Send a part; its receipt, once the server confirmed what it got."""
        if token.way is MD5:
            digest = body.digest("md5")
            answer = wire.part(token.key, token.upload, number, {"Content-MD5": to_b64(digest)}, whole(body), UNSIGNED)
            self._must(wire, answer)
            if not token.opaque and is_md5(answer.etag, answer.headers):
                self._must_be(wire, answer.etag, digest)
            return receipt(len(body), answer.etag)
        data, headers, payload = self._summed(token, body)
        answer = wire.part(token.key, token.upload, number, headers, data, payload)
        if answer.error is not None and self.trailers and answer.error.code in _UNKNOWN:
            self.trailers = False
            raise Retryable(problems.odd_answer(wire.host), 0.0)
        self._must(wire, answer)
        theirs, ours = answer.headers.get(token.way.header, ""), data.digest().hex()
        if theirs:
            self._must_be(wire, to_hex(theirs), ours)
        return receipt(len(body), answer.etag, ours)

    def _summed(self, token: S3Token, body: Body) -> tuple[Passing, dict[str, str], str]:
        if self.trailers:
            headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body))}
            return Trailing(body, token.way), headers | {"x-amz-trailer": token.way.header}, TRAILER
        held = _Held(body, token)
        return held, {token.way.header: to_b64(held.digest().hex())}, UNSIGNED

    def _must(self, wire: S3Wire, answer: S3Answer) -> None:
        wire.must(answer)
        if not answer.etag:
            raise Retryable(problems.odd_answer(wire.host))

    def _must_be(self, wire: S3Wire, theirs: str, ours: str) -> None:
        if not same(theirs, ours):
            raise Retryable(problems.checksum(wire.host))


class _Held(Passing):
    """A part that is summed before it goes, for services that take no trailers."""

    def __init__(self, body: Body, token: S3Token) -> None:
        super().__init__(body, token.way)
        self._blocks = list(super().__iter__())

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._blocks)


def is_md5(etag: str, headers: Mapping[str, str]) -> bool:
    """Whether an ETag is the MD5 of the bytes: not where they are kept encrypted with keys of a key service."""
    return is_hex(etag) and not is_opaque(headers)


def whole_token(key: str, digests: Mapping[str, str]) -> S3Token:
    """The token of a small file that is there; by the strongest digest that is known of it."""
    by = next((name for name in (SHA256.name, MD5.name) if name in digests), MD5.name)
    return S3Token(key, by=by, whole=digests.get(by, ""))


def agrees(token: S3Token, there: S3Object) -> bool | None:
    """Whether an object is the one of the token; None where the server gives nothing to compare with."""
    if token.whole.startswith("-"):
        count = "-" + there.etag.rpartition("-")[2]
        return False if count[1:].isdigit() and "-" in there.etag and count != token.whole else None
    told = there.sums.get(token.by, "")
    if token.way is MD5:
        bare = there.etag.partition("-")[0]
        told = there.etag if is_hex(bare) and not (token.opaque or there.opaque) else ""
    return same(told, token.whole) if told and token.whole else None


def digests(token: S3Token, there: S3Object) -> dict[str, str]:
    """What the server says of the whole object, under names for people: ``crc64nvme``, ``sha256``, ``md5``, or
    ``sha256-of-parts`` and ``md5-of-parts`` (``hex-n``). The ETag of an object that is proved by another sum is told
    with it, so that a list of the bucket can be held against it later."""
    if agrees(token, there) is not True:
        return {}
    found = {named(token.by, token.whole): token.whole}
    return found | ({named("md5", token.tag): token.tag} if token.tag and there.etag == token.tag else {})


def named(algorithm: str, digest: str) -> str:
    return f"{algorithm}-of-parts" if "-" in digest else algorithm
