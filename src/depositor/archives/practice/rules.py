"""What the practice archive insists on before it takes a study: the rules of the BioImage Archive's template
BioImages.v5 (www.ebi.ac.uk/bioimage-archive) and of REMBI (doi 10.1038/s41592-021-01166-8), plus whole, equal files.

Unlike most real archives it names everything at once, in words (English, like those of the archives it stands for).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Protocol

LEAST_TITLE = 25
MOST_DAYS = 731
LICENSES = ("CC0", "CC BY 4.0")
MANIFEST = "manifest-sha256.txt"
_MOST_PER_RULE = 20
_REQUIRED = {
    "Author": ("Name", "E-mail", "affiliation"),
    "organisation": ("Name",),
    "Biosample": ("Title", "Organism", "Biological entity"),
    "Specimen": ("Title", "Sample preparation protocol"),
    "Image acquisition": ("Title", "Imaging instrument", "Image acquisition parameters", "Imaging method"),
    "Image correlation": ("Title", "Spatial and temporal alignment"),
    "Image analysis": ("Title", "Image analysis overview"),
    "Annotation": ("Title", "Annotation Overview", "Annotation Type", "Annotation Method", "File List"),
    "Study Component": ("Name", "Description", "File List"),
}
_AT_LEAST_ONE = ("Author", "organisation", "Biosample", "Specimen", "Image acquisition", "Study Component")
_ASSOCIATED = ("Biosample", "Specimen", "Image acquisition", "Image correlation", "Image analysis")
_ALWAYS_ASSOCIATED = _ASSOCIATED[:3]


class Received(Protocol):
    """The files that came, as far as the rules need them."""

    def digest(self, name: str) -> str | None: ...

    def names(self) -> Iterator[str]: ...

    def unfinished(self) -> Iterator[str]: ...

    def lines(self, name: str) -> AbstractContextManager[Iterator[str]]: ...


def objections(metadata: Mapping[str, Any], received: Received, today: dt.date) -> tuple[str, ...]:
    """Everything that stands against the study; empty where it can be taken."""
    if not isinstance(metadata.get("section"), Mapping):
        return ("The study has no description yet.",)
    return tuple(
        text
        for rule in (_study(metadata, today), _sections(metadata), _associations(metadata), _files(metadata, received))
        for text in islice(rule, _MOST_PER_RULE)
    )


def release_date(metadata: Mapping[str, Any]) -> str | None:
    """The date (ISO 8601) from which the study is public; None: at once."""
    value = _first(metadata, "ReleaseDate")
    return value[:10] if value else None


def values(node: Mapping[str, Any], name: str) -> list[str]:
    """All values of an attribute; what is no text is left out."""
    attributes = node.get("attributes")
    found = attributes if isinstance(attributes, list) else []
    texts = (a.get("value") for a in found if isinstance(a, Mapping) and a.get("name") == name)
    return [t for t in texts if isinstance(t, str) and t.strip()]


def sections(metadata: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The sections below the study, flat; tables of sections included."""
    study = metadata.get("section")
    todo: list[Any] = list(study.get("subsections") or ()) if isinstance(study, Mapping) else []
    while todo:
        item = todo.pop(0)
        if isinstance(item, list):
            todo[:0] = item
        elif isinstance(item, Mapping):
            yield item
            inner = item.get("subsections")
            todo[:0] = inner if isinstance(inner, list) else []


def title_of(section: Mapping[str, Any]) -> str:
    """What a section is called."""
    named = (_first(section, key) for key in ("Title", "Name", "Agency"))
    return next(filter(None, named), str(section.get("accno") or "?"))


def _study(metadata: Mapping[str, Any], today: dt.date) -> Iterator[str]:
    study = metadata["section"]
    title = _first(study, "Title") or _first(metadata, "Title")
    if len(title) < LEAST_TITLE:
        yield f"Title: {len(title)} characters, at least {LEAST_TITLE} are needed."
    if not _first(study, "Description"):
        yield "Description is required."
    if not values(study, "Keywords"):
        yield "Keywords: at least one is required."
    given = _first(study, "License")
    if given not in LICENSES:
        yield f"License “{given}” is not one of {', '.join(LICENSES)}." if given else "License is required."
    yield from _release(_first(metadata, "ReleaseDate"), today)


def _release(value: str, today: dt.date) -> Iterator[str]:
    if not value:
        return
    try:
        day = dt.date.fromisoformat(value[:10])
    except ValueError:
        yield f"ReleaseDate “{value[:40]}” could not be parsed."
        return
    if day < today:
        yield "Release date cannot be in the past."
    if (day - today).days > MOST_DAYS:
        yield "Release date can be at most two years ahead."


def _sections(metadata: Mapping[str, Any]) -> Iterator[str]:
    all_of_them = list(sections(metadata))
    kinds = Counter(str(s.get("type")) for s in all_of_them)
    for kind in _AT_LEAST_ONE:
        if not kinds[kind]:
            yield f"{kind}: at least one is required."
    for section in all_of_them:
        kind = str(section.get("type"))
        for name in _REQUIRED.get(kind, ()):
            if not values(section, name):
                yield f"{kind} “{title_of(section)}”: {name} is required."
    numbers = Counter(str(s["accno"]) for s in all_of_them if s.get("accno"))
    for number, count in numbers.items():
        if count > 1:
            yield f"The section number {number} is used {count} times."
    homes = {str(s.get("accno")) for s in all_of_them if s.get("type") == "organisation"}
    for author in (s for s in all_of_them if s.get("type") == "Author"):
        for home in values(author, "affiliation"):
            if home not in homes:
                yield f"The organization “{home}” affiliated to the author “{title_of(author)}” could not be found."


def _associations(metadata: Mapping[str, Any]) -> Iterator[str]:
    titles: dict[str, set[str]] = {}
    for section in sections(metadata):
        titles.setdefault(str(section.get("type")), set()).add(title_of(section))
    for component in (s for s in sections(metadata) if s.get("type") == "Study Component"):
        inner = component.get("subsections")
        made = [s for s in inner if isinstance(s, Mapping)] if isinstance(inner, list) else []
        links = [s for s in made if s.get("type") == "Associations"]
        if not links:
            yield f"Study Component “{title_of(component)}”: at least one association is required."
        for link in links:
            yield from _association(link, title_of(component), titles)


def _association(link: Mapping[str, Any], component: str, titles: Mapping[str, set[str]]) -> Iterator[str]:
    for kind in _ASSOCIATED:
        named = values(link, kind)
        if not named and kind in _ALWAYS_ASSOCIATED:
            yield f"Study Component “{component}”: the association names no {kind}."
        for title in named:
            if title not in titles.get(kind, set()):
                yield f"Study Component “{component}”: there is no {kind} called “{title}”."


def _files(metadata: Mapping[str, Any], received: Received) -> Iterator[str]:
    for name in received.unfinished():
        yield f"{name}: the upload is not complete."
    in_manifest = yield from _manifest(received)
    wanted = {name for s in sections(metadata) for name in values(s, "File List")}
    listed: set[str] = set()
    for name in sorted(wanted):
        listed |= yield from _file_list(name, received)
    for name in sorted(in_manifest - listed):
        yield f"{name}: the file is in no file list."


def _manifest(received: Received) -> Any:
    """Compare the manifest with what came; the names in it."""
    names: set[str] = set()
    if received.digest(MANIFEST) is None:
        yield f"{MANIFEST}: the list of checksums is missing."
        return names
    with received.lines(MANIFEST) as lines:
        for line in lines:
            digest, _, name = line.rstrip("\n").partition("  ")
            names.add(name)
            held = received.digest(name)
            if held is None:
                yield f"{name}: in the list of checksums, but not received."
            elif held != digest.lower():
                yield f"{name}: received with the checksum {held[:12]}…, announced with {digest[:12]}…."
    if not names:
        yield "There is no data file in the study."
    return names


def _file_list(name: str, received: Received) -> Any:
    """Check one file list; the files in it."""
    listed: set[str] = set()
    if not name.endswith((".tsv",)):
        yield f"{name}: unsupported file list format, use .tsv."
        return listed
    if received.digest(name) is None:
        yield f"{name}: the file list was not received."
        return listed
    with received.lines(name) as lines:
        header = next(lines, "").rstrip("\r\n").split("\t")
        yield from _header(name, header)
        for number, line in enumerate(lines, 2):
            if not line.strip():
                continue
            path = line.rstrip("\r\n").split("\t")[0]
            listed.add(path)
            if not path:
                yield f"{name}: error at row {number}: File Path is required."
            elif received.digest(path) is None:
                yield f"{name}: the file {path} could not be found."
    if not listed:
        yield f"{name}: a file list should contain at least one file."
    return listed


def _header(name: str, header: list[str]) -> Iterator[str]:
    if header[0] != "Files":
        yield f"{name}: the first heading must be “Files”."
    if not all(h.strip() for h in header):
        yield f"{name}: every heading needs a name."
    yield from (f"{name}: the heading “{h}” comes twice." for h in _twice(header))


def _twice(texts: Iterable[str]) -> Iterator[str]:
    return (text for text, count in Counter(texts).items() if count > 1)


def _first(node: Mapping[str, Any], name: str) -> str:
    return next(iter(values(node, name)), "")
