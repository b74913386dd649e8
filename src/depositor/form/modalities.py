"""Imaging methods out of header words: only what the header says, by a table; nothing is guessed."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator

from depositor import resources
from depositor.draft.facts import Channel, ImageFacts

Method = tuple[str, str]  # identifier and label of a term


def methods(image: ImageFacts) -> tuple[Method, ...]:
    """The imaging methods of an image, as its header and channels name them; empty where they name none."""
    found = [m for channel in image.channels for m in _of_channel(channel, image.modality)]
    if not image.channels:
        found = [*_looked_up("mode", image.modality)]
    return tuple(dict.fromkeys(found))


def without_dye(word: str) -> bool:
    """True for a word that names transmitted or reflected light where a dye would stand (``TL Brightfield``)."""
    return word.casefold() in _light_words()


@functools.cache
def _light_words() -> frozenset[str]:
    rows = csv.DictReader(resources.text("vocabularies/fluorophores.tsv").splitlines(), delimiter="\t")
    found = (r for r in rows if r["label"] in ("transmitted", "reflection"))
    return frozenset(word.casefold() for r in found for word in r["synonyms"].split("|"))


def _of_channel(channel: Channel, of_image: str | None) -> Iterator[Method]:
    """A transmitted-light channel of a confocal is no confocal image: such a contrast counts more than the mode."""
    contrast = tuple(_looked_up("contrast", channel.contrast))
    mode = tuple(_looked_up("mode", channel.mode or of_image))
    if contrast and channel.contrast != "Fluorescence":
        yield from contrast
    else:
        yield from mode or contrast


def _looked_up(use: str, word: str | None) -> Iterator[Method]:
    found = _table().get((use, (word or "").casefold()))
    if found:
        yield found


@functools.cache
def _table() -> dict[tuple[str, str], Method]:
    rows = csv.DictReader(resources.text("vocabularies/modalities.tsv").splitlines(), delimiter="\t")
    return {(r["use"], r["word"].casefold()): (r["id"], r["label"]) for r in rows}
