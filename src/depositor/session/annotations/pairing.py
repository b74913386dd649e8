"""Annotations and their images: who belongs to whom, what does not fit, and what of it goes into the description.

A report is made beside the window (:func:`examine`) and remembered for as long as the draft is open; ``validate`` tells
its findings. Masks and other annotation files are looked at in the worker, a bounded number of each study.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.file_columns import columns_of, homes_named, object_path
from depositor.draft.finding import Finding
from depositor.draft.name_patterns import nfc
from depositor.session.annotations import annotation_findings, annotation_looks, splits
from depositor.session.annotations.annotation_looks import Item
from depositor.session.columns.file_columns import Homes, stopped_by

if TYPE_CHECKING:
    from depositor.form.names.pairing import Pairs
    from depositor.scan.annotations.base import Examined
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

SOURCE_IMAGE = "Source Image"
MOST_TYPED = 20_000  # pairs that no rule says, kept file by file
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class AnnotationReport:
    """One set of annotations. ``pairs``: annotation -> image; ``unclear``: -> images that all fit; ``annotated`` of
    ``images`` have one. ``looked`` files of ``files`` were opened. ``classes`` counts objects."""

    title: str
    files: tuple[str, ...]
    pairs: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orphans: tuple[str, ...] = ()
    unannotated: tuple[str, ...] = ()
    annotated: int = 0
    images: int = 0
    looked: int = 0
    labels: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    examined: Mapping[str, Examined] = field(default_factory=dict)

    @property
    def coverage(self) -> str:
        """What the archive's question for the coverage gets; it is data, and English as such."""
        return f"{self.annotated} of {self.images} images annotated" if self.images else ""


@dataclass(frozen=True, slots=True)
class Report:
    """All annotations of a draft, as they were for the ``stamp`` of it."""

    stamp: object
    groups: tuple[AnnotationReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    homeless: int = 0

    def group(self, title: str) -> AnnotationReport | None:
        return next((g for g in self.groups if g.title == title), None)


_reports: weakref.WeakKeyDictionary[OpenDraft, Report] = weakref.WeakKeyDictionary()
_seen: weakref.WeakKeyDictionary[OpenDraft, dict[tuple[str, int, int], Any]] = weakref.WeakKeyDictionary()


def report_of(opened: OpenDraft) -> Report | None:
    """What is known of the annotations of the draft as it is now; None until :func:`examine` ran for it."""
    found = _reports.get(opened)
    return found if found is not None and found.stamp == _stamp(opened) else None


def findings_of(opened: OpenDraft) -> tuple[Finding, ...]:
    """The findings of the last report, while it is true."""
    found = report_of(opened)
    return found.findings if found else ()


def wanted(opened: OpenDraft) -> bool:
    """True where the draft has annotations or rules, and no report tells of them as they are now."""
    draft = opened.draft
    asked = any(g.annotations for g in draft.files) or bool(homes_named(draft.columns))
    return asked and opened.summary().complete and report_of(opened) is None


def _stamp(opened: OpenDraft) -> object:
    draft = opened.draft
    titles = [[r.get(k) for r in draft.get(m) or () if isinstance(r, Mapping)]
              for m, k in (("annotations", "title"), ("study_component", "name"))]  # fmt: skip
    return (draft.files, repr(draft.columns), repr(titles), opened.summary())


def examine(opened: OpenDraft, worker: Worker, cancel: Cancel, on_progress: Progress | None = None) -> Report:
    """Pair annotations with images, look into them, and remember the report. Stopped when cancelled."""
    stamp, draft = _stamp(opened), opened.draft
    study = _collected(opened, cancel)
    cache = _seen.setdefault(opened, {})
    looks = annotation_looks.Looks(opened.inventory(), opened.places, worker, cache, cancel)
    groups = tuple(_group(title, items, study, draft, looks, on_progress) for title, items in study.annotations.items())
    found: list[Finding] = []
    for group in groups:
        at = _record(draft, group.title)
        found += annotation_findings.of_group(group, at, study.by_path, looks)
    found += annotation_findings.of_homes(study.homeless, study.example, bool(homes_named(draft.columns)))
    found += looks.zarr_labels(study.images)
    found += splits.findings(list(study.by_path.values()), columns_of(draft.columns), cancel)
    report = Report(stamp, groups, tuple({f.key: f for f in found}.values()), study.homeless)
    _reports[opened] = report
    return report


@dataclass(slots=True)
class _Study:
    annotations: dict[str, list[Item]] = field(default_factory=dict)
    images: list[Item] = field(default_factory=list)
    by_path: dict[str, Item] = field(default_factory=dict)
    homeless: int = 0
    example: str = ""


def _collected(opened: OpenDraft, cancel: Cancel) -> _Study:
    """The annotation files by the title of their record, and the images; a chunked image counts once."""
    from depositor.scan import kinds

    study, places, where = _Study(), opened.places, Homes(opened.draft, opened.places)
    last = ""
    for at, row in enumerate(opened.inventory().files()):
        if at % 250 == 0:
            stopped_by(cancel)
        whole = nfc(places.shown(row.root, row.path))
        shown = object_path(whole)
        if shown == last:
            continue
        last = shown
        chunked = shown != whole
        path = places.absolute(row.root, row.path)
        item = Item(shown, row.root, row.set_path or row.path, _folder(path) if chunked else path,
                    0 if chunked else row.size, row.mtime_ns)  # fmt: skip
        home = where(shown)
        if home is None:
            study.homeless += 1
            study.example = study.example or shown
        if home and home[0] == "annotations":
            study.annotations.setdefault(home[1], []).append(item)
            study.by_path[shown] = item
        elif chunked or kinds.is_image(kinds.ending(shown)):
            study.images.append(item)
            study.by_path[shown] = item
    return study


def _folder(path: Path) -> Path:
    """The chunked image that a file lies in."""
    return next((p for p in reversed(path.parents) if p.suffix.lower() in (".zarr", ".n5")), path)


def _group(
    title: str,
    items: Sequence[Item],
    study: _Study,
    draft: Draft,
    looks: annotation_looks.Looks,
    on_progress: Progress | None,
) -> AnnotationReport:
    typed = _typed(draft, title)
    paths = [i.shown for i in items]
    pairs = _paired([p for p in paths if p not in typed], [i.shown for i in study.images])
    known = {p: source for p, (source, _) in pairs.found.items()} | {
        p: s for p, s in typed.items() if s in study.by_path and p in study.by_path
    }
    examined = looks.at(items, {p: study.by_path[s] for p, s in known.items() if s in study.by_path}, on_progress)
    named = set(_named(examined, study))
    orphans = [p for p in pairs.orphans if _wants_source(p, examined.get(p))]
    done = set(known.values()) | named
    classes: Counter[str] = Counter()
    for one in examined.values():
        classes.update(one.classes)
    left = tuple(i.shown for i in study.images if i.shown not in done)
    return AnnotationReport(
        *(title, tuple(paths), known, dict(pairs.unclear), tuple(orphans), left, len(study.images) - len(left)),
        images=len(study.images),
        looked=len(examined),
        labels=sum(e.objects for e in examined.values()),
        classes=dict(classes.most_common(200)),
        examined=examined,
    )


def _paired(annotations: Sequence[str], images: Sequence[str]) -> Pairs:
    from depositor.form.names.pairing import pair

    return pair(annotations, images)


def _typed(draft: Draft, title: str) -> dict[str, str]:
    """The pairs that a person chose (they win over all that names say)."""
    mine = (c for c in draft.columns if c.get("name") == SOURCE_IMAGE and c.get("annotations") in (None, title))
    return {nfc(str(p)): nfc(str(s)) for c in mine for p, s in dict(c.get("values") or {}).items()}


def _named(examined: Mapping[str, Examined], study: _Study) -> Iterator[str]:
    """Images that COCO files and tables speak of, found by the end of their path."""
    names = {s.name.replace("\\", "/").rpartition("/")[2] for e in examined.values() for s in e.sources}
    if names:
        stems = {n.rpartition(".")[0] or n for n in names}
        for item in study.images:
            last = item.shown.rpartition("/")[2]
            if last in names or (last.partition(".")[0] in stems):
                yield item.shown


def _wants_source(path: str, examined: Examined | None) -> bool:
    from depositor.scan import kinds

    if examined is not None:
        return examined.format in ("mask", "geojson", "yolo", "swc") and not examined.sources
    return kinds.is_image(kinds.ending(path)) or path.endswith((".geojson", ".swc", ".npy"))


def _record(draft: Draft, title: str) -> int | None:
    records = draft.get("annotations")
    each = records if isinstance(records, list) else []
    return next((n for n, r in enumerate(each) if isinstance(r, Mapping) and r.get("title") == title), None)


# --- what a person takes over ----------------------------------------------------------------------------------------


def with_pairs(draft: Draft, group: AnnotationReport) -> Draft:
    """The draft with the pairs as rules of the column "Source Image"; what no rule says stands there file by file."""
    from depositor.form.names.pairing import rules

    typed = _typed(draft, group.title)
    found, left = rules({p: s for p, s in group.pairs.items() if p not in typed})
    own = [c for c in draft.columns if c.get("name") == SOURCE_IMAGE and c.get("annotations") == group.title]
    others = tuple(c for c in draft.columns if c not in own)
    single = dict(list({**left, **typed}.items())[:MOST_TYPED])
    new: list[dict[str, Any]] = [{"name": SOURCE_IMAGE, "annotations": group.title, "values": single}] if single else []
    for rule in found:
        source = {"pattern": rule.pattern, "template": rule.template}
        new.append({"name": SOURCE_IMAGE, "annotations": group.title, "from": source})
    return replace(draft, columns=(*others, *new))


def with_pair(draft: Draft, title: str, annotation: str, image: str | None) -> Draft:
    """The draft with one pair that a person chose; None takes her choice back."""
    columns = list(draft.columns)
    at = next(
        (n for n, c in enumerate(columns)
         if c.get("name") == SOURCE_IMAGE and c.get("annotations") == title and "from" not in c),
        None,
    )  # fmt: skip
    old = dict(columns[at].get("values") or {}) if at is not None else {}
    values = {**old, annotation: image} if image else {p: s for p, s in old.items() if p != annotation}
    new = {"name": SOURCE_IMAGE, "annotations": title, "values": values}
    if at is not None:
        columns[at : at + 1] = [new] if values else []
    elif values:
        columns.insert(0, new)  # before the rules: what a person chose comes first
    return replace(draft, columns=tuple(columns))


def said(draft: Draft, group: AnnotationReport) -> bool:
    """True where the columns of the draft already say all pairs of the group."""
    mine = [c for c in columns_of(draft.columns) if c.name == SOURCE_IMAGE and c.group in (None, group.title)]
    return bool(mine) and all(
        next((v for c in mine if (v := c.value(p))), "") == nfc(s) for p, s in group.pairs.items()
    )


def coverage(draft: Draft, group: AnnotationReport) -> Proposal | None:
    """The computed coverage as an answer to offer; None where the draft says the same, or there is nothing to say."""
    at = _record(draft, group.title)
    path = f"annotations[{at}].annotation_coverage"
    if at is None or not group.coverage or not group.annotated or draft.get(path) == group.coverage:
        return None
    return Proposal(path, group.coverage, Origin(OriginKind.FOLDER, key="pairing"), files=len(group.pairs))


def with_coverage(draft: Draft, group: AnnotationReport) -> Draft:
    """The draft with the computed coverage, which a person asked for by a click."""
    offer = coverage(draft, group)
    return draft if offer is None else draft.answer(offer.path, offer.value, replace(offer.origin, confirmed=True))
