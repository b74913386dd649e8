"""What an FTP server holds: MLSD (RFC 3659) where it is known, else LIST as Unix and Windows write it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from depositor.draft.problem import DepositError, Refused
from depositor.draft.submission import HeldFile
from depositor.transfer import problems
from depositor.transfer.ftp.replies import UNKNOWN
from depositor.transfer.ftp.wire import FtpPlace, Wire
from depositor.transfer.holdings import MOST_SMALL, checked_prefix, no_listing
from depositor.transfer.net import web

_UNIX = re.compile(r"([-dl])[-rwxsStTl+.@]{9,}\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+ (.+)")
_DOS = re.compile(r"[\d-]{8,10}\s+[\d:]{4,5}\s*[AP]?M?\s+(<DIR>|\d+)\s+(.+)")
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing; ``size`` is None for a folder."""

    name: str
    size: int | None


class FtpHoldings:
    """A :class:`~depositor.transfer.holdings.Holdings`."""

    def __init__(self, place: FtpPlace, timeouts: web.Timeouts = web.PATIENT) -> None:
        self._place, self._timeouts = place, timeouts
        self._wire: Wire | None = None

    def listing(self, prefix: str = "") -> Iterator[HeldFile]:
        yield from self._below(prefix.strip("/"), 0)

    def _below(self, folder: str, depth: int) -> Iterator[HeldFile]:
        for entry in self._entries(folder) or ():
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.size is not None:
                yield HeldFile(path, entry.size)
            elif depth < _DEEPEST:
                yield from self._below(path, depth + 1)

    def remove(self, prefix: str) -> None:
        clean = checked_prefix(prefix)
        entries = self._entries(clean)
        for entry in entries or ():
            self.remove(f"{clean}/{entry.name}")
        code, _ = self._answer(f"DELE {clean}" if entries is None else f"RMD {clean}")
        if code >= 400 and (entries is not None or self._answer(f"SIZE {clean}")[0] == 213):
            raise Refused(problems.forbidden(self._place.host))

    def put_small(self, name: str, data: bytes) -> None:
        parts, host = checked_prefix(name).split("/"), self._place.host
        for end in range(1, len(parts)):
            self._answer(f"MKD {'/'.join(parts[:end])}")
        with self._wired() as wire:
            wire.store(f"STOR {name}.part", iter(io.BytesIO(data).read1, b""))
        for before in ((), (f"DELE {name}",)):
            with self._wired() as wire:
                code, _ = wire.answers(*before, f"RNFR {name}.part", f"RNTO {name}")[-1]
            if code == 250:
                return
        self._answer(f"DELE {name}.part")
        with self._wired() as wire:  # nothing may be renamed there
            wire.store(f"STOR {name}", iter(io.BytesIO(data).read1, b""))
        if self.get_small(name) != data:
            raise Refused(problems.forbidden(host))

    def get_small(self, name: str) -> bytes | None:
        try:
            with self._wired() as wire:
                return wire.fetch_span(name, 0, MOST_SMALL, to_end=True)
        except Refused:
            if self._answer(f"SIZE {name}")[0] == 213:
                raise Refused(problems.forbidden(self._place.host)) from None
            return None

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    # --- the wire --------------------------------------------------------------------------------------------------

    def _entries(self, folder: str) -> list[Entry] | None:
        """What lies in a folder; None where it is none."""
        if folder and not self._is_folder(folder):
            return None
        command = "MLSD" if self._knows_mlsd() else "LIST"
        try:
            with self._wired() as wire:
                text = wire.fetch(f"{command} {folder or '.'}").decode("utf-8", "surrogateescape")
        except Refused as error:
            raise Refused(no_listing(self._place.host)) from error
        parse = _fact_line if command == "MLSD" else _list_line
        return [entry for line in text.splitlines() if (entry := parse(line)) is not None]

    def _knows_mlsd(self) -> bool:
        with self._wired() as wire:
            return any(name in wire.features for name in ("MLST", "MLSD"))

    def _is_folder(self, folder: str) -> bool:
        with self._wired() as wire:
            code, words = wire.answer("PWD")
            back = re.search(r'"((?:[^"]|"")*)"', words) if code == 257 else None
            code, _ = wire.answer(f"CWD {folder}")
            if code in UNKNOWN:
                return True
            if code == 250:
                wire.answer(f"CWD {back[1].replace(chr(34) * 2, chr(34)) if back else '/'}")
        return code == 250

    def _answer(self, line: str) -> tuple[int, str]:
        with self._wired() as wire:
            return wire.answer(line)

    @contextlib.contextmanager
    def _wired(self) -> Iterator[Wire]:
        if self._wire is not None and not self._wire.stands:
            self._wire = None
        if self._wire is None:
            self._wire = Wire(self._place, self._timeouts)
        try:
            yield self._wire
        except Refused:
            raise
        except DepositError:
            self.close()
            raise


def _fact_line(line: str) -> Entry | None:
    """``type=file;size=5;modify=20261121120000; name`` (RFC 3659, 7.2)."""
    told, _, name = line.partition(" ")
    facts = dict(fact.lower().split("=", 1) for fact in told.split(";") if "=" in fact)
    kind, size = facts.get("type", ""), facts.get("size", "")
    if kind == "dir":
        return Entry(name, None)
    return Entry(name, int(size)) if kind == "file" and size.isdigit() else None


def _list_line(line: str) -> Entry | None:
    """What ``ls -l`` writes, or Windows' servers; None for all else (totals, links, what is hidden by the format)."""
    if unix := _UNIX.fullmatch(line):
        kind, size, name = unix[1], unix[2], unix[3]
        if name in (".", "..") or kind == "l":
            return None
        return Entry(name, None if kind == "d" else int(size))
    if dos := _DOS.fullmatch(line):
        return Entry(dos[2], None if dos[1] == "<DIR>" else int(dos[1]))
    return None
