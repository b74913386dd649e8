"""Kill -9 while typing: what was typed two seconds before is there, and the draft opens."""

import os
import signal
import subprocess
import sys
import time

import pytest

from depositor.session.desk import Desk
from depositor.session.home import Home

TYPIST = """
import sys, time
from pathlib import Path
from depositor.session.desk import Desk
from depositor.session.home import Home
desk = Desk(Home.at(Path(sys.argv[1])))
draft = desk.new_draft()
print(draft.id, flush=True)
n = 0
while True:
    n += 1
    draft.edit("study.title", f"Typed {n}")
    draft.edit("study.description", f"Typed {n}")
    print(n, time.time(), flush=True)
    time.sleep(0.02)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")
@pytest.mark.parametrize("lines", [5, 90, 200])
def test_nothing_older_than_two_seconds_is_lost(tmp_path, lines):
    home = tmp_path / "home"
    typist = subprocess.Popen([sys.executable, "-c", TYPIST, str(home)], stdout=subprocess.PIPE, text=True)
    draft_id = typist.stdout.readline().strip()
    typed = []
    for _ in range(lines):
        number, at = typist.stdout.readline().split()
        typed.append((int(number), float(at)))
    typist.send_signal(signal.SIGKILL)
    killed = time.time()
    rest = [line.split() for line in typist.stdout.read().splitlines() if len(line.split()) == 2]
    typist.wait()
    typed += [(int(n), float(at)) for n, at in rest]
    desk = Desk(Home.at(home))
    title = desk.open(draft_id).draft.title
    kept = int(title.removeprefix("Typed ") or 0)
    must = max((n for n, at in typed if at < killed - 2.0), default=0)
    assert kept >= must
    assert kept <= typed[-1][0] + 1
    desk.close()
