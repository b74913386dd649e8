"""Files into a folder, a drive or a network share: resumable, and read back before they count as there."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from depositor.draft.problem import Damaged, NeedsUser, Refused, Stopped
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import errors, problems, samples
from depositor.transfer.folder import limits as folder_limits
from depositor.transfer.manners.gate import stopped_problem
from depositor.transfer.ports import Body, Upload
from depositor.transfer.read_ahead import Ahead
from depositor.transfer.source import long_path

_BLOCK = 1 << 20
_TAIL = 16 << 20  # a power cut may have spoilt what was written last


class FolderCarrier:
    """Writes below ``root``, which must exist. What is under way has a short hidden name beside its place.

    ``read_back``: :meth:`finish` reads what was written and compares digests; else it compares the size alone. Linux
    and macOS are told to read from the drive and not from memory; Windows and network shares may still give back what
    they remember.
    """

    id = "folder"
    resumable = True
    derives_token = True
    part_size: int | None = 64 << 20

    def __init__(self, root: Path, *, read_back: bool = True) -> None:
        self._root, self._read_back = root, read_back
        self._stop = threading.Event()
        self._capitals = folder_limits.Capitals(long_path(root))

    def begin(self, file: SubmissionFile) -> Upload:
        with self._told(file, file.size):
            self._check_room(file.size)
            folder_limits.check_size(self._root, file.size, file.name)
            self._capitals.check(self._final(file))
            part = self._part(file)
            part.parent.mkdir(parents=True, exist_ok=True)
            part.open("wb").close()
            self._capitals.learn(part)
            if file.size == 0:
                self._settle(part)
        return Upload(file.name, 0, file.size == 0)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        with self._told(file, file.size):
            part = self._part(file)
            if part.is_file():
                kept = self._sound_length(part, file)
                os.truncate(part, kept)
                return Upload(token, kept, kept == file.size)
            final = self._final(file)
            if final.is_file() and final.stat().st_size == file.size:
                return Upload(token, file.size, complete=True)
        return None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        at = upload.offset
        with self._told(file, file.size - at), self._part(file).open("r+b", buffering=0) as part:
            part.truncate(at)
            part.seek(at)
            with contextlib.closing(Ahead(body, _BLOCK)) as blocks:
                for block in blocks:
                    _write(part, block)
                    at += len(block)
            os.fsync(part.fileno())
        return Upload(upload.token, at, at == file.size)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        self._stop.clear()
        with self._told(file, 0):
            part, final = self._part(file), self._final(file)
            place = part if part.is_file() else final
            digest = self._digest(place) if self._read_back else None
            if place.stat().st_size != file.size or (digest is not None and digest != sha256):
                raise Damaged(problems.differs(self._root.name))
            if place is part:
                self._capitals.check(final)
                part.replace(final)
                self._settle(final.parent)
        return samples.held(file, Proof.READ_BACK if digest else Proof.SIZE, sha256, final.as_uri())

    def abandon(self, file: SubmissionFile, token: str) -> None:
        with contextlib.suppress(OSError):
            self._part(file).unlink(missing_ok=True)

    def abort(self) -> None:
        self._stop.set()

    def close(self) -> None:
        """Nothing stays open between calls."""

    # --- places ----------------------------------------------------------------------------------------------------

    def _final(self, file: SubmissionFile) -> Path:
        name = PurePosixPath(file.name)
        if name.is_absolute() or ".." in name.parts or not name.parts:
            raise Refused(problems.name_refused(self._root.name))
        return long_path(self._root.joinpath(*name.parts))

    def _part(self, file: SubmissionFile) -> Path:
        """A name of constant length: the full one with an ending might be too long for the drive."""
        final = self._final(file)
        tag = hashlib.sha256(file.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return final.with_name(f".{tag}.part")

    # --- checks ----------------------------------------------------------------------------------------------------

    def _sound_length(self, part: Path, file: SubmissionFile) -> int:
        """How much of ``part`` may be built on: its last pieces are compared with the source."""
        length = min(part.stat().st_size, file.size)
        at = max(0, length - _TAIL)
        try:
            source = io.FileIO(long_path(Path(file.source)), "r")
        except OSError as error:
            raise errors.of_source(error, Path(file.source)) from error
        with source, part.open("rb") as written:
            source.seek(at)
            written.seek(at)
            while at < length:
                count = min(_BLOCK, length - at)
                if written.read(count) != source.read(count):
                    break
                at += count
        return at

    def _digest(self, place: Path) -> str:
        digest, room = hashlib.sha256(), memoryview(bytearray(min(_BLOCK, place.stat().st_size + 1)))
        with place.open("rb", buffering=0) as file:
            _forget_cached(file.fileno())
            while count := file.readinto(room):
                if self._stop.is_set():
                    raise Stopped(stopped_problem())
                digest.update(room[:count])
        return digest.hexdigest()

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._root).free
        if free < size:
            raise NeedsUser(problems.disk_full(str(self._root), size - free))

    def _settle(self, place: Path) -> None:
        """Bring a file, or the entries of a folder, to the disk. Windows knows no such thing for folders."""
        if os.name == "nt" and place.is_dir():
            return
        handle = os.open(place, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):  # some network shares cannot
                os.fsync(handle)
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _told(self, file: SubmissionFile, missing: int) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise errors.of_target(error, Path(file.name), self._root, self._needed(missing)) from error

    def _needed(self, missing: int) -> int:
        with contextlib.suppress(OSError):
            return max(missing - shutil.disk_usage(self._root).free, 1)
        return max(missing, 1)


def _write(file: io.FileIO, block: bytes) -> None:
    """All of ``block``: an unbuffered write may take only a piece, as on a disk that is nearly full."""
    view = memoryview(block)
    while view:
        view = view[file.write(view) or 0 :]


def _forget_cached(handle: int) -> None:
    """Read what the drive holds, not what memory still remembers of the writing; where the system can."""
    with contextlib.suppress(OSError):
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        elif sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(handle, fcntl.F_NOCACHE, 1)
