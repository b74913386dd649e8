"""Annotation files are what they say, or it is told what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from depositor.scan.annotations import base
from depositor.scan.annotations.base import Examined
from depositor.scan.annotations.read import examine


def told(found: Examined | None) -> set[str]:
    assert found is not None
    return {f.check.removeprefix("annotations.") for f in found.findings}


def look(folder: Path, name: str, content: Any, size: tuple[int, int] | None = None) -> Examined | None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return examine(path, f"shown/{name}", size)


def coco(**changes: Any) -> dict[str, Any]:
    good = {
        "images": [{"id": 1, "file_name": "a.tif", "width": 100, "height": 50}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 100, 50]}],
        "categories": [{"id": 1, "name": "nucleus"}],
    }
    return good | changes


def test_good_coco(tmp_path: Path) -> None:
    found = look(tmp_path, "a.json", coco())
    assert told(found) == set()
    assert found
    assert (found.format, found.objects, dict(found.classes)) == ("coco", 1, {"nucleus": 1})
    assert found.sources == (base.NamedImage("a.tif", 100, 50),)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"annotations": [{"id": 1, "image_id": 9, "category_id": 1}]}, "coco-image"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 9}]}, "coco-category"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [90, 0, 20, 5]}]}, "coco-box"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, "x", 4]}]}, "coco-box-shape"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 1}] * 2}, "coco-ids"),
        ({"annotations": [{"image_id": 1, "category_id": 1}]}, "coco-no-id"),
        ({"annotations": []}, "coco-empty"),
        ({"images": [{"id": 1}]}, "coco-file-name"),
        ({"images": [{"id": [1], "file_name": "a"}]}, "coco-no-id"),
    ],
)
def test_faults_of_coco(tmp_path: Path, changes: dict[str, Any], check: str) -> None:
    assert check in told(look(tmp_path, "a.json", coco(**changes)))


def polygon(*points: list[float]) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": [list(points)]}
    feature = {"type": "Feature", "geometry": shape, "properties": {"classification": {"name": "Tumor"}}}
    return {"type": "FeatureCollection", "features": [feature]}


def test_good_geojson(tmp_path: Path) -> None:
    found = look(tmp_path, "a.geojson", polygon([0, 0], [9, 0], [9, 9], [0, 0]), (10, 10))
    assert told(found) == set()
    assert found
    assert dict(found.classes) == {"Tumor": 1}


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (polygon([0, 0], [9, 0], [9, 9], [1, 1]), "geojson-ring"),
        (polygon([0, 0], [99, 0], [9, 9], [0, 0]), "geojson-outside"),
        (polygon([0, 0], ["x", 0], [9, 9], [0, 0]), "geojson-coordinates"),
        ({"type": "Feature", "geometry": {"type": "Circle"}}, "geojson-type"),
        ({"type": "FeatureCollection", "features": []}, "geojson-empty"),
    ],
)
def test_faults_of_geojson(tmp_path: Path, data: dict[str, Any], check: str) -> None:
    assert check in told(look(tmp_path, "a.geojson", data, (10, 10)))


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("1 1 0 0 0 1 -1\n2 3 1.5 0 0 1 1\n", set()),
        ("# a comment\n1 1 0 0 0 1\n", {"swc-columns", "swc-empty"}),
        ("1 1 0 0 0 1 -1\n2 3 1 0 0 1 7\n", {"swc-parent"}),
        ("1 1 0 0 0 1 -1\n1 3 1 0 0 1 1\n", {"swc-ids"}),
    ],
)
def test_swc(tmp_path: Path, text: str, checks: set[str]) -> None:
    assert told(look(tmp_path, "a.swc", text)) == checks


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("0 0.5 0.5 0.1 0.1\n1 0.1 0.1 0.2 0.2 0.3 0.3\n", set()),
        ("0 0.5 0.5 0.1 1.1\n", {"yolo-range"}),
        ("7 0.5 0.5 0.1 0.1\n", {"yolo-class"}),
        ("0 0.5 0.5 0.1 0.1\n0 0.5\n", {"yolo-line"}),
    ],
)
@pytest.mark.parametrize("names", ["classes.txt", "data.yaml"])
def test_yolo(tmp_path: Path, text: str, checks: set[str], names: str) -> None:
    (tmp_path / names).write_text(
        "nucleus\nmitosis\n" if names == "classes.txt" else "nc: 2\nnames: ['nucleus', 'mitosis']\n"
    )
    found = look(tmp_path, "labels/train/a.txt", text)
    assert told(found) == checks


def test_yolo_without_names(tmp_path: Path) -> None:
    assert told(look(tmp_path, "deep/er/labels/a.txt", "0 0.5 0.5 0.1 0.1\n")) == {"yolo-classes"}


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("1 0 5 0\n2 6 9 1\n", set()),
        ("1 5 0 0\n", {"ctc-order"}),
        ("1 0 5 0\n2 6 9 8\n", {"ctc-parent"}),
        ("1 0 5 0\n2 5 9 1\n", {"ctc-parent"}),
        ("1 0 5\n", {"ctc-columns"}),
        ("1 0 5 0\n1 6 7 0\n", {"ctc-labels"}),
    ],
)
def test_tracks(tmp_path: Path, text: str, checks: set[str]) -> None:
    assert told(look(tmp_path, "TRA/man_track.txt", text)) == checks


def test_tracks_beyond_the_masks(tmp_path: Path) -> None:
    (tmp_path / "man_track000.tif").write_bytes(b"")
    assert told(look(tmp_path, "man_track.txt", "1 0 5 0\n")) == {"ctc-frames"}


@pytest.mark.parametrize(
    ("name", "text", "checks"),
    [
        ("a.csv", "source_image,x,y\na.tif,1,2\n", set()),
        ("a.tsv", "Image\tcount\na.tif\t5\n", set()),
        ("a.csv", "x,y\n1,2\n", {"table-source"}),
        ("a.csv", "1.5,2\n3,4\n", {"table-source", "table-headings"}),
    ],
)
def test_tables(tmp_path: Path, name: str, text: str, checks: set[str]) -> None:
    assert told(look(tmp_path, name, text)) == checks


def mask(tmp_path: Path, array: Any, name: str = "m.tif", **options: Any) -> Examined | None:
    import tifffile

    tifffile.imwrite(tmp_path / name, array, **options)
    return examine(tmp_path / name, "m")


def test_masks(tmp_path: Path) -> None:
    import numpy as np

    labels = np.zeros((20, 30), "uint16")
    labels[:3, :3], labels[9:12, 9:12] = 1, 2
    found = mask(tmp_path, labels)
    assert told(found) == set()
    assert found
    assert found.raster
    assert (found.raster.width, found.raster.height, found.raster.labels) == (30, 20, 2)
    assert told(mask(tmp_path, labels.astype("float32"))) == {"mask-type"}
    assert told(mask(tmp_path, np.zeros((5, 5), "uint8"))) == {"mask-empty"}
    assert told(mask(tmp_path, np.zeros((8, 8, 3), "uint8"), photometric="rgb")) == {"mask-color"}


def test_a_stack_whose_middle_is_empty_is_not_empty(tmp_path: Path) -> None:
    import numpy as np

    stack = np.zeros((5, 8, 8), "uint8")
    stack[0, 0, 0] = 1
    found = mask(tmp_path, stack, photometric="minisblack")
    assert told(found) == set()
    assert found
    assert found.raster
    assert found.raster.pages == 5


def test_pictures_as_masks(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("L", (6, 4))
    picture.putpixel((1, 1), 255)
    picture.save(tmp_path / "a.png")
    picture.save(tmp_path / "a.jpg")
    assert told(examine(tmp_path / "a.png", "a")) == set()
    assert told(examine(tmp_path / "a.jpg", "a")) == {"mask-lossy"}


def test_damaged_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "cut.tif").write_bytes(b"II*\0\x08\0\0\0")
    (tmp_path / "noise.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    assert told(examine(tmp_path / "cut.tif", "a")) == {"damaged"}
    assert told(examine(tmp_path / "noise.png", "a")) == {"damaged"}
    assert told(look(tmp_path, "cut.json", '{"images": [')) == {"json"}
    assert told(look(tmp_path, "deep.json", "[" * 200_000)) == {"json"}
    assert told(examine(tmp_path / "gone.json", "a")) == {"unreadable"}
    assert look(tmp_path, "other.json", {"a": 1}) is None
    assert look(tmp_path, "readme.txt", "hello") is None
    assert look(tmp_path, "a.docx", "hello") is None


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_BYTES", 100)
    assert told(look(tmp_path, "a.json", coco())) == {"too-large"}


def test_many_faults_of_one_kind_are_one_finding(tmp_path: Path) -> None:
    rows = [{"id": n, "image_id": 9, "category_id": 1} for n in range(500)]
    found = look(tmp_path, "a.json", coco(annotations=rows))
    assert found
    assert len(found.findings) == 1
    assert found.findings[0].path == "shown/a.json"
    assert found.findings[0].location == "annotations[0]"


# --- labels of OME-Zarr -----------------------------------------------------------------------------------------------


def zarr(folder: Path, shape: list[int], dtype: str = "<u2", **label: Any) -> Path:
    """An image of 8 x 9 with one label image."""
    image = folder / "a.ome.zarr"
    axes = [{"name": n} for n in "cyx"[-len(shape) :]]
    _level(image, [2, 8, 9], "<u2", [{"name": n} for n in "cyx"], {})
    _level(image / "labels" / "cells", shape, dtype, axes, {"image-label": {}} | label)
    (image / "labels" / ".zattrs").write_text(json.dumps({"labels": ["cells"]}))
    return image


def _level(folder: Path, shape: list[int], dtype: str, axes: list[dict[str, str]], more: dict[str, Any]) -> None:
    (folder / "0").mkdir(parents=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    attributes = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}], **more}
    (folder / ".zattrs").write_text(json.dumps({k: v for k, v in attributes.items() if v is not None}))
    (folder / "0" / ".zarray").write_text(json.dumps({"shape": shape, "dtype": dtype}))


@pytest.mark.parametrize(
    ("shape", "dtype", "label", "checks"),
    [
        ([8, 9], "<u2", {}, set()),
        ([8, 9], "<f4", {}, {"zarr-type"}),
        ([4, 9], "<u2", {}, {"zarr-size"}),
        ([8, 9], "<u2", {"image-label": None}, {"zarr-image-label"}),
        ([8, 9], "<u2", {"multiscales": None}, {"zarr-multiscales"}),
    ],
)
def test_labels_of_zarr(tmp_path: Path, shape: list[int], dtype: str, label: dict[str, Any], checks: set[str]) -> None:
    assert told(examine(zarr(tmp_path, shape, dtype, **label), "a")) == checks


def test_labels_that_are_listed_but_not_there(tmp_path: Path) -> None:
    image = zarr(tmp_path, [8, 9])
    (image / "labels" / ".zattrs").write_text(json.dumps({"labels": ["cells", "nuclei", "../../x"]}))
    assert told(examine(image, "a")) == {"zarr-missing"}
    (image / "labels" / ".zattrs").write_text("{}")
    assert told(examine(image, "a")) == {"zarr-list"}


def test_an_image_without_labels_is_no_annotation(tmp_path: Path) -> None:
    (tmp_path / "a.ome.zarr").mkdir()
    assert examine(tmp_path / "a.ome.zarr", "a") is None
