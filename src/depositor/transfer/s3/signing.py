"""AWS Signature Version 4 for S3, with the standard library alone
(https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). Tests hold it against botocore's."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
from collections.abc import Mapping

from depositor.transfer.s3.place import Address, S3Keys

UNSIGNED = "UNSIGNED-PAYLOAD"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
NOTHING = hashlib.sha256(b"").hexdigest()
_SIGNED = ("x-amz-", "content-md")


def signed(
    method: str, address: Address, headers: Mapping[str, str], payload: str, keys: S3Keys, region: str, now: dt.datetime
) -> dict[str, str]:
    """``headers`` with those added that sign the request; as they are for :data:`~.s3_place.ANYBODY`.

    ``payload`` is the SHA-256 (hex) of the body, :data:`UNSIGNED` or :data:`TRAILER`; ``now`` in UTC, as the server's
    clock has it. Signed are the host, ``x-amz-*`` and ``content-md5``; a proxy may change others.
    """
    if not keys.access:
        return {**headers, "x-amz-content-sha256": payload} if payload == TRAILER else dict(headers)
    stamp = _stamp(now)
    made = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": payload}
    if keys.token:
        made["x-amz-security-token"] = keys.token
    names, text = _canonical(method, address, made, payload)
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(text.encode()).hexdigest()}"
    signature = hmac.digest(_key(keys.secret, stamp[:8], region), to_sign.encode(), "sha256").hex()
    made["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return made


def _canonical(method: str, address: Address, headers: Mapping[str, str], payload: str) -> tuple[str, str]:
    """The names of the signed headers, and the canonical request."""
    small = ((name.lower(), value) for name, value in headers.items())
    chosen = {name: " ".join(value.split()) for name, value in small if name.startswith(_SIGNED)}
    chosen["host"] = address.host
    order = sorted(chosen)
    lines = "".join([f"{name}:{chosen[name]}\n" for name in order])
    names = ";".join(order)
    return names, f"{method}\n{address.path}\n{address.query}\n{lines}\n{names}\n{payload}"


def _stamp(now: dt.datetime) -> str:
    """As strftime("%Y%m%dT%H%M%SZ"), which takes as long as signing."""
    return f"{now.year:04}{now.month:02}{now.day:02}T{now.hour:02}{now.minute:02}{now.second:02}Z"


@functools.lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
