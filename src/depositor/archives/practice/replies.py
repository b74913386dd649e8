"""What the practice archive answers, as values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``body`` is whole; ``stream`` comes in pieces of unknown number; ``file`` is sent from the disk."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    file: Path | None = None
    reason: str | None = None


class Rejected(Exception):
    """A request that is refused, in the archive's own words."""

    def __init__(
        self,
        status: int,
        words: str,
        headers: Mapping[str, str] | None = None,
        *,
        reasons: tuple[str, ...] = (),
        reason: str | None = None,
    ) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, dict(headers or {})
        self.reasons, self.reason = reasons, reason

    def reply(self) -> Reply:
        """As the client gets it."""
        content: dict[str, Any] = {"status": "FAIL", "message": self.words}
        if self.reasons:
            content["reasons"] = list(self.reasons)
        return json_reply(self.status, content, self.headers, self.reason)


def json_reply(status: int, content: Any, headers: Mapping[str, str] | None = None, reason: str | None = None) -> Reply:
    """An answer for programs."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, reason=reason)
