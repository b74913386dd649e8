"""Fields of tus requests and answers."""

from __future__ import annotations

import base64
import binascii

from depositor.archives.practice.replies import Rejected

_MOST_METADATA = 8192


def parse_metadata(value: str) -> dict[str, str]:
    """``Upload-Metadata``: pairs of a key and base64, between commas. Rejected (400) where it is neither."""
    if len(value) > _MOST_METADATA:
        raise Rejected(431, "Upload-Metadata is too long.")
    pairs: dict[str, str] = {}
    for item in filter(None, (i.strip() for i in value.split(","))):
        key, _, coded = item.partition(" ")
        try:
            text = base64.b64decode(coded, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Rejected(400, "Upload-Metadata holds something that is no base64.") from None
        if not key.isascii() or key in pairs:
            raise Rejected(400, "A key of Upload-Metadata is not ASCII or comes twice.")
        pairs[key] = text
    return pairs


def repr_digest(sha256: str) -> str:
    """A SHA-256 (hex) as ``Repr-Digest`` says it."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
