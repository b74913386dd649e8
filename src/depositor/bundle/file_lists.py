"""File lists of the BioImage Archive: one table for each study component and each annotation, a row for each file.

First heading ``Files``; no quoting, ``\\t`` between cells, UTF-8. Columns of facts appear where they tell files apart
(at least two values), those that the user described wherever they say anything, ``source_image`` always in the list of
an annotation. Source: the archive's help on file lists (www.ebi.ac.uk/bioimage-archive/help-file-list).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from depositor.bundle.answers import records, text
from depositor.bundle.columns import SOURCE_IMAGE, cell, described, header
from depositor.bundle.sealed import Sealed
from depositor.bundle.spelling import nfc
from depositor.bundle.writing import text_file
from depositor.draft.file_columns import FileColumn, evaluate
from depositor.draft.message import msg, msgn
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.submission import SubmissionFile

_OPEN_AT_ONCE = 100  # a process may hold some 256 files open on macOS


@dataclass(frozen=True, slots=True)
class FileList:
    """One list: the ``title`` of the record it belongs to, and its file name."""

    title: str
    annotation: bool
    name: str


def file_lists(sealed: Sealed) -> tuple[FileList, ...]:
    """The lists of a submission: study components first, then annotations; one for all files where there is neither."""
    components = [text(r.get("name")) for r in records(sealed.metadata.get("study_component"))]
    annotations = [text(r.get("title")) for r in records(sealed.metadata.get("annotations"))]
    titles = [(t, False) for t in components] + [(t, True) for t in annotations] or [("", False)]
    out: list[FileList] = []
    taken: set[str] = set()
    for title, annotation in titles:
        name = _free(slug(title) or ("annotations" if annotation else "files"), taken)
        out.append(FileList(title, annotation, f"filelist_{name}.tsv"))
    return tuple(out)


def slug(title: str) -> str:
    """A title in lower-case ASCII letters, digits and ``-``; empty where it holds none of them."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(found)
    return found


def write_file_lists(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write every list that has a file; the rows are streamed twice, or three times where a rule names source images.

    Raises NeedsUser where files belong to no study component or annotation.
    """
    census = _Census(file_lists(sealed), described(sealed.document.get("columns")), sealed.told())
    if census.templates:
        for file in sealed.data():
            census.point(file)
    for file in sealed.data():
        census.count(file)
    if census.homeless:
        raise NeedsUser(_homeless(census.homeless, census.example))
    used = [t for t in census.tables if t.rows]
    for at in range(0, len(used), _OPEN_AT_ONCE):
        _write_some(used[at : at + _OPEN_AT_ONCE], census, sealed, folder)
    return tuple(folder / t.list.name for t in used)


def _write_some(tables: Sequence[_Table], census: _Census, sealed: Sealed, folder: Path) -> None:
    headings = {t: t.headings() for t in tables}
    with ExitStack() as open_files:
        outs = {t: open_files.enter_context(text_file(folder / t.list.name)) for t in tables}
        for table, out in outs.items():
            out.write("\t".join(("Files", *headings[table])) + "\n")
        for file in sealed.data():
            home = census.home(file)
            if home in outs:
                cells = census.cells(home, file)
                row = (file.name, *(cells.get(h, "") for h in headings[home]))
                outs[home].write("\t".join(row) + "\n")


class _Table:
    """What the first round learns of one list: how many rows, and which columns tell them apart."""

    def __init__(self, plan: FileList, columns: Iterable[FileColumn], told: Callable[[SubmissionFile], str]) -> None:
        self.list = plan
        self._told = told
        self.rows = 0
        self._columns = tuple(c for c in columns if c.group in (None, plan.title))
        self._seen: dict[str, set[str]] = {}  # heading -> at most two of its values

    def count(self, file: SubmissionFile) -> None:
        values = self.values(file)
        for name in values.keys() - self._seen.keys():
            self._seen[name] = {""} if self.rows else set()  # the files before said nothing here
        for name, seen in self._seen.items():
            if len(seen) < 2:
                seen.add(values.get(name, ""))
        self.rows += 1

    def values(self, file: SubmissionFile) -> dict[str, str]:
        found = {header(k): cell(v) for k, v in file.facts.items() if k.strip() and v.strip()}
        told = self._told(file) if self._columns else ""
        described_ones = evaluate(self._columns, file.origin, told) if self._columns else {}
        return found | {header(name): cell(value) for name, value in described_ones.items()}

    def headings(self) -> tuple[str, ...]:
        """The headings after ``Files``: what must be there, what the user described, then facts by their name."""
        first = [SOURCE_IMAGE] if self.list.annotation else []
        asked = [h for h in (header(c.name) for c in self._columns) if h in self._seen]
        telling = sorted(name for name, seen in self._seen.items() if len(seen) > 1)
        return tuple(dict.fromkeys((*first, *asked, *telling)))


class _Census:
    """All lists of a submission, and where a source image that was renamed is found."""

    def __init__(
        self, lists: tuple[FileList, ...], columns: tuple[FileColumn, ...], told: Callable[[SubmissionFile], str]
    ) -> None:
        self.tables = tuple(_Table(plan, columns, told) for plan in lists)
        self.homeless = 0
        self.example = ""
        self._by_title = {nfc(t.list.title): t for t in reversed(self.tables)}
        components = [t for t in self.tables if not t.list.annotation]
        self._only = components[0] if len(components) == 1 else None
        pointing = tuple(c for c in columns if header(c.name) == SOURCE_IMAGE)
        self._typed = frozenset(nfc(v) for c in pointing for v in c.values.values())
        self._sources = dict.fromkeys(self._typed, "")
        self.templates = any(c.template for c in pointing)

    def home(self, file: SubmissionFile) -> _Table | None:
        """The list that a file stands in; where it names none, that of the only study component."""
        return self._by_title.get(nfc(file.group)) if file.group else self._only

    def count(self, file: SubmissionFile) -> None:
        home = self.home(file)
        if home:
            home.count(file)
        else:
            self.homeless += 1
            self.example = self.example or file.origin
        for origin, name in _with_folders(nfc(file.origin), file.name):
            if origin in self._sources:
                self._sources[origin] = name

    def point(self, file: SubmissionFile) -> None:
        """Note the source image that a rule names for a file, to be looked for among all files."""
        home = self.home(file)
        source = home.values(file).get(SOURCE_IMAGE) if home else None
        if source:
            self._sources.setdefault(nfc(source), "")

    def cells(self, table: _Table, file: SubmissionFile) -> dict[str, str]:
        """The values of a row by heading; a source image by its name at the archive."""
        values = table.values(file)
        source = nfc(values.get(SOURCE_IMAGE, ""))
        if self._sources.get(source):
            values[SOURCE_IMAGE] = self._sources[source]
        elif self.templates and source not in self._typed:
            values.pop(SOURCE_IMAGE, None)  # what a rule made up is told only where such a file is there
        return values


def _with_folders(origin: str, name: str) -> Iterator[tuple[str, str]]:
    """A file and the chunked images (``a.ome.zarr``) that it is a part of: (path in the study, name at the archive)."""
    yield origin, name
    at = origin.find(".zarr/")
    while at >= 0:
        depth = origin.count("/", 0, at) + 1
        yield origin[: at + 5], "/".join(name.split("/")[:depth])
        at = origin.find(".zarr/", at + 1)


def _homeless(count: int, example: str) -> Problem:
    return Problem(
        "file-lists.homeless",
        Side.COMPUTER,
        msgn(
            "file-lists.homeless",
            "{n} file belongs to no study component and no annotation.",
            "{n} files belong to no study component and no annotation.",
            count,
        ),
        msg("file-lists.homeless.advice", "Choose for each folder, in the step Files, what it belongs to."),
        example,
        ("choose-component",),
    )
