"""AWS Signature Version 4 for S3, with the standard library alone
(https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). Tests hold it against botocore's."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from depositor.transfer.s3_place import S3Keys

UNSIGNED = "UNSIGNED-PAYLOAD"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
NOTHING = hashlib.sha256(b"").hexdigest()


def signed(
    method: str, url: str, headers: Mapping[str, str], payload: str, keys: S3Keys, region: str, now: dt.datetime
) -> dict[str, str]:
    """``headers`` with those added that sign the request.

    ``payload`` is the SHA-256 (hex) of the body, :data:`UNSIGNED` or :data:`TRAILER`; ``now`` in UTC, as the server's
    clock has it. ``url`` must be quoted as :meth:`S3Place.url` does.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    made = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": payload}
    if keys.token:
        made["x-amz-security-token"] = keys.token
    names, text = _canonical(method, url, made, payload)
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(text.encode()).hexdigest()}"
    signature = hmac.new(_key(keys.secret, stamp[:8], region), to_sign.encode(), hashlib.sha256).hexdigest()
    made["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return made


def _canonical(method: str, url: str, headers: Mapping[str, str], payload: str) -> tuple[str, str]:
    """The names of the signed headers, and the canonical request. Signed are the host, ``x-amz-*`` and
    ``content-md5``; a proxy may change others."""
    parts = urlsplit(url)
    chosen = {
        k.lower(): " ".join(v.split()) for k, v in headers.items() if k.lower().startswith(("x-amz-", "content-md"))
    }
    chosen["host"] = parts.netloc
    lines = "".join(f"{name}:{chosen[name]}\n" for name in sorted(chosen))
    names = ";".join(sorted(chosen))
    return names, "\n".join((method, parts.path or "/", parts.query, lines, names, payload))


@functools.lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key
