"""What is told about annotations and their images: what, where, why, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from depositor.draft.facts import ImageFacts
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.session.annotations.annotation_looks import Item, Looks

if TYPE_CHECKING:
    from depositor.scan.annotations.base import Examined, NamedImage, Raster
    from depositor.session.annotations.pairing import AnnotationReport

MOST_EACH = 10  # findings of one kind that are told one by one
_MOST_NAMED = 200  # images of a COCO file whose sizes are compared
_UNBALANCED = 50  # times as many objects in the largest class as in the smallest
_FIT = msg("annotations.fit.advice", "Look whether the two belong together, or make the mask anew from this image.")


def of_group(group: AnnotationReport, record: int | None, items: Mapping[str, Item], looks: Looks) -> list[Finding]:
    """All findings about one set of annotations, bounded."""
    location = f"annotations[{record}]" if record is not None else "annotations"
    found = [*_sources(group, location), *_covered(group, location), *_classes(group, location)]
    for path, examined in group.examined.items():
        found += examined.findings
        source = items.get(group.pairs.get(path, ""))
        if examined.raster is not None and source is not None and path in items:
            found += _fit(path, examined.raster, looks.facts(source), looks.facts(items[path]))
        found += _named(path, examined, items, looks)
    return _bounded(found, group.title, location)


def of_homes(homeless: int, example: str, ruled: bool) -> Iterator[Finding]:
    """Files that no rule and no folder gives to a data set; without rules the form tells of the folders."""
    if homeless and ruled:
        yield Finding(
            "files:homeless",
            "files.homeless",
            Level.BLOCKER,
            msgn("files.homeless", "{n} file belongs to nothing yet.", "{n} files belong to nothing yet.", homeless),
            msg(
                "files.homeless.why",
                "Each data set gets its own list of files; a file outside all lists would be lost.",
            ),
            msg("files.homeless.advice", "Open “Columns and groups” and say what these files belong to."),
            example,
            "files",
        )


def _sources(group: AnnotationReport, location: str) -> Iterator[Finding]:
    why = msg("annotations.source.why", "An annotation without its image helps nobody; the archive asks for the image.")
    if group.orphans:
        said = msgn(
            "annotations.orphans",
            "{n} annotation file of “{title}” has no image.",
            "{n} annotation files of “{title}” have no image.",
            len(group.orphans),
            title=group.title,
        )
        advice = msg(
            "annotations.orphans.advice", "Choose its image under “Columns and groups”, or leave the file out."
        )
        yield _one("orphans", group, Level.WARNING, said, why, advice, group.orphans[0], location)
    if group.unclear:
        said = msgn(
            "annotations.unclear",
            "{n} annotation file of “{title}” fits several images.",
            "{n} annotation files of “{title}” fit several images.",
            len(group.unclear),
            title=group.title,
        )
        advice = msg("annotations.unclear.advice", "Choose the right image under “Columns and groups”.")
        yield _one("unclear", group, Level.WARNING, said, why, advice, next(iter(group.unclear)), location)


def _covered(group: AnnotationReport, location: str) -> Iterator[Finding]:
    if group.unannotated and group.annotated:
        said = msgn(
            "annotations.unannotated",
            "{n} image has no annotation in “{title}”.",
            "{n} images have no annotation in “{title}”.",
            len(group.unannotated),
            title=group.title,
        )
        why = msg(
            "annotations.unannotated.why", "Whoever trains on it must know whether nothing is there, or nobody looked."
        )
        advice = msg(
            "annotations.unannotated.advice", "Say it in the annotation coverage; Depositor counted it for you."
        )
        place = f"{location}.annotation_coverage"
        yield _one("unannotated", group, Level.INFO, said, why, advice, group.unannotated[0], place)


def _classes(group: AnnotationReport, location: str) -> Iterator[Finding]:
    counts = [n for n in group.classes.values() if n]
    if len(counts) > 1 and max(counts) >= _UNBALANCED * min(counts):
        rare = min(group.classes, key=lambda c: group.classes[c])
        said = msg(
            "annotations.balance",
            "The class “{rare}” has {few} objects, the largest class {many}.",
            rare=rare,
            few=min(counts),
            many=max(counts),
        )
        why = msg("annotations.balance.why", "Rare classes are learnt badly; readers want to know before they train.")
        advice = msg("annotations.balance.advice", "If that is how it is, say so in the annotation overview.")
        yield _one("balance", group, Level.INFO, said, why, advice, None, location)


def _fit(path: str, mask: Raster, source: ImageFacts | None, own: ImageFacts | None) -> Iterator[Finding]:
    """Mask and image side by side: size in pixels, planes, physical size of a pixel."""
    if source is None:
        return
    why = msg("annotations.fit.why", "Laid over its image, it would mark the wrong places.")
    if source.size_x and source.size_y and (mask.width, mask.height) != (source.size_x, source.size_y):
        said = msg(
            "annotations.mask-size",
            "The mask has {width} × {height} pixels, its image {source_width} × {source_height}.",
            width=mask.width,
            height=mask.height,
            source_width=source.size_x,
            source_height=source.size_y,
        )
        yield Finding(f"annotations:mask-size:{path}", "annotations.mask-size", Level.WARNING, said, why, _FIT, path)
    elif mask.pages not in _plane_counts(source):
        said = msg(
            "annotations.mask-planes", "The mask has {pages} planes, which its image does not.", pages=mask.pages
        )
        yield Finding(
            f"annotations:mask-planes:{path}", "annotations.mask-planes", Level.WARNING, said, why, _FIT, path
        )
    if own is not None and _differs(own.pixel_size_x_um, source.pixel_size_x_um):
        said = msg(
            "annotations.mask-scale",
            "A pixel of the mask is {own} µm wide, one of its image {source} µm.",
            own=f"{own.pixel_size_x_um:.4g}",
            source=f"{source.pixel_size_x_um:.4g}",
        )
        advice = msg(
            "annotations.mask-scale.advice", "Write the pixel size of the image into the mask, or leave it out."
        )
        key = f"annotations:mask-scale:{path}"
        yield Finding(key, "annotations.mask-scale", Level.ADVICE, said, why, advice, path)


def _plane_counts(source: ImageFacts) -> set[int]:
    z, c, t = source.size_z or 1, source.size_c or 1, source.size_t or 1
    return {1, z, t, z * t, z * c * t, c}


def _differs(one: float | None, other: float | None) -> bool:
    return bool(one and other and abs(one - other) > 0.01 * max(one, other))


def _named(path: str, examined: Examined, items: Mapping[str, Item], looks: Looks) -> Iterator[Finding]:
    """Images that a COCO file or a table speaks of: are they there, and as large as it says?"""
    if not examined.sources:
        return
    by_name = {item.shown.rpartition("/")[2]: item for item in items.values()}
    by_name |= {name.partition(".")[0]: item for name, item in by_name.items()}
    missing = [s.name for s in examined.sources if s.name and _found(s, by_name) is None]
    if missing:
        said = msgn(
            "annotations.named-missing",
            "The file names {n} image that is not among your files: {example}",
            "The file names {n} images that are not among your files, e.g. {example}",
            len(missing),
            example=missing[0],
        )
        why = msg("annotations.named-missing.why", "Whoever opens the annotations will look for it in vain.")
        advice = msg("annotations.named-missing.advice", "Add the images, or take their annotations out.")
        key = f"annotations:named-missing:{path}"
        yield Finding(key, "annotations.named-missing", Level.WARNING, said, why, advice, path)
    for one in examined.sources[:_MOST_NAMED]:
        item = _found(one, by_name)
        facts = looks.facts(item) if item is not None and one.width and one.height else None
        if facts and facts.size_x and (one.width, one.height) != (facts.size_x, facts.size_y):
            said = msg(
                "annotations.named-size",
                "“{name}” has {width} × {height} pixels here, but {source_width} × {source_height} in its own file.",
                name=one.name,
                width=one.width or 0,
                height=one.height or 0,
                source_width=facts.size_x,
                source_height=facts.size_y or 0,
            )
            why = msg("annotations.named-size.why", "Boxes would be drawn in the wrong place.")
            key = f"annotations:named-size:{path}"
            yield Finding(key, "annotations.named-size", Level.WARNING, said, why, _FIT, path)
            return


def _found(one: NamedImage, by_name: Mapping[str, Item]) -> Item | None:
    name = one.name.replace("\\", "/").rpartition("/")[2]
    return by_name.get(name) or by_name.get(name.partition(".")[0])


def _bounded(found: list[Finding], title: str, location: str) -> list[Finding]:
    """At most some of each kind, and how many more there are."""
    counts = Counter(f.check for f in found)
    told: Counter[str] = Counter()
    out: list[Finding] = []
    for one in found:
        told[one.check] += 1
        if told[one.check] <= MOST_EACH:
            out.append(one)
        elif told[one.check] == MOST_EACH + 1:
            more = counts[one.check] - MOST_EACH
            said = msgn(
                "annotations.more",
                "{n} more file of “{title}” has the same: {what}",
                "{n} more files of “{title}” have the same: {what}",
                more,
                title=title,
                what=one.message.english(),
            )
            key = f"annotations:more:{one.check}:{title}"
            out.append(Finding(key, one.check, one.level, said, one.why, one.advice, one.path, location))
    return out


def _one(
    what: str,
    group: AnnotationReport,
    level: Level,
    said: Message,
    why: Message,
    advice: Message,
    path: str | None,
    location: str,
) -> Finding:
    key = f"annotations:{what}:{group.title}"
    return Finding(key, f"annotations.{what}", level, said, why, advice, path, location)
