"""Annotations find their images by names and folders, and rules say it for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.name_patterns import filled, parsed
from depositor.form.names.pairing import How, pair, rules


@pytest.mark.parametrize(
    ("annotations", "images"),
    [
        (["d/masks/a_mask.tif", "d/masks/b_mask.tif"], ["d/raw/a.tif", "d/raw/b.tif"]),
        (["x/img01_cp_masks.png", "x/img02_cp_masks.png"], ["x/img01.tif", "x/img02.tif"]),
        (["m/mask_001.png", "m/mask_002.png"], ["i/image_001.png", "i/image_002.png"]),
        (["F/01_GT/SEG/man_seg001.tif", "F/02_GT/SEG/man_seg001.tif"], ["F/01/t001.tif", "F/02/t001.tif"]),
        (["ds/train/masks/1.png", "ds/val/masks/1.png"], ["ds/train/images/1.png", "ds/val/images/1.png"]),
        (["m/p1/a.geojson", "m/p2/a.geojson"], ["i/p1/a.svs", "i/p2/a.svs"]),
        (["masks/HeLa_rep1_t00_mask.tif"], ["raw/HeLa_rep1_t00.tif", "raw/HeLa_rep2_t00.tif"]),
        (["labels/cell_seg.tif"], ["raw/Cell.ome.tif"]),
        (["gt/a_c1_label.tif"], ["raw/a_c1.ome.zarr", "raw/a_c2.ome.zarr"]),
    ],
)
def test_pairs_of_the_field(annotations: list[str], images: list[str]) -> None:
    found = pair(annotations, images)
    assert [found.found[a][0] for a in annotations] == images[: len(annotations)]
    assert not found.orphans
    assert not found.unclear


def test_how_it_was_found_is_told() -> None:
    found = pair(["m/a.tif", "m/b_mask.tif", "m/q/c.tif"], ["i/a.tif", "i/b.tif", "i/q/c.tif", "i/r/c.tif"]).found
    assert [found[a][1] for a in ("m/a.tif", "m/b_mask.tif", "m/q/c.tif")] == [How.EXACT, How.PATTERN, How.FOLDER]


def test_what_fits_several_is_asked_and_what_fits_none_is_an_orphan() -> None:
    found = pair(["m/a_mask.tif", "m/zz_mask.tif"], ["i/a_c1.tif", "i/a_c2.tif"])
    assert found.unclear == {"m/a_mask.tif": ("i/a_c1.tif", "i/a_c2.tif")}
    assert found.orphans == ("m/zz_mask.tif",)


def said(annotation: str, made: tuple) -> str:
    each = (filled(r.template, places) for r in made if (places := parsed(r.pattern).read(annotation)))
    return next(each, "")


def test_one_rule_says_the_pairs_of_all_folders() -> None:
    pairs = {f"ds/{s}/masks/{n:03}_mask.png": f"ds/{s}/images/{n:03}.jpg" for s in ("train", "val") for n in range(9)}
    made, left = rules(pairs)
    assert len(made) == 1
    assert not left
    assert all(said(a, made) == image for a, image in pairs.items())


def test_what_a_rule_says_wrong_is_told_file_by_file() -> None:
    pairs = {"m/a_mask.tif": "i/a.tif", "m/b_mask.tif": "i/b.tif", "m/c_mask.tif": "elsewhere/other.tif"}
    made, left = rules(pairs)
    assert left == {"m/c_mask.tif": "elsewhere/other.tif"}
    assert said("m/a_mask.tif", made) == "i/a.tif"


WORD = st.text("abcXYZ019", min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(WORD, WORD, min_size=2, max_size=8), WORD, st.sampled_from(["_mask", "-seg", "_label", ""]))
def test_rules_and_exceptions_together_say_every_pair(stems: dict[str, str], folder: str, end: str) -> None:
    pairs = {f"{folder}/masks/{a}{end}.tif": f"{folder}/raw/{b if len(b) == 1 else a}.tif" for a, b in stems.items()}
    made, left = rules(pairs)
    assert all((left.get(a) or said(a, made)) == image for a, image in pairs.items())
