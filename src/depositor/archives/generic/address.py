"""Addresses of storage: one clear form for each protocol, read strictly, explained with an example."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from depositor.archives.generic import problems
from depositor.draft.problem import NeedsUser, Problem


@dataclass(frozen=True, slots=True)
class Address:
    """A whole address. ``path`` is unquoted, with a ``/`` in front unless it is empty, and none behind."""

    scheme: str
    host: str
    port: int | None = None
    user: str = ""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Scheme, host and port, as web addresses begin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")

    @property
    def folder(self) -> str:
        """The folder on a server with a home for everybody: ``/~/in`` lies in the home, ``/in`` at the top; empty for
        the home itself."""
        if self.path == "/~" or not self.path:
            return ""
        return self.path.removeprefix("/~/") if self.path.startswith("/~/") else self.path

    def url(self, path: str = "") -> str:
        """The address of something below, quoted, without user or query."""
        below = f"{self.path}/{path}" if path else self.path
        return self.base + quote(below, safe="/~")


@dataclass(frozen=True, slots=True)
class Form:
    """What addresses of one protocol look like. ``needs_path``: a bucket or the like must be named."""

    example: str
    schemes: Mapping[str, str]  # as typed -> as used
    query: frozenset[str] = frozenset()
    needs_path: bool = False
    user: bool = True


FORMS: Mapping[str, Form] = {
    "s3": Form(
        "https://s3.example.org/bucket/folder",
        {"https": "https", "http": "http", "s3": "s3"},
        frozenset(("region", "style")),
        needs_path=True,
        user=False,
    ),
    "tus": Form("https://uploads.example.org/files/", {"https": "https", "http": "http"}, user=False),
    "sftp": Form("sftp://name@sftp.example.org/folder", {"sftp": "sftp"}),
    "ftp": Form("ftps://ftp.example.org/folder", {"ftps": "ftps", "ftpes": "ftps", "ftp": "ftp"}),
    "webdav": Form(
        "https://cloud.example.org/remote.php/dav/files/name/folder",
        {"https": "https", "davs": "https", "http": "http", "dav": "http"},
    ),
}
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


def parse(protocol: str, text: str, name: str = "") -> Address:
    """Read an address. NeedsUser (``place.no-address``, ``place.bad-address``) with an example of a right one."""
    form = FORMS[protocol]
    text = text.strip()
    if not text:
        raise NeedsUser(problems.no_address(name or protocol, form.example))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NeedsUser(problems.not_whole(form.example)) from None
    scheme = form.schemes.get(parts.scheme.lower())
    if scheme is None:
        raise NeedsUser(_of_scheme(form, parts.scheme if "://" in text else ""))
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise NeedsUser(problems.no_computer(form.example))
    if parts.password is not None:
        raise NeedsUser(problems.with_password(form.example))
    if parts.username and not form.user:
        raise NeedsUser(problems.with_name(form.example))
    path = unquote(parts.path).rstrip("/")
    if any(p in (".", "..") for p in path.split("/")) or "//" in path or any(c in path for c in "\0\r\n"):
        raise NeedsUser(problems.odd_folder(form.example))
    if parts.fragment:
        raise NeedsUser(problems.with_fragment(form.example))
    address = Address(scheme, parts.hostname, port, unquote(parts.username or ""), path, _query(form, parts.query))
    if form.needs_path and scheme != "s3" and not path and not _bucket_in_front(address.host):
        raise NeedsUser(problems.no_bucket(form.example))
    return address


def _query(form: Form, text: str) -> dict[str, str]:
    try:
        found = dict(parse_qsl(text, strict_parsing=bool(text), keep_blank_values=True))
    except ValueError:
        raise NeedsUser(problems.odd_query(form.example)) from None
    style = found.get("style", "path")
    if not set(found) <= form.query or style not in ("path", "virtual"):
        raise NeedsUser(problems.odd_query(form.example))
    return found


def _of_scheme(form: Form, scheme: str) -> Problem:
    names = ", ".join(f"{name}://" for name in form.schemes)
    if scheme:
        return problems.other_scheme(names, scheme, form.example)
    return problems.no_scheme(names, form.example)


# --- S3 --------------------------------------------------------------------------------------------------------------

_AMAZON = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3[.-](?:dualstack\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?"
)
_USUAL_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as an address names it."""

    endpoint: str
    bucket: str
    prefix: str
    region: str
    virtual: bool


def bucket(address: Address) -> Bucket:
    """``https://host/bucket/prefix``, with ``?region=`` and ``?style=virtual`` where the service needs them;
    ``s3://bucket/prefix`` means Amazon's; Amazon's own addresses tell their region, and may have the bucket in front
    of the host."""
    region = address.query.get("region", "")
    virtual = address.query.get("style") == "virtual"
    if address.scheme == "s3":
        region = region or _USUAL_REGION
        return Bucket(f"https://s3.{region}.amazonaws.com", address.host, address.path.strip("/"), region, virtual)
    amazon = _AMAZON.fullmatch(address.host)
    region = region or (amazon["region"] if amazon else _USUAL_REGION)
    if amazon and amazon["bucket"]:
        host = address.host.removeprefix(amazon["bucket"] + ".")
        endpoint = Address(address.scheme, host, address.port).base
        return Bucket(endpoint, amazon["bucket"], address.path.strip("/"), region, virtual=True)
    name, _, prefix = address.path.strip("/").partition("/")
    return Bucket(address.base, name, prefix, region, virtual)


def _bucket_in_front(host: str) -> bool:
    amazon = _AMAZON.fullmatch(host)
    return bool(amazon and amazon["bucket"])
