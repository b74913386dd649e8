"""How the pixels of one frame lie in a file. Source: PS3.5 8, PS3.3 C.7.6.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from depositor.privacy.remedies.dicom import elements


@dataclass(frozen=True, slots=True)
class Layout:
    """``allocated`` and ``stored`` are bits of a sample; ``planar`` has all red before all green."""

    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    signed: bool
    planar: bool
    frames: int
    photometric: str

    @property
    def halved(self) -> bool:
        """True where two neighbours share their colour: Y Y Cb Cr."""
        return self.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422") and self.samples == 3

    @property
    def frame_bits(self) -> int:
        samples = 2 if self.halved else self.samples
        return self.rows * self.columns * samples * self.allocated


def of(dataset: Any) -> Layout | None:
    """None for files whose pixels nobody can find."""
    rows, columns = _number(dataset, "Rows"), _number(dataset, "Columns")
    allocated = _number(dataset, "BitsAllocated")
    if "FloatPixelData" in dataset or not rows or not columns or allocated not in (1, 8, 16, 32, 64):
        return None
    return Layout(
        rows,
        columns,
        _number(dataset, "SamplesPerPixel") or 1,
        allocated,
        _number(dataset, "BitsStored") or allocated,
        _number(dataset, "PixelRepresentation") == 1,
        _number(dataset, "PlanarConfiguration") == 1,
        max(_number(dataset, "NumberOfFrames"), 1),
        str(dataset.get("PhotometricInterpretation", "") or "").strip(),
    )


def _number(dataset: Any, keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword) or 0
    element = elements.look(dataset, tag) if tag in dataset else None
    try:
        return int(elements.texts(element.value)[0]) if element is not None else 0
    except (TypeError, ValueError, IndexError):
        return 0
