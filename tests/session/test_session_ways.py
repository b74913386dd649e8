"""Which ways of imaging files speak of: only what a header says, never what is merely likely."""

from __future__ import annotations

from pathlib import Path

import pytest

from depositor.draft.facts import Channel, Electrons, FileFacts, ImageFacts, Ions, Medical, Objective
from depositor.form import profiles
from depositor.session import ways
from depositor.session.desk import Desk
from depositor.session.home import Home

GFP = Channel("GFP", excitation_nm=488)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (ImageFacts(size_x=512, size_y=512), set()),
        (ImageFacts(channels=(Channel("Red"),)), set()),
        (ImageFacts(channels=(GFP,)), {"light-microscopy"}),
        (ImageFacts(objective=Objective(magnification=40)), {"light-microscopy"}),
        (ImageFacts(channels=(GFP,), size_t=20), {"light-microscopy"}),
        (ImageFacts(channels=(GFP,), size_t=20, time_increment_s=5), {"light-microscopy", "live-imaging"}),
        (ImageFacts(channels=(GFP,), plate="P1", well="B3"), {"light-microscopy", "high-content-screening"}),
        (ImageFacts(electrons=Electrons(voltage_kv=200, tilt_deg=0)), set()),
        (ImageFacts(electrons=Electrons(dose_e_per_a2=60)), {"cryo-em"}),
        (ImageFacts(electrons=Electrons(dwell_us=2), size_z=300), {"volume-em"}),
        (ImageFacts(ions=Ions(polarity="positive")), {"mass-spec-imaging"}),
        (ImageFacts(medical=Medical(tube_kv=120)), {"medical-imaging"}),
        (ImageFacts(modality="MR"), {"medical-imaging"}),
        (ImageFacts(channels=(Channel("Yb", metal="Yb171"),)), {"multiplexed-tissue"}),
    ],
)
def test_headers_speak_of_a_way(facts: ImageFacts, found: set[str]) -> None:
    assert set(ways.counted([FileFacts("a", images=(facts,))])) == found


def test_a_format_made_for_one_way_is_enough_and_each_file_counts_once() -> None:
    slide = FileFacts("a.svs", format="Aperio SVS", images=(ImageFacts(objective=Objective(magnification=20)),) * 3)
    assert ways.counted([slide, slide]) == {"histology-wsi": 2}


def test_every_way_that_is_suggested_exists() -> None:
    known = {p.id for p in profiles.available()}
    named = {v for k, v in vars(ways).items() if k.strip("_").isupper() and isinstance(v, str)}
    assert len(named) == 9
    assert named <= known


def test_what_a_way_adds_and_that_no_answer_is_lost(tmp_path: Path) -> None:
    desk = Desk(Home.at(tmp_path / "home").create())
    opened = desk.new_draft("practice")
    try:
        ways.choose(opened, ("cryo-em", "unknown-way"))
        opened.edit("cryo_em", [{"technique": "tomography"}])
        ways.choose(opened, ())
        assert opened.draft.get("cryo_em[0].technique") == "tomography"
        way = next(w for w in ways.ways(opened) if w.id == "cryo-em")
        assert (way.chosen, way.kept) == (False, True)
        assert way.questions > 5
        assert way.parts
        again = ways.ways(opened, ways.counted([FileFacts("a", images=(ImageFacts(channels=(GFP,)),))]))
        assert again[0].id == "light-microscopy"
    finally:
        opened.close()
        desk.close()
