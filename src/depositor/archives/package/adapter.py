"""A package as a member of the registry: the "archive" is a folder on a drive or a share."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from depositor.archives import descriptor
from depositor.archives.package import bag, problems
from depositor.archives.ports import Answer, Credentials, Deposit, RouteCheck
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, DepositError, NeedsUser, Refused, Retryable, Stopped
from depositor.draft.submission import HeldFile, State, SubmissionFile
from depositor.transfer import errors
from depositor.transfer.ports import Carrier

ID = "package"
_BLOCK = 1 << 20
_SPARE_BYTES = 16 << 20  # papers, and what file systems need for themselves
_SPARE_PER_FILE = 4096


class Package:
    """Settings: ``folder``, where packages are made (an endpoint, where one is given, is such a folder too)."""

    def capabilities(self) -> Capabilities:
        return descriptor.capabilities(ID)

    def session(
        self, endpoint: str, credentials: Credentials, settings: dict[str, Any] | None = None
    ) -> PackageSession:
        return PackageSession(endpoint or str((settings or {}).get("folder") or ""))


class PackageSession:
    """See :class:`~depositor.archives.ports.ArchiveSession`. The remote id is the package's absolute path."""

    def __init__(self, parent: str) -> None:
        self._given = parent.removeprefix("file://")
        self._cancel = Cancel()

    def sign_in(self) -> str:
        return self._parent().name

    def diagnose(self) -> tuple[RouteCheck, ...]:
        began = time.monotonic()
        name = msg("package.route", "Write into the folder for packages")
        try:
            parent = self._parent()
            with _told(parent), tempfile.NamedTemporaryFile(dir=parent, prefix=".depositor-"):
                return (RouteCheck(name, ok=True, seconds=time.monotonic() - began),)
        except DepositError as error:
            return (RouteCheck(name, ok=False, problem=error.problem),)

    def open(self, deposit: Deposit) -> str:
        parent = self._parent()
        folder = parent / bag.name_of(deposit.submission)
        with _told(parent):
            if folder.exists():
                return self._opened_before(folder, deposit)
            _check_room(parent, deposit)
            bag.begin(folder, deposit.submission.id)
        return str(folder)

    def find(self, submission_id: str) -> str | None:
        parent = self._parent()
        with _told(parent):
            for folder in sorted(parent.iterdir()):
                if folder.is_dir() and bag.submission_of(folder) == submission_id:
                    return str(folder)
        return None

    def carrier(self, remote: str, cancel: Cancel) -> Carrier:
        from depositor.transfer.folder.carrier import FolderCarrier

        self._cancel = cancel
        return FolderCarrier(_there(remote) / bag.DATA)

    def check(self, remote: str, deposit: Deposit) -> tuple[Finding, ...]:
        """A folder has no opinion."""
        return ()

    def commit(self, remote: str, deposit: Deposit) -> Answer:
        """Read every file again, write the papers, take the mark away. Damaged where a file is not what was sent."""
        folder = _there(remote)
        if not bag.incomplete(folder):
            return self.state(remote)
        files, total = 0, 0
        with _told(folder):
            for file in deposit.files():
                self._compare(folder, file)
                files, total = files + 1, total + file.size
            bag.tidy(folder)
            made = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            contents = bag.Contents(deposit.submission, files, total, made, deposit.manifest_sha256)
            bag.close(folder, contents, deposit.files())
        return self.state(remote)

    def state(self, remote: str) -> Answer:
        folder = _there(remote)
        with _told(folder):
            known = bag.submission_of(folder)
            state = State.DRAFT if bag.incomplete(folder) else State.ACCEPTED
        if known is None:
            raise Refused(problems.taken(remote))
        return Answer(state, url=folder.as_uri())

    def holdings(self, remote: str) -> Iterator[HeldFile]:
        """Every file is read again; an empty digest says that it could not be read."""
        folder = _there(remote)
        with _told(folder):
            for name, path in bag.held(folder):
                digest = self._digest(path)
                yield HeldFile(name, path.stat().st_size, {"sha256": digest or ""}, path.as_uri())

    def withdraw(self, remote: str) -> None:
        """Remove a package that is not complete; Refused for one that is."""
        folder = Path(remote)
        if not folder.exists():
            _there(str(folder.parent))
            return
        if not bag.incomplete(folder):
            raise Refused(problems.complete(remote))
        with _told(folder.parent):
            shutil.rmtree(folder)

    def close(self) -> None:
        """Nothing stays open."""

    # --- parts -------------------------------------------------------------------------------------------------------

    def _parent(self) -> Path:
        if not self._given:
            raise NeedsUser(problems.no_folder())
        parent = Path(self._given).expanduser().absolute()
        if not _is_dir(parent):
            raise NeedsUser(problems.gone(str(parent)))
        return parent

    def _opened_before(self, folder: Path, deposit: Deposit) -> str:
        if bag.submission_of(folder) == deposit.submission.id:
            (folder / bag.DATA).mkdir(exist_ok=True)
            return str(folder)
        if folder.is_dir() and not any(f for f in folder.rglob("*") if f.is_file() and f.name != bag.MARK):
            bag.begin(folder, deposit.submission.id)  # made by a run that was killed before it set the mark
            return str(folder)
        raise NeedsUser(problems.taken(str(folder)))

    def _compare(self, folder: Path, file: SubmissionFile) -> None:
        path = folder / bag.DATA / file.name
        try:
            size = path.stat().st_size
        except FileNotFoundError as error:
            _there(str(folder))
            raise Damaged(problems.missing(file.name)) from error
        if size != file.size or (file.sha256 and self._digest(path) != file.sha256):
            raise Damaged(problems.differs(file.name))

    def _digest(self, path: Path) -> str | None:
        """The SHA-256 (hex) of what the drive holds; None where it cannot be read."""
        digest = hashlib.sha256()
        try:
            with path.open("rb", buffering=0) as file:
                if hasattr(os, "posix_fadvise"):
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # not what memory remembers
                while block := file.read(_BLOCK):
                    if self._cancel:
                        raise Stopped(problems.stopped())
                    digest.update(block)
        except OSError:
            return None
        return digest.hexdigest()


def _there(remote: str) -> Path:
    """The package; Retryable where its drive is away."""
    folder = Path(remote)
    if not _is_dir(folder):
        raise Retryable(problems.gone(remote))
    return folder


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _check_room(parent: Path, deposit: Deposit) -> None:
    submission = deposit.submission
    needed = submission.bytes + submission.files * _SPARE_PER_FILE + _SPARE_BYTES
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise NeedsUser(problems.no_space(str(parent), needed, free))


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the drive says, as Problems."""
    try:
        yield
    except OSError as error:
        raise errors.of_target(error, Path(str(error.filename or folder)), folder, 1) from error
