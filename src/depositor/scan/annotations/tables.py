"""CSV and TSV with annotations: a heading, and a column that names the image each row is about."""

from __future__ import annotations

import csv
import io

from depositor.draft.message import msg
from depositor.scan.annotations.base import MOST_IMAGES, Examined, Faults, NamedImage

_SOURCES = (
    *("source_image", "source image", "sourceimage", "image", "image_name", "image name", "imagename", "filename"),
    *("file_name", "file name", "file", "files", "image_id", "imageid", "image_file", "path", "img", "image_path"),
    *("metadata_filename", "filename_image", "slide", "scan"),
)


def examine(text: str, faults: Faults) -> Examined:
    """Look at headings and rows."""
    head = text[:8192].splitlines()[0] if text.strip() else ""
    delimiter = max("\t;,", key=head.count)
    advice = msg("annotations.table.advice", "Add a column “source_image” with the name of the image of each row.")
    try:
        rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        headings = [h.strip() for h in next(rows, [])]
        at = next((n for s in _SOURCES for n, h in enumerate(headings) if h.casefold() == s), None)
        if at is None:
            said = msg("annotations.table-source", "No column of this table names the images.")
            why = msg("annotations.table-source.why", "Nobody can tell which image a row is about.")
            faults.add("table-source", said, advice, why=why)
        if headings and all(_is_number(h) for h in headings):
            said = msg("annotations.table-headings", "The first line of this table has numbers instead of headings.")
            faults.add("table-headings", said, msg("annotations.table-headings.advice", "Add a line with headings."))
        count, names = 0, dict[str, None]()
        for row in rows:
            count += 1
            if at is not None and at < len(row) and row[at].strip() and len(names) < MOST_IMAGES:
                names[row[at].strip()] = None
    except csv.Error:
        said = msg("annotations.table-broken", "This table cannot be read to its end.")
        faults.add("table-broken", said, msg("annotations.table-broken.advice", "Save it again as CSV or TSV."))
        return Examined("table", findings=faults.findings())
    return Examined("table", count, sources=tuple(NamedImage(n) for n in names), findings=faults.findings())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
