"""Parts whose boundaries the server chose (figshare's upload service): it tells the parts, takes them in any order, and
knows which arrived. It compares nothing but the MD5 of the whole file, which it wants to hear before the first byte."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from depositor.draft.problem import Damaged, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.wire import HttpWire, MakeSession, read_json
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.repositories.digest_first import DigestShelf, MemoryShelf, md5_first

_LOCKED_S = 2.0
_PATIENCE = 5  # so often is a locked part looked at before it is set back
_READY_TRIES = 9
_READY_S = 0.25


class PartsDesk(Protocol):
    """The archive's side. Its calls raise DepositErrors and nothing else."""

    def open(self, file: SubmissionFile, md5: str) -> str:
        """Make the file's entry and give its id. After a crash it is called again for the same file: an entry with the
        same name, size and MD5 that is not complete is the one."""
        ...

    def address(self, file: SubmissionFile, entry: str) -> str | None:
        """The upload's address; None where the archive knows no such entry (any more)."""
        ...

    def complete(self, file: SubmissionFile, entry: str) -> None:
        """Say that all parts are there. Its answer may be lost; the upload's status tells then."""
        ...

    def held(self, file: SubmissionFile, entry: str) -> HeldFile | None:
        """The file as the archive holds it, with its ``md5``; None while it is still being put together, or gone."""
        ...

    def remove(self, file: SubmissionFile, entry: str) -> None:
        """Drop the entry; does not raise for one that is gone."""
        ...


@dataclass(frozen=True, slots=True)
class ServerPart:
    """One part as the server tells of it; ``end`` is the offset after its last byte."""

    number: int
    start: int
    end: int
    done: bool
    locked: bool

    @property
    def receipt(self) -> str:
        return f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the server cut a file, and what it has of it."""

    url: str
    state: str
    parts: tuple[ServerPart, ...]

    @property
    def reached(self) -> int:
        """Bytes from the first on that are there without a gap."""
        missing = next((p for p in self.parts if not p.done), None)
        return missing.start if missing else (self.parts[-1].end if self.parts else 0)


class ServerPartsCarrier:
    """Files by the parts of ``desk``'s upload service. ``locked_s``: seconds until a locked part is looked at again."""

    id = "server-parts"
    resumable = True
    part_size: int | None = None

    def __init__(
        self,
        desk: PartsDesk,
        host: str,
        shelf: DigestShelf | None = None,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
        locked_s: float = _LOCKED_S,
    ) -> None:
        self._locked_s = locked_s
        self._desk, self._shelf = desk, shelf or MemoryShelf()
        self._http = HttpWire(f"https://{host}/", None, timeouts, session)
        self._host = host
        self._layouts: dict[str, Layout] = {}
        self._locked: dict[tuple[str, int], int] = {}

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        md5 = md5_first(file, self._shelf, self._http.watch().check)
        entry = self._desk.open(file, md5)
        found = self.find(file, entry)
        if found is None:
            self._desk.remove(file, entry)
            raise Retryable(problems.upload_lost(self._host))
        return found

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        layout = self._look(file, token)
        if layout is None and self._desk.held(file, token) is not None:
            return Upload(token, file.size, complete=True)
        if layout is None or layout.state == "ABORTED":
            return None
        return Upload(token, layout.reached, complete=layout.state == "COMPLETED")

    def part_length(self, file: SubmissionFile, upload: Upload) -> int:
        part = self._at(self._layout(file, upload.token), upload.offset)
        return part.end - part.start if part else 1

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        part = self._at(self._layout(file, upload.token), upload.offset)
        if part is not None:
            self.send_part(file, upload, part.number, body)
        reached = part.end if part else file.size
        return self.join(file, upload, {}) if reached >= file.size else Upload(upload.token, reached)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        md5 = md5_first(file, self._shelf, self._http.watch().check)
        held = self._ready(file, upload.token)
        if held.size != file.size or not hmac.compare_digest(held.digests.get("md5", "").lower(), md5):
            raise Damaged(problems.differs(self._host))
        return held

    def abandon(self, file: SubmissionFile, token: str) -> None:
        self._layouts.pop(token, None)
        if token:
            self._desk.remove(file, token)

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    # --- parts side by side ----------------------------------------------------------------------------------------

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        """As the server cut it; ``wanted`` counts for nothing."""
        layout = self._layout(file, upload.token)
        if not layout.parts:
            return None
        return PartPlan(file.size, max(p.end - p.start for p in layout.parts), tuple(p.start for p in layout.parts))

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        layout = self._look(file, upload.token)
        return {p.number: p.receipt for p in layout.parts if p.done} if layout else {}

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        layout = self._layout(file, upload.token)
        part = next(p for p in layout.parts if p.number == number)
        answer = self._http.ask("PUT", f"{layout.url}/{number}", {"Content-Type": "application/octet-stream"}, body)
        if answer.status_code == 409:
            return self._taken(file, upload.token, part)
        if answer.status_code == 404:
            self._layouts.pop(upload.token, None)
            raise Retryable(problems.upload_lost(self._host))
        self._http.must(answer, 200, 201, 204)
        self._locked.pop((upload.token, number), None)
        return part.receipt

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        layout = self._look(file, upload.token)
        if layout is None or layout.state == "ABORTED" or (layout.parts and layout.reached != file.size):
            raise Damaged(problems.differs(self._host))  # it lost what it confirmed: begun anew
        if layout.state != "COMPLETED":
            self._desk.complete(file, upload.token)
        return Upload(upload.token, file.size, complete=True)

    # --- parts of the above ----------------------------------------------------------------------------------------

    def _taken(self, file: SubmissionFile, token: str, part: ServerPart) -> str:
        """409: the part is there already (an answer was lost), or somebody writes it: an earlier line of ours that the
        server has not given up. One that stays locked is set back."""
        layout = self._look(file, token)
        now = next((p for p in layout.parts if p.number == part.number), None) if layout else None
        if layout is None or now is None:
            raise Retryable(problems.upload_lost(self._host))
        if now.done:
            return part.receipt
        key = token, part.number
        self._locked[key] = self._locked.get(key, 0) + 1
        if self._locked[key] >= _PATIENCE:
            self._locked.pop(key)
            self._http.ask("DELETE", f"{layout.url}/{part.number}")
        raise Retryable(problems.locked(self._host), min(self._locked_s * self._locked.get(key, 1), 60.0))

    def _layout(self, file: SubmissionFile, token: str) -> Layout:
        layout = self._layouts.get(token) or self._look(file, token)
        if layout is None:
            raise Retryable(problems.upload_lost(self._host))
        return layout

    def _look(self, file: SubmissionFile, token: str) -> Layout | None:
        """What the upload service says now; None where it knows nothing."""
        self._layouts.pop(token, None)
        url = self._desk.address(file, token)
        if url is None:
            return None
        url = url.rstrip("/")
        answer = self._http.ask("GET", url, {"Accept": "application/json"})
        if answer.status_code in (404, 410):
            return None
        self._http.must(answer, 200)
        layout = read_layout(url, read_json(answer, self._host), file.size)
        if layout is None:
            raise Retryable(problems.odd_answer(self._host))
        self._layouts[token] = layout
        return layout

    def _ready(self, file: SubmissionFile, entry: str) -> HeldFile:
        watch = self._http.watch()
        for tries in range(_READY_TRIES):
            held = self._desk.held(file, entry)
            if held is not None:
                return held
            watch.wait(_READY_S * 2**tries)
        raise Retryable(http_problems.assembling(self._host), 30.0)

    @staticmethod
    def _at(layout: Layout, offset: int) -> ServerPart | None:
        return next((p for p in layout.parts if p.start == offset), None)


def read_layout(url: str, content: Any, size: int) -> Layout | None:
    """The service's JSON; None where it makes no sense or its parts are not the whole file without gap or overlap.
    ``endOffset`` is that of the last byte."""
    try:
        parts = tuple(
            ServerPart(
                int(p["partNo"]),
                int(p["startOffset"]),
                int(p["endOffset"]) + 1,
                p["status"] == "COMPLETE",
                bool(p["locked"]),
            )
            for p in sorted(content["parts"], key=lambda p: int(p["partNo"]))
        )
        state = str(content["status"])
    except (KeyError, TypeError, ValueError):
        return None
    ends = [0, *(p.end for p in parts)]
    gapless = all(p.number == n and p.start == ends[n - 1] < p.end for n, p in enumerate(parts, 1))
    return Layout(url, state, parts) if gapless and ends[-1] == size else None
