"""Planes through BioIO, where that is installed and nothing here decodes the format."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan.planes.base import MAX_CHANNELS, Planes, check
from depositor.scan.readers import decoded


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the middle slice; only the pixels that a small picture needs are computed."""
    found = decoded.plane(path)
    check(*found.shape[-2:])
    step = max(1, max(found.shape[-2:]) // (2 * edge))
    thin = found[:MAX_CHANNELS, ::step, ::step].compute()
    colors = ([c.color for c in facts.channels] + [None] * len(thin))[: len(thin)]
    return Planes(tuple(thin), tuple(colors))
