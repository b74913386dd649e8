"""The decode tier: formats that no reader here knows, through BioIO and the plug-ins that somebody installed beside it.

BioIO opens a file by trying its plug-ins, which takes seconds, so it is asked last and only where it is installed. It
fills in placeholders where a file tells nothing (docs/decisions/0005), so sizes, type and channel names are taken over
and pixel sizes are not.
"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan.readers import sane
from depositor.scan.readers.base import Reading, with_facts

ID = "bioio"
_MOST_SCENES = 200
_SIZES = {"size_x": "X", "size_y": "Y", "size_z": "Z", "size_c": "C", "size_t": "T"}


def installed() -> bool:
    """True where BioIO is there; looks for it without loading it."""
    return importlib.util.find_spec("bioio") is not None


def read(path: Path, format_name: str) -> Reading | None:
    """What BioIO says of the file; None where it cannot read it either."""
    from bioio import BioImage

    logging.getLogger("bioio").setLevel(logging.CRITICAL)  # it names files in its messages
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = BioImage(path)
            facts = tuple(_scene(image, number) for number in range(min(len(image.scenes), _MOST_SCENES)))
        except Exception:
            return None  # which of its plug-ins failed, and how, tells a person nothing
    return Reading(format_name, facts)


def plane(path: Path) -> Any:
    """The channels of the middle slice of the first time point of the first scene: (channel, height, width)."""
    from bioio import BioImage

    image = BioImage(path)
    return image.get_image_dask_data("CYX", T=0, Z=image.dims.Z // 2)


def _scene(image: Any, number: int) -> ImageFacts:
    image.set_scene(number)
    sizes = {name: sane.size(getattr(image.dims, axis, None)) for name, axis in _SIZES.items()}
    facts = with_facts(ImageFacts(), "BioImage.dims", **sizes)
    facts = with_facts(facts, "BioImage.dtype", pixel_type=str(image.dtype))
    named = tuple(Channel(name=sane.text(n)) for n in image.channel_names or ())
    facts = with_facts(facts, "BioImage.channel_names", channels=named if len(named) == facts.size_c else ())
    return replace(facts, name=sane.text(image.scenes[number]))
