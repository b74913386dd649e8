"""What a figure legend needs: a length for the scale bar, what the channels show, and the objective."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from depositor.bundle.answers import Record, record, records, terms, text
from depositor.bundle.sentences import Piece, Placeholder, joined

_STEPS = (1.0, 2.0, 5.0)
_SHARE = 5  # of the width of the image that a scale bar takes at most


def sentences(metadata: Record) -> Iterator[tuple[Piece, ...]]:
    """The facts as short sentences; gaps where pixel size or channels are not known."""
    yield from _subject(metadata)
    yield _channels(metadata)
    objective = next((o for r in records(metadata.get("light_microscopy")) if (o := text(r.get("objective")))), "")
    if objective:
        yield (f"Objective: {objective}.",)
    yield _scale(next(iter(records(metadata.get("image_data"))), {}))


def _subject(metadata: Record) -> Iterator[tuple[Piece, ...]]:
    sample = next(iter(records(metadata.get("biosample"))), {})
    entity, organisms = text(sample.get("biological_entity")), [t.label for t in terms(sample.get("organism"))]
    ways = dict.fromkeys(
        t.label for r in records(metadata.get("image_acquisition")) for t in terms(r.get("imaging_method"))
    )
    if entity and organisms:
        yield (f"{entity[:1].upper()}{entity[1:]} ({joined(organisms)}){', ' if ways else ''}{joined(list(ways))}.",)


def _channels(metadata: Record) -> tuple[Piece, ...]:
    colors = {
        text(c.get("channel_label")): text(c.get("color"))
        for r in records(metadata.get("light_microscopy"))
        for c in records(r.get("channels"))
    }
    rows = [c for r in records(metadata.get("specimen")) for c in records(r.get("channels"))]
    told = [_channel(c, at, colors) for at, c in enumerate(rows)]
    if not told:
        return ("Channels: ", Placeholder("specimen[0].channels", "channels"), ".")
    return (f"Channels: {'; '.join(told)}.",)


def _channel(given: Record, at: int, colors: dict[str, str]) -> str:
    label = text(given.get("channel_label")) or str(at + 1)
    shows = [text(given.get("channel_content")), text(given.get("channel_biological_entity"))]
    facts = [s for s in shows if s and s != label] + [text(given.get("color")) or colors.get(label, "")]
    known = ", ".join(filter(None, facts))
    return f"{label} ({known})" if known else label


def _scale(given: Record) -> tuple[Piece, ...]:
    sizes, extents = record(given.get("pixel_voxel_size")), record(given.get("dimension_extents"))
    pixel, width, unit = _positive(sizes.get("x")), _positive(extents.get("x")), text(sizes.get("unit")) or "µm"
    if pixel is None:
        return ("Scale bar, ", Placeholder("image_data[0].pixel_voxel_size", "pixel size"), ".")
    length = bar(pixel * (width or 1000))
    return (f"Scale bar, {length:g} {unit} ({round(length / pixel)} pixels of {pixel:.4g} {unit}).",)


def bar(width: float) -> float:
    """A round length (1, 2 or 5 times a power of ten) that takes at most a fifth of an image that is so wide."""
    most = width / _SHARE
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in _STEPS if step * power <= most * (1 + 1e-9))


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and 1e-300 < number < 1e300 and not isinstance(value, bool) else None
