"""What a check tells while it runs: its stages, what headers told before pictures are read, and where it stopped."""

from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.session.checks import Stage
from depositor.session.pixels import Amount


@pytest.fixture
def opened(desk, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "a.csv", "Kowalczyk, Marta")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    return found


def write(table: Path, name: str) -> None:
    table.write_text(f'patient name,count\n"{name}",4\n', "utf-8")


def names(opened):
    return {f.evidence for f in opened.privacy() or () if f.path}


def test_what_headers_tell_is_there_before_the_pictures(opened):
    seen = []
    opened.listeners.append(lambda what: seen.append((what, names(opened))) if what == "privacy" else None)
    stages = []
    opened.check_privacy(Cancel(), pixels=Amount.NONE, on_stage=lambda s: stages.append((s, opened.privacy() is None)))
    assert stages == [(Stage.HEADERS, True), (Stage.AGAIN, True), (Stage.PICTURES, False)]
    assert len(seen) == 2, "before the pictures, and at the end"
    assert seen[0][1] == seen[1][1] != set()


def test_a_check_that_stops_before_the_pictures_is_not_at_its_end(opened):
    cancel = Cancel()
    opened.check_privacy(cancel, pixels=Amount.NONE, on_stage=lambda s: s is Stage.PICTURES and cancel.set())
    assert names(opened)
    assert not opened.are_pictures_read
    opened.check_privacy(Cancel(), pixels=Amount.NONE)
    assert opened.are_pictures_read


def test_what_was_asked_during_a_check_is_not_kept_after_it(opened, tmp_path):
    opened.check_privacy(Cancel())
    before = names(opened)
    write(tmp_path / "data" / "a.csv", "Lindqvist, Nils")
    opened.scan(Cancel())
    during = []
    opened.check_privacy(Cancel(), on_stage=lambda s: during.append(names(opened)))
    assert during[0] == set(), "a file changed: the last check is none of all files any more"
    assert names(opened) != before
    assert any("Lindqvist" in one for one in names(opened))


def test_undecided_findings_are_counted_once(opened):
    opened.check_privacy(Cancel())
    now = opened.situation()
    assert now.undecided
    assert now.undecided is now.undecided
