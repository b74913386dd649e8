"""Where an archive is, out of its address: what is tested follows from that, never from its name."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from depositor.draft.capabilities import Capabilities
from depositor.session.diagnosing.values import Place

if TYPE_CHECKING:
    from depositor.session.desk import Desk

# scheme: (kind, usual port, secure)
_SCHEMES = {
    "http": ("web", 80, False),
    "https": ("web", 443, True),
    "ftp": ("ftp", 21, False),
    "ftps": ("ftp", 21, False),  # AUTH TLS on the usual port; that it is secure is the archive's step to show
    "sftp": ("sftp", 22, False),
    "ssh": ("sftp", 22, False),
    "dav": ("web", 80, False),
    "davs": ("web", 443, True),
    "webdav": ("web", 80, False),
    "webdavs": ("web", 443, True),
}


def place_of(desk: Desk, found: Capabilities) -> Place:
    """Where the archive is, as set here, by the environment or in its description."""
    if found.kind == "folder":
        return Place("folder")
    url = desk.settings.endpoint(found.id) or found.endpoint
    if not url:
        return Place("here") if found.kind == "practice" else Place("unset")
    return place_at(url)


def place_at(url: str) -> Place:
    """The place that an address names; ``s3+https://`` is reached like ``https://``."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        scheme = parts.scheme.lower().rpartition("+")[2]
        if scheme == "file" or not scheme:
            return Place("folder", url=url)
        if scheme == "s3":
            return Place("web", _amazon(parts.query), 443, secure=True, url=url)
        kind, port, secure = _SCHEMES.get(scheme, ("other", 0, False))
        if parts.hostname:
            return Place(kind, parts.hostname, parts.port or port, secure, url)
    return Place("unset")


def _amazon(query: str) -> str:
    """``s3://bucket/folder?region=...`` names no host: it means Amazon's own."""
    region = dict(parse_qsl(query)).get("region")
    return f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
