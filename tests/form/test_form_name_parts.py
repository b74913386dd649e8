"""A part of one name becomes a pattern; what names usually hold is recognised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.name_patterns import nfc, parsed
from depositor.form.names.name_meanings import is_like_mask, like_masks, suggestions
from depositor.form.names.name_parts import Example, learn

STYLES = json.loads((Path(__file__).parents[1] / "data" / "form" / "naming_styles.json").read_text("utf-8"))


def example(path: str, part: str, nth: int = 0) -> Example:
    at = -1
    for _ in range(nth + 1):
        at = path.index(part, at + 1)
    return Example(path, at, at + len(part))


def read(rule: str, column: str, *paths: str) -> list[str | None]:
    return [(parsed(rule).read(p) or {}).get(column) for p in paths]


@pytest.mark.parametrize("style", STYLES, ids=lambda s: s["style"])
def test_real_naming_styles_are_recognised(style: dict) -> None:
    found = {s.column: s for s in suggestions(style["names"])}
    for column, values in style["expected"].items():
        assert column in found, f"{column} among {sorted(found)}"
        said = [
            next((v for r in found[column].patterns for v in read(r, column, n) if v), None) for n in style["names"]
        ]
        assert said == values


def test_a_part_between_separators_keeps_its_place() -> None:
    names = ["exp_1_WT_t03.tif", "exp_1_KO_t04.tif", "exp_12_KO_drug_t04.tif"]
    rule = learn([example(names[0], "WT")], "Genotype", names)
    assert read(rule, "Genotype", *names) == ["WT", "KO", "KO"]


def test_a_number_follows_its_letters_wherever_they_stand() -> None:
    names = ["exp_1_WT_t03.tif", "exp_1_KO_drug_x_t04.tif"]
    rule = learn([example(names[0], "03")], "Time", names)
    assert read(rule, "Time", *names) == ["03", "04"]


def test_a_folder_becomes_a_column_of_all_that_is_below() -> None:
    names = ["data/b1/y.tif", "data/b2/x.tif", "data/b3/deep/er/x.tif"]
    rule = learn([example(names[0], "b1")], "Batch", names)
    assert read(rule, "Batch", *names) == ["b1", "b2", "b3"]


def test_two_examples_decide_between_meanings() -> None:
    names = ["a_b_WT.tif", "a_b_c_KO.tif"]
    one = learn([example(names[0], "WT")], "G", names)
    both = learn([example(names[0], "WT"), example(names[1], "KO")], "G", names)
    assert read(one, "G", names[0]) == ["WT"]
    assert read(both, "G", *names) == ["WT", "KO"]


def test_signs_of_the_pattern_language_in_a_name_do_no_harm() -> None:
    path = "img{2}*_x?.tif"
    rule = learn([example(path, "2")], "N", [path])
    assert read(rule, "N", path) == ["2"]


@pytest.mark.parametrize(("start", "end"), [(3, 3), (2, 6)])
def test_nothing_chosen_or_a_choice_over_folders_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="nothing chosen"):
        learn([Example("ab/cd.tif", start if start != 3 else 4, end if end != 3 else 4)], "X", ["ab/cd.tif"])


NAME = st.text(st.characters(blacklist_characters="/", blacklist_categories=("Cs", "Cc")), min_size=1, max_size=24)


@settings(max_examples=300, deadline=None)
@given(st.lists(NAME, min_size=1, max_size=3), st.data())
def test_whatever_is_chosen_is_what_the_pattern_gives(parts: list[str], data: st.DataObject) -> None:
    path = nfc("/".join(parts))
    names = [p for p in path.split("/") if p]
    segment = data.draw(st.sampled_from(names or ["x"]))
    low = path.find(segment)
    if low < 0 or nfc(segment) != segment:
        return
    start = data.draw(st.integers(low, low + len(segment) - 1))
    end = data.draw(st.integers(start + 1, low + len(segment)))
    chosen = Example(path, start, end)
    if "/" in chosen.part or not chosen.part.strip():
        return
    rule = learn([chosen], "What", [path])
    assert parsed(rule).span(path, "What") == (start, end)


def test_one_pattern_for_each_naming_scheme() -> None:
    names = [f"HeLa_t{n:02}.tif" for n in range(20)] + [f"{n}-time{n % 3}-x.czi" for n in range(20)]
    (time,) = [s for s in suggestions(names) if s.column == "Time"]
    assert len(time.patterns) == 2
    assert time.names == 40


def test_what_is_there_already_is_not_offered_again() -> None:
    names = ["a_t01.tif", "a_t02.tif"]
    assert [s.column for s in suggestions(names)] == ["Time"]
    assert suggestions(names, ["time"]) == []


def test_names_without_a_meaning_offer_nothing() -> None:
    assert suggestions(["apple.tif", "pear.tif", "plum.tif"]) == []


def test_masks_are_known_by_their_names() -> None:
    masks = ["m/a_mask.tif", "b_seg.npy", "c_cp_masks.png", "labels/d.png", "01_GT/SEG/man_seg001.tif"]
    assert like_masks(masks) == len(masks)
    assert not is_like_mask("raw/segmentedworm_01.tif")
