"""Parts of one file side by side, by the extension concatenation of tus 1.0.0: each part is an upload of its own
(``partial``), and the server joins them (``final``).

What the protocol cannot tell: whether partial uploads were joined where the answer to that never came. Where the server
recognises files, joining again leaves one; elsewhere a second whole copy may stay at the server, which no receipt
names. Partial uploads whose answer never came stay until the server clears them away.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from depositor.draft.problem import Damaged, DepositError, Retryable
from depositor.draft.submission import SubmissionFile
from depositor.transfer import problems
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.tus import wire as tus_wire
from depositor.transfer.tus.wire import BYTES, GONE, MOST_PART, TusWire

_MARK = "apart:"
_MOST_PARTS = 32  # all addresses go into one line of a head, of which many servers take 8 kB; some addresses are long
_READY_TRIES = 8
_READY_S = 0.1


def is_apart(token: str) -> bool:
    """Whether a token stands for parts side by side; else it is the address of an upload. Nothing is made at the
    server before the first part."""
    return token.startswith(_MARK)


def new_token(wire: TusWire, file: SubmissionFile) -> str | None:
    """A token for parts side by side; None where a file is sent in one row.

    Each part is held in memory while it is under way, and the addresses of all parts must fit one line of a request:
    a file of more than 32 parts of 64 MiB goes in one row.
    """
    least = wire.options.apart
    fits = 0 < 2 * least <= file.size <= _MOST_PARTS * MOST_PART
    return _MARK + secrets.token_hex(8) if fits and "concatenation" in wire.offer().extensions else None


def plan(file: SubmissionFile, token: str, wanted: int) -> PartPlan | None:
    """Parts of about ``wanted`` bytes."""
    if not is_apart(token):
        return None
    return PartPlan(file.size, min(max(wanted, -(-file.size // _MOST_PARTS), 1), MOST_PART))


class Partials:
    """The partial uploads of one carrier."""

    def __init__(self, wire: TusWire) -> None:
        self._wire = wire
        self._litter: list[str] = []
        self._finals: dict[str, str] = {}  # token -> address, where the server joined but did not tell all

    def send(self, file: SubmissionFile, number: int, body: Body) -> str:
        """One part, whole; the address of its upload."""
        self._sweep()
        wire = self._wire
        headers = {"Upload-Length": str(len(body)), "Upload-Concat": "partial"}
        headers["Upload-Metadata"] = wire.metadata(file, part=number)
        if "creation-with-upload" in wire.offer().extensions:
            answer = wire.ask("POST", wire.endpoint, {**headers, "Content-Type": BYTES, **wire.checksum(body)}, body)
            place = wire.place(answer)
        else:
            place = wire.place(wire.ask("POST", wire.endpoint, headers))
            self._litter.append(place)
            patch = {"Upload-Offset": "0", "Content-Type": BYTES, **wire.checksum(body)}
            answer = wire.ask("PATCH", place, patch, body)
            wire.must(answer, 204, 200)
            self._litter.remove(place)
        offset = tus_wire.number(answer, "Upload-Offset")
        if (self._offset(place) if offset is None else offset) != len(body):
            self._litter.append(place)
            raise Retryable(problems.dropped(wire.host))
        return place

    def join(self, file: SubmissionFile, token: str, receipts: Mapping[int, str]) -> Upload:
        """Let the server make one of all parts. Damaged ``archive.differs`` where it lost some: all is begun anew."""
        wire = self._wire
        final = self._finals.get(token)
        if final is None:
            places = [receipts[n] for n in sorted(receipts)]
            self._must_be_whole(file, receipts)
            headers = {"Upload-Concat": "final;" + _listed(places, wire.endpoint)}
            headers["Upload-Metadata"] = wire.metadata(file)
            final = wire.place(wire.ask("POST", wire.endpoint, headers))
            self._finals[token] = final
        return Upload(final, file.size, complete=True)

    def ready(self, file: SubmissionFile, place: str) -> Upload | None:
        """A joined upload as the server tells of it, once it has put it together; None where it takes long."""
        watch = self._wire.http.watch()
        for tries in range(_READY_TRIES):
            answer = self._wire.ask("HEAD", place, {})
            if answer.status_code in GONE:
                raise Damaged(problems.differs(self._wire.host))
            self._wire.must(answer, 200, 204)
            offset = tus_wire.number(answer, "Upload-Offset")
            if offset is not None:
                return tus_wire.told(place, offset, file, answer)
            watch.wait(_READY_S * 2**tries)
        return None

    def forget(self, token: str) -> None:
        self._finals.pop(token, None)

    def _must_be_whole(self, file: SubmissionFile, receipts: Mapping[int, str]) -> None:
        """Parts may have run out of time since, and a server that was restarted may hold less than it confirmed."""
        held = [self._offset(receipts[number]) for number in sorted(receipts)]
        if None in held or sum(offset or 0 for offset in held) != file.size:
            raise Damaged(problems.differs(self._wire.host))

    def _offset(self, place: str) -> int | None:
        answer = self._wire.ask("HEAD", place, {})
        if answer.status_code in GONE:
            return None
        self._wire.must(answer, 200, 204)
        return tus_wire.number(answer, "Upload-Offset")

    def _sweep(self) -> None:
        """Remove what broke off, where the server allows that; it is only tidiness."""
        while self._litter and "termination" in self._wire.offer().extensions:
            with contextlib.suppress(DepositError):
                self._wire.ask("DELETE", self._litter[-1], {})
            self._litter.pop()


def _listed(places: list[str], endpoint: str) -> str:
    """As paths where they are on the server itself: the line of a head is short."""
    own = web.origin_of(endpoint)
    return " ".join(
        urlsplit(p)._replace(scheme="", netloc="").geturl() if web.origin_of(p) == own else p for p in places
    )
