"""GeoJSON (RFC 7946) as the field uses it: shapes in pixels of the image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.scan.annotations.base import MOST_CLASSES, Examined, Faults, listed, number

_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_DEEPEST = 20  # collections in collections
_SLACK = 1.0
_MEND = msg("annotations.geojson.advice", "Export the shapes again from the program that made them.")
_WHY = msg("annotations.geojson.why", "Programs that read GeoJSON leave such shapes out, or stop.")


def is_geojson(data: Any) -> bool:
    """True for a JSON value of this kind, or a list of features as QuPath writes it."""
    if isinstance(data, list):
        return bool(data) and isinstance(data[0], Mapping) and data[0].get("type") == "Feature"
    known = ("FeatureCollection", "Feature", "GeometryCollection", *_DEPTH)
    return isinstance(data, Mapping) and data.get("type") in known


def examine(data: Any, faults: Faults, size: tuple[int, int] | None) -> Examined:
    """Check types, rings and coordinates; ``size`` is (width, height) of the source image where it is known."""
    count, classes = 0, Counter[str]()
    for place, feature in _features(data):
        count += 1
        if label := _class_of(feature):
            classes[label] += 1
        geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
        for shape in _shapes(geometry, place, faults, 0):
            _check(shape, place, faults, size)
    if not count:
        said = msg("annotations.geojson-empty", "The file holds no shape.")
        faults.add("geojson-empty", said, _MEND)
    return Examined("geojson", count, dict(classes.most_common(MOST_CLASSES)), findings=faults.findings())


def _features(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = data if isinstance(data, list) else listed(data.get("features"))
    if isinstance(data, Mapping) and data.get("type") != "FeatureCollection":
        yield "", data
        return
    for at, row in enumerate(rows):
        yield f"features[{at}]", row if isinstance(row, Mapping) else {}


def _class_of(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties")
    found = properties.get("classification") if isinstance(properties, Mapping) else None
    name = found.get("name") if isinstance(found, Mapping) else None
    return str(name) if name else ""


def _shapes(geometry: Any, place: str, faults: Faults, depth: int) -> Iterator[Mapping[str, Any]]:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind == "GeometryCollection" and depth < _DEEPEST:
        for inner in listed(geometry.get("geometries")):
            yield from _shapes(inner, place, faults, depth + 1)
    elif kind in _DEPTH:
        yield geometry
    else:
        said = msg("annotations.geojson-type", "A shape has a type that GeoJSON does not know.")
        faults.add("geojson-type", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)


def _check(shape: Mapping[str, Any], place: str, faults: Faults, size: tuple[int, int] | None) -> None:
    kind = shape["type"]
    lines = _lines(shape.get("coordinates"), _DEPTH[kind])
    if lines is None:
        said = msg("annotations.geojson-coordinates", "The coordinates of a shape are not numbers as they should be.")
        faults.add("geojson-coordinates", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
        return
    for line in lines:
        if kind in ("Polygon", "MultiPolygon") and (len(line) < 4 or line[0] != line[-1]):
            said = msg("annotations.geojson-ring", "An outline is not closed: its last point must be its first again.")
            faults.add("geojson-ring", said, _MEND, why=_WHY, location=place)
        if size is not None and any(_outside(point, size) for point in line):
            said = msg("annotations.geojson-outside", "A shape lies outside of its image.")
            advice = msg(
                "annotations.geojson-outside.advice",
                "Coordinates are pixels from the top left corner. If they are micrometres, say so in the file list.",
            )
            faults.add("geojson-outside", said, advice, location=place)


def _lines(value: Any, depth: int) -> list[list[tuple[float, ...]]] | None:
    """The points of a shape, line by line; None where they are not nested as its type asks."""
    if depth == 0:
        point = _point(value)
        return None if point is None else [[point]]
    if not isinstance(value, list):
        return None
    if depth == 1:
        points = [_point(v) for v in value]
        return None if None in points else [[p for p in points if p is not None]]
    out: list[list[tuple[float, ...]]] = []
    for inner in value:
        lines = _lines(inner, depth - 1)
        if lines is None:
            return None
        out += lines
    return out


def _point(value: Any) -> tuple[float, ...] | None:
    numbers = [number(v) for v in value] if isinstance(value, list) else []
    return tuple(n for n in numbers if n is not None) if len(numbers) >= 2 and None not in numbers else None


def _outside(point: tuple[float, ...], size: tuple[int, int]) -> bool:
    return not (-_SLACK <= point[0] <= size[0] + _SLACK and -_SLACK <= point[1] <= size[1] + _SLACK)
