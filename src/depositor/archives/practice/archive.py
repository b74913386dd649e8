"""What the practice archive does with studies: drafts, commits, processing, release."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import queue
import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.archives.practice import rules
from depositor.archives.practice.catalogue import Catalogue, Deposition, Upload
from depositor.archives.practice.pictures import draw
from depositor.archives.practice.replies import Rejected
from depositor.archives.practice.shelves import Shelves

BEAT_S = 5.0
_SWEEP_S = 3600.0
# The server rule of the BioImage Archive, so that what passes here passes there.
_NAME = re.compile(r"[A-Za-z0-9!\-_*'(). ]+(/[A-Za-z0-9!\-_*'(). ]+)*")
_MOST_NAME = 1024


class PracticeArchive:
    """The archive behind the server. May be used from any thread."""

    def __init__(self, folder: Path, clock: Any = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self.catalogue = Catalogue(folder / "catalogue.sqlite")
        self.shelves = Shelves(folder / "uploads")
        self._work: queue.Queue[str | None] = queue.Queue()
        self._drawing = threading.Lock()
        self._guard = threading.Lock()
        self._changes: dict[str, int] = {}
        self._judged: dict[str, tuple[Any, tuple[str, ...]]] = {}
        self._worker = threading.Thread(target=self._process_all, name="processing", daemon=True)

    def start(self) -> None:
        """Begin to process; what an earlier run left unprocessed comes first."""
        for waiting in self.catalogue.in_state("sent"):
            self._work.put(waiting.id)
        self._worker.start()

    def stop(self) -> None:
        self._work.put(None)
        self._worker.join(10)
        self.catalogue.close()

    def now(self) -> str:
        return dt.datetime.fromtimestamp(self._clock(), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self._clock(), dt.UTC).date()

    # --- drafts ------------------------------------------------------------------------------------------------------

    def open(self, submission: str | None) -> Deposition:
        """A draft; the same one for the same submission."""
        return self.catalogue.add(uuid.uuid4().hex, submission, self.now())

    def known(self, key: str) -> Deposition:
        """A deposition, or Rejected (404)."""
        found = self.catalogue.deposition(key)
        if found is None:
            raise Rejected(404, "There is no such deposition.")
        return found

    def open_draft(self, key: str) -> Deposition:
        """A deposition that may still be changed, or Rejected (404, 403)."""
        found = self.known(key)
        if found.state not in ("draft", "failed"):
            raise Rejected(403, "The study was handed over; its files cannot be changed any more.")
        return found

    def check_name(self, name: str) -> None:
        """Rejected (400) for a name that the archive does not take."""
        parts = name.split("/")
        if len(name) > _MOST_NAME or not _NAME.fullmatch(name) or {".", ".."} & set(parts):
            raise Rejected(400, "The given file path contains invalid characters or steps.")

    def describe(self, key: str, metadata: Mapping[str, Any]) -> Deposition:
        """Keep the metadata (PageTab) of a draft."""
        self.open_draft(key)
        self.catalogue.describe(key, metadata, rules.release_date(metadata), self.now())
        return self.known(key)

    def withdraw(self, key: str) -> None:
        """Forget a draft; Rejected (409) for a study that was handed over."""
        if self.known(key).state not in ("draft", "failed"):
            raise Rejected(409, "The study was handed over and cannot be taken back here.")
        for upload in self.catalogue.remove(key):
            self.shelves.remove(upload)

    # --- commit ------------------------------------------------------------------------------------------------------

    def objections(self, key: str) -> tuple[str, ...]:
        """All that stands against taking the study, in words. A million files take a while, so that the answer is kept
        until something changes."""
        found, changes = self.known(key), self._changes.get(key, 0)
        asked = (changes, found.metadata, self.today())
        kept = self._judged.get(key)
        if kept is None or kept[0] != asked:
            kept = self._judged[key] = asked, rules.objections(found.metadata, _Received(self, key), self.today())
        return kept[1]

    def judged(self, key: str) -> Iterator[bytes]:
        """The objections as JSON, with a sign of life (an empty line) every few seconds until they are known."""
        beats = _Beats()
        yield from beats.run(lambda: self.objections(key))
        yield json.dumps({"reasons": list(beats.value)}, ensure_ascii=False).encode()

    def touched(self, key: str | None) -> None:
        """A file of this deposition changed."""
        if key is not None:
            with self._guard:
                self._changes[key] = self._changes.get(key, 0) + 1

    def commit(self, key: str) -> Deposition:
        """Take the study, or Rejected (422) with reasons. A study that was taken before stays taken."""
        found = self.known(key)
        if found.state in ("sent", "accepted"):
            return found
        reasons = self.objections(key)
        if reasons:
            raise Rejected(422, "The study cannot be taken as it is.", reasons=reasons)
        self.catalogue.take(key, self.now())
        self._work.put(key)
        return self.known(key)

    def state(self, found: Deposition) -> str:
        """draft, sent, accepted, public or failed, as of now."""
        if found.state != "accepted":
            return found.state
        released = not found.release_date or found.release_date <= self.today().isoformat()
        return "public" if released else "accepted"

    def _process_all(self) -> None:
        while True:
            try:
                key = self._work.get(timeout=_SWEEP_S)
            except queue.Empty:
                self._sweep()
                continue
            if key is None:
                return
            self._process(key)

    def _process(self, key: str) -> None:
        """Read every file again from the disk; the study is accepted where all are what was received."""
        log = tuple(
            f"{upload.name}: the stored file is not what was received"
            for upload in self.catalogue.uploads(key)
            if self.shelves.read_again(upload.id) != upload.sha256
        )
        self.catalogue.conclude(key, "failed" if log else "accepted", log[:100], self.now())
        threading.Thread(target=self._draw, args=(key,), name="drawing", daemon=True).start()

    def _draw(self, key: str) -> None:
        with self._drawing:
            draw(self, key)

    def _sweep(self) -> None:
        for gone in self.catalogue.expired(time.time()):
            self.catalogue.forget_upload(gone)
            self.shelves.remove(gone)

    # --- what it holds -----------------------------------------------------------------------------------------------

    def holdings(self, key: str, *, fresh: bool) -> Iterator[bytes]:
        """One JSON line per whole file; ``fresh`` reads each again. Empty lines say that a long reading goes on."""
        for upload in self.catalogue.uploads(key):
            if upload.sha256 is None:
                continue
            sha256: str | None = upload.sha256
            if fresh:
                beats = _Beats()
                yield from beats.run(lambda upload=upload: self.shelves.read_again(upload.id))
                sha256 = beats.value
            size = self.shelves.size(upload.id)
            if size is not None:
                line = {"name": upload.name, "size": size, "sha256": sha256, "upload": upload.id}
                yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


class _Beats:
    """Runs something long beside, with a sign of life every few seconds."""

    def __init__(self) -> None:
        self._every = BEAT_S
        self.value: Any = None
        self._error: Exception | None = None

    def run(self, call: Any) -> Iterator[bytes]:
        def work() -> None:
            try:
                self.value = call()
            except Exception as error:  # told in the thread that waits
                self._error = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(self._every)
        while thread.is_alive():
            yield b"\n"
            thread.join(self._every)
        if self._error is not None:
            raise self._error


class _Received:
    """The files of a draft, as the rules ask for them."""

    def __init__(self, archive: PracticeArchive, deposition: str) -> None:
        self._archive, self._id = archive, deposition

    def digest(self, name: str) -> str | None:
        """The SHA-256 of a file that is whole; None where there is none."""
        found = self._archive.catalogue.upload_named(self._id, name)
        return found.sha256 if found else None

    def unfinished(self) -> Iterator[str]:
        return (u.name for u in self._archive.catalogue.uploads(self._id) if u.sha256 is None)

    def names(self) -> Iterator[str]:
        return (u.name for u in self._archive.catalogue.uploads(self._id) if u.sha256 is not None)

    @contextlib.contextmanager
    def lines(self, name: str) -> Iterator[Iterator[str]]:
        """The text of a file, line by line; bad bytes become replacement characters."""
        found: Upload | None = self._archive.catalogue.upload_named(self._id, name)
        assert found is not None
        with self._archive.shelves.path(found.id).open(encoding="utf-8", errors="replace", newline="") as text:
            yield iter(text)
