"""Signatures, trailers and addresses, held against botocore's."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from carrier_suite import BytesBody
from transfer_world import noise

from depositor.transfer import s3_signing
from depositor.transfer.s3_place import MOST_PART, MOST_PARTS, S3Keys, S3Place, part_length
from depositor.transfer.s3_sums import CHUNK, TRAILING, Passing, Trailing
from depositor.transfer.s3_token import S3Receipt, S3Token, decode

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
@pytest.mark.parametrize("name", ["x", "a b/ä☃+&=~'(1)*.tif", "a//b/%41.tif", ""])
@pytest.mark.parametrize("query", [{}, {"uploads": ""}, {"uploadId": "2~x/y+z=", "partNumber": "3"}])
def test_signatures_are_those_of_botocore(name: str, query: dict[str, str], token: str | None) -> None:
    keys = S3Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    headers = {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "x-amz-meta-note": " two   spaces "}
    for place in (S3Place("https://s3.example:8443", "bucket"), S3Place("https://s3.example", "b", style="virtual")):
        url = place.url(name, query)
        for payload in (s3_signing.UNSIGNED, s3_signing.TRAILER, s3_signing.NOTHING):
            made = s3_signing.signed("PUT", url, headers, payload, keys, "eu-central-1", NOW)
            assert made["Authorization"] == theirs("PUT", url, headers, payload, keys, "eu-central-1")


@pytest.mark.parametrize("size", [1, 255, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 70_000])
def test_trailers_are_those_of_botocore(size: int) -> None:
    from botocore.httpchecksum import AwsChunkedWrapper, Sha256Checksum

    data = noise(size)
    wrapped = AwsChunkedWrapper(io.BytesIO(data), checksum_cls=Sha256Checksum, checksum_name=TRAILING, chunk_size=CHUNK)
    ours = Trailing(BytesBody(data))
    sent = b"".join(ours)
    assert sent == wrapped.read()
    assert len(ours) == len(sent)
    assert ours.digest() == hashlib.sha256(data).digest()


def test_what_passes_is_summed() -> None:
    body = Passing(BytesBody(b"abc" * 1000), "md5")
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


def test_a_token_keeps_receipts_and_is_short() -> None:
    receipts = tuple(S3Receipt(hashlib.md5(bytes([n % 256])).digest(), "") for n in range(10_000))
    receipts = tuple(S3Receipt(r.digest, r.digest.hex()) for r in receipts)
    token = S3Token("a/ä.tif", "u" * 60, 16 << 20, "md5", receipts)
    text = token.encode()
    assert decode(text) == token
    assert len(text) < 230_000
    opaque = S3Token("k", "u", 5, "sha256", (S3Receipt(b"\0" * 32, "some-tag"),))
    assert decode(opaque.encode()) == opaque


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"key":"k","by":"md4"}', "null", '{"key":1,"by":[]}'])
def test_what_is_no_token_is_none(text: str) -> None:
    assert decode(text) is None
