"""Signatures, trailers and addresses, held against botocore's."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from carrier_suite import BytesBody
from transfer_world import noise

from depositor.transfer.s3 import signing as s3_signing
from depositor.transfer.s3 import sums as s3_sums
from depositor.transfer.s3.place import ANYBODY, MOST_PART, MOST_PARTS, S3Keys, S3Place, in_region, part_length
from depositor.transfer.s3.sums import CHUNK, CRC64, MD5, SHA256, Passing, Sum, Trailing
from depositor.transfer.s3.token import S3Token, decode, part_of, receipt_of
from depositor.transfer.s3.xml import S3Part

NOW = dt.datetime(2026, 11, 21, 12, 34, 56, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.auth

    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW, raising=True)


def theirs(method: str, url: str, headers: dict[str, str], payload: str, keys: S3Keys, region: str) -> str:
    """The Authorization that botocore makes."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    class Told(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return payload

    request = AWSRequest(method, url, headers=dict(headers))
    Told(Credentials(keys.access, keys.secret, keys.token), "s3", region).add_auth(request)
    return str(request.headers["Authorization"])


@pytest.mark.parametrize("token", [None, "session//token=="])
@pytest.mark.parametrize("name", ["x", "a b/ä☃+&=~'(1)*.tif", "a//b/%41.tif", "", "".join(map(chr, range(1, 256)))])
@pytest.mark.parametrize("query", [{}, {"uploads": ""}, {"uploadId": "2~x/y+z=", "partNumber": "3"}])
def test_signatures_are_those_of_botocore(name: str, query: dict[str, str], token: str | None) -> None:
    keys = S3Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    headers = {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "x-amz-meta-note": " two   spaces "}
    for place in (S3Place("https://s3.example:8443", "bucket"), S3Place("https://s3.example", "b", style="virtual")):
        address = place.address(name, query)
        for payload in (s3_signing.UNSIGNED, s3_signing.TRAILER, s3_signing.NOTHING):
            made = s3_signing.signed("PUT", address, headers, payload, keys, "eu-central-1", NOW)
            assert made["Authorization"] == theirs("PUT", address.url, headers, payload, keys, "eu-central-1")


@pytest.mark.parametrize("way", [SHA256, CRC64], ids=lambda way: way.name)
@pytest.mark.parametrize("size", [1, 255, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 70_000])
def test_trailers_are_those_of_botocore(size: int, way: Sum) -> None:
    from botocore.httpchecksum import AwsChunkedWrapper, CrtCrc64NvmeChecksum, Sha256Checksum

    data = noise(size)
    made = {SHA256: Sha256Checksum, CRC64: CrtCrc64NvmeChecksum}[way]
    wrapped = AwsChunkedWrapper(io.BytesIO(data), checksum_cls=made, checksum_name=way.header, chunk_size=CHUNK)
    ours = Trailing(BytesBody(data), way)
    assert len(ours) == len(wrapped.read())
    wrapped.seek(0)
    assert b"".join(ours) == wrapped.read()


@pytest.mark.parametrize("lengths", [[1], [5, 5, 3], [0], [1 << 20, 1 << 20, 17]])
def test_sums_of_parts_make_that_of_the_whole(lengths: list[int]) -> None:
    from awscrt import checksums

    blocks = [noise(length, seed) for seed, length in enumerate(lengths)]
    sums = [CRC64.running() for _ in blocks]
    for running, block in zip(sums, blocks, strict=True):
        running.update(block[:7])
        running.update(block[7:])
    whole = CRC64.of_parts([s.digest().hex() for s in sums], lengths)
    assert whole == f"{checksums.crc64nvme(b''.join(blocks)):016x}"


def test_the_sum_of_sums_is_as_s3_writes_it() -> None:
    digests = [hashlib.md5(b"a").hexdigest(), hashlib.md5(b"b").hexdigest()]
    joined = hashlib.md5(bytes.fromhex("".join(digests))).hexdigest()
    assert MD5.of_parts(digests, [1, 1]) == f"{joined}-2"


def test_without_the_library_sha256_is_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_sums, "crc64", lambda: None)
    assert s3_sums.offered() == (SHA256,)
    monkeypatch.undo()
    assert s3_sums.offered() == (CRC64, SHA256)


def test_what_passes_is_summed() -> None:
    body = Passing(BytesBody(b"abc" * 1000), MD5)
    assert b"".join(body) == b"abc" * 1000
    assert body.digest() == hashlib.md5(b"abc" * 1000).digest()


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (S3Place("https://s3.example/", "b"), "https://s3.example/b/p/a%20b.tif"),
        (S3Place("https://s3.example:443", "b"), "https://s3.example/b/p/a%20b.tif"),
        (S3Place("http://s3.example:80", "b"), "http://s3.example/b/p/a%20b.tif"),
        (S3Place("https://gate.example/s3", "b"), "https://gate.example/s3/b/p/a%20b.tif"),
        (S3Place("https://s3.example:9000", "b", style="virtual"), "https://b.s3.example:9000/p/a%20b.tif"),
        (S3Place("https://s3.example", "with.dots", style="virtual"), "https://s3.example/with.dots/p/a%20b.tif"),
        (S3Place("http://s3.example", "with.dots", style="virtual"), "http://with.dots.s3.example/p/a%20b.tif"),
        (S3Place("https://[2001:db8::1]:9000", "b", style="virtual"), "https://[2001:db8::1]:9000/b/p/a%20b.tif"),
        (
            S3Place("https://s3.dualstack.eu-west-1.amazonaws.com", "b", style="virtual"),
            "https://b.s3.dualstack.eu-west-1.amazonaws.com/p/a%20b.tif",
        ),
    ],
)
def test_addresses(place: S3Place, url: str) -> None:
    assert place.url("p/a b.tif") == url


def test_keys_stand_below_the_prefix() -> None:
    assert S3Place("https://e", "b", "/deposits/7/").key("a/b.tif") == "deposits/7/a/b.tif"
    assert S3Place("https://e", "b").key("a/b.tif") == "a/b.tif"


@pytest.mark.parametrize("size", [0, 1, 16 << 20, 100 << 30, 152 << 30, 153 << 30, 5 << 40, 45 << 40])
def test_no_file_needs_too_many_parts(size: int) -> None:
    part = part_length(size, 16 << 20)
    assert (16 << 20) <= part <= MOST_PART
    assert -(-size // part) <= MOST_PARTS


def test_small_parts_stay_small_for_small_files() -> None:
    assert part_length(10 << 30, 16 << 20) == 16 << 20
    assert part_length(200 << 30, 16 << 20) == 22 << 20


@pytest.mark.parametrize("way", [MD5, SHA256, CRC64], ids=lambda way: way.name)
def test_tokens_and_receipts_come_back(way: Sum) -> None:
    token = S3Token("a/ä.tif", "u" * 60, 16 << 20, way.name, way is MD5, "")
    assert decode(token.encode()) == token
    digest = way.running().digest().hex()
    listed = S3Part(7, 123, "an etag", {way.name: digest})
    text = receipt_of(token, listed)
    assert text is not None
    found = part_of(token, 7, text)
    assert (found.number, found.size, found.etag) == (7, 123, "an etag")
    assert found.sums[way.name] == ("an etag" if way is MD5 else digest)
    assert receipt_of(token, S3Part(7, 123, "an etag", {})) == (text if way is MD5 else None)


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"key":"k","by":"md4"}', "null", '{"key":1,"by":[]}'])
def test_what_is_no_token_is_none(text: str) -> None:
    assert decode(text) is None


def test_an_open_bucket_takes_requests_without_a_signature() -> None:
    made = s3_signing.signed("PUT", S3Place("https://e", "b").address("x"), {}, s3_signing.NOTHING, ANYBODY, "r", NOW)
    assert made == {}


@pytest.mark.parametrize(
    ("endpoint", "moved"),
    [
        ("https://s3.amazonaws.com", "https://s3.eu-west-1.amazonaws.com"),
        ("https://s3.us-east-2.amazonaws.com", "https://s3.eu-west-1.amazonaws.com"),
        ("https://s3.dualstack.us-east-2.amazonaws.com", "https://s3.dualstack.eu-west-1.amazonaws.com"),
        ("https://storage.example.org", None),
        ("https://s3.amazonaws.com.example.org", None),
    ],
)
def test_only_amazon_has_an_address_for_each_region(endpoint: str, moved: str | None) -> None:
    assert in_region(endpoint, "eu-west-1") == moved
    assert in_region("https://s3.amazonaws.com", "evil.example/") is None
