"""Annotations and training data: each annotation leads to its image, parts of a split are told apart, coverage agrees.

After MIFA (doi:10.1038/s41592-025-02835-8): an annotation file names its source image; where the images are in another
study, the accession of that study.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from depositor.draft.draft import Draft
from depositor.draft.file_columns import columns_of
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.form.fields import Form
from depositor.form.rules.remarks import number, records_of, remark
from depositor.form.spots import items

SOURCE_COLUMN = "source image"  # as the BioImage Archive names it, in small letters
_OF = re.compile(r"(\d+)\s*(?:of|out of|/|von|de|sur)\s*(\d+)", re.IGNORECASE)


def findings(form: Form, draft: Draft) -> Iterator[Finding]:
    """What is missing or odd about annotations; a warning where the profile is about them, else advice."""
    level = Level.WARNING if form.module("ai_ready") else Level.ADVICE
    for path, record in records_of(draft, "annotations"):
        title = record.get("title")
        if isinstance(title, str) and _has_files(draft, title) and not sources_told(draft, title):
            yield _without_source(path, title, level)
        yield from _coverage(record.get("annotation_coverage"), f"{path}.annotation_coverage")
    if form.module("ai_ready"):
        yield from _splits(draft)


def sources_told(draft: Draft, title: str) -> bool:
    """True where a column of the file list names the source image of the annotations called ``title``, or the images
    are said to be elsewhere."""
    if items(draft.get("ai_ready.source_elsewhere")):
        return True
    named = (c for c in columns_of(draft.columns) if c.name.casefold().replace("_", " ") == SOURCE_COLUMN)
    return any(c.group in (None, title) for c in named)


def _has_files(draft: Draft, title: str) -> bool:
    return any(group.annotations == title for group in draft.files)


def _without_source(path: str, title: str, level: Level) -> Finding:
    said = msg("form.source-image", "Nothing says which image each file of “{name}” belongs to.", name=title)
    why = msg("form.source-image.why", "An annotation without its image helps nobody.")
    advice = msg("form.source-image.advice", "Have annotations and images paired, on the page of files.")
    return remark("source-image", level, said, why, advice, path)


def _coverage(told: object, path: str) -> Iterator[Finding]:
    found = _OF.search(told) if isinstance(told, str) else None
    if found and int(found[1]) > int(found[2]):
        said = msg("form.coverage", "More images are annotated than there are: “{value}”.", value=found[0])
        why = msg("form.coverage.why", "Readers plan their training by this number.")
        advice = msg("form.coverage.advice", "Write first how many are annotated, then how many there are.")
        yield remark("coverage", Level.WARNING, said, why, advice, path)


def _splits(draft: Draft) -> Iterator[Finding]:
    rows = [r for r in items(draft.get("ai_ready.splits")) if isinstance(r, Mapping)]
    names = [str(r.get("name") or "") for r in rows]
    if "train" in names and "test" not in names:
        said = msg("form.no-test", "There are images for training, but none for the test.")
        why = msg("form.no-test.why", "Results can only be compared on the same test images.")
        advice = msg("form.no-test.advice", "Name the test images, or choose “Not split” where there is no split.")
        yield remark("no-test", Level.ADVICE, said, why, advice, "ai_ready.splits")
    for at, row in enumerate(rows):
        if number(row, "images") == 0:
            said = msg("form.empty-split", "This part of the split has no images.")
            why = msg("form.empty-split.why", "Nobody can train or test with it.")
            advice = msg("form.empty-split.advice", "Count once more, or remove the line.")
            yield remark("empty-split", Level.ADVICE, said, why, advice, f"ai_ready.splits[{at}].images")
