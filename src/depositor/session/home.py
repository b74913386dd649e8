"""The folders of the program on this computer."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side

_OWNER_ONLY = 0o700
# fmt: off
_NETWORK_TYPES = frozenset((
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "fuse.ceph",
    "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.mfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "panfs", "pvfs2", "smb2", "smb3",
    "smbfs", "virtiofs", "webdav",
))
# fmt: on


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie. ``state`` is local and must survive, ``cache`` may be deleted at any time.

    ``state`` holds the journal, the logs, sealed submissions with their receipts, and the practice archive.
    """

    state: Path
    settings: Path
    cache: Path

    @staticmethod
    def find(environ: Mapping[str, str] = os.environ) -> Home:
        """The folders of this user; all of them below ``DEPOSITOR_HOME`` where that is set. Nothing is made yet."""
        chosen = environ.get("DEPOSITOR_HOME", "").strip()
        if chosen:
            return Home.at(Path(chosen).expanduser().absolute())
        import platformdirs

        one_folder = sys.platform in ("win32", "darwin")  # state and settings share a folder of the system there
        dirs = platformdirs.PlatformDirs("Depositor" if one_folder else "depositor", appauthor=False)
        return Home(
            Path(dirs.user_state_dir) / ("State" if one_folder else ""),
            Path(dirs.user_config_dir) / ("Settings" if one_folder else ""),
            Path(dirs.user_cache_dir),
        )

    @staticmethod
    def at(folder: Path) -> Home:
        """All folders below one, as for a portable copy or a test."""
        return Home(folder / "state", folder / "settings", folder / "cache")

    @property
    def database(self) -> Path:
        """The journal: one SQLite file."""
        return self.state / "depositor.sqlite"

    @property
    def state_on_network(self) -> bool:
        """True where the journal lies on a network drive, see :func:`on_network`."""
        return on_network(self.state)

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def submissions(self) -> Path:
        """One folder per sealed submission: its documents, proofs and receipt."""
        return self.state / "submissions"

    @property
    def practice(self) -> Path:
        """What the practice archive holds."""
        return self.state / "practice"

    def create(self) -> Home:
        """Make the folders, for this user alone (mode 700); NeedsUser where the computer does not allow it."""
        for folder in (self.state, self.settings, self.cache, self.logs, self.submissions, self.practice):
            try:
                folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
                _close_to_others(folder)
            except OSError as error:
                raise NeedsUser(_no_folder(folder)) from error
        return self


def _close_to_others(folder: Path) -> None:
    """mkdir's mode is cut by the umask, and the folder may be older than this rule."""
    if os.name == "posix" and folder.stat().st_uid == os.getuid():
        folder.chmod(_OWNER_ONLY)


def on_network(path: Path) -> bool:
    """True where ``path`` lies on a drive of another computer, as far as the system tells.

    SQLite's write-ahead log needs shared memory, which such drives do not give (https://sqlite.org/wal.html).
    """
    real = Path(os.path.realpath(path))
    if sys.platform == "win32":
        return _on_network_windows(real)
    if sys.platform == "darwin":
        return _on_network_mac(real)
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    return file_system(real, mounts(lines)) in _NETWORK_TYPES


def mounts(lines: Iterable[str]) -> list[tuple[str, str]]:
    """(mount point, type of file system) from ``/proc/self/mountinfo`` (proc(5)), in the order of mounting."""
    found = []
    for line in lines:
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if dash and len(fields) > 4:
            point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4])
            found.append((point, after.split(" ", 1)[0]))
    return found


def file_system(path: Path, mounted: Iterable[tuple[str, str]]) -> str | None:
    """The type of file system that holds ``path``: the deepest mount point above it, the latest one of equal ones."""
    best: tuple[int, str] | None = None
    for point, kind in mounted:
        if path.is_relative_to(point) and (best is None or len(point) >= best[0]):
            best = len(point), kind
    return best[1] if best else None


def _on_network_windows(path: Path) -> bool:  # pragma: no cover - Windows
    import ctypes

    if path.drive.startswith("\\\\"):
        return True
    remote = 4  # DRIVE_REMOTE of GetDriveTypeW
    return bool(getattr(ctypes, "windll").kernel32.GetDriveTypeW(path.anchor) == remote)  # noqa: B009 - Windows only


def _on_network_mac(path: Path) -> bool:  # pragma: no cover - macOS
    import subprocess

    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.findall(r"^.* on (/.*?) \((\w+)", done.stdout, re.MULTILINE)
    return file_system(path, found) in _NETWORK_TYPES


def _no_folder(folder: Path) -> Problem:
    return Problem(
        "home.no-folder",
        Side.COMPUTER,
        msg("home.no-folder", "Depositor cannot make the folder that it keeps your drafts in."),
        msg("home.no-folder.advice", "Set DEPOSITOR_HOME to a folder that you may write to, and start again."),
        path=folder.as_posix(),
    )
