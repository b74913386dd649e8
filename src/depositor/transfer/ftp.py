"""Files by FTP and FTPS, resumable where the server lets us: RFC 959, and SIZE and REST of RFC 3659."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems, web
from depositor.transfer.ftp_wire import FtpPlace, Wire
from depositor.transfer.ports import Body, Upload

__all__ = ["FtpCarrier", "FtpOptions", "FtpPlace"]

_BLOCK = 256 << 10
_BACK_UP = 1 << 20  # the last bytes before a broken line may be anything
_IDLE_S = 25.0  # ask after a silence as long as this whether the line still stands
_UNKNOWN = (500, 501, 502, 504)  # commands that a server does not know


@dataclass(frozen=True, slots=True)
class FtpOptions:
    """``rename``: write to ``name.part`` and rename at the end; where the server forbids it, the name itself is
    written.

    ``settle_s``: a server may still be writing what a dead connection brought; its size counts when it stays the same
    for so long. ``settle_most_s``: after so long without rest the file is busy.
    """

    rename: bool = True
    settle_s: float = 2.0
    settle_most_s: float = 60.0


class FtpCarrier:
    """Files below ``place.root``; folders are made as needed."""

    id = "ftp"
    resumable = True
    derives_token = True
    part_size: int | None = None

    def __init__(
        self,
        place: FtpPlace,
        options: FtpOptions = FtpOptions(),
        timeouts: web.Timeouts = web.PATIENT,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._place, self._options, self._timeouts, self._sleep = place, options, timeouts, sleep
        self._held: Wire | None = None
        self._used = 0.0
        self._folders: set[str] = set()
        self._renames = options.rename
        self._restarts = True
        self._sizes = True

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its first byte."""
        self._make_folders(_path(file, self._place.host))
        return Upload(self._target(file))

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        if token != file.name and self._size(file.name) == file.size:
            return Upload(token, file.size, complete=True)  # renamed, but nobody heard of it
        size = self._settled_size(token)
        if size is None:
            return None
        if size > file.size:
            self._delete(token)
            return None
        return Upload(token, max(0, size - _BACK_UP) if self._restarts else size)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        if upload.offset and self._restarts and not self._knows_restart():
            self._restarts = False
            return self._without_restart(file, upload)
        restart = upload.offset if upload.offset and self._restarts else None
        line = "STOR" if self._restarts or not upload.offset else "APPE"
        with self._wired() as wire:
            wire.store(f"{line} {upload.token}", _blocks(body), restart)
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """FTP knows no digest: the size must be right, where the server tells it at all. Then the rename."""
        final = file.name
        done = upload.token != final and self._size(final) == file.size and self._size(upload.token) is None
        if not done:
            size = self._size(upload.token)
            if size is not None and size != file.size:
                self._delete(upload.token)
                raise Damaged(problems.differs(self._place.host))
            if upload.token != final:
                self._rename(upload.token, final)
        return HeldFile(final, file.size)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        if token != file.name:
            with contextlib.suppress(DepositError):
                self._delete(token)

    def abort(self) -> None:
        wire = self._held
        if wire is not None:
            wire.abort()

    def close(self) -> None:
        wire, self._held = self._held, None
        if wire is not None:
            wire.close()

    # --- what the server can do ------------------------------------------------------------------------------------

    def _knows_restart(self) -> bool:
        with self._wired() as wire:
            code, _ = wire.answer("REST 1")
            if code == 350:
                wire.answer("REST 0")
        return code == 350

    def _without_restart(self, file: SubmissionFile, upload: Upload) -> Upload:
        """No REST: append, if the server tells where; else begin at the first byte again."""
        size = self._settled_size(upload.token)
        if size is None or size > file.size:
            self._delete(upload.token)
            size = 0
        return Upload(upload.token, size, size == file.size > 0)

    def _settled_size(self, path: str) -> int | None:
        """The size once it stays the same: the server may still drain the connection that died."""
        size, waited = self._size(path), 0.0
        while size is not None:
            self._sleep(self._options.settle_s)
            again = self._size(path)
            if again == size:
                return size
            waited += self._options.settle_s
            if waited >= self._options.settle_most_s:
                raise Retryable(problems.locked(self._place.host))
            size = again
        return None

    def _size(self, path: str) -> int | None:
        """The size by SIZE, or by MLST where SIZE is forbidden; None where there is no such file or nobody tells."""
        with self._wired() as wire:
            code, words = wire.answer(f"SIZE {path}") if self._sizes else (502, "")
            if code == 213 and words.strip().isdigit():
                return int(words)
            self._sizes = self._sizes and code not in _UNKNOWN
            code, words = wire.answer(f"MLST {path}")
        if code == 250:
            for fact in words.replace("\n", ";").split(";"):
                key, _, value = fact.strip().partition("=")
                if key.lower() == "size" and value.isdigit():
                    return int(value)
        return None

    def _target(self, file: SubmissionFile) -> str:
        return f"{file.name}.part" if self._renames else file.name

    def _rename(self, path: str, final: str) -> None:
        with self._wired() as wire:
            code, _ = wire.answer(f"RNFR {path}")
            if code == 350:
                code, _ = wire.answer(f"RNTO {final}")
                if 550 <= code <= 553:  # something stands there: an older try, or an older revision
                    wire.answer(f"DELE {final}")
                    wire.answer(f"RNFR {path}")
                    code, _ = wire.answer(f"RNTO {final}")
        if code != 250:
            self._renames = False
            self._delete(path)
            raise Damaged(problems.no_rename(self._place.host))

    def _delete(self, path: str) -> None:
        with self._wired() as wire:
            wire.answer(f"DELE {path}")

    def _make_folders(self, path: str) -> None:
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            folder = "/".join(parts[:end])
            if folder and folder not in self._folders:
                with self._wired() as wire:
                    wire.answer(f"MKD {folder}")  # a refusal mostly means that it is there; STOR will tell
                self._folders.add(folder)

    @contextlib.contextmanager
    def _wired(self) -> Iterator[Wire]:
        """A connection that stands. One that failed is closed, so that the next call makes a new one."""
        wire = self._held
        if wire is not None and time.monotonic() - self._used > _IDLE_S and not wire.alive():
            self.close()
            wire = None
        if wire is None:
            wire = self._held = Wire(self._place, self._timeouts)
        try:
            yield wire
        except Refused:
            raise
        except BaseException:
            self.close()
            raise
        self._used = time.monotonic()


def _path(file: SubmissionFile, host: str) -> str:
    name = file.name
    if name.startswith("/") or ".." in name.split("/") or "\r" in name or "\n" in name:
        raise Refused(problems.name_refused(host))
    return name


def _blocks(body: Body) -> Iterator[bytes]:
    return iter(lambda: body.read(_BLOCK), b"")
