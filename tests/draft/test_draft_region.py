"""A place in a picture is written and read alike."""

from __future__ import annotations

import pytest

from depositor.draft.region import Region, parse


@pytest.mark.parametrize("place", ["pixels:10,20,30,8", "pixels:0,0,1,1:0", "label:3,4,5,6:2", "overlay:1,2,3,4:24576"])
def test_written_as_read(place: str) -> None:
    found = parse(place)
    assert found is not None
    assert str(found) == place


@pytest.mark.parametrize("place", [None, "", "name", "tiff:0:Artist", "(0010,0010)", "pixels:1,2,3", "pixels:a,b,c,d"])
def test_other_places_are_no_region(place: str | None) -> None:
    assert parse(place) is None


def test_without_a_frame() -> None:
    assert parse("macro:1,2,3,4") == Region("macro", 1, 2, 3, 4, None)


def test_what_a_box_covers() -> None:
    box = Region("pixels", 10, 10, 20, 20, 2)
    assert box.covers(Region("pixels", 12, 12, 10, 10, 2))
    assert box.covers(Region("pixels", 12, 12, 10, 10))
    assert not box.covers(Region("pixels", 12, 12, 10, 10, 3))
    assert not box.covers(Region("label", 12, 12, 10, 10, 2))
    assert not box.covers(Region("pixels", 25, 25, 20, 20, 2))
