"""Whole images of a file: the registry of sources."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan import headers
from depositor.scan.whole.base import NotWhole, Whole, checked

_Source = Callable[[Path, tuple[ImageFacts, ...], ExitStack], list[Whole]]
_SOURCES: Mapping[str, tuple[str, str]] = {  # reader -> module and function
    "czi": ("czi", "images"),
    "lif": ("leica", "images"),
    "lof": ("leica", "single"),
    "nd2": ("nd2", "images"),
    "olympus-fluoview": ("olympus", "images"),
    "gatan": ("gatan", "images"),
    "ser": ("ser", "images"),
    "imaris": ("imaris", "images"),
}


@contextmanager
def opened(path: Path) -> Iterator[tuple[tuple[Whole, ImageFacts], ...]]:
    """All images of the file with what its header says of each. Raises NotWhole where planes cannot be read whole, and
    anything for a damaged file."""
    reader = headers.reader_of(path)
    module, function = _SOURCES.get(reader.id if reader else "", ("", ""))
    if reader is None or not module:
        raise NotWhole
    facts = reader.read(path).images
    source: _Source = getattr(importlib.import_module(f"depositor.scan.whole.{module}"), function)
    with ExitStack() as stack:
        found = source(path, facts, stack) if facts else []
        if not found or {image.described for image in found} != set(range(len(facts))):
            raise NotWhole  # an image that is described and cannot be read would be lost
        yield tuple((checked(image), facts[image.described]) for image in found)
