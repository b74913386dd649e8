"""The program as the soak drives it: one desk that lives through many deposits, in a process that may be killed.

    python benchmarks/soak_sender.py HOME < orders > news

Orders and news are JSON, one a line: ``{"do": "deposit", "document": PATH}``, ``resume`` (with ``submission``),
``pause``, ``go``, ``limit`` (with ``bytes_per_s``), ``rest`` (collects garbage, says which threads there are). It does
what a patient person would: tries again after a sign-in that was refused, takes a file that was changed as it is now.
What begins at 64 MiB (parts over several lines, pieces to their place) begins at 2 MiB here, so that files that fit a
slow line go the ways of large ones.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import gc
import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from depositor.draft.cancel import Cancel
from depositor.draft.problem import DepositError, Stopped
from depositor.draft.submission import Receipt, Stage
from depositor.session import straight
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.sending import deposit, failed_files, replacing
from depositor.transfer.manners.policy import EngineSettings
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.webdav import ranges as webdav_ranges

LARGE = 2 << 20
PART = 1 << 20
_TRY_AGAIN_S = 3.0
_TRIES = 60


def small_scale() -> None:
    """What is large for a fast line, for a slow one; in this process only."""
    usual = deposit.engine_settings

    def scaled(settings: Any) -> EngineSettings:
        return dataclasses.replace(usual(settings), big_bytes=LARGE)

    deposit.engine_settings = scaled
    sftp_apart.FROM, sftp_apart._PART = LARGE, PART  # noqa: SLF001
    webdav_ranges.FROM, webdav_ranges.PART, webdav_ranges.BACK_UP = LARGE, PART, 256 << 10


def say(**news: Any) -> None:
    print(json.dumps({"at": time.time(), **news}), flush=True)


class Sender:
    """Takes orders in one thread, deposits in another."""

    def __init__(self, home: Path) -> None:
        self._desk = Desk(Home.at(home))
        self._going = threading.Event()
        self._run: deposit.DepositRun | None = None

    def obey(self) -> None:
        """Until there are no more orders."""
        say(ready=True)
        for line in sys.stdin:
            order = json.loads(line)
            getattr(self, "_" + order.pop("do"))(**order)
        self._desk.close()

    def _deposit(self, document: str) -> None:
        threading.Thread(target=self._guarded, args=(None, document), daemon=True).start()

    def _resume(self, submission: str) -> None:
        threading.Thread(target=self._guarded, args=(submission, ""), daemon=True).start()

    def _pause(self) -> None:
        self._going.clear()
        if self._run is not None:
            self._run.pause()

    def _go(self) -> None:
        self._going.set()

    def _limit(self, bytes_per_s: int | None) -> None:
        self._desk.conductor.limit(bytes_per_s)

    def _rest(self) -> None:
        gc.collect()
        say(threads=sorted(t.name for t in threading.enumerate()), objects=len(gc.get_objects()))

    def _guarded(self, submission: str | None, document: str) -> None:
        try:
            receipt = self._sent(submission or self._sealed(Path(document)))
            say(receipt={**receipt.as_json(), "proofs": receipt.proofs})
        except DepositError as error:
            say(end=error.problem.code, words=error.problem.message.english())
        except Exception as error:
            say(end="defect", words=repr(error))
            raise

    def _sealed(self, document: Path) -> str:
        opened = self._desk.load(document)
        try:
            found = straight.prepare(opened, self._desk.worker(), Cancel(), lambda *_: None)
            if not found.ready:
                raise RuntimeError([str(why) for why in found.why] + [str(b) for b in found.blockers])
            sealed = opened.seal(Cancel()).id
        finally:
            opened.close()
        say(sealed=sealed)
        return sealed

    def _sent(self, submission: str) -> Receipt:
        self._run = run = self._desk.deposit(submission)
        run.listeners.append(self._staged)
        self._going.set()
        try:
            for _ in range(_TRIES):
                try:
                    return run.run()
                except Stopped:
                    self._going.wait()
                    run.resume()
                except DepositError as error:
                    say(problem=error.problem.code)
                    self._mend(run)
            return run.run()
        finally:
            run.listeners.remove(self._staged)
            self._run = None

    def _mend(self, run: deposit.DepositRun) -> None:
        """What a person would do about it."""
        time.sleep(_TRY_AGAIN_S)
        for failed in failed_files.listed(self._desk, run.id):
            code = failed.problem.code if failed.problem else ""
            say(failed=code)
            if code == "file.changed":
                replacing.replace_file(self._desk, run.id, failed, Cancel())
        failed_files.retry(self._desk, run.id)

    def _staged(self, stage: Stage) -> None:
        sent = self._run.progress().bytes_sent if self._run else 0
        say(stage=stage.value, sent=sent)


def main() -> None:
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1)
    small_scale()
    Sender(Path(sys.argv[1])).obey()


if __name__ == "__main__":  # the worker process begins here, too
    main()
