"""imzML: mass spectrometry imaging. The XML is read up to its first spectrum; the spectra lie in an ``.ibd`` beside it.

Terms of the vocabularies of imzML (IMS) and of the Proteomics Standards Initiative (MS).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.facts import Device, ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, parts, sane, xml
from depositor.scan.readers.base import Reading, with_facts

_MOST_HEAD = 8 << 20
_MALDI = ("MS:1000075", "MS:1000239")
_MALDI_IMAGING = "OBI:0003099"
_NO_MODEL = frozenset(("MS:1000529", "MS:1000032", "MS:1000031", "MS:1000496", "MS:1000236"))
_UM = "UO:0000017"
_DIGESTS = {"IMS:1000091": "sha1", "IMS:1000090": "md5", "IMS:1000092": "sha256"}
_IBD_PIECE = 1 << 20

Terms = Mapping[str, tuple[str, str, str]]  # accession -> (name, value, accession of the unit)


class ImzmlReader:
    """imzML, continuous and processed."""

    id = "imzml"
    formats: tuple[str, ...] = ("imzML",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        is_mzml = b"<mzML" in first_bytes or b"<indexedmzML" in first_bytes
        return is_mzml and (name.lower().endswith(".imzml") or b"imagingMS" in first_bytes)

    def read(self, path: Path) -> Reading:
        root = _head(path)
        grid = _terms(root, "scanSettingsList/scanSettings")
        sizes = {f"size_{a}": sane.size(grid.get(f"IMS:100004{n}", ("", "", ""))[1]) for a, n in (("x", 2), ("y", 3))}
        facts = with_facts(ImageFacts(), "IMS:1000042 IMS:1000043", **sizes)
        x, y = _pixel(grid)
        facts = with_facts(facts, "IMS:1000046", pixel_size_x_um=x)
        facts = with_facts(facts, "IMS:1000047", pixel_size_y_um=y)
        run = xml.child(root, "run")
        facts = with_facts(facts, "run@startTimeStamp", acquired=sane.when(xml.attribute(run, "startTimeStamp")))
        return Reading("imzML", (_spectrometer(_software(facts, root), root),), _pair(path, root))


def ibd_of(path: Path) -> Path:
    """The file of the spectra of an ``.imzML``, whether it is there or not."""
    other = path.with_suffix(".IBD")
    return other if other.is_file() else path.with_suffix(".ibd")


def _pair(path: Path, root: xml.Element) -> tuple[Problem, ...]:
    """What is wrong with the file of the spectra as far as its first bytes show."""
    ibd = ibd_of(path)
    if not ibd.is_file():
        return (faults.part_missing(path.name, ibd.name),)
    told = _identifier(_terms(root, "fileDescription/fileContent"))
    with ibd.open("rb") as file:
        same = told is None or file.read(16).hex() == told
    return () if same else (faults.pair_differs(path.name, ibd.name),)


def _identifier(content: Terms) -> str | None:
    told = content.get("IMS:1000080", ("", "", ""))[1].strip("{} ").replace("-", "").lower()
    return told if len(told) == 32 else None


def _head(path: Path) -> xml.Element:
    """The document up to the end of its first spectrum."""
    root = xml.until(path, "spectrum", _MOST_HEAD)
    inner = xml.child(root, "mzML")
    return inner if inner is not None else root


def _terms(root: xml.Element | None, path: str) -> Terms:
    return _listed(xml.children(root, f"{path}/cvParam"))


def _listed(params: Iterable[xml.Element]) -> Terms:
    """The terms in their order; the first of each kind counts."""
    found: dict[str, tuple[str, str, str]] = {}
    for param in params:
        told = (param.get("name", ""), param.get("value", ""), param.get("unitAccession", ""))
        found.setdefault(param.get("accession", ""), told)
    return found


def _pixel(grid: Terms) -> tuple[float | None, float | None]:
    """The sides of a pixel. Where only one number is told, old files mean an area by it: it counts as a side only if
    the size of the whole image says the same."""
    sides = [_micrometres(grid.get(f"IMS:100004{n}")) for n in (6, 7)]
    if sides[0] is not None and "IMS:1000047" not in grid:
        whole, count = _micrometres(grid.get("IMS:1000044")), sane.size(grid.get("IMS:1000042", ("", "", ""))[1])
        fits = whole is not None and count is not None and abs(whole / count - sides[0]) <= 0.01 * sides[0]
        return (sides[0], sides[0]) if fits else (None, None)
    return sides[0], sides[1]


def _micrometres(term: tuple[str, str, str] | None) -> float | None:
    """A length; the vocabulary gives micrometres where the file names no unit."""
    return sane.length_um(term[1], "um") if term is not None and term[2] in ("", _UM) else None


def _software(facts: ImageFacts, root: xml.Element) -> ImageFacts:
    """The program that the instrument was run with, else the only one that is listed."""
    wanted = xml.attribute(xml.child(root, "instrumentConfigurationList/instrumentConfiguration/softwareRef"), "ref")
    listed = list(xml.children(root, "softwareList/software"))
    chosen = [s for s in listed if s.get("id") == wanted] or (listed if len(listed) == 1 else [])
    if not chosen:
        return facts
    names = [t[1] or t[0] for a, t in _listed(xml.children(chosen[0], "cvParam")).items() if a != "MS:1000799"]
    told = " ".join(filter(None, ((names or [chosen[0].get("id", "")])[0], chosen[0].get("version", ""))))
    return with_facts(facts, "software", software=sane.text(told, 80))


def _spectrometer(facts: ImageFacts, root: xml.Element) -> ImageFacts:
    stand = "instrumentConfigurationList/instrumentConfiguration"
    named = [t[0] for a, t in _terms(root, stand).items() if a.startswith("MS:") and a not in _NO_MODEL]
    model = sane.text(named[0], 80) if named else None
    facts = with_facts(facts, "instrumentConfiguration", instrument=Device(model=model) if model else None)
    source, analyzers = _terms(root, f"{stand}/componentList/source"), f"{stand}/componentList/analyzer"
    sources = [t[0] for t in source.values() if "ionization" in t[0]]
    analyzer = "; ".join(t[0] for t in _terms(root, analyzers).values() if not t[1])
    content = {**_terms(root, "fileDescription/fileContent"), **_groups(root)}
    facts = parts.with_ions(
        facts,
        polarity=(_one(content, {"MS:1000130": "positive", "MS:1000129": "negative"}), "MS:1000130 MS:1000129"),
        source=(sane.text(sources[0], 80) if sources else None, "componentList.source"),
        analyzer=(sane.text(analyzer, 120), "componentList.analyzer"),
        matrix=(sane.text(source.get("MS:1000834", ("", "", ""))[1], 120), "MS:1000834"),
        spectrum=(_spectrum(content), "fileContent"),
        **_range(root),
    )
    if any(a in source for a in _MALDI):
        return with_facts(facts, "componentList.source", modality="MALDI", modality_id=_MALDI_IMAGING)
    return facts


def _groups(root: xml.Element) -> Terms:
    """The terms that the first spectrum has or refers to."""
    spectrum = xml.child(root, "run/spectrumList/spectrum")
    wanted = {r.get("ref") for r in xml.children(spectrum, "referenceableParamGroupRef")}
    groups = xml.children(root, "referenceableParamGroupList/referenceableParamGroup")
    shared = (p for g in groups if g.get("id") in wanted for p in xml.children(g, "cvParam"))
    return {**_listed(shared), **_listed(xml.children(spectrum, "cvParam"))}


def _one(terms: Terms, words: Mapping[str, str]) -> str | None:
    found = [word for accession, word in words.items() if accession in terms]
    return found[0] if len(found) == 1 else None


def _spectrum(terms: Terms) -> str | None:
    storage = _one(terms, {"IMS:1000030": "continuous", "IMS:1000031": "processed"})
    shape = _one(terms, {"MS:1000128": "profile", "MS:1000127": "centroid"})
    return ", ".join(filter(None, (shape, storage))) or None


def _range(root: xml.Element) -> dict[str, parts.Told]:
    """The scan window of the first spectrum."""
    window = _terms(root, "run/spectrumList/spectrum/scanList/scan/scanWindowList/scanWindow")
    low, high = (sane.positive(window.get(a, ("", "", ""))[1]) for a in ("MS:1000501", "MS:1000500"))
    if low is None or high is None or low >= high:
        return {}
    return {"mz_min": (low, "MS:1000501"), "mz_max": (high, "MS:1000500")}


# --- the file of spectra -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the ``.ibd`` is the one that the ``.imzML`` was written with; None where the header tells nothing to
    compare, or the comparison was stopped."""

    same_id: bool | None = None
    same_content: bool | None = None

    @property
    def broken(self) -> bool:
        """True where something was compared and differs."""
        return self.same_id is False or self.same_content is False


def ibd_agrees(imzml: Path, ibd: Path, cancel: Cancel) -> Agreement:
    """Compare the identifier at the start of the ``.ibd`` and its checksum with those in the ``.imzML``. Reads all of
    the ``.ibd``. Raises OSError, and like the reader for an ``.imzML`` that cannot be read."""
    content = _terms(_head(imzml), "fileDescription/fileContent")
    told = _identifier(content)
    wanted = [(d, content[a][1].strip().lower()) for a, d in _DIGESTS.items() if content.get(a, ("", "", ""))[1]]
    with ibd.open("rb") as file:
        first = file.read(16)
        same_id = first.hex() == told if told else None
        if not wanted or same_id is False:
            return Agreement(same_id)
        digest = hashlib.new(wanted[0][0], first, usedforsecurity=False)
        while piece := file.read(_IBD_PIECE):
            if cancel:
                return Agreement(same_id)
            digest.update(piece)
    return Agreement(same_id, digest.hexdigest() == wanted[0][1])


def total_ions(imzml: Path) -> dict[tuple[int, int], float]:
    """(column, row) of each pixel -> its total ion current, as the ``.imzML`` itself says. Raises like the reader."""
    found: dict[tuple[int, int], float] = {}
    for spectrum in xml.stream(imzml, frozenset(("spectrum",)), xml.MAX_BYTES):
        said: dict[str, str] = {}
        for element in spectrum.iter():
            if xml.local(element.tag) == "cvParam":
                said.setdefault(element.get("accession", ""), element.get("value", ""))
        x, y = sane.size(said.get("IMS:1000050")), sane.size(said.get("IMS:1000051"))
        total = sane.number(said.get("MS:1000285"))
        if x and y and total is not None:
            found[x, y] = total
    return found
