"""Key-value pairs of OMERO as its scripts write them: a row for each object, a column for each key.

Sources: ome/omero-scripts (Export to CSV / KeyVal: OBJECT_TYPE, OBJECT_ID, OBJECT_NAME), omero-metadata bulk
annotations (``Dataset Name``, ``Image Name``, ``Plate``, ``Well``; a first line ``# header s,d,l`` with types).
"""

from __future__ import annotations

from pathlib import Path

from depositor.draft.message import msg
from depositor.form.sources import delimited
from depositor.form.sources.pairs import placed
from depositor.form.sources.source import Context, Source, tree_reading
from depositor.form.workbook.grid import Grid
from depositor.form.workbook.reading import FileColumn, NotTaken, Reading
from depositor.form.workbook.values import text_of

_NAME = msg("source.omero", "Key-value pairs of OMERO")
_OBJECTS = frozenset(("object_type", "object_id", "object_name", "target_type", "parent", "namespace"))
_IMAGES = frozenset(("image name", "image", "image_name", "object_name"))
_PLACES = frozenset(
    (
        "dataset name",
        "dataset",
        "project",
        "project name",
        "plate",
        "plate name",
        "well",
        "image id",
        "dataset id",
        "roi",
    )
)


def _read(path: Path, context: Context) -> Reading:
    found = delimited.table(path)
    grid = found.grid
    rows = [[text_of(c) for c in r] for r in grid.rows if not text_of(r[0] if r else None).startswith("# ")]
    headings = rows[0] if rows else []
    folded = [h.casefold() for h in headings]
    at = next((n for n, h in enumerate(folded) if h in _IMAGES), None)
    kind = next((n for n, h in enumerate(folded) if h == "object_type"), None)
    keys = {n: h for n, h in enumerate(headings) if h and folded[n] not in _OBJECTS | _IMAGES | _PLACES}
    columns = _columns(rows, at, kind, keys, grid) if at is not None else ()
    same = [
        (h, values.pop())
        for n, h in keys.items()
        if len(values := {r[n] for r in rows[1:] if n < len(r) and r[n]}) == 1
    ]
    tree, left = placed({}, same, context, path.name)
    told = {c.name for c in columns}
    left = [n for n in left if n.text.partition(":")[0] not in told]
    if at is None:
        why = msg("source.omero.no-images", "The table names no image; only keys that the form asks for are taken.")
        left.append(NotTaken(path.name, "", why))
    return tree_reading(
        OMERO, OMERO.name, tree, context, path.name, not_taken=left, columns=columns, details=found.details()
    )


def _columns(
    rows: list[list[str]], at: int, kind: int | None, keys: dict[int, str], grid: Grid
) -> tuple[FileColumn, ...]:
    """The values of images; pairs of projects, data sets and plates are no columns of files."""
    images = [r for r in rows[1:] if at < len(r) and r[at] and (kind is None or r[kind].casefold() == "image")]
    out = []
    for number, name in keys.items():
        values = {r[at]: r[number] for r in images if number < len(r) and r[number]}
        if values:
            out.append(FileColumn(name, values, grid.name))
    return tuple(out)


def _claims(path: Path, head: bytes) -> bool:
    if not delimited.looks_like_text(head):
        return False
    text = delimited.decoded(head).text
    if text.startswith("# header "):
        return True
    first = {h.strip('" \r').casefold() for h in text.split("\n", 1)[0].replace(";", ",").replace("\t", ",").split(",")}
    return {"object_type", "object_id"} <= first or (
        "image name" in first and bool(first & {"dataset name", "plate", "image id"})
    )


OMERO = Source("omero", _NAME, _claims, _read)
