"""RO-Crates: the metadata file alone, a folder, or a packed crate; and archives of electronic notebooks (``.eln``).

Nothing of a crate is unpacked but its metadata file, and no address in it is ever asked. Sources: RO-Crate 1.1 and 1.2;
TheELNConsortium, TheELNFileFormat, SPECIFICATION.md.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser
from depositor.form.sources.documents import load_json
from depositor.form.sources.markup import plain_text
from depositor.form.sources.source import Context, Source, listed, text, tree_reading, without_blanks
from depositor.form.workbook import safety
from depositor.form.workbook.reading import NotTaken, Reading

METADATA = "ro-crate-metadata.json"
_CRATE = msg("source.crate", "RO-Crate")
_NOTEBOOK = msg("source.eln", "Archive of an electronic notebook")
_LARGEST = 64 << 20
_MOST_PARTS = 2_000
Entity = Mapping[str, Any]


class Graph:
    """The entities of a crate by their ``@id``."""

    def __init__(self, data: Any, path: Path) -> None:
        entities = data.get("@graph") if isinstance(data, Mapping) else None
        if not isinstance(entities, list):
            raise Damaged(safety.unreadable(path))
        self.by_id: dict[str, Entity] = {}
        for one in entities:
            if isinstance(one, Mapping) and text(one.get("@id")):
                self.by_id.setdefault(text(one["@id"]), one)

    @property
    def root(self) -> Entity:
        """The crate itself: what its metadata file is about."""
        for name, one in self.by_id.items():
            about = one.get("about")
            if name.rpartition("/")[2].endswith(METADATA) and isinstance(about, Mapping):
                return self.by_id.get(text(about.get("@id")), {})
        return self.by_id.get("./", {})

    @property
    def published_by(self) -> str:
        """Who wrote the metadata file (``sdPublisher``), as notebooks say."""
        about = next((e for i, e in self.by_id.items() if i.rpartition("/")[2].endswith(METADATA)), {})
        return next((text(e.get("name")) for e in self.all(about.get("sdPublisher"))), "")

    def all(self, value: Any) -> Iterator[Entity]:
        """The entities that a property refers to, or holds."""
        for one in listed(value):
            if isinstance(one, Mapping):
                yield self.by_id.get(text(one.get("@id")), one)
            elif isinstance(one, str):
                yield self.by_id.get(one, {"@id": "", "name": one})


def kinds(entity: Entity) -> list[str]:
    """The types of an entity without their prefixes."""
    return [text(t).rpartition(":")[2].rpartition("/")[2] for t in listed(entity.get("@type"))]


# --- opening ---------------------------------------------------------------------------------------------------------


def _graph(path: Path) -> Graph:
    if path.is_dir():
        return Graph(load_json(path / METADATA), path)
    with path.open("rb") as source:
        packed = source.read(4) == b"PK\x03\x04"
    if not packed:
        return Graph(load_json(path), path)
    with safety.opened(path) as archive:
        name = _metadata_name(archive)
        if name is None:
            raise Damaged(safety.unreadable(path))
        if archive.getinfo(name).file_size > _LARGEST:
            raise Damaged(safety.too_large(path))
        try:
            return Graph(json.loads(archive.read(name)), path)
        except (ValueError, RecursionError, zipfile.BadZipFile, OSError) as error:
            raise Damaged(safety.unreadable(path)) from error


def _metadata_name(archive: zipfile.ZipFile) -> str | None:
    """The metadata file at the top or in the one folder at the top; a path that leads out of the archive is none."""
    names = [n for n in archive.namelist() if safety.inside(n) and n.rpartition("/")[2] == METADATA]
    return min((n for n in names if n.count("/") <= 1), key=lambda n: n.count("/"), default=None)


def _holds_metadata(path: Path) -> bool:
    try:
        with safety.opened(path) as archive:
            return _metadata_name(archive) is not None
    except (Damaged, NeedsUser):
        return False


def _claims_notebook(path: Path, head: bytes) -> bool:
    if head[:4] != b"PK\x03\x04" or not _holds_metadata(path):
        return False
    if path.suffix.lower() == ".eln":
        return True
    try:
        return bool(_experiments(_graph(path))) and bool(_graph(path).published_by)
    except (Damaged, NeedsUser, OSError):
        return False


def _claims_crate(path: Path, head: bytes) -> bool:
    if not head:
        return (path / METADATA).is_file()
    if head[:4] == b"PK\x03\x04":
        return _holds_metadata(path)
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and b'"@graph"' in head + b"" and b"ro/crate" in head


# --- a crate ---------------------------------------------------------------------------------------------------------


def _read_crate(path: Path, context: Context) -> Reading:
    graph = _graph(path)
    root = graph.root
    left: list[NotTaken] = []
    about = [*graph.all(root.get("about")), *graph.all(root.get("measurementMethod"))]
    tree = {
        "study": _study(graph, root),
        "version": without_blanks({"version": text(root.get("version"))}),
        "biosample": [_sample(graph, e) for e in about if "BioSample" in kinds(e)],
        "specimen": [_specimen(graph, e) for e in about if _protocol(e, "specimen")],
        "image_acquisition": [_acquisition(graph, e) for e in about if _protocol(e, "image-acquisition")],
        "analyzed_data": [_titled(e, "analysis_method") for e in about if _protocol(e, "image-analysis")],
        "image_correlation": [
            _titled(e, "spatial_and_temporal_alignment") for e in about if _protocol(e, "image-correlation")
        ],
        "study_component": [
            _part(e, "name", "description") for e in graph.all(root.get("hasPart")) if _home(e, "component")
        ],
        "annotations": [
            _part(e, "title", "annotation_overview") for e in graph.all(root.get("hasPart")) if _home(e, "annotations")
        ],
    }
    why = msg("source.crate.unused", "It is no part of the description that the form asks for.")
    for kind in ("CreateAction", "SoftwareApplication", "SoftwareSourceCode"):
        left += [NotTaken(path.name, text(e.get("name")), why) for e in graph.by_id.values() if kind in kinds(e)][:20]
    return tree_reading(CRATE, CRATE.name, {k: v for k, v in tree.items() if v}, context, path.name, not_taken=left)


def _study(graph: Graph, root: Entity) -> dict[str, Any]:
    articles = [*graph.all(root.get("seeAlso")), *graph.all(root.get("citation"))]
    terms = [_term(e) for e in graph.all(root.get("about")) if kinds(e) == ["DefinedTerm"]]
    shown = {id(e) for s in graph.all(root.get("about")) if "BioSample" in kinds(s) for e in graph.all(s.get("about"))}
    study_types = [_term(e) for e in graph.all(root.get("about")) if kinds(e) == ["DefinedTerm"] and id(e) not in shown]
    keywords = [k.strip() for one in listed(root.get("keywords")) for k in text(one).split(",")]
    links = [
        {"url": text(u)} if isinstance(u, str) else {"url": text(u.get("@id"))} for u in listed(root.get("relatedLink"))
    ]
    people = [*graph.all(root.get("author")), *graph.all(root.get("creator"))]
    return without_blanks(
        {
            "title": text(root.get("name")),
            "description": plain_text(text(root.get("description"))),
            "keywords": [k for k in keywords if k],
            "study_type": study_types if terms else [],
            "author": [_person(graph, p) for p in people if "Organization" not in kinds(p)],
            "publication": [p for p in (_article(e) for e in articles) if p],
            "grant": [g for g in (_grant(graph, e) for e in graph.all(root.get("funding"))) if g],
            "link": [one for one in links if one["url"]],
            "acknowledgements": text(root.get("creditText")),
            "license": _license(graph, root),
        }
    )


def _person(graph: Graph, entity: Entity) -> dict[str, Any]:
    first, last = text(entity.get("givenName")), text(entity.get("familyName"))
    orcid = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text(entity.get("@id")) + " " + text(entity.get("identifier")))
    homes = [
        without_blanks({"name": text(o.get("name")), "ror": _ror(o), "country": _country(o)})
        for o in graph.all(entity.get("affiliation"))
    ]
    email = text(entity.get("email")) or next((text(c.get("email")) for c in graph.all(entity.get("contactPoint"))), "")
    found = {
        "name": text(entity.get("name")) or f"{first} {last}".strip(),
        "first_name": first,
        "last_name": last,
        "email": email.removeprefix("mailto:"),
        "orcid": orcid[0] if orcid else "",
        "affiliation": [h for h in homes if h],
    }
    return without_blanks(found)


def _ror(entity: Entity) -> str:
    return text(entity.get("@id")) if "ror.org/" in text(entity.get("@id")) else ""


def _country(entity: Entity) -> str:
    found = text(entity.get("address"))
    return found if re.fullmatch(r"[A-Z]{2}", found) else ""


def _article(entity: Entity) -> dict[str, Any]:
    doi = re.search(r"10\.\d{4,9}/[^\s\"<>]+", text(entity.get("@id")) + " " + text(entity.get("identifier")))
    name = text(entity.get("name"))
    if "ScholarlyArticle" not in kinds(entity) and not doi:
        return {}
    year = text(entity.get("datePublished"))[:4]
    found = {
        "title": name if not doi or name != doi[0] else "",
        "doi": doi[0] if doi else "",
        "authors": text(entity.get("creditText")),
    }
    return without_blanks(found | {"year": int(year) if year.isdigit() else None})


def _grant(graph: Graph, entity: Entity) -> dict[str, Any]:
    funders = [without_blanks({"name": text(o.get("name")), "ror": _ror(o)}) for o in graph.all(entity.get("funder"))]
    number = text(entity.get("identifier"))
    return without_blanks({"identifier": number, "funder": [f for f in funders if f]}) if number or funders else {}


def _license(graph: Graph, root: Entity) -> str:
    from depositor.form.licenses import all_licenses

    said: set[str] = set()
    for one in graph.all(root.get("license")):
        said |= {text(one.get(k)).casefold().rstrip("/") for k in ("@id", "identifier", "url", "name")}
    for known in all_licenses():
        if {known.id.casefold(), known.url.casefold().rstrip("/")} & said:
            return known.id
    return ""


def _term(entity: Entity) -> Any:
    name = text(entity.get("name")) or text(entity.get("scientificName"))
    code = text(entity.get("termCode")) or _curie(text(entity.get("@id")))
    return {"id": code, "label": name} if code and name else name


def _curie(address: str) -> str:
    """``http://purl.obolibrary.org/obo/FBbi_00000253`` as ``FBbi:00000253``; empty for what is no term's address."""
    found = re.search(r"(?:obo|efo|ncbitaxon|bioregistry\.io)/([A-Za-z]+)[_:](\w+)/?$", address, re.IGNORECASE)
    found = found or re.fullmatch(r"([A-Za-z]+):(\d+)", address)  # type: ignore[assignment]
    return f"{found[1]}:{found[2]}" if found else ""


def _taxon(entity: Entity) -> Any:
    """The label as it was, not put together anew from its parts."""
    name = text(entity.get("name")) or text(entity.get("scientificName"))
    code = _curie(text(entity.get("@id"))) or text(entity.get("termCode"))
    return {"id": code, "label": name} if code and name else name


_VARIABLES = ("intrinsic_variable", "extrinsic_variable", "experimental_variable")


def _sample(graph: Graph, entity: Entity) -> dict[str, Any]:
    title, said = text(entity.get("name")), text(entity.get("description"))
    entities = [_term(e) for e in graph.all(entity.get("about"))]
    found: dict[str, Any] = {"title": title, "description": "" if said == title else said}
    found["organism"] = [t for t in (_taxon(e) for e in graph.all(entity.get("taxonomicRange"))) if t]
    found["biological_entity"] = entities[0] if entities else ""
    for one in graph.all(entity.get("additionalProperty")):
        key = text(one.get("name")).replace(" ", "_")
        if key in _VARIABLES:
            found.setdefault(key, []).append(text(one.get("value")))
    return without_blanks(found)


def _protocol(entity: Entity, kind: str) -> bool:
    return "LabProtocol" in kinds(entity) and text(entity.get("@id")).startswith(f"#{kind}")


def _titled(entity: Entity, key: str) -> dict[str, Any]:
    title, said = text(entity.get("name")), text(entity.get("description"))
    return without_blanks({"title": title, key: "" if said == title else said})


def _specimen(graph: Graph, entity: Entity) -> dict[str, Any]:
    labels = [text(c.get("name")).removeprefix("channel").strip() for c in graph.all(entity.get("additionalProperty"))]
    return _titled(entity, "preparation_method") | without_blanks(
        {"channels": [{"channel_label": n} for n in labels if n]}
    )


def _acquisition(graph: Graph, entity: Entity) -> dict[str, Any]:
    tools = [text(e.get("name")) for e in graph.all(entity.get("labEquipment"))]
    methods = [t for t in (_term(e) for e in graph.all(entity.get("measurementTechnique"))) if t]
    more = {"imaging_instrument": "; ".join(filter(None, tools)), "imaging_method": methods}
    return _titled(entity, "image_acquisition_parameters") | without_blanks(more)


def _home(entity: Entity, kind: str) -> bool:
    return "Dataset" in kinds(entity) and text(entity.get("@id")).startswith(f"#{kind}")


def _part(entity: Entity, name: str, said: str) -> dict[str, Any]:
    title, described = text(entity.get("name")), text(entity.get("description"))
    return without_blanks({name: title, said: "" if described == title else described})


# --- notebooks -------------------------------------------------------------------------------------------------------


def _experiments(graph: Graph) -> list[Entity]:
    """The experiments of a notebook: data sets that are parts of the root."""
    found = [e for e in graph.all(graph.root.get("hasPart")) if "Dataset" in kinds(e) and text(e.get("@id"))]
    return found[:_MOST_PARTS]


def _read_notebook(path: Path, context: Context) -> Reading:
    """One experiment; which ones there are is told in ``parts``. Where there is one only, it is taken."""
    graph = _graph(path)
    found = _experiments(graph)
    if not found:
        return _read_crate(path, context)
    parts = tuple((text(e["@id"]), text(e.get("name")) or text(e["@id"])) for e in found)
    chosen = next((e for e in found if text(e["@id"]) == context.part), found[0] if len(found) == 1 else None)
    if chosen is None:
        return Reading(NOTEBOOK.id, NOTEBOOK.name, parts=parts)
    title = text(chosen.get("name"))
    said = plain_text(text(chosen.get("text")) or text(chosen.get("description")))
    people = [_person(graph, p) for p in [*graph.all(chosen.get("author")), *graph.all(chosen.get("creator"))]]
    keywords = [k.strip() for one in listed(chosen.get("keywords")) for k in text(one).split(",")]
    study = {
        "title": title,
        "keywords": [k for k in keywords if k],
        "author": people,
        "license": _license(graph, chosen),
    }
    specimen = without_blanks({"title": title, "preparation_method": said}) if said else {}
    values = [
        (text(v.get("name")) or text(v.get("propertyID")), _valued(v))
        for v in graph.all(chosen.get("variableMeasured"))
    ]
    tree = {"study": without_blanks(study), "specimen": [specimen] if specimen else []}
    tree, left = _placed(tree, values, context, path.name)
    return tree_reading(
        NOTEBOOK, NOTEBOOK.name, tree, context, path.name, not_taken=left, parts=parts, part=text(chosen["@id"])
    )


def _valued(entity: Entity) -> str:
    unit = text(entity.get("unitText"))
    return f"{text(entity.get('value'))} {unit}".strip()


def _placed(
    tree: dict[str, Any], values: list[tuple[str, str]], context: Context, place: str
) -> tuple[dict[str, Any], list[NotTaken]]:
    from depositor.form.sources.pairs import placed

    return placed(tree, values, context, place)


CRATE = Source("ro-crate", _CRATE, _claims_crate, _read_crate)
NOTEBOOK = Source("eln", _NOTEBOOK, _claims_notebook, _read_notebook)
