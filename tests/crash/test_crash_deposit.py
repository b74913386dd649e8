"""The program is killed at every write of the journal on its way from sealed to receipt, then started again: one
deposit at the archive, and a receipt that says the same as one of an undisturbed run."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from depositor import resources
from depositor.archives.practice import process
from depositor.draft.cancel import Cancel
from depositor.draft.submission import Stage
from depositor.session.desk import Desk
from depositor.session.home import Home

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")

SENDER = """
import os, signal, sqlite3, sys
from pathlib import Path
import depositor.session.store as store
from depositor.session import papers

home, submission, at, before = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "before"
count = 0

class Counted(sqlite3.Connection):
    def execute(self, sql, *rest):
        global count
        commit = sql.strip().upper().startswith("COMMIT")
        if commit:
            count += 1
            if before and count == at:
                os.kill(os.getpid(), signal.SIGKILL)
        answer = super().execute(sql, *rest)
        if commit and not before and count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

connect = sqlite3.connect
sqlite3.connect = lambda *a, **k: connect(*a, **{**k, "factory": Counted})
papers.print_page = lambda *_: False  # drawing the PDF is not what is tried here
from depositor.session.desk import Desk
from depositor.session.home import Home
desk = Desk(Home.at(home))
count = 0
desk.deposit(submission).run()
print("commits", count, flush=True)
desk.close()
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home with the bundled example, checked and ready to be sealed again and again."""
    home = Home.at(tmp_path_factory.mktemp("crash"))
    desk = Desk(home)
    opened = desk.load(resources.path("examples/example.depositor.json"))
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    yield home, desk, opened
    desk.close()
    process.stop(home.practice)


def send(home, submission, at, moment):
    line = [sys.executable, "-c", SENDER, str(home.state.parent), submission, str(at), moment]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def depositions(home, submission):
    url = process.running(home.practice).url
    with urllib.request.urlopen(f"{url}/api/depositions?submission={submission}", timeout=20) as answer:
        return json.load(answer)["depositions"]


def what_counts(receipt):
    return receipt.files, receipt.bytes, receipt.manifest_sha256, receipt.more["checksums"], receipt.state


def test_killed_at_every_write_it_ends_with_the_same_receipt(prepared):
    home, desk, opened = prepared
    calm = opened.seal()
    done = send(home, calm.id, 0, "after")
    assert done.returncode == 0, done.stderr
    commits = int(done.stdout.split()[-1])
    wanted = what_counts(desk.submission(calm.id).receipt)
    assert commits > 10
    for at in range(1, commits + 1):
        moment = "before" if at % 2 else "after"
        sealed = opened.seal()
        killed = send(home, sealed.id, at, moment)
        if killed.returncode == 0:  # the engine gathers writes: some runs need fewer
            assert desk.submission(sealed.id).stage is Stage.DONE
            continue
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        again = send(home, sealed.id, 0, "after")
        assert again.returncode == 0, again.stderr
        receipt = desk.submission(sealed.id).receipt
        assert what_counts(receipt) == wanted, (at, moment)
        assert len(depositions(home, sealed.id)) == 1, (at, moment)
