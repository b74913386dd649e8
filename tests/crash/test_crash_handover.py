"""The program that sends is killed while another one follows: that one takes over, and nothing is there twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from depositor import resources
from depositor.archives.practice import process
from depositor.draft.cancel import Cancel
from depositor.session import papers
from depositor.session.desk import Desk
from depositor.session.home import Home

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")
WAIT_S = 60
SLOW = 60_000
SENDER = """
import sys
from pathlib import Path
from depositor.session import papers
papers.print_page = lambda *_: False  # drawing the PDF is not what is tried here
from depositor.session.desk import Desk
from depositor.session.home import Home
desk = Desk(Home.at(Path(sys.argv[1])))
run = desk.deposit(sys.argv[2])
if int(sys.argv[3]):
    run.limit(int(sys.argv[3]))
print(run.run().bytes_sent, flush=True)
desk.close()
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "print_page", lambda *_: False)
    home = Home.at(tmp_path)
    made = Desk(home)
    made.settings.set("privacy_pixels", "none")
    yield made
    made.close()
    process.stop(home.practice)


@pytest.fixture
def sealed(desk):
    opened = desk.load(resources.path("examples/example.depositor.json"))
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    return opened.seal().id


def started(desk, submission, limit):
    line = [sys.executable, "-c", SENDER, str(desk.home.state.parent), submission, str(limit)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def until(condition, sender):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert sender.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


def at_the_archive(desk, submission):
    url = process.running(desk.home.practice).url
    with urllib.request.urlopen(f"{url}/api/depositions?submission={submission}", timeout=20) as answer:
        return json.load(answer)["depositions"]


def test_the_one_that_follows_takes_over_from_a_killed_one(desk, sealed):
    sender = started(desk, sealed, SLOW)
    run = desk.deposit(sealed)
    until(lambda: run.elsewhere and run.progress().bytes_sent > 0, sender)
    receipts = []
    follower = threading.Thread(target=lambda: receipts.append(run.run()))
    follower.start()
    until(lambda: run.running and run.engine is None, sender)
    sender.send_signal(signal.SIGKILL)
    sender.wait(WAIT_S)
    follower.join(WAIT_S)
    sender.stdout.close()
    assert receipts
    assert receipts[0].more["checksums"]["different"] == 0
    assert receipts[0].files == desk.submission(sealed).files
    assert len(at_the_archive(desk, sealed)) == 1


def test_two_at_once_send_nothing_twice(desk, sealed):
    senders = [started(desk, sealed, 0) for _ in range(3)]
    counts = [int(sender.communicate(timeout=WAIT_S)[0]) for sender in senders]
    assert {sender.returncode for sender in senders} == {0}
    assert set(counts) == {sum(f.size for f, _ in desk.deposit(sealed).files())}
    assert len(at_the_archive(desk, sealed)) == 1
