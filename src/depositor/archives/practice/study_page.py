"""The page of one study: what it is, how it looks, how it was made, and every file with its checksum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from depositor.archives.practice import rules
from depositor.archives.practice.markup import Markup, join, tag, web_link
from depositor.archives.practice.pictures import pictures

if TYPE_CHECKING:
    from depositor.archives.practice.archive import PracticeArchive
    from depositor.archives.practice.catalogue import Deposition, Upload

PER_PAGE = 100
_STATES = {"sent": "being checked", "accepted": "accepted", "public": "public", "failed": "refused", "draft": "draft"}
_GROUPS = (
    ("Study Component", "Study components"),
    ("Biosample", "Biosamples"),
    ("Specimen", "Specimens"),
    ("Image acquisition", "Image acquisition"),
    ("Image correlation", "Image correlation"),
    ("Image analysis", "Image analysis"),
    ("Annotation", "Annotations"),
    ("Publication", "Publications"),
    ("Funding", "Funding"),
)
_HEAD = frozenset(("Title", "Name", "Agency"))


def study(archive: PracticeArchive, found: Deposition, page: int) -> tuple[str, Markup]:
    """Title and body of the page of a study; ``page`` of its files."""
    state = archive.state(found)
    files, total = archive.catalogue.totals(found.id)
    body = tag(
        "main",
        tag("p", badge(state), " ", tag("span", found.accession or "", class_="mono"), class_="row"),
        tag("h1", title_of(found)),
        tag("p", ", ".join(names(found)), class_="lead"),
        _state_note(state, found),
        tag("p", _NO_VERSIONS, class_="lead") if _revises(found) else None,
        _facts(found, files, total),
        _gallery(archive, found),
        _about(found),
        *_modules(found),
        _files(archive, found, page, files),
    )
    return f"{found.accession}: {title_of(found)}", body


_NO_VERSIONS = (
    "This is a revision. The practice archive keeps no versions, so it is a study of its own; an archive with versions "
    "would have kept the first number."
)


def _revises(found: Deposition) -> bool:
    """A first version asks for a DOI; a later one keeps the attribute and gives it no value."""
    given = found.metadata.get("attributes")
    rows = given if isinstance(given, list) else []
    return any(isinstance(a, Mapping) and a.get("name") == "DOI" and not a.get("value") for a in rows)


def badge(state: str) -> Markup:
    return tag("span", _STATES.get(state, state), class_=f"badge {state if state in _STATES else ''}")


def title_of(found: Deposition) -> str:
    root = _root(found)
    title = rules.values(root, "Title") or rules.values(found.metadata, "Title")
    return title[0] if title else "Study without a title"


def names(found: Deposition) -> list[str]:
    """The authors."""
    return [rules.title_of(s) for s in rules.sections(found.metadata) if s.get("type") == "Author"]


def size(count: int) -> str:
    """Bytes in decimal units, as archives count them."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):  # noqa: B007 - the last one is used after the loop
        if value < 1000:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"


def _root(found: Deposition) -> Mapping[str, Any]:
    section = found.metadata.get("section")
    return section if isinstance(section, Mapping) else {}


def _state_note(state: str, found: Deposition) -> Markup | None:
    if state == "accepted" and found.release_date:
        text = f"In a real archive this study would stay private until {found.release_date}."
        return tag("p", text, class_="lead")
    if state == "sent":
        return tag("p", "Every file is being read again and compared. Reload this page in a moment.", class_="lead")
    if state == "failed":
        items = [tag("li", line) for line in found.log[:20]]
        return tag("div", tag("p", "The archive could not take the study:"), tag("ul", *items, class_="plain"))
    return None


def _facts(found: Deposition, files: int, total: int) -> Markup:
    pairs = [
        (f"{files:,}", "files"),
        (size(total), "in all"),
        (next(iter(rules.values(_root(found), "License")), "not named"), "licence"),
        (found.release_date or "at once", "release"),
        (found.created[:10], "deposited"),
    ]
    return tag("div", *(tag("div", tag("b", a), tag("span", b), class_="fact") for a, b in pairs), class_="facts")


def _gallery(archive: PracticeArchive, found: Deposition) -> Markup | None:
    shown = pictures(archive.folder, found.id)
    if not shown:
        return None
    figures = [
        tag(
            "figure",
            tag("img", src=f"/studies/{found.accession}/pictures/{key}", alt=f"Preview of {name}", loading="lazy"),
            tag("figcaption", name.rsplit("/", 1)[-1], title=name),
        )
        for key, name in shown
    ]
    return join((tag("h2", "Images"), tag("div", *figures, class_="gallery")))


def _about(found: Deposition) -> Markup:
    root = _root(found)
    text = "\n\n".join(rules.values(root, "Description"))
    words = [tag("span", w, class_="badge") for w in rules.values(root, "Keywords")]
    rest = [a for a in _attributes(root) if a[0] not in ("Title", "Description", "Keywords", "ReleaseDate", "License")]
    return join(
        (
            tag("h2", "About this study"),
            tag("p", text, class_="prose") if text else None,
            tag("p", *words, class_="row") if words else None,
            _table(rest),
            _people(found),
            _links(root),
        )
    )


def _people(found: Deposition) -> Markup | None:
    homes = {
        str(s.get("accno")): rules.title_of(s)
        for s in rules.sections(found.metadata)
        if s.get("type") == "organisation"
    }
    rows = []
    for person in (s for s in rules.sections(found.metadata) if s.get("type") == "Author"):
        orcid = next(iter(rules.values(person, "ORCID")), "")
        link = web_link(f"https://orcid.org/{quote(orcid)}", orcid) if orcid else None
        at = ", ".join(homes.get(h, h) for h in rules.values(person, "affiliation"))
        role = "; ".join(rules.values(person, "Role"))
        cells = (tag("td", rules.title_of(person)), tag("td", at), tag("td", role), tag("td", link))
        rows.append(tag("tr", *cells))
    if not rows:
        return None
    head = tag("tr", *(tag("th", h, scope="col") for h in ("Author", "Organisation", "Role", "ORCID")))
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return join((tag("h2", "Authors"), tag("div", table, class_="table")))


def _links(root: Mapping[str, Any]) -> Markup | None:
    links = root.get("links")
    items = [
        tag("li", web_link(str(link.get("url", ""))), _described(link))
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, Mapping)
    ]
    return join((tag("h2", "Links"), tag("ul", *items, class_="plain"))) if items else None


def _described(link: Mapping[str, Any]) -> str | None:
    text = next(iter(rules.values(link, "Description") or rules.values(link, "Type")), None)
    return f" ({text})" if text else None


def _modules(found: Deposition) -> Iterator[Markup]:
    for kind, heading in _GROUPS:
        cards = [_card(s) for s in rules.sections(found.metadata) if s.get("type") == kind]
        if cards:
            yield tag("h2", heading)
            yield tag("div", *cards, class_="cards")


def _card(section: Mapping[str, Any]) -> Markup:
    inner = section.get("subsections")
    links = [s for s in inner if isinstance(s, Mapping)] if isinstance(inner, list) else []
    attributes = [a for a in _attributes(section) if a[0] not in _HEAD]
    for link in (s for s in links if s.get("type") == "Associations"):
        attributes += _attributes(link)
    return tag("div", tag("h3", rules.title_of(section)), _table(attributes), class_="card")


def _attributes(node: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    """(name, value, id of the term) of every attribute that has a value."""
    attributes = node.get("attributes")
    out = []
    for item in attributes if isinstance(attributes, list) else []:
        if isinstance(item, Mapping) and isinstance(item.get("value"), str) and item["value"].strip():
            qualifiers = item.get("valqual")
            pairs = [q for q in qualifiers if isinstance(q, Mapping)] if isinstance(qualifiers, list) else []
            term = next((str(q.get("value")) for q in pairs if q.get("name") == "TermId"), None)
            out.append((str(item.get("name")), item["value"], term))
    return out


def _table(attributes: list[tuple[str, str, str | None]]) -> Markup | None:
    if not attributes:
        return None
    pieces: list[Markup] = []
    before = None
    for name, value, term in attributes:
        pieces.append(tag("dt", name if name != before else ""))
        chip = tag("span", term, class_="term") if term else None
        pieces.append(tag("dd", web_link(value), chip))
        before = name
    return tag("dl", *pieces)


def _files(archive: PracticeArchive, found: Deposition, page: int, files: int) -> Markup:
    last = max((files + PER_PAGE - 1) // PER_PAGE, 1)
    page = min(page, last)
    rows = [_file(found, u) for u in archive.catalogue.page(found.id, (page - 1) * PER_PAGE, PER_PAGE)]
    head = tag("tr", *(tag("th", h, scope="col") for h in ("File", "Size", "SHA-256")))
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="table")
    return join((tag("h2", "Files", id="files"), _turn(found, page, last), table))


def _file(found: Deposition, upload: Upload) -> Markup:
    link = tag("a", upload.name, href=f"/studies/{found.accession}/files/{quote(upload.name)}", download="")
    digest = tag("td", upload.sha256 or "not complete", class_="mono")
    return tag("tr", tag("td", link), tag("td", size(upload.length), class_="number"), digest)


def _turn(found: Deposition, page: int, last: int) -> Markup | None:
    if last == 1:
        return None
    place = f"/studies/{found.accession}?page="
    back = tag("a", "Previous", href=f"{place}{page - 1}#files", rel="prev") if page > 1 else None
    on = tag("a", "Next", href=f"{place}{page + 1}#files", rel="next") if page < last else None
    return tag("nav", back, tag("span", f"Page {page:,} of {last:,}"), on, class_="pages", aria_label="Pages of files")
