"""How much a person must type until the bundled example may go to the BioImage Archive. Each value is one call; nothing
else is answered. The number is a promise: it may fall, never rise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from depositor import resources
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.session.clock import today
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.open_draft import OpenDraft

MOST_TYPED = 11
TYPED = {
    "study.title": "Test images of nuclei and stacks, to try a deposit with",
    "study.description": "Small images in several formats, taken from the test data of open-source projects.",
    "study.author[0].name": "Josiah Carberry",
    "study.author[0].email": "josiah.carberry@example.org",
    "study.author[0].affiliation": [{"name": "Example Institute"}],
    "biosample[0].organism": [{"id": "NCBITaxon:4896", "label": "Schizosaccharomyces pombe"}],
    "biosample[0].biological_entity": "Cells in exponential growth",
    "specimen[0].preparation_method": "Cells were placed on a pad of 1 % agarose in growth medium.",
    "image_acquisition[0].imaging_method": [{"id": "FBbi:00000253", "label": "spinning disk confocal microscopy"}],
    "image_acquisition[0].imaging_instrument": "Spinning disk confocal microscope with a 60x/1.4 oil objective",
}


def stops(work: OpenDraft) -> list[str]:
    return [str(f.location) for f in work.validate() if f.level is Level.BLOCKER]


def test_the_example_is_ready_for_the_bioimage_archive_after_few_typed_values(tmp_path: Path) -> None:
    desk = Desk(Home.at(tmp_path / "home").create())
    work = desk.new_draft()
    chosen = replace(work.draft, archive="bioimage-archive", profiles=("light-microscopy",), license="CC0-1.0")
    work.change(msg("test", "Test"), chosen)
    work.add_paths([resources.path("examples/images")])
    work.scan(Cancel())
    work.read_headers(Cancel())
    work.prefill()
    for path, value in TYPED.items():
        assert stops(work), f"{path} is not needed"
        work.edit(path, value)
    work.update(msg("test", "Test"), lambda d: replace(d, release_date=today().isoformat()))
    assert stops(work) == []
    assert len(TYPED) + 1 <= MOST_TYPED  # with the release date, which is chosen
    assert work.draft.get("study_component[0].associations") == [
        {
            "biosample": "Cells in exponential growth",
            "specimen": "Specimen 1",
            "image_acquisition": work.draft.get("image_acquisition[0].title"),
        }
    ]
    assert work.draft.get("study_component[0].description", "").startswith("Images of Cells in exponential growth (")
    assert "Schizosaccharomyces pombe" in work.draft.get("study.keywords")
    work.close()
    desk.close()
