"""A piece of text and what it is."""

from __future__ import annotations

from dataclasses import dataclass

from depositor.privacy.kinds import Kind


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]`` is of ``kind``."""

    kind: Kind
    start: int
    end: int
