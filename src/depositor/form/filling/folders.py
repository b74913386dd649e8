"""Names of data sets out of the names of the chosen folders, and what goes together where there is no choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.paths import is_empty
from depositor.form.spots import items

_MOST = 20
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")


def proposals(draft: Draft) -> Iterator[Proposal]:
    """One data set for each chosen folder, where none is described yet; single files share the one of their folder."""
    if any(not is_empty(r) for r in items(draft.get("study_component"))):
        return
    homeless = [(at, g) for at, g in enumerate(draft.files) if not g.study_component and not g.annotations]
    named = [g.study_component for g in draft.files if g.study_component]
    dismissed = draft.dismissed.get("study_component", ())
    homeless = [(at, g) for at, g in homeless if folder_name(g) not in dismissed]
    names = list(dict.fromkeys((*named, *filter(None, (folder_name(g) for _, g in homeless)))))
    if not names or len(names) > _MOST:
        return
    for at, name in enumerate(names):
        origin = Origin(OriginKind.FOLDER, name)
        yield Proposal(f"study_component[{at}].name", name, origin)
    for at, group in homeless:
        if name_of_group := folder_name(group):
            yield Proposal(f"files[{at}].study_component", name_of_group, Origin(OriginKind.FOLDER, name_of_group))


def folder_name(group: FileGroup) -> str:
    """The name of a chosen folder, or of the folder that a chosen file (or ``.zarr``) lies in; never the whole path."""
    parts = [p for p in re.split(r"[/\\]", group.path) if p and not p.endswith(":")]
    if len(parts) > 1 and _FILE.search(parts[-1]):
        parts = parts[:-1]
    return re.sub(r"[_\s]+", " ", parts[-1]).strip() if parts else ""


def associations(draft: Draft) -> Iterator[Proposal]:
    """What each data set shows, where there is one biosample, one specimen and one image acquisition to choose from. A
    data set that is the only one was made with all acquisitions there are: a row for each."""
    names = {m: _titles(draft, m) for m in ("biosample", "specimen", "image_acquisition")}
    components = items(draft.get("study_component"))
    many = 1 if len(components) != 1 else _MOST
    if any(len(names[m]) != 1 for m in ("biosample", "specimen")) or not 0 < len(names["image_acquisition"]) <= many:
        return
    rows = [
        {"biosample": names["biosample"][0], "specimen": names["specimen"][0], "image_acquisition": title}
        for title in names["image_acquisition"]
    ]
    if any(is_empty(value) for row in rows for value in row.values()):
        return
    for at, component in enumerate(components):
        path = f"study_component[{at}].associations"
        if isinstance(component, Mapping) and _replaceable(draft, path, rows):
            yield Proposal(path, [dict(row) for row in rows], Origin(OriginKind.DEFAULT))


def _titles(draft: Draft, module: str) -> list[Any]:
    return [r.get("title") for r in items(draft.get(module)) if isinstance(r, Mapping)]


def _replaceable(draft: Draft, path: str, wanted: list[dict[str, Any]]) -> bool:
    """Nothing there, the same rows, or what was put there for want of a choice, with an earlier name of a record."""
    rows, origin = draft.get(path), draft.origin(path)
    ours = origin is not None and origin.kind is OriginKind.DEFAULT and not draft.is_persons(path)
    return is_empty(rows) or rows == wanted or ours
