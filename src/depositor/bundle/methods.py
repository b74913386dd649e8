"""Words for a paper, in English: Methods, data availability and what a figure legend needs, from what is known.

Each sentence stands for answers of the form (templates: ``resources/words``). What is missing shows as a gap; what a
sentence before told is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor.bundle import legends
from depositor.bundle.answers import Record, record, records, text
from depositor.bundle.imaging import size_sentence
from depositor.bundle.licenses import license_name
from depositor.bundle.sealed import Sealed
from depositor.bundle.sentences import Filling, Piece, Placeholder, Section, filled, sections
from depositor.bundle.writing import write_text

__all__ = ["Paragraph", "Piece", "Placeholder", "Words", "availability", "methods", "words", "write_methods"]

NAME = "methods.txt"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: ``kind`` is methods, availability, thanks or legend, ``heading`` its English title."""

    kind: str
    heading: str
    pieces: tuple[Piece, ...]

    def text(self) -> str:
        """The paragraph; gaps in square brackets."""
        return "".join(p if isinstance(p, str) else p.told for p in self.pieces)

    @property
    def gaps(self) -> tuple[Placeholder, ...]:
        return tuple(p for p in self.pieces if isinstance(p, Placeholder))


@dataclass(frozen=True, slots=True)
class Words:
    """All paragraphs, in the order in which a paper needs them."""

    paragraphs: tuple[Paragraph, ...]

    def plain(self) -> str:
        """Headings and paragraphs, with an empty line between."""
        return "\n\n".join(f"{p.heading}\n{p.text()}" for p in self.paragraphs)

    def markdown(self) -> str:
        """The same with headings as Markdown has them; gaps stand out."""
        return "\n\n".join(f"## {p.heading}\n\n{_marked(p)}" for p in self.paragraphs)


def words(source: Sealed | Mapping[str, Any], *, gaps: bool = True) -> Words:
    """The words for a submission, or for the document of a draft.

    ``gaps``: also show what readers of a paper would like to know; without it only what archives require shows as a
    gap. Never raises, whatever shape the answers have.
    """
    document = source.document if isinstance(source, Sealed) else source
    metadata = record(document.get("metadata"))
    profiles = tuple(p for p in document.get("profiles") or () if isinstance(p, str))
    study = record(metadata.get("study"))
    paragraphs = [
        *_methods(metadata, profiles, gaps),
        Paragraph("availability", "Data availability", tuple(_availability(source, document))),
        Paragraph("thanks", "Funding", tuple(_joined((s,) for s in _funding(study)))),
        Paragraph("thanks", "Acknowledgements", tuple(_joined([(_sentence(study.get("acknowledgements")),)]))),
    ]
    if gaps:
        paragraphs.append(Paragraph("legend", "Figure legend", tuple(_joined(legends.sentences(metadata)))))
    return Words(tuple(p for p in paragraphs if any(p.pieces)))


def write_methods(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write ``methods.txt``: a paragraph for each module, then data availability, funding and thanks."""
    return (write_text(folder / NAME, methods(sealed) + "\n"),)


def methods(sealed: Sealed) -> str:
    """The text, in paragraphs with an empty line between."""
    return words(sealed, gaps=False).plain()


def _marked(paragraph: Paragraph) -> str:
    return "".join(p if isinstance(p, str) else f"**{p.told}**" for p in paragraph.pieces)


# --- methods ---------------------------------------------------------------------------------------------------------


def _methods(metadata: Record, profiles: tuple[str, ...], gaps: bool) -> Iterator[Paragraph]:
    every = sections()
    for section in every:
        if section.of is None:
            beside = tuple(s for s in every if s.of == section.module)
            told = _joined(_records(section, beside, metadata, profiles, gaps))
            yield Paragraph("methods", section.heading, tuple(told))


def _records(
    section: Section, beside: tuple[Section, ...], metadata: Record, profiles: tuple[str, ...], gaps: bool
) -> Iterator[tuple[Piece, ...]]:
    """The sentences about each record, with those of the records that belong to it behind them."""
    found = _placed(section, metadata, profiles, gaps)
    titles = [text(given.get("title")) for given, _ in found]
    left = {s.module: _placed(s, metadata, profiles, gaps) for s in beside}
    for given, path in found:
        title = text(given.get("title"))
        told = list(filled(section, given, path, Filling(gaps, computed=_computed(section, given))))
        said = " ".join(_text(t) for t in told)
        for one in beside:
            mine = [r for r in left[one.module] if _belongs(r[0], section.module, title, titles)]
            left[one.module] = [r for r in left[one.module] if r not in mine]
            told += (s for r, p in mine for s in filled(one, r, p, Filling(gaps, said)))
        if told and title and len(found) > 1 and not section.unnamed:
            told[0] = (f"{title}: ", *told[0])
        yield from told
    for one in beside:
        yield from (s for r, p in left[one.module] for s in filled(one, r, p, Filling(gaps)))


def _placed(section: Section, metadata: Record, profiles: tuple[str, ...], gaps: bool) -> list[tuple[Record, str]]:
    """The records of a module with their paths; an empty first one where its gaps are to be shown."""
    value = metadata.get(section.module)
    if isinstance(value, Mapping):
        return [(value, section.module)]
    each = enumerate(value if isinstance(value, (list, tuple)) else ())
    found = [(one, f"{section.module}[{at}]") for at, one in each if isinstance(one, Mapping) and one]
    wanted = gaps and ("*" in section.profiles or set(section.profiles) & set(profiles))
    if not found and wanted:
        found = [({}, section.module if section.module in _SINGLE else f"{section.module}[0]")]
    return found


_SINGLE = ("medical_imaging", "ai_ready")  # modules of the whole study


def _belongs(given: Record, module: str, title: str, titles: list[str]) -> bool:
    named = text(given.get(module))
    return named == title if named in titles else len(titles) == 1


def _computed(section: Section, given: Record) -> dict[str, str]:
    return {"size": size_sentence(given)} if section.module == "image_data" else {}


# --- availability, funding -------------------------------------------------------------------------------------------


def availability(accession: str | None, url: str | None, archive: str, license_id: str | None) -> str:
    """``The image data are available in {archive} under accession {id} ({url}), licence {name}.``; gaps are visible."""
    return _text(_available(accession, url, archive, license_id))


def _available(accession: str | None, url: str | None, archive: str, license_id: str | None) -> tuple[Piece, ...]:
    terms_of_use = f" under the licence {license_name(license_id)}" if license_id else ""
    return (
        f"The image data are available in {_the(archive)} under accession ",
        accession or Placeholder("", "accession number"),
        f"{f' ({url})' if url else ''}{terms_of_use}.",
    )


def _availability(source: Sealed | Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Piece]:
    """The sentence; none for the practice archive, whose address no other computer can reach."""
    license_id = text(document.get("license")) or None
    if not isinstance(source, Sealed):
        return
    if source.capabilities.kind == "practice":
        return
    if source.capabilities.name:
        yield from _available(source.accession, source.url, source.capabilities.name, license_id)
    else:
        yield from ("The image data are available in ", Placeholder("archive", "archive"), ".")
    doi = text(record(record(document.get("metadata")).get("study")).get("doi"))
    if doi and doi not in (source.accession or "") + (source.url or ""):
        yield f" Their DOI is {doi}."


def _the(archive: str) -> str:
    return f"the {archive}" if archive.endswith(("Archive", "Resource", "archive")) else archive


def _funding(study: Record) -> Iterator[str]:
    yield _sentence(study.get("funding_statement"))
    for grant in records(study.get("grant")):
        number, funder = text(grant.get("identifier")), text(grant.get("funder"))
        if number:
            yield f"Grant {number}{f' of {funder}' if funder else ''}."


def _sentence(value: Any) -> str:
    """``value`` ended like a sentence; empty where it says nothing."""
    said = " ".join(text(value).split())
    return said if not said or said[-1] in ".!?" else f"{said}."


def _joined(sentences: Iterable[tuple[Piece, ...]]) -> Iterator[Piece]:
    """The pieces of all sentences with spaces between."""
    first = True
    for sentence in sentences:
        if any(sentence):
            if not first:
                yield " "
            yield from sentence
            first = False


def _text(pieces: Iterable[Piece]) -> str:
    return "".join(p if isinstance(p, str) else p.told for p in pieces)
