"""A Methods paragraph and a data-availability sentence, in English, from what is known and nothing else.

Each sentence stands for one record of the form. What the archive requires and nobody answered shows as a gap in square
brackets; what is merely absent is not mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from depositor.bundle import imaging
from depositor.bundle.answers import Record, record, records, terms, text, texts
from depositor.bundle.licenses import license_name
from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import write_text

NAME = "methods.txt"
_NONE = frozenset(("-", "–", "—", "none", "n/a", "n.a", "na", "nothing", "not applicable", "not available"))


def write_methods(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write ``methods.txt``: a paragraph for each module, then data availability, funding and thanks."""
    return (write_text(folder / NAME, methods(sealed) + "\n"),)


def methods(sealed: Sealed) -> str:
    """The text, in paragraphs with an empty line between."""
    of = sealed.metadata.get
    study = record(of("study"))
    parts = [
        _paragraph("Samples", map(_biosample, records(of("biosample")))),
        _paragraph("Sample preparation", map(_specimen, records(of("specimen")))),
        _paragraph("Image acquisition", _acquisitions(sealed)),
        _paragraph("Image files", map(_image_files, records(of("image_data")))),
        _paragraph("Image correlation", map(_correlation, records(of("image_correlation")))),
        _paragraph("Image analysis", map(_analysis, records(of("analyzed_data")))),
        _paragraph("Annotations", map(_annotation, records(of("annotations")))),
        _paragraph("Data availability", [_own_availability(sealed)]),
        _paragraph("Funding", _funding(study)),
        _paragraph("Acknowledgements", [_sentence(study.get("acknowledgements"))]),
    ]
    return "\n\n".join(filter(None, parts))


def availability(accession: str | None, url: str | None, archive: str, license_id: str | None) -> str:
    """``The image data are available in {archive} under accession {id} ({url}), licence {name}.``; gaps are visible."""
    under = f"under accession {accession}" if accession else "under accession [accession number]"
    where = f" ({url})" if url else ""
    terms_of_use = f" under the licence {license_name(license_id)}" if license_id else ""
    return f"The image data are available in {_the(archive)} {under}{where}{terms_of_use}."


def _own_availability(sealed: Sealed) -> str:
    """The sentence; none for the practice archive, whose address no other computer can reach."""
    if sealed.capabilities.kind == "practice":
        return ""
    license_id = text(sealed.document.get("license")) or None
    return availability(sealed.accession, sealed.url, sealed.capabilities.name, license_id)


def _the(archive: str) -> str:
    return f"the {archive}" if archive.endswith(("Archive", "Resource", "archive")) else archive


def _paragraph(heading: str, sentences: Iterable[str]) -> str:
    said = " ".join(filter(None, sentences))
    return f"{heading}\n{said}" if said else ""


def _sentence(value: Any) -> str:
    """``value`` ended like a sentence; empty where it says nothing."""
    said = " ".join(text(value).split())
    return said if not said or said[-1] in ".!?" else f"{said}."


def _gap(value: Any, what: str) -> str:
    return " ".join(text(value).split()) or f"[{what}]"


def _term_list(value: Any, what: str) -> str:
    said = [f"{t.label} ({t.id})" if t.id else t.label for t in terms(value)]
    return _and(said) if said else f"[{what}]"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _named(given: Record, sentence: str) -> str:
    title = text(given.get("title"))
    return f"{title}: {sentence}" if title else sentence[:1].upper() + sentence[1:]


def _biosample(given: Record) -> str:
    entity = _term_list(given.get("biological_entity"), "biological entity")
    parts = [f"The images show {entity} of {_term_list(given.get('organism'), 'organism')}."]
    for key, words in (
        ("intrinsic_variable", "Intrinsic variable"),
        ("extrinsic_variable", "Treatment"),
        ("experimental_variable", "Varied between images"),
    ):
        told = [t for t in texts(given.get(key)) if not _says_none(t)]
        if told:
            parts.append(f"{words}: {_and(told)}.")
    return _named(given, " ".join(filter(None, (parts[0], _sentence(given.get("description")), *parts[1:]))))


def _says_none(said: str) -> bool:
    """True for an answer that only says there is nothing to answer, as "none" or "n/a"."""
    return said.strip().casefold().rstrip(".") in _NONE


def _specimen(given: Record) -> str:
    parts = [_sentence(_gap(given.get("preparation_method"), "sample preparation protocol"))]
    if text(given.get("growth_protocol")):
        parts.append(_sentence(f"Growth: {text(given.get('growth_protocol'))}"))
    parts += [_channel(c) for c in records(given.get("channels"))]
    return _named(given, " ".join(filter(None, parts)))


def _channel(given: Record) -> str:
    label, content = text(given.get("channel_label")), text(given.get("channel_content"))
    shows, mechanism = text(given.get("channel_biological_entity")), text(given.get("signal_contrast_mechanism"))
    told = [content, f"showing {shows}" if shows else "", f"({mechanism})" if mechanism else ""]
    said = " ".join(filter(None, told))
    return f"Channel {label}: {said}.".replace("Channel :", "Channel:") if said else ""


def _acquisitions(sealed: Sealed) -> Iterator[str]:
    details = imaging.microscopes(sealed)
    for given in records(sealed.metadata.get("image_acquisition")):
        said = _acquisition(given)
        yield said
        yield from (_microscope(r, said) for r in details.pop(text(given.get("title")), ()))
    yield from (_microscope(r, "") for rest in details.values() for r in rest)


def _microscope(given: Record, said: str) -> str:
    """What the description of the acquisition does not tell already, in one sentence."""
    facts = [f"{f.name.lower()} {f.told}" for f in imaging.details(given) if not _tells(said, f)]
    for name, known in imaging.channels(given):
        fresh = [f"{f.name.lower()} {f.told}" for f in known if not _tells(said, f)]
        facts += [f"channel {name} ({', '.join(fresh)})".replace("channel  ", "channel ")] if fresh else []
    return _sentence(f"Details: {'; '.join(facts)}") if facts else ""


def _tells(said: str, fact: imaging.Fact) -> bool:
    """Whether ``said`` holds the fact: 488 nm is not told by 1488 nm."""
    return re.search(rf"(?<![\w.,]){re.escape(fact.told)}(?!\w|[.,]\d)", said, re.IGNORECASE) is not None


def _image_files(given: Record) -> str:
    """Format, extents and pixel size of one kind of image files."""
    kind, size = text(given.get("format_and_compression")), imaging.size_sentence(given)
    parts = [f"size: {size}" if size else "", f"file format: {kind}" if kind else ""]
    said = "; ".join(filter(None, parts))
    return _sentence(said[:1].upper() + said[1:])


def _acquisition(given: Record) -> str:
    method = _term_list(given.get("imaging_method"), "imaging method")
    instrument = _gap(given.get("imaging_instrument"), "imaging instrument")
    settings = _gap(given.get("image_acquisition_parameters"), "image acquisition parameters")
    return _named(given, f"images were acquired by {method}. Instrument: {instrument}. Settings: {_sentence(settings)}")


def _correlation(given: Record) -> str:
    alignment = _sentence(_gap(given.get("spatial_and_temporal_alignment"), "spatial and temporal alignment"))
    fiducials = text(given.get("fiducials_used"))
    return _named(given, " ".join(filter(None, (alignment, f"Fiducials: {fiducials}." if fiducials else ""))))


def _analysis(given: Record) -> str:
    return _named(given, _sentence(_gap(given.get("analysis_method"), "image analysis overview")))


def _annotation(given: Record) -> str:
    parts = [
        _sentence(_gap(given.get("annotation_overview"), "annotation overview")),
        _sentence(_gap(given.get("annotation_method"), "annotation method")),
    ]
    for key, words in (
        ("annotation_criteria", "Criteria"),
        ("annotation_coverage", "Coverage"),
        ("annotation_confidence_level", "Confidence"),
    ):
        if text(given.get(key)):
            parts.append(_sentence(f"{words}: {text(given.get(key))}"))
    return _named(given, " ".join(parts))


def _funding(study: Record) -> Iterator[str]:
    yield _sentence(study.get("funding_statement"))
    for grant in records(study.get("grant")):
        number, funder = text(grant.get("identifier")), text(grant.get("funder"))
        if number:
            yield f"Grant {number}{f' of {funder}' if funder else ''}."
