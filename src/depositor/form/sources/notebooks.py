"""Archives of electronic notebooks (``.eln``): a person chooses one of their experiments.

Source: TheELNConsortium, TheELNFileFormat, SPECIFICATION.md.
"""

from __future__ import annotations

from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser
from depositor.form.sources.crate_graph import Entity, Graph, graph_of, holds_metadata, kinds
from depositor.form.sources.crates import license_in, person, read_crate
from depositor.form.sources.markup import plain_text
from depositor.form.sources.pairs import placed
from depositor.form.sources.source import Context, Source, listed, text, tree_reading, without_blanks
from depositor.form.workbook.reading import Reading

_NOTEBOOK = msg("source.eln", "Archive of an electronic notebook")
_MOST_PARTS = 2_000


def _claims_notebook(path: Path, head: bytes) -> bool:
    if head[:4] != b"PK\x03\x04" or not holds_metadata(path):
        return False
    if path.suffix.lower() == ".eln":
        return True
    try:
        return bool(_experiments(graph_of(path))) and bool(graph_of(path).published_by)
    except (Damaged, NeedsUser, OSError):
        return False


def _experiments(graph: Graph) -> list[Entity]:
    """The experiments of a notebook: data sets that are parts of the root."""
    found = [e for e in graph.all(graph.root.get("hasPart")) if "Dataset" in kinds(e) and text(e.get("@id"))]
    return found[:_MOST_PARTS]


def _read_notebook(path: Path, context: Context) -> Reading:
    """One experiment; which ones there are is told in ``parts``. Where there is one only, it is taken."""
    graph = graph_of(path)
    found = _experiments(graph)
    if not found:
        return read_crate(path, context)
    parts = tuple((text(e["@id"]), text(e.get("name")) or text(e["@id"])) for e in found)
    chosen = next((e for e in found if text(e["@id"]) == context.part), found[0] if len(found) == 1 else None)
    if chosen is None:
        return Reading(NOTEBOOK.id, NOTEBOOK.name, parts=parts)
    title = text(chosen.get("name"))
    said = plain_text(text(chosen.get("text")) or text(chosen.get("description")))
    people = [person(graph, p) for p in [*graph.all(chosen.get("author")), *graph.all(chosen.get("creator"))]]
    keywords = [k.strip() for one in listed(chosen.get("keywords")) for k in text(one).split(",")]
    study = {
        "title": title,
        "keywords": [k for k in keywords if k],
        "author": people,
        "license": license_in(graph, chosen),
    }
    specimen = without_blanks({"title": title, "preparation_method": said}) if said else {}
    values = [
        (text(v.get("name")) or text(v.get("propertyID")), _valued(v))
        for v in graph.all(chosen.get("variableMeasured"))
    ]
    tree = {"study": without_blanks(study), "specimen": [specimen] if specimen else []}
    tree, left = placed(tree, values, context, path.name)
    return tree_reading(
        NOTEBOOK, NOTEBOOK.name, tree, context, path.name, not_taken=left, parts=parts, part=text(chosen["@id"])
    )


def _valued(entity: Entity) -> str:
    unit = text(entity.get("unitText"))
    return f"{text(entity.get('value'))} {unit}".strip()


NOTEBOOK = Source("eln", _NOTEBOOK, _claims_notebook, _read_notebook)
