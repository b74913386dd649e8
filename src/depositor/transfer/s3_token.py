"""What is journaled of an upload to S3: which it is, how it is cut, and a receipt for each part that it took."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class S3Receipt:
    """One part that arrived: our digest of it, which the server confirmed, and the ETag that it gave."""

    digest: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class S3Token:
    """The far side of one file. ``upload`` is empty for a file that goes in one request; ``part`` is the length of all
    parts but the last; ``algorithm`` that of the receipts' digests (``md5``, ``sha256``)."""

    key: str
    upload: str = ""
    part: int = 0
    algorithm: str = "md5"
    receipts: tuple[S3Receipt, ...] = ()

    def encode(self) -> str:
        """As text. ETags that are nothing but the digest are left out: 10,000 parts are 220 kB then."""
        about: dict[str, Any] = {"key": self.key, "upload": self.upload, "part": self.part, "by": self.algorithm}
        about["sums"] = base64.b64encode(b"".join(r.digest for r in self.receipts)).decode()
        if any(r.etag != r.digest.hex() for r in self.receipts):
            about["etags"] = [r.etag for r in self.receipts]
        return json.dumps(about, ensure_ascii=False, separators=(",", ":"))

    def count(self, size: int) -> int:
        """How many parts a file of ``size`` bytes has."""
        return max(-(-size // self.part), 1) if self.part else 1

    def reached(self, size: int) -> int:
        """Up to which byte of a file of ``size`` there are receipts."""
        return min(len(self.receipts) * self.part, size)

    def cut(self, count: int) -> S3Token:
        """With the first ``count`` receipts alone."""
        return replace(self, receipts=self.receipts[:count])

    def with_receipt(self, receipt: S3Receipt) -> S3Token:
        return replace(self, receipts=(*self.receipts, receipt))

    @property
    def digest(self) -> str:
        """What the server gives for the whole object: ``<hex>-<parts>``, the digest of the digests of the parts; for a
        file in one request the digest itself."""
        if not self.upload:
            return self.receipts[0].digest.hex() if self.receipts else ""
        return f"{of_parts(self.algorithm, [r.digest for r in self.receipts])}-{len(self.receipts)}"


def decode(text: str) -> S3Token | None:
    """The token out of its text; None for anything else."""
    try:
        about = json.loads(text)
        algorithm = {"md5": "md5", "sha256": "sha256"}[about["by"]]
        width = hashlib.new(algorithm, usedforsecurity=False).digest_size
        sums = base64.b64decode(about["sums"], validate=True)
        digests = [sums[at : at + width] for at in range(0, len(sums), width)]
        etags = about.get("etags") or [d.hex() for d in digests]
        receipts = tuple(S3Receipt(d, str(e)) for d, e in zip(digests, etags, strict=True))
        return S3Token(str(about["key"]), str(about["upload"]), int(about["part"]), algorithm, receipts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def of_parts(algorithm: str, digests: Sequence[bytes]) -> str:
    """The digest of the digests, hex."""
    return hashlib.new(algorithm, b"".join(digests), usedforsecurity=False).hexdigest()


def same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
