"""Which files of one folder are one object: by their names, and by a cheap look where names do not tell."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.inventory import SetKind
from depositor.scan import kinds, peek

Entry = tuple[str, int, int, int]  # name, size, mtime_ns, inode
_PLANES = """
    tif tiff png jpg jpeg bmp jp2 j2k dm3 dm4 mrc eer ser stk
    ome.tif ome.tiff gel dcm
"""
_STACKABLE = frozenset(_PLANES.split())
_DICOM = frozenset(("dcm", "dicom", "ima"))
_OME_TIFF = frozenset(("ome.tif", "ome.tiff", "ome.tf2", "ome.tf8", "ome.btf"))
_COMPANION_OME = frozenset(("companion.ome", "ome.xml", "ome"))
_MOST_LOOKS = 512  # files of one folder that are opened; the rest is told by name
_LEAST_PLANES = 3
# The index of a plate, and how the files are named that it tells of.
_PLATES = (
    (re.compile(r"Index(?:\.idx|\.ref)?\.xml"), re.compile(r"r\d+c\d+f\d+p\d+", re.IGNORECASE)),
    (re.compile(r"MeasurementData\.mlf"), re.compile(r".*_T\d+F\d+L\d+A\d+Z\d+C\d+\.", re.IGNORECASE)),
    (re.compile(r".*\.htd", re.IGNORECASE), re.compile(r".*_[A-Z]{1,2}\d{2}(?:_s\d+)?(?:_w\d|[_.])", re.IGNORECASE)),
)
_ND_PART = re.compile(r"_w\d|_s\d|_t\d", re.IGNORECASE)


_SERIES = frozenset(("mrc", "st", "map", "ali", "tif", "tiff", "mrcs"))
_PARTS = {"emi": "ser", "mcd": "txt"}
_PART_NUMBER = re.compile(r"_\d+\.\w+$")
_OWNERS = frozenset(("oif", "vsi"))  # of a folder beside them
_Rule = Callable[[dict[str, str], dict[str, int]], None]


@dataclass(slots=True)
class Group:
    """A set in the making: ``name`` is its first file, or empty for the folder itself."""

    kind: SetKind
    name: str
    detail: str = ""


@dataclass(slots=True)
class Grouping:
    """The sets of one folder. It is kept over the parts of a very large folder, so that a stack stays one stack."""

    folder: str
    of: dict[str, Group] = field(default_factory=dict)
    _known: dict[str, Group] = field(default_factory=dict)
    _looks: int = 0

    def sort(self, entries: list[Entry]) -> dict[str, Group]:
        """The group of each file that belongs to an image; files that are missing in the answer are of no set."""
        self.of = {}
        sizes = {name: size for name, size, _, _ in entries}
        ends = {name: kinds.ending(name) for name in sizes}
        present = set(ends.values())
        if not self._plate(ends):
            for rule, wanted in self._rules():
                if not wanted.isdisjoint(present):
                    rule(ends, sizes)
            if len(self.of) < len(ends):
                self._singles(ends)
                self._sidecars(ends)
        return self.of

    def _rules(self) -> tuple[tuple[_Rule, frozenset[str]], ...]:
        # Each rule with the endings that it asks for: most folders need one of them.
        return (
            (self._dicom, _DICOM | {""}),
            (self._ome, _OME_TIFF | _COMPANION_OME),
            (self._metamorph, frozenset(("nd",))),
            (self._serial_em, frozenset(("mdoc", "mrc.mdoc"))),
            (self._numbered_parts, frozenset(("emi", "mcd"))),
            (self._stacks, _STACKABLE),
        )

    def _assign(self, key: str, group: Group, names: Iterable[str]) -> None:
        group = self._known.setdefault(key, group)
        for name in names:
            self.of[name] = group

    def _look(self) -> bool:
        self._looks += 1
        return self._looks <= _MOST_LOOKS

    # --- rules, in order; each takes what the ones before left -----------------------------------------------------

    def _plate(self, ends: dict[str, str]) -> bool:
        index = self._index(ends) if "plate" not in self._known else ""
        if index is None:
            return False
        self._assign("plate", Group(SetKind.PLATE, index, index), ends)
        return True

    def _index(self, ends: dict[str, str]) -> str | None:
        """The index file of the plate that the files of this folder are; in a very large folder the index may come
        with a later part, so that it is looked for on the disk."""
        for index, pattern in _PLATES:
            if any(pattern.match(name) for name in ends):
                found = next((n for n in ends if index.fullmatch(n)), None) or self._lies_there(index)
                if found:
                    return found
        return "MeasurementData.mlf" if "MeasurementData.mlf" in ends else None

    def _lies_there(self, index: re.Pattern[str]) -> str | None:
        names = ("Index.idx.xml", "Index.xml", "Index.ref.xml", "MeasurementData.mlf")
        return next((n for n in names if index.fullmatch(n) and Path(self.folder, n).is_file()), None)

    def _dicom(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        runs: dict[str, list[str]] = defaultdict(list)
        for name, end in ends.items():
            if end in _DICOM or (not end and name != "DICOMDIR" and not name.startswith(".")):
                runs[kinds.numbered(name) or name].append(name)
        for shape, names in runs.items():
            self._dicom_run(shape, sorted(names), ends)

    def _dicom_run(self, shape: str, names: list[str], ends: dict[str, str]) -> None:
        if not ends[names[0]] and not (self._look() and peek.is_dicom(f"{self.folder}/{names[0]}")):
            return
        first, last = (peek.dicom_series(f"{self.folder}/{n}") if self._look() else None for n in (names[0], names[-1]))
        if first == last:
            key = f"dicom {first or shape}"
            self._assign(key, Group(SetKind.DICOM, names[0]), names)
            return
        for name in names:
            uid = peek.dicom_series(f"{self.folder}/{name}") if self._look() else None
            self._assign(f"dicom {uid or shape}", Group(SetKind.DICOM, name), (name,))

    def _ome(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        heads = [n for n, e in sorted(ends.items()) if e in _COMPANION_OME]
        tiffs = [n for n, e in sorted(ends.items()) if e in _OME_TIFF]
        for name in (*heads, *(tiffs if len(tiffs) > 1 else ())):
            if name in self.of or not self._look():
                continue
            others = {n for n in peek.ome_names(f"{self.folder}/{name}") if n in ends and n not in self.of}
            if others - {name}:
                self._assign(f"ome {name}", Group(SetKind.OME_TIFF, name), others | {name})

    def _metamorph(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        for name in (n for n, e in ends.items() if e == "nd"):
            base = kinds.stem(name)
            parts = [n for n in ends if n.startswith(base) and _ND_PART.match(n, len(base)) and kinds.is_image(ends[n])]
            if parts:
                self._assign(f"nd {name}", Group(SetKind.COMPANION, name), (name, *parts))

    def _serial_em(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        """A tilt series, its mdoc and the movies that lie in the same folder are one set, named by the series."""
        for name in sorted(n for n, e in ends.items() if e in ("mdoc", "mrc.mdoc")):
            if name in self.of or not self._look():
                continue
            told = {n for n in peek.mdoc_names(f"{self.folder}/{name}") if n in ends and n not in self.of}
            own = name[: -len(".mdoc")]
            images = sorted(told | ({own} if kinds.is_image(ends.get(own, "")) else set()))
            series = own if own in images else next((n for n in images if ends[n] in _SERIES), name)
            if len(images) > 1 or (images and own not in images):
                self._assign(f"mdoc {name}", Group(SetKind.COMPANION, series), (name, *images))

    def _numbered_parts(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        """``a.emi`` with ``a_1.ser``, and ``a.mcd`` with the texts ``a_ROI_001_1.txt`` that were exported from it."""
        heads = {kinds.stem(n): n for n, e in ends.items() if e in _PARTS}
        found: dict[str, list[str]] = defaultdict(list)
        for name, end in ends.items():
            if end not in _PARTS.values() or name in self.of or not _PART_NUMBER.search(name):
                continue
            base = kinds.stem(name)
            while (base := base.rpartition("_")[0]) and base not in heads:
                pass
            if base and _PARTS[ends[heads[base]]] == end:
                found[heads[base]].append(name)
        for head, names in found.items():
            self._assign(f"parts {head}", Group(SetKind.COMPANION, head), (head, *names))

    def _stacks(self, ends: dict[str, str], sizes: dict[str, int]) -> None:
        shapes: dict[str, list[str]] = defaultdict(list)
        taken, shape_of = self.of, kinds.numbered_all
        for name, end in ends.items():
            if end in _STACKABLE and name not in taken:
                shapes[shape_of(name, end)].append(name)
        shapes.pop("", None)
        for shape, names in shapes.items():
            if f"stack {shape}" in self._known or _is_stack(names, sizes):
                first = min(names)
                self._assign(f"stack {shape}", Group(SetKind.STACK, first, shape), names)

    def _singles(self, ends: dict[str, str]) -> None:
        for name, end in ends.items():
            if name not in self.of and kinds.is_image(end):
                owner = end in _OWNERS and Path(self.folder, peek.owned_folder(name) or "").is_dir()
                self.of[name] = Group(SetKind.COMPANION if owner else SetKind.SINGLE, name)

    def _sidecars(self, ends: dict[str, str]) -> None:
        owned: Counter[str] = Counter()
        for name, end in ends.items():
            if (end in kinds.SIDECARS or end in ("mdoc", "mrc.mdoc", "xml")) and self._is_loose(name):
                image = kinds.sidecar_of(name, ends)
                group = self.of.get(image) if image else None
                if image and group is not None and image != name:
                    self.of[name] = group
                    owned[group.name] += 1
        for group in {id(g): g for g in self.of.values()}.values():
            if group.kind is SetKind.SINGLE and owned[group.name]:
                group.kind = SetKind.COMPANION

    def _is_loose(self, name: str) -> bool:
        group = self.of.get(name)
        return group is None or group.kind is SetKind.SINGLE


def _is_stack(names: list[str], sizes: dict[str, int]) -> bool:
    """Three or more files with a sign that they are planes of one image: numbers of equal width, or equal sizes."""
    if len(names) < _LEAST_PLANES:
        return False
    if len({len(n) for n in names}) == 1:
        return True
    found = [sizes[n] for n in names]
    return max(found) - min(found) <= 0.02 * max(found)
