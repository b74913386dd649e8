"""What a reader promises, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from depositor.draft.facts import Channel, ImageFacts
from depositor.draft.problem import Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """What a header says: the format's name as people know it, the images, and what is odd though it could be read."""

    format: str
    images: tuple[ImageFacts, ...] = ()
    problems: tuple[Problem, ...] = ()


class Reader(Protocol):
    """A member of the registry. ``tests/contract/reader_suite.py`` is this promise, executable.

    A reader never changes a file, never reads pixels, and never fills in what the file does not say. It may raise any
    exception on a damaged file (:func:`depositor.scan.headers.read` turns it into a Problem), but comes back soon.
    """

    id: str
    formats: tuple[str, ...]

    def claims(self, name: str, first_bytes: bytes) -> bool:
        """True where the first 4 KiB of the content are of this reader's formats; ``name`` only settles what content
        leaves open. A folder has no bytes: then the names in it, joined by newlines, stand for them."""
        ...

    def read(self, path: Path) -> Reading:
        """Read the header. Raises Truncated where the file ends too early, Unsupported for a variety it cannot read."""
        ...


class Truncated(Exception):
    """The file ends before its header does, or before the pixels that the header announces."""


class Unsupported(Exception):
    """A variety of the format that this reader does not read."""


class Implausible(Exception):
    """The header says what cannot be true."""


def without_silent(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    """The channels without those at the end that say nothing."""
    last = max((n for n, c in enumerate(channels) if c != Channel()), default=-1)
    return channels[: last + 1]


def with_facts(facts: ImageFacts, key: str, **found: Any) -> ImageFacts:
    """``facts`` with what was found, each from the native key ``key``; None adds nothing."""
    said = {k: v for k, v in found.items() if v is not None and v != ()}
    return replace(facts, **said, keys={**facts.keys, **dict.fromkeys(said, key)})
