"""COCO JSON: images, annotations and categories that refer to each other by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.scan.annotations.base import (
    MOST_CLASSES,
    MOST_IMAGES,
    Examined,
    Faults,
    NamedImage,
    listed,
    number,
)

_SLACK = 1.0  # pixels by which a box may reach over the edge: programs round
_MEND = msg("annotations.coco.advice", "Export the annotations again, or mend the numbers in the JSON.")
_WHY = msg("annotations.coco.why", "Programs that read COCO stop at it, or draw boxes in the wrong place.")


def is_coco(data: Any) -> bool:
    """True for a JSON value of this shape."""
    return isinstance(data, Mapping) and isinstance(data.get("images"), list) and "annotations" in data


def examine(data: Mapping[str, Any], faults: Faults) -> Examined:
    """Check references, boxes and numbers, and count the objects of each category."""
    images = dict(_numbered(data.get("images"), "image", faults))
    categories = dict(_numbered(data.get("categories"), "category", faults))
    sources = tuple(_source(r, faults) for r in list(images.values())[:MOST_IMAGES])
    names = {key: str(r.get("name") or key) for key, r in categories.items()}
    classes: Counter[str] = Counter()
    seen: set[Any] = set()
    rows = [r for r in listed(data.get("annotations")) if isinstance(r, Mapping)]
    for at, row in enumerate(rows):
        place = f"annotations[{at}]"
        _id(row.get("id"), seen, place, faults)
        _category(row, names, classes, place, faults)
        image = images.get(_key(row.get("image_id")))
        if image is None:
            said = msg("annotations.coco-image", "An annotation names an image that the file does not list.")
            faults.add("coco-image", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
        else:
            _box(row.get("bbox"), image, place, faults)
    if not rows:
        said = msg("annotations.coco-empty", "The file lists images, but not one annotation.")
        faults.add("coco-empty", said, _MEND, location="annotations")
    return Examined("coco", len(rows), dict(classes.most_common(MOST_CLASSES)), sources, findings=faults.findings())


def _numbered(rows: Any, what: str, faults: Faults) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    seen: set[Any] = set()
    for at, row in enumerate(listed(rows)):
        if isinstance(row, Mapping):
            _id(row.get("id"), seen, f"{'images' if what == 'image' else 'categories'}[{at}]", faults)
            yield _key(row.get("id")), row


def _id(value: Any, seen: set[Any], place: str, faults: Faults) -> None:
    key = _key(value)
    if key is None:
        said = msg("annotations.coco-no-id", "An entry has no id.")
        faults.add("coco-no-id", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
    elif key in seen:
        said = msg("annotations.coco-ids", "The id {number} stands for two entries.", number=str(key))
        faults.add("coco-ids", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
    else:
        seen.add(key)


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _source(row: Mapping[str, Any], faults: Faults) -> NamedImage:
    width, height = number(row.get("width")), number(row.get("height"))
    name = str(row.get("file_name") or "")
    if not name:
        said = msg("annotations.coco-file-name", "An image of the list has no file name.")
        faults.add("coco-file-name", said, _MEND, why=_WHY, location="images", level=Level.BLOCKER)
    return NamedImage(name, int(width) if width else None, int(height) if height else None)


def _category(
    row: Mapping[str, Any], names: Mapping[Any, str], classes: Counter[str], place: str, faults: Faults
) -> None:
    key = _key(row.get("category_id"))
    if key in names:
        classes[names[key]] += 1
    elif row.get("category_id") is not None or names:
        said = msg("annotations.coco-category", "An annotation names a category that the file does not list.")
        faults.add("coco-category", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)


def _box(box: Any, image: Mapping[str, Any], place: str, faults: Faults) -> None:
    if box is None:
        return
    edges = [number(v) for v in listed(box)]
    if len(edges) != 4 or None in edges:
        said = msg("annotations.coco-box-shape", "A box is not four numbers: x, y, width, height.")
        faults.add("coco-box-shape", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
        return
    x, y, w, h = (e for e in edges if e is not None)
    width, height = number(image.get("width")), number(image.get("height"))
    outside = x < -_SLACK or y < -_SLACK or w < 0 or h < 0
    beyond = (width and x + w > width + _SLACK) or (height and y + h > height + _SLACK)
    if outside or beyond:
        said = msg("annotations.coco-box", "A box reaches beyond its image.")
        advice = msg("annotations.coco-box.advice", "Boxes are x, y, width, height in pixels. Look how they were made.")
        faults.add("coco-box", said, advice, why=_WHY, location=place)
