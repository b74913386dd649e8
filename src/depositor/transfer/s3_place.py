"""Where an S3 bucket is and how its addresses and parts are cut
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html, .../qfacts.html)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

LEAST_PART = 8 << 20
MOST_PARTS = 10_000
MOST_PART = 5 << 30
_ROOM = 9_500  # parts that a plan uses, so that a later change of mind has room
_MIB = 1 << 20

Style = Literal["path", "virtual"]


@dataclass(frozen=True, slots=True)
class S3Keys:
    """What signs a request. ``token`` belongs to keys for a limited time (STS). Never logged, never journaled."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return "S3Keys(...)"


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, and the prefix below which the names of files become keys.

    ``endpoint`` is the address of the service (``https://s3.eu-central-1.amazonaws.com``). ``style``: whether the
    bucket stands in the path or in front of the host.
    """

    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    style: Style = "path"

    def key(self, name: str) -> str:
        """The key of the file ``name``."""
        return f"{self.prefix.strip('/')}/{name}" if self.prefix.strip("/") else name

    def url(self, key: str = "", query: Mapping[str, str] | None = None) -> str:
        """The address of ``key``, or of the bucket; quoted exactly as it is signed."""
        parts = urlsplit(self.endpoint)
        host = self._host(parts.scheme, parts.netloc)
        path = parts.path.rstrip("/") + (f"/{quote(self.bucket, safe='-_.~')}" if self.style == "path" else "")
        return urlunsplit((parts.scheme, host, f"{path}/{quote(key, safe='-_.~/')}", query_of(query or {}), ""))

    def _host(self, scheme: str, netloc: str) -> str:
        host = netloc.lower().removesuffix(":443" if scheme == "https" else ":80")
        return f"{self.bucket}.{host}" if self.style == "virtual" else host


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to speak to one S3 service. Sizes in bytes.

    ``part_size``: the size of parts that is aimed at; larger where a file would need too many. ``one_request``: files
    up to this size go in one PUT. ``keep_existing``: a key that somebody else filled is not written over
    (``If-None-Match: *``, where the service knows it). ``trailers``: ask for SHA-256 checksums that follow the bytes
    of a part; services that do not offer them get MD5. ``tidy``: before an upload of a key is begun, uploads of the
    same key that were left behind are aborted; right where nobody else writes below the prefix. ``storage_class`` and
    the like go into ``headers``, sent when an object is made.
    """

    part_size: int = 16 << 20
    one_request: int = LEAST_PART
    keep_existing: bool = True
    trailers: bool = True
    tidy: bool = True
    headers: Mapping[str, str] | None = None


PLAIN = S3Options()


def part_length(size: int, wanted: int) -> int:
    """The length of all parts but the last for a file of ``size`` bytes: ``wanted``, or as much more as keeps their
    number below the limit, in whole MiB."""
    if size <= wanted * _ROOM:
        return max(wanted, 1)
    needed = -(-size // _ROOM)
    return min(-(-needed // _MIB) * _MIB, MOST_PART)


def query_of(values: Mapping[str, str]) -> str:
    """A query as SigV4 wants it: sorted, everything quoted but the unreserved characters."""
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in values.items())
    return "&".join(f"{key}={value}" for key, value in pairs)
