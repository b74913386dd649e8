"""Digests that some FTP servers compute: HASH (draft-bryan-ftpext-hash), and XSHA256, XMD5 and their like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from depositor.transfer.ftp.wire import Wire

_PACE = 50_000_000  # bytes per second that a slow server may take for a digest
_LENGTHS = {"sha256": 64, "sha512": 128, "sha1": 40, "md5": 32}
_COMMANDS = (("XSHA256", "sha256"), ("XSHA512", "sha512"), ("XSHA1", "sha1"), ("XSHA", "sha1"), ("XMD5", "md5"))


@dataclass(frozen=True, slots=True)
class DigestWay:
    """``command`` asks for it; ``choose`` is sent before, once per connection. ``algorithm`` as hashlib names it."""

    command: str
    algorithm: str
    choose: str = ""


def way(features: Mapping[str, str]) -> DigestWay | None:
    """How this server can be asked, best digest first; None where it cannot."""
    offered = {name.strip(" *").upper() for name in features.get("HASH", "").split(";")}
    for told in ("SHA-256", "SHA-512", "SHA-1", "MD5"):
        if told in offered:
            return DigestWay("HASH", told.replace("-", "").lower(), f"OPTS HASH {told}")
    return next((DigestWay(command, name) for command, name in _COMMANDS if command in features), None)


def asked(wire: Wire, by: DigestWay, path: str, size: int) -> str | None:
    """The digest of the whole file in hex; None where the server will not say."""
    wire.waits(size / _PACE)
    try:
        line = f"{by.command} {_quoted(path) if by.command != 'HASH' else path}"
        code, words = wire.answers(by.choose, line)[-1] if by.choose else wire.answer(line)
    finally:
        wire.waits(0)
    if code not in (213, 250):
        return None
    length = _LENGTHS[by.algorithm]
    found = re.search(rf"(?<![0-9A-Fa-f])[0-9A-Fa-f]{{{length}}}(?![0-9A-Fa-f])", words)
    return found[0].lower() if found else None


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
