"""Imaging methods out of header words: only what the header says, by a table; nothing is guessed."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator

from depositor import resources
from depositor.draft.facts import Channel, ImageFacts
from depositor.form import vocabulary

Method = tuple[str, str]  # identifier and label of a term


def methods(image: ImageFacts) -> tuple[Method, ...]:
    """The imaging methods of an image, as its header, format and channels name them; empty where they name none."""
    found = [*_identified(image.modality_id)]
    found += [m for channel in image.channels for m in _of_channel(channel, image.modality)]
    if not image.channels:
        found += _looked_up("mode", image.modality)
    return tuple(dict.fromkeys(found))


def _identified(term_id: str | None) -> Iterator[Method]:
    """The method of an identifier, by the label of the vocabulary; nothing for one that it does not have."""
    label = _labels().get(term_id or "")
    if not label:
        found = vocabulary.term("imaging-methods", term_id) if term_id else None
        label = found.label if found else None
    if term_id and label:
        yield term_id, label


@functools.cache
def _labels() -> dict[str, str]:
    return dict(_table().values())


def without_dye(word: str) -> bool:
    """True for a word that names transmitted or reflected light where a dye would stand (``TL Brightfield``)."""
    return word.casefold() in _light_words()


def dye_of(name: str) -> str | None:
    """The dye that a channel's name can only mean (``AF488``). Names of filter cubes (``FITC``, ``GFP``, ``DAPI``) say
    which light was let through, not which dye was there: for them there is no answer."""
    return _dyes().get(name.casefold())


_OF_A_CUBE = frozenset(
    ("DAPI", "EGFP", "FITC", "RFP", "TRITC", "Texas Red", "Cy3", "Cy5", "Cy7", "CFP", "YFP", "mCherry", "tdTomato")
)
_NO_DYE = frozenset(("transmitted", "reflection"))


@functools.cache
def _dyes() -> dict[str, str]:
    rows = [r for r in _fluorophores() if r["label"] not in _OF_A_CUBE | _NO_DYE]
    return {word.casefold(): r["label"] for r in rows for word in (r["label"], *r["synonyms"].split("|")) if word}


@functools.cache
def _light_words() -> frozenset[str]:
    found = (r for r in _fluorophores() if r["label"] in _NO_DYE)
    return frozenset(word.casefold() for r in found for word in r["synonyms"].split("|"))


@functools.cache
def _fluorophores() -> list[dict[str, str]]:
    return list(csv.DictReader(resources.text("vocabularies/fluorophores.tsv").splitlines(), delimiter="\t"))


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
