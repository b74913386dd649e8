"""What is journaled of an upload to S3: which it is and how it is cut (the token), and of each part what the server
said of it (its receipt)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from depositor.transfer.ports import PartPlan
from depositor.transfer.s3.sums import MD5, SUMS, Sum
from depositor.transfer.s3.xml import S3Part

_MD5 = 32
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # json.dumps makes one for each call


@dataclass(frozen=True, slots=True)
class S3Token:
    """The far side of one file. ``upload`` is empty for a file that goes in one request; ``part`` is the length of all
    parts but the last; ``by`` names the sum of the parts. ``opaque``: the ETags of this upload are no MD5. ``whole``
    (hex, with ``-<count>`` behind it where it is one of sums): what the object must have, once the parts are joined."""

    key: str
    upload: str = ""
    part: int = 0
    by: str = MD5.name
    opaque: bool = False
    whole: str = ""
    tag: str = ""

    def encode(self) -> str:
        """As text."""
        about = {"key": self.key, "upload": self.upload, "part": self.part, "by": self.by}
        more = {"opaque": True} if self.opaque else {}
        told = {name: value for name, value in (("whole", self.whole), ("tag", self.tag)) if value}
        return _encoded({**about, **more, **told})

    @property
    def way(self) -> Sum:
        return SUMS[self.by]

    def joined(self, rows: Sequence[S3Part]) -> S3Token:
        """With what the object must have once these parts are joined."""
        tags = [row.etag for row in rows]
        tag = MD5.of_parts(tags, ()) if tags and not self.opaque and all(map(is_hex, tags)) else ""
        if self.way is MD5:
            return replace(self, whole=tag or f"-{len(rows)}", tag=tag)
        return replace(self, whole=self.way.of_parts([r.sums[self.by] for r in rows], [r.size for r in rows]), tag=tag)

    def plan(self, size: int) -> PartPlan:
        """How a file of ``size`` bytes is cut."""
        return PartPlan(size, self.part or max(size, 1))


def decode(text: str) -> S3Token | None:
    """The token out of its text; None for anything else."""
    try:
        about = json.loads(text)
        by, part = SUMS[about["by"]].name, int(about["part"])
        whole, tag = str(about.get("whole", "")), str(about.get("tag", ""))
        return S3Token(str(about["key"]), str(about["upload"]), max(part, 0), by, bool(about.get("opaque")), whole, tag)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def receipt(size: int, etag: str, digest: str = "") -> str:
    """The text of a part's receipt: its length, our sum of it (hex) where the server knows that, and its ETag."""
    return f"{size} {digest} {etag}" if digest else f"{size} {etag}"


def receipt_of(token: S3Token, part: S3Part) -> str | None:
    """The receipt out of what the server lists; the same text as when the part was sent. None where it does not tell
    the sum."""
    if token.way is MD5:
        return receipt(part.size, part.etag)
    digest = part.sums.get(token.by)
    return receipt(part.size, part.etag, digest) if digest else None


def part_of(token: S3Token, number: int, text: str) -> S3Part:
    """A receipt read again. ValueError for what is none."""
    if token.way is MD5:
        size, etag = text.split(" ", 1)
        return S3Part(number, int(size), etag, {token.by: etag})
    size, digest, etag = text.split(" ", 2)
    return S3Part(number, int(size), etag, {token.by: digest})


def is_hex(etag: str) -> bool:
    """Whether an ETag can be an MD5."""
    return len(etag) == _MD5 and not etag.strip("0123456789abcdef")


def same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
