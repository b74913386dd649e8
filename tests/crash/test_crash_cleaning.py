"""The program is killed while it cleans: originals are whole, what is done counts, nothing half is left behind."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pydicom
import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice
from depositor.session import seal, unfinished
from depositor.session.decisions import decide_group
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.privacy_groups import groups

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")

HEADERS = Path(__file__).parents[1] / "data" / "privacy" / "dicom" / "01_headers.dcm"
COUNT = 30
SEALER = """
import sys
from pathlib import Path
if __name__ == "__main__":
    from depositor.draft.cancel import Cancel
    from depositor.session import seal
    from depositor.session.desk import Desk
    from depositor.session.home import Home
    desk = Desk(Home.at(Path(sys.argv[1])))
    opened = desk.open(sys.argv[2])
    seal.seal(desk, opened, opened.capabilities, Cancel(), None)  # the form is not what is tried here
"""


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    for number in range(COUNT):
        shutil.copy(HEADERS, folder / f"slice_{number:02d}.dcm")
    return folder


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def killed_when(line, environment, reached):
    """Start a program in a group of its own and kill all of it as soon as ``reached`` says so."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    program = subprocess.Popen(line, env={**os.environ, **environment}, start_new_session=True, **quiet)
    deadline = time.monotonic() + 120
    while not reached() and program.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    was_running = program.poll() is None
    os.killpg(program.pid, signal.SIGKILL) if was_running else None
    program.wait()
    return was_running


@pytest.mark.parametrize("copies", [1, 7, 20])
def test_a_killed_cleaning_goes_on(study, tmp_path, copies):
    out, before = tmp_path / "out", digests(study)
    line = [sys.executable, "-m", "depositor", "clean", str(study), "--out", str(out), "--pixels", "none", "--json"]
    home = {"DEPOSITOR_HOME": str(tmp_path / "home")}

    def whole():
        return sorted(p for p in out.glob("*.dcm") if not p.name.startswith(".")) if out.exists() else []

    assert killed_when(line, home, lambda: len(whole()) >= copies)
    done = {p: p.stat().st_ino for p in whole()}
    assert copies <= len(done) < COUNT
    again = subprocess.run(line, env={**os.environ, **home}, capture_output=True, timeout=200)
    assert [f["problems"] for f in json.loads(again.stdout)["files"]] == [[]] * COUNT
    assert digests(study) == before
    assert len(whole()) == COUNT
    assert not list(out.glob(".part-*"))
    twice = [p for p in done if p.stat().st_ino != done[p]]
    assert len(twice) <= 1, "of what was finished, at most the copy that was not yet noted is written again"
    assert len({str(pydicom.dcmread(p).PatientID) for p in whole()}) == 1, "one stand-in before and after the kill"


def test_a_killed_seal_leaves_nothing_that_stays(study, tmp_path):
    home = Home.at(tmp_path / "home").create()
    desk = Desk(home)
    desk.settings.set("privacy_pixels", "none")
    opened = desk.new_draft("practice", "A study")
    opened.set_files([FileGroup(str(study))])
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    for group in groups(opened.draft, opened.privacy()).kinds:
        decide_group(opened, group.key, Choice.CLEAN, "", "Ada")
    draft, before = opened.id, digests(study)
    desk.close()
    script = tmp_path / "sealer.py"
    script.write_text(SEALER, "utf-8")
    line = [sys.executable, str(script), str(tmp_path / "home"), draft]
    assert killed_when(line, {}, lambda: bool(list(home.submissions.glob("*/cleaned/**/*.dcm"))))
    left = list(home.submissions.iterdir())
    assert len(left) == 1
    assert (left[0] / unfinished.MARK).exists()
    desk = Desk(home)
    try:
        opened = desk.open(draft)
        assert desk.last_submission(draft) is None
        assert unfinished.sweep(home.submissions, "another", desk.store.connection()) == 0
        sealed = seal.seal(desk, opened, opened.capabilities, Cancel(), None)
        assert [p.name for p in home.submissions.iterdir()] == [sealed.id]
        assert not (home.submissions / sealed.id / unfinished.MARK).exists()
        assert digests(study) == before
    finally:
        desk.close()
