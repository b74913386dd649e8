"""A revision at each archive: who is whose earlier version, and what the archive makes of it."""

import json
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Refused
from depositor.draft.submission import Stage, State

sys.path.append(str(Path(__file__).resolve().parents[1] / "archives"))  # the stand-in is that of the adapter's tests
from bia_standin import PASSWORD, USER, StandIn


@pytest.fixture
def archive(tmp_path, monkeypatch):
    with StandIn(tmp_path / "archive") as found:
        found.polls = 0
        for name, value in {"ENDPOINT": found.url, "USER": USER, "PASSWORD": PASSWORD}.items():
            monkeypatch.setenv(f"DEPOSITOR_{name}_BIOIMAGE_ARCHIVE", value)
        yield found


def sent_to(opened, archive):
    draft = replace(opened.draft, archive=archive, release_date="2027-06-30")
    opened.change(msg("t", "t"), draft)
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    return opened.seal()


def test_a_revision_updates_the_study_at_the_bioimage_archive(archive, desk, ready):
    first = sent_to(ready, "bioimage-archive")
    assert first.previous is None
    one = desk.deposit(first.id).run()
    assert one.state is State.ACCEPTED
    ready.edit("study.description", "A better description of what these images show and how they were made.")
    second = sent_to(ready, "bioimage-archive")
    assert second.previous == first.id
    two = desk.deposit(second.id).run()
    assert two.state is State.ACCEPTED
    assert two.accession == one.accession
    (study,) = archive.studies.values()
    assert (study.key, study.version, study.content["accno"]) == (one.accession, 2, one.accession)
    assert {"name": "DOI"} in study.content["attributes"]
    lists = list(archive.space.rglob("filelist_stacks-and-channels.tsv"))  # its own checker took them
    assert lists
    assert all("Size X" in path.read_text("utf-8").splitlines()[0] for path in lists)


def test_what_was_sent_for_practice_is_no_earlier_version_elsewhere(archive, desk, ready):
    practised = desk.deposit(ready.seal().id).run()
    assert practised.state in (State.ACCEPTED, State.PUBLIC)
    real = sent_to(ready, "bioimage-archive")
    assert real.previous is None
    assert real.revision == 2
    desk.deposit(real.id).run()
    (study,) = archive.studies.values()
    assert study.doi == f"10.6019/{study.key}"  # a later version would not have asked for one


def test_a_submission_that_was_refused_is_no_earlier_version(desk, ready):
    first = ready.seal()
    with desk.store.transaction() as db:
        document = json.loads(db.execute("SELECT document FROM submission").fetchone()[0])
        document["metadata"]["study"]["title"] = "Short"
        db.execute("UPDATE submission SET document=?", (json.dumps(document),))
    with pytest.raises(Refused):
        desk.deposit(first.id).run()
    assert desk.submission(first.id).stage is Stage.FAILED
    second = ready.seal()
    assert (second.revision, second.previous) == (2, None)
    desk.deposit(second.id).run()
    assert ready.seal().previous == second.id


def test_a_revision_in_the_practice_archive_is_a_study_of_its_own(desk, ready):
    one = desk.deposit(ready.seal().id).run()
    again = ready.seal()
    two = desk.deposit(again.id).run()
    assert again.previous
    assert two.state in (State.ACCEPTED, State.PUBLIC)
    assert two.accession != one.accession
    pages = [urllib.request.urlopen(r.url, timeout=20).read().decode() for r in (one, two)]
    assert ["keeps no versions" in page for page in pages] == [False, True]
    assert two.bytes_sent >= two.bytes  # it keeps no versions, so that all files go there again
