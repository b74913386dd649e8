"""Files to a draft at an InvenioRDM repository: in one piece, or in parts where the site allows that.

What the server does is known to be odd, and guarded against: an answer of 200 may tell of a failure; a line that breaks
while one piece is sent deletes the entry; bytes put onto a file that is complete destroy it; nobody can tell which
parts arrived, and a commit does not look. So the status is read before bytes are sent, parts count by the receipts in
the journal alone, and the MD5 that the server computes after the commit must be ours.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from depositor.draft.problem import Damaged, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.sums import Summed
from depositor.transfer.http.wire import Headers, HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.repositories.digest_first import DigestShelf, MemoryShelf, md5_first
from depositor.transfer.repositories.invenio_files import Entry, InvenioDesk, InvenioFiles, taken

_PART = 64 << 20
_LEAST_PART = 5 << 20
_MOST_PARTS = 10_000
_READY_TRIES = 9
_READY_S = 0.25
_BYTES = {"Content-Type": "application/octet-stream", "Accept": "application/json"}


class InvenioSite:
    """What was learnt about one site, shared by all carriers of a run. ``part``: bytes of a part, None where the site
    takes files in one piece alone (Zenodo)."""

    def __init__(self, part: int | None = None) -> None:
        self.part = part


@dataclass(frozen=True, slots=True)
class _Token:
    """``L:key``, or ``M:length of parts:key``."""

    key: str
    part: int | None = None

    def encode(self) -> str:
        return f"L:{self.key}" if self.part is None else f"M:{self.part}:{self.key}"


class InvenioCarrier:
    """Files to the draft whose files are at ``base``. ``key`` gives a file's name there (slashes are fine)."""

    id = "invenio"
    resumable = True
    part_size: int | None = None

    def __init__(
        self,
        base: str,
        headers: Headers,
        site: InvenioSite,
        shelf: DigestShelf | None = None,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
        *,
        key: Callable[[SubmissionFile], str] = lambda file: file.name,
        desk: InvenioDesk | None = None,
    ) -> None:
        self._http = HttpWire(base, headers, timeouts, session)
        self._desk = desk or InvenioFiles(self._http, base)
        self._site, self._shelf, self._key = site, shelf or MemoryShelf(), key
        self._host = self._http.host
        self._sums: dict[str, str] = {}  # key -> MD5 of what went by, where all of it arrived
        self._entries: dict[str, Entry] = {}

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        key = self._key(file)
        there = self._desk.entry(key)
        if there is not None:
            known = self._usable(file, there)
            if known is not None:
                return known
            self._desk.remove(key)
        return self._started(file, key)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        known = _decode(token)
        if known is None or known.key != self._key(file):
            return None
        there = self._desk.entry(known.key)
        if there is None:
            return None
        if there.completed:
            return Upload(token, file.size, complete=True)
        if (there.transfer == "M") != (known.part is not None):
            return None
        if known.part is None and known.key in self._sums:  # all is there, only the commit's answer never came
            return self._committed(file, known)
        return Upload(token)

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        known = _decode(upload.token)
        return known.part if known and known.part else max(file.size, 1)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        known = self._known(upload)
        if known.part is not None:
            self.send_part(file, upload, upload.offset // known.part + 1, body)
            reached = upload.offset + len(body)
            return self._committed(file, known) if reached >= file.size else Upload(upload.token, reached)
        self._sums.pop(known.key, None)
        summed = Summed(body, hashlib.md5(usedforsecurity=False))
        answer = self._http.ask("PUT", self._entry(known.key).content, _BYTES, summed)
        if answer.status_code == 404 or not taken(self._http, answer):
            raise Retryable(problems.upload_lost(self._host))
        self._sums[known.key] = summed.hexdigest()
        return self._committed(file, known)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        key = self._known(upload).key
        ours = self._sums.get(key) or md5_first(file, self._shelf, self._http.watch().check)
        there = self._ready(key)
        if there.size != file.size or not hmac.compare_digest(there.md5 or "", ours):
            raise Damaged(problems.differs(self._host))
        self._forget(key)
        return HeldFile(file.name, file.size, {"md5": ours})

    def abandon(self, file: SubmissionFile, token: str) -> None:
        known = _decode(token)
        if known is not None:
            self._forget(known.key)
            self._desk.remove(known.key)

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    # --- parts side by side ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """As it was announced; ``wanted`` counts for nothing."""
        known = _decode(upload.token)
        return PartPlan(file.size, known.part) if known and known.part else None

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        """Nobody can tell."""
        return None

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        known = self._known(upload)
        length = len(body)
        url = self._entry(known.key).parts.get(number)
        if url is None:
            raise Retryable(problems.odd_answer(self._host))
        answer = self._http.ask("PUT", url, _BYTES, body)
        if answer.status_code in (403, 404, 410):
            raise self._expired_or_forbidden(known, number)
        if answer.status_code == 413:
            raise self._smaller(known)
        if not taken(self._http, answer):
            raise Retryable(problems.dropped(self._host))
        return str(length)

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        return self._committed(file, self._known(upload))

    # --- parts of the above ----------------------------------------------------------------------------------------

    def _usable(self, file: SubmissionFile, there: Entry) -> Upload | None:
        """What a crash, or an earlier revision, left: taken as it is where it is complete and the same, or waits for
        its first byte; else None."""
        token = _Token(there.key).encode()
        if there.completed:
            same = there.size == file.size and there.md5 == md5_first(file, self._shelf, self._http.watch().check)
            return Upload(token, file.size, complete=True) if same else None
        if there.transfer == "L" and self._part(file) is None:
            self._entries[there.key] = there
            return Upload(token)
        return None  # how its parts were cut, only its token knew

    def _started(self, file: SubmissionFile, key: str) -> Upload:
        part = self._part(file)
        made = self._desk.start(key, file.size, part)
        if made is None and part is not None:
            self._site.part = part = None
            made = self._desk.start(key, file.size, None)
        if made is None:
            raise Retryable(problems.conflict(self._host))
        self._entries[key] = made
        return Upload(_Token(key, part).encode())

    def _part(self, file: SubmissionFile) -> int | None:
        """Bytes of a part; None where the file goes in one piece."""
        wanted = self._site.part
        if wanted is None or file.size < 2 * wanted:
            return None
        return max(wanted, -(-file.size // _MOST_PARTS))

    def _committed(self, file: SubmissionFile, known: _Token) -> Upload:
        """After a lost answer the status tells whether it was done."""
        there = self._desk.entry(known.key)
        if there is not None and not there.completed:
            there = self._desk.commit(known.key)
        if there is None:
            raise Retryable(problems.upload_lost(self._host))
        return Upload(known.encode(), file.size, complete=True)

    def _ready(self, key: str) -> Entry:
        watch = self._http.watch()
        for tries in range(_READY_TRIES):
            there = self._desk.entry(key)
            if there is None:
                raise Damaged(problems.differs(self._host))
            if there.completed and there.md5 is not None:
                return there
            watch.wait(_READY_S * 2**tries)
        raise Retryable(http_problems.assembling(self._host), 30.0)

    def _entry(self, key: str) -> Entry:
        """With addresses that are fresh enough."""
        if key not in self._entries:
            there = self._desk.entry(key)
            if there is None:
                raise Retryable(problems.upload_lost(self._host))
            self._entries[key] = there
        return self._entries[key]

    def _expired_or_forbidden(self, known: _Token, number: int) -> Retryable:
        """An address whose time is over is asked for again; where a fresh one is refused, the site takes no parts."""
        old = self._entries.pop(known.key, None)
        fresh = self._desk.entry(known.key)
        if fresh is None:
            return Retryable(problems.upload_lost(self._host))
        if fresh.parts.get(number) == (old.parts.get(number) if old else None):
            return self._anew(known, None)
        self._entries[known.key] = fresh
        return Retryable(problems.dropped(self._host), 0.0)

    def _smaller(self, known: _Token) -> Retryable:
        half = (known.part or 0) // 2
        if half < _LEAST_PART:
            raise Refused(problems.too_large(self._host))
        return self._anew(known, half)

    def _anew(self, known: _Token, part: int | None) -> Retryable:
        """The length of parts is fixed with the announcement: the file is begun once more, otherwise."""
        self._site.part = part
        self._forget(known.key)
        self._desk.remove(known.key)
        return Retryable(problems.upload_lost(self._host))

    def _known(self, upload: Upload) -> _Token:
        known = _decode(upload.token)
        if known is None:
            raise Retryable(problems.upload_lost(self._host))
        return known

    def _forget(self, key: str) -> None:
        self._sums.pop(key, None)
        self._entries.pop(key, None)


def _decode(token: str) -> _Token | None:
    kind, _, rest = token.partition(":")
    if kind == "L" and rest:
        return _Token(rest)
    length, _, key = rest.partition(":")
    if kind == "M" and key and length.isascii() and length.isdigit() and int(length):
        return _Token(key, int(length))
    return None
