"""Where the files of a draft lie: its groups as scan roots, and how a path is shown and named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from depositor.draft.draft import FileGroup


@dataclass(frozen=True, slots=True)
class Root:
    """One folder (or file: ``single``) to scan; no root lies inside another. ``name``: its first path segment in the
    study."""

    path: Path
    name: str
    exclude: tuple[str, ...]
    single: bool = False


class Places:
    """The groups of a draft, made fit for scanning."""

    def __init__(self, groups: Sequence[FileGroup]) -> None:
        self._groups = tuple((Path(g.path), g) for g in groups)
        self.roots = _roots(self._groups)

    def absolute(self, root: int, below: str) -> Path:
        """Where a row of the inventory lies on disk."""
        base = self.roots[root]
        return base.path if base.single or below == "." else base.path / below

    def shown(self, root: int, below: str) -> str:
        """How a row of the inventory is called in findings, documents and at the archive (before renaming)."""
        found = self.roots[root]
        return found.name if found.single or below == "." else f"{found.name}/{below}"

    def locate(self, shown: str) -> Path:
        """The opposite of :meth:`shown`."""
        head, _, below = shown.partition("/")
        root = next((r for r in self.roots if r.name == head), None)
        if root is None:
            raise KeyError(shown)
        return root.path / below if below else root.path

    def group(self, root: int, below: str) -> FileGroup | None:
        """The group that a file belongs to: the innermost one that holds it."""
        path = self.absolute(root, below)
        holding = [(len(base.parts), g) for base, g in self._groups if path == base or base in path.parents]
        return max(holding, key=lambda pair: pair[0])[1] if holding else None


def _roots(groups: Sequence[tuple[Path, FileGroup]]) -> tuple[Root, ...]:
    outer = [(p, g) for p, g in groups if not any(q in p.parents for q, _ in groups)]
    unique = list(dict(reversed(outer)).items())[::-1]
    names = _names([p for p, _ in unique])
    inner = [(p, g) for p, g in groups if any(q in p.parents for q, _ in groups)]
    return tuple(
        Root(p, n, (*g.exclude, *_moved(p, inner)), p.is_file()) for (p, g), n in zip(unique, names, strict=True)
    )


def _moved(root: Path, inner: Iterable[tuple[Path, FileGroup]]) -> Iterable[str]:
    """The exclude patterns of groups inside ``root``, as patterns of ``root``."""
    for path, group in inner:
        if root in path.parents:
            below = PurePosixPath(path.relative_to(root).as_posix())
            yield from (f"{below}/{pattern}" for pattern in group.exclude)


def _names(paths: Sequence[Path]) -> list[str]:
    """The last part of each path, made unique by counting: ``data``, ``data-2``."""
    seen: dict[str, int] = {}
    out = []
    for path in paths:
        base = path.name or path.anchor.strip("/\\:") or "files"
        key = base.casefold()
        seen[key] = seen.get(key, 0) + 1
        out.append(base if seen[key] == 1 else f"{base}-{seen[key]}")
    return out


def made_relative(groups: Iterable[FileGroup], folder: Path) -> list[dict[str, object]]:
    """The groups as a document in ``folder`` writes them: relative and ``/`` separated where that is possible."""
    out = []
    for group in groups:
        try:
            path = Path(os.path.relpath(group.path, folder)).as_posix()
        except ValueError:  # another drive on Windows
            path = Path(group.path).as_posix()
        out.append({**group.as_json(), "path": path})
    return out


def made_absolute(groups: Iterable[FileGroup], folder: Path) -> tuple[FileGroup, ...]:
    """The groups of a document read from ``folder``, with absolute paths."""
    return tuple(
        FileGroup(os.path.normpath(folder / g.path), g.study_component, g.annotations, g.exclude) for g in groups
    )


def scanned(groups: Sequence[FileGroup]) -> list[tuple[str, tuple[str, ...]]]:
    """What of the chosen groups a scan depends on: not to which data set they belong."""
    return [(g.path, g.exclude) for g in groups]
