"""Paths of this computer as Globus names them, and what Globus Connect Personal may read of it.

Sources: globus-sdk (``LocalGlobusConnectPersonal``), docs.globus.org on Globus Connect Personal. What stands in
``config-paths`` was read in its documentation only; a file that looks different restricts nothing here, and Globus
itself says no later.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from depositor.draft.problem import NeedsUser
from depositor.transfer.handover import problems
from depositor.transfer.handover.place import GlobusPlace, place_of

_ASSIGNED = "=globus://"


def globus_path(path: PurePath) -> str | None:
    """An absolute path of this computer for Globus: ``C:\\data\\a.tif`` is ``/C/data/a.tif``. None for what has no such
    name: a share without a drive letter."""
    if isinstance(path, PureWindowsPath):
        drive = path.drive.removeprefix("\\\\?\\")
        if len(drive) != 2 or drive[1] != ":" or not path.is_absolute():
            return None
        return "/".join(("", drive[0].upper(), *path.parts[1:]))
    return str(path) if path.is_absolute() else None


@dataclass(frozen=True, slots=True)
class Own:
    """The collection that reads our files. ``root`` (a folder here) lies at ``path`` there; None: Globus Connect
    Personal on this computer, which knows all paths below ``shared``."""

    collection: str
    root: str | None = None
    path: str = "/"
    shared: tuple[str, ...] = ()

    def path_of(self, local: str) -> str | None:
        """A file as the collection names it; None where it does not lie in what the collection shows."""
        if self.root is None:
            found = globus_path(_pure(local))
            below = found is not None and (not self.shared or any(_within(found, root) for root in self.shared))
            return found if below else None
        try:
            inside = _pure(local).relative_to(_pure(self.root))
        except ValueError:
            return None
        return self.path + "/".join(inside.parts)


def own_collection(setting: str, environ: Mapping[str, str] = os.environ) -> Own:
    """The collection named in the settings (``/mnt/lab=globus://COLLECTION/lab/``: that folder here lies there), else
    that of Globus Connect Personal. NeedsUser where there is neither."""
    if setting.strip():
        root, found, rest = setting.strip().partition(_ASSIGNED)
        place = place_of(f"globus://{rest}") if found else None
        if not isinstance(place, GlobusPlace) or not root:
            raise NeedsUser(problems.address())
        return Own(place.collection, root, place.path)
    return _personal(environ)


def _personal(environ: Mapping[str, str]) -> Own:
    """What is installed here. ``GLOBUS_PERSONAL_DIR`` names another folder for its files, as its own option does."""
    folder = environ.get("GLOBUS_PERSONAL_DIR") or None
    try:
        from globus_sdk import GlobusSDKUsageError, LocalGlobusConnectPersonal
    except ImportError:
        raise NeedsUser(problems.globus_missing()) from None
    local = LocalGlobusConnectPersonal(config_dir=folder)
    try:
        found, at = local.endpoint_id, Path(local.config_dir)
    except (OSError, GlobusSDKUsageError):
        found, at = None, Path()
    if not found:
        raise NeedsUser(problems.personal_absent())
    return Own(found, shared=shared_folders(at))


def shared_folders(folder: Path) -> tuple[str, ...]:
    """What Globus Connect Personal may read, as Globus names it; empty where that is not told."""
    rows: Sequence[Sequence[str]] = ()
    for place in (folder / "lta" / "config-paths", folder / "config-paths"):
        try:
            with place.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.reader(file) if row]
            break
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
    return tuple(_expanded(row[0].strip()) for row in rows if row[0].strip().startswith(("/", "~")))


def _expanded(path: str) -> str:
    home = globus_path(Path.home()) or "/"
    return home + path[1:] if path.startswith("~") else path


def _within(path: str, root: str) -> bool:
    return path == root.rstrip("/") or path.startswith(root.rstrip("/") + "/")


def _pure(path: str) -> PurePath:
    return PureWindowsPath(path) if os.name == "nt" else PurePosixPath(path)
