"""Where an S3 bucket is and how its addresses and parts are cut
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html, .../qfacts.html)."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit

LEAST_PART = 5 << 20
MOST_PARTS = 10_000
MOST_PART = 5 << 30
MOST_OBJECT = 5 << 40
MOST_KEY = 1024  # bytes of UTF-8
_ROOM = 9_500  # parts that a plan uses, so that a later change of mind has room
_MIB = 1 << 20
_AWS = re.compile(r"s3(\.dualstack)?([.-][a-z0-9-]+)?\.amazonaws\.com")

Style = Literal["path", "virtual"]


@dataclass(frozen=True, slots=True)
class S3Keys:
    """What signs a request. ``token`` belongs to keys for a limited time (STS). Without ``access`` requests are not
    signed: an open bucket. Never logged, never journaled."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return "S3Keys(...)"


ANYBODY = S3Keys("", "")


class Address(NamedTuple):
    """An address in the pieces that a signature and a request are made of, quoted as they are signed."""

    origin: str  # scheme and host
    host: str
    path: str
    query: str = ""

    @property
    def target(self) -> str:
        """Path and query, as they stand in the first line of a request."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def url(self) -> str:
        return self.origin + self.target

    @classmethod
    def of(cls, url: str) -> Address:
        """The pieces of an address that somebody else made."""
        parts = urlsplit(url)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.path or "/", parts.query)


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, and the prefix below which the names of files become keys.

    ``endpoint`` is the address of the service (``https://s3.eu-central-1.amazonaws.com``). ``style``: whether the
    bucket stands in the path or in front of the host; it stands in the path anyway where the host is a number, and
    where a bucket with dots would not fit the certificate.
    """

    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    style: Style = "path"

    def key(self, name: str) -> str:
        """The key of the file ``name``."""
        return f"{self.prefix.strip('/')}/{name}" if self.prefix.strip("/") else name

    def address(self, key: str = "", query: Mapping[str, str] | None = None) -> Address:
        """The address of ``key``, or of the bucket."""
        origin, host, base = _base(self.endpoint, self.bucket, self.style)
        return Address(origin, host, f"{base}/{quote(key, safe='-_.~/')}", query_of(query) if query else "")

    def url(self, key: str = "", query: Mapping[str, str] | None = None) -> str:
        """:meth:`address` as text."""
        return self.address(key, query).url


@functools.lru_cache(maxsize=64)
def _base(endpoint: str, bucket: str, style: Style) -> tuple[str, str, str]:
    """Origin, host, and what stands before each key."""
    parts = urlsplit(endpoint)
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    path = parts.path.rstrip("/")
    if style == "virtual" and not ("." in bucket and parts.scheme == "https") and not _is_number(parts.hostname or ""):
        host = f"{bucket}.{host}"
    else:
        path += "/" + quote(bucket, safe="-_.~")
    return f"{parts.scheme}://{host}", host, path


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def in_region(endpoint: str, region: str) -> str | None:
    """The endpoint of another region of Amazon's own service; None for other services, whose addresses follow no
    rule."""
    parts = urlsplit(endpoint)
    found = _AWS.fullmatch(parts.netloc.lower())
    if found is None or not re.fullmatch("[a-z0-9-]+", region):
        return None
    return f"{parts.scheme}://s3{found[1] or ''}.{region}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to speak to one S3 service. Sizes in bytes.

    ``part_size``: the size of parts that is aimed at; larger where a file would need too many. ``one_request``: files
    up to this size go in one PUT. ``keep_existing``: a key that somebody else filled is not written over
    (``If-None-Match: *``, where the service knows it). ``checksums``: ask for CRC-64/NVME or SHA-256 sums of parts;
    services that do not offer them get MD5. ``trailers``: those sums may follow the bytes. ``tidy``: before an upload
    of a key is begun, uploads of the same key that were left behind are aborted; right where nobody else writes below
    the prefix. ``storage_class`` and the like go into ``headers``, sent when an object is made. ``most_object``:
    larger files are refused before anything is sent. ``least_part``: no part but the last is smaller.
    """

    part_size: int = 16 << 20
    one_request: int = 8 << 20
    keep_existing: bool = True
    checksums: bool = True
    trailers: bool = True
    tidy: bool = True
    headers: Mapping[str, str] | None = None
    most_object: int = MOST_OBJECT
    least_part: int = LEAST_PART


PLAIN = S3Options()


def part_length(size: int, wanted: int) -> int:
    """The length of all parts but the last for a file of ``size`` bytes: ``wanted``, or as much more as keeps their
    number below the limit, in whole MiB."""
    if size <= wanted * _ROOM:
        return min(max(wanted, 1), MOST_PART)
    needed = -(-size // _ROOM)
    return min(-(-needed // _MIB) * _MIB, MOST_PART)


def query_of(values: Mapping[str, str]) -> str:
    """A query as SigV4 wants it: sorted, everything quoted but the unreserved characters."""
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in values.items())
    return "&".join(f"{key}={value}" for key, value in pairs)
