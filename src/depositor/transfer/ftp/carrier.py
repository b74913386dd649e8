"""Files by FTP and FTPS, resumable where the server lets us, and proved as well as it lets us: RFC 959, RFC 3659."""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems, samples
from depositor.transfer.ftp import digest as ftp_digest
from depositor.transfer.ftp.replies import UNKNOWN
from depositor.transfer.ftp.wire import FtpPlace, Reply, Wire
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.read_ahead import Ahead

__all__ = ["FtpCarrier", "FtpOptions", "FtpPlace"]

_BLOCK = 256 << 10
_BACK_UP = 1 << 20  # the last bytes before a broken line may be anything
_IDLE_S = 25.0  # ask after a silence as long as this whether the line still stands
_PROBE_FROM = 64 << 20  # a file that large must not find out at its end that nothing can be renamed


@dataclass(frozen=True, slots=True)
class FtpOptions:
    """``rename``: write to ``name.part`` and rename at the end; where the server forbids it, the name itself is
    written. ``proof``: have the server tell a digest, or else read back what arrived, small files whole, large ones in
    places; else the size alone.

    ``settle_s``: a server may still be writing what a dead connection brought; its size counts when it stays the same
    for so long. ``settle_most_s``: after so long without rest the file is busy.
    """

    rename: bool = True
    settle_s: float = 2.0
    settle_most_s: float = 60.0
    proof: bool = True


class FtpCarrier:
    """Files below ``place.root``; folders are made as needed.

    What a server forbids (drop boxes: SIZE, DELE, RNFR, RETR, REST) is found out and done without; the proof of each
    file says what was left to ask.
    """

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
        self._renames, self._renamed = options.rename, False
        self._restarts = self._appends = self._sizes = True
        self._readable = self._digests = options.proof
        self._just_sent: str | None = None
        self._seams: dict[str, int] = {}  # where the last upload of a token went on

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        """Make the folders; the file itself is made by its first byte."""
        name = self._checked(file)
        self._make_folders(name)
        if self._renames and not self._renamed and file.size >= _PROBE_FROM:
            self._renames = self._can_rename(name)
        return Upload(f"{name}.part" if self._renames else name)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        size = self._size(token)
        if size is None:
            done = token != file.name and self._size(file.name) == file.size  # renamed, but nobody heard of it
            return Upload(token, file.size, complete=True) if done else None
        if size <= min(_BACK_UP, file.size) and self._restarts:
            return Upload(token)  # sent from its first byte, whatever a dead line still brings
        size = self._settled(token, size)
        if size is None:
            return None
        if size > file.size:
            self._delete(token)
            return None
        return Upload(token, max(0, size - _BACK_UP) if self._restarts else size)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        self._seams.pop(upload.token, None)
        blocks = _Blocks(body)
        try:
            self._store(upload, blocks)
        except (Refused, Retryable) as error:
            if blocks.touched or (isinstance(error, Retryable) and error.problem.code != "archive.broken"):
                raise
            if upload.offset:
                return self._otherwise(file, upload)
            self._clear_the_way(file, upload.token)
            self._store(upload, blocks)
        finally:
            blocks.close()
        self._just_sent = upload.token
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """A digest of the server, else what it gives back, else its size; then the rename."""
        just_sent, self._just_sent = self._just_sent == upload.token, None
        path, sized = upload.token, False
        if not (just_sent and self._readable and 0 < file.size <= samples.WHOLE):  # which all comes back anyway
            path, sized = self._standing(file, upload.token)
        proof = self._proved(file, path, sha256) or (Proof.SIZE if sized else Proof.ANSWER)
        if path != file.name:
            self._rename(file, path)
        self._seams.pop(upload.token, None)
        return samples.held(file, proof, sha256)

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

    # --- sending ---------------------------------------------------------------------------------------------------

    def _store(self, upload: Upload, blocks: _Blocks) -> None:
        with self._wired() as wire:
            if not upload.offset:
                wire.store(f"STOR {upload.token}", blocks)
                return
            self._seams[upload.token] = upload.offset
            if self._restarts:
                wire.store(f"STOR {upload.token}", blocks, upload.offset)
            else:
                wire.store(f"APPE {upload.token}", blocks)

    def _otherwise(self, file: SubmissionFile, upload: Upload) -> Upload:
        """Going on in this way is forbidden: append instead of REST, else begin at the first byte again."""
        if self._restarts:
            self._restarts = False
        else:
            self._appends = False
        size = self._size(upload.token) if self._appends else None
        size = None if size is None else self._settled(upload.token, size)
        if size is None or size > file.size:
            self._delete(upload.token)
            self._restarts, size = self._restarts or not self._appends, 0
        return Upload(upload.token, size, size == file.size > 0)

    def _clear_the_way(self, file: SubmissionFile, token: str) -> None:
        """Somebody removed the folders, or something stands there that may not be written over."""
        self._folders.clear()
        self._make_folders(file.name)
        self._delete(token)

    def _settled(self, path: str, size: int | None) -> int | None:
        """The size once it stays the same: the server may still drain the connection that died."""
        waited = 0.0
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
            self._sizes = self._sizes and code not in UNKNOWN
            return _size_fact(wire.answer(f"MLST {path}"))

    def _make_folders(self, name: str) -> None:
        """A refusal mostly means that a folder is there; STOR will tell."""
        parts = name.split("/")[:-1]
        missing = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        missing = [folder for folder in missing if folder and folder not in self._folders]
        if missing:
            with self._wired() as wire:
                wire.answers(*[f"MKD {folder}" for folder in missing])
            self._folders.update(missing)

    def _delete(self, path: str) -> None:
        with self._wired() as wire:
            wire.answer(f"DELE {path}")

    # --- the rename ------------------------------------------------------------------------------------------------

    def _can_rename(self, name: str) -> bool:
        """Tried with a file of no bytes beside the large one."""
        old, new = f"{name}.test", f"{name}.test.part"
        with self._wired() as wire:
            try:
                wire.store(f"STOR {old}", iter(()))
            except Refused:
                return True  # the name, perhaps; the file itself will tell
            _, (code, _) = wire.answers(f"RNFR {old}", f"RNTO {new}")
            wire.answer(f"DELE {new if code == 250 else old}")
        return code == 250

    def _rename(self, file: SubmissionFile, path: str) -> None:
        final = file.name
        with self._wired() as wire:
            before = [f"MFMT {_stamp(file)} {path}"] if "MFMT" in wire.features else []
            code, _ = wire.answers(*before, f"RNFR {path}", f"RNTO {final}")[-1]
            if 550 <= code <= 553:  # something stands there: an older try, or an older revision
                code, _ = wire.answers(f"DELE {final}", f"RNFR {path}", f"RNTO {final}")[-1]
        if code == 250:
            self._renamed = True
            return
        self._renames = False
        self._delete(path)
        raise Damaged(problems.no_rename(self._place.host))

    # --- proof -----------------------------------------------------------------------------------------------------

    def _standing(self, file: SubmissionFile, token: str) -> tuple[str, bool]:
        """Where the file stands, and whether the server told its size, which is right then."""
        path, size = token, self._size(token)
        if size is None and token != file.name:
            size = self._size(file.name)
            if size == file.size:
                path = file.name  # renamed, but nobody heard of it
            else:
                size = None
        if size is not None and size != file.size:
            self._delete(path)
            raise Damaged(problems.differs(self._place.host))
        return path, size is not None

    def _proved(self, file: SubmissionFile, path: str, sha256: str) -> Proof | None:
        host = self._place.host
        try:
            if self._digests and self._summed(file, path, sha256):
                return Proof.DIGEST
            if not self._readable:
                return None
            seams = [self._seams[path]] if path in self._seams else []
            return samples.prove(file, sha256, lambda spans: self._read(path, spans), host, seams)
        except Refused:
            self._readable = False  # a drop box: what is in it cannot be read
        except Damaged as error:
            if error.problem.code == "archive.differs":
                self._delete(path)
            raise
        return Proof.SIZE if self._standing(file, path)[1] else None

    def _summed(self, file: SubmissionFile, path: str, sha256: str) -> bool:
        """Where the server tells a digest, it must be ours."""
        with self._wired() as wire:
            way = ftp_digest.way(wire.features)
            theirs = ftp_digest.asked(wire, way, path, file.size) if way else None
        if way is None or theirs is None:
            self._digests = False
            return False
        ours = sha256 if way.algorithm == "sha256" else samples.digest_of(file, way.algorithm)
        if not hmac.compare_digest(theirs, ours):
            raise Damaged(problems.differs(self._place.host))
        return True

    def _read(self, path: str, spans: Sequence[samples.Span]) -> Iterator[bytes]:
        """Each span; behind the last one nothing may be."""
        for number, (offset, length) in enumerate(spans, 1):
            last = number == len(spans)
            with self._wired() as wire:
                data = wire.fetch_span(path, offset, length + last, to_end=last)
            yield data

    # --- the line --------------------------------------------------------------------------------------------------

    def _checked(self, file: SubmissionFile) -> str:
        name = file.name
        if name.startswith("/") or ".." in name.split("/") or any(c in name for c in "\0\r\n"):
            raise Refused(problems.name_refused(self._place.host))
        return name

    @contextlib.contextmanager
    def _wired(self) -> Iterator[Wire]:
        """A connection that stands. One that failed is closed, so that the next call makes a new one."""
        wire = self._held
        if wire is not None and (not wire.stands or (time.monotonic() - self._used > _IDLE_S and not wire.alive())):
            self.close()
            wire = None
        if wire is None:
            wire = self._held = Wire(self._place, self._timeouts)
        try:
            yield wire
        except (Refused, Damaged):
            raise
        except BaseException:
            self.close()
            raise
        self._used = time.monotonic()


class _Blocks:
    """The body in blocks, those of a large one read and summed ahead; ``touched`` once any of it was taken, so that it
    cannot be sent another time. To be closed."""

    def __init__(self, body: Body) -> None:
        self._ahead = Ahead(body, _BLOCK)
        self._blocks: Iterator[bytes] | None = None

    @property
    def touched(self) -> bool:
        return self._blocks is not None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._blocks is None:
            self._blocks = iter(self._ahead)
        return next(self._blocks)

    def close(self) -> None:
        self._ahead.close()


def _size_fact(reply: Reply) -> int | None:
    code, words = reply
    if code == 250:
        for fact in words.replace("\n", ";").split(";"):
            key, _, value = fact.strip().partition("=")
            if key.lower() == "size" and value.isdigit():
                return int(value)
    return None


def _stamp(file: SubmissionFile) -> str:
    """The time of the last change as MFMT takes it."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(file.mtime_ns // 10**9))
