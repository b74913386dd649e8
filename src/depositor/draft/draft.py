"""The Draft: everything a person has said about a deposit so far, as one immutable value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import PERSON, Origin, OriginKind
from depositor.draft.finding import Choice, Decision, Subject, SubjectChoice
from depositor.draft.human import UNANSWERED, HumanData


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files or a folder (``path``, absolute in a draft) and what they belong to.

    ``study_component`` or ``annotations`` hold the name or title of the record; ``exclude`` are glob patterns below
    the path.
    """

    path: str
    study_component: str | None = None
    annotations: str | None = None
    exclude: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        pairs = {"study_component": self.study_component, "annotations": self.annotations}
        found: dict[str, Any] = {"path": self.path} | {k: v for k, v in pairs.items() if v}
        return found | ({"exclude": list(self.exclude)} if self.exclude else {})


@dataclass(frozen=True, slots=True)
class Draft:
    """A deposit in the making.

    ``metadata`` is the tree of the submission document (module and attribute keys of REMBI and MIFA); ``origins`` maps
    the path of an answer to where it came from. A person's origin at an empty answer says that she took it away, and
    ``dismissed`` names, by module, the files (or kinds of origin) that filled the records which she removed: both stay
    away when headers are read again. ``confirmed`` holds statements that a person ticked (``human-consent``,
    ``terms:<archive>``). ``human`` tells whether the data come from people, ``policy`` which rules of privacy hold
    (None: those of the archive), ``privacy_choices`` what happens with all that is about staff, site or place,
    ``renames`` how files and folders (their path in the study) shall be called at the archive. Unknown keys of a
    document are kept in ``extra``.
    """

    id: str
    archive: str | None = None
    profiles: tuple[str, ...] = ()
    license: str | None = None
    release_date: str | None = None
    files: tuple[FileGroup, ...] = ()
    columns: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    confirmed: frozenset[str] = frozenset()
    dismissed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    human: HumanData = UNANSWERED
    policy: str | None = None
    privacy_choices: Mapping[Subject, SubjectChoice] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The study's title, or an empty text."""
        value = self.get("study.title")
        return value if isinstance(value, str) else ""

    def get(self, path: str, default: Any = None) -> Any:
        """The answer at ``path``."""
        return paths.get(self.metadata, path, default)

    def origin(self, path: str) -> Origin | None:
        """Where the answer at ``path`` came from; that of the nearest enclosing answer where it has none of its own."""
        keys = paths.parse(path)
        for end in range(len(keys), 0, -1):
            found = self.origins.get(paths.join(keys[:end]))
            if found:
                return found
        return None

    def decision(self, key: str) -> Decision | None:
        """What was decided about the finding ``key``; the latest decision counts."""
        return next((d for d in reversed(self.decisions) if d.finding == key), None)

    # --- changes: each returns a new draft -------------------------------------------------------------------------

    def answer(self, path: str, value: Any, origin: Origin = PERSON) -> Draft:
        """Put ``value`` at ``path``. A value that says nothing takes the answer and its origin away; that a person took
        it away is remembered."""
        at = paths.parse(path)
        removed = origin.kind is OriginKind.PERSON and (self.is_removed(path) or not paths.is_empty(self.get(path)))
        listed = isinstance(at[-1], int)
        if paths.is_empty(value) and not listed:
            tree = paths.drop(self.metadata, path)
        else:
            tree = paths.put(self.metadata, path, value)
        kept = {p: o for p, o in self.origins.items() if not _within(p, path)}
        if not paths.is_empty(value) or (removed and not listed):
            kept[path] = origin
        return replace(self, metadata=tree, origins=kept)

    def offer(self, path: str, value: Any, origin: Origin) -> Draft:
        """Like :meth:`answer` for a value that no person typed: a person's word at ``path`` or below it stays."""
        if self.is_persons(path):
            return self
        return self.answer(path, value, origin)

    def is_persons(self, path: str) -> bool:
        """True where a person typed or confirmed the answer at ``path`` (or a part of it), or took it away."""
        if paths.is_empty(self.get(path)):
            return self.is_removed(path)
        own = [self.origin(path), *(o for p, o in self.origins.items() if _within(p, path))]
        return any(o is None or o.kind is OriginKind.PERSON or o.confirmed for o in own)

    def is_removed(self, path: str) -> bool:
        """True where a person took away the answer at ``path``, a part of it, or what it is a part of."""
        marks = [p for p, o in self.origins.items() if o.kind is OriginKind.PERSON and _related(p, path)]
        return any(paths.is_empty(self.get(p)) for p in marks)

    def ask_again(self, path: str) -> Draft:
        """Forget that a person took away the answer at ``path``: it may be offered again."""
        kept = {p: o for p, o in self.origins.items() if not (_related(p, path) and paths.is_empty(self.get(p)))}
        return replace(self, origins=kept)

    def confirm(self, path: str) -> Draft:
        """Note that a person agrees with the value that the program offered at ``path``."""
        found = self.origin(path)
        if not found or paths.is_empty(self.get(path)):
            return self
        return replace(self, origins={**self.origins, path: replace(found, confirmed=True)})

    def confirm_all(self, *places: str) -> Draft:
        """Note that a person agrees with all that the program offered at or below ``places`` (answers, records,
        modules)."""
        draft = self
        for place in places:
            own = [p for p, o in self.origins.items() if _within(p, place) and o.kind is not OriginKind.PERSON]
            for path in own or [place]:
                draft = draft.confirm(path)
        return draft

    def add_record(self, module: str, record: Mapping[str, Any] | None = None) -> Draft:
        """Append a record to a repeatable module or list (``biosample``, ``study.author``)."""
        items = list(self.get(module) or ())
        return replace(self, metadata=paths.put(self.metadata, module, [*items, dict(record or {})]))

    def remove_record(self, module: str, at: int) -> Draft:
        """Take record ``at`` out of a repeatable module; origins of the later ones move along."""
        tree = paths.drop(self.metadata, f"{module}[{at}]")
        return replace(self, metadata=tree, origins=_shifted(self.origins, module, at))

    def dismiss_record(self, module: str, at: int) -> Draft:
        """Like :meth:`remove_record` for a person who does not want it: what filled it is not offered again."""
        below = (o for p, o in self.origins.items() if _within(p, f"{module}[{at}]"))
        files = {o.file or str(o.kind) for o in below if o.kind is not OriginKind.PERSON}
        less = self.remove_record(module, at)
        known = tuple(sorted(files.union(self.dismissed.get(module, ()))))
        return replace(less, dismissed={**self.dismissed, module: known}) if files else less

    def recall_records(self, module: str) -> Draft:
        """Forget which records of a module a person dismissed: headers may offer them again."""
        return replace(self, dismissed={m: files for m, files in self.dismissed.items() if m != module})

    def rename_record(self, module: str, at: int, key: str, new: str, origin: Origin = PERSON) -> Draft:
        """Give a record another title and carry it into everything that refers to the old one by name."""
        old = self.get(f"{module}[{at}].{key}")
        changed = self.answer(f"{module}[{at}].{key}", new, origin)
        if not isinstance(old, str) or not old or not new:
            return changed
        tree = _renamed(changed.metadata, module, old, new)
        groups = tuple(_renamed_group(g, module, old, new) for g in changed.files)
        from depositor.draft import file_columns  # not on the way to the first window

        columns = tuple(file_columns.renamed(c, module, old, new) for c in changed.columns)
        return replace(changed, metadata=tree, files=groups, columns=columns)

    def decide(self, decision: Decision) -> Draft:
        """Note a decision; an earlier one about the same finding stays in the record before it."""
        return replace(self, decisions=(*self.decisions, decision))

    def excluded_files(self) -> frozenset[str]:
        """Keys of findings whose latest decision takes the file out of the deposit."""
        latest = {d.finding: d.choice for d in self.decisions}
        return frozenset(k for k, choice in latest.items() if choice is Choice.EXCLUDE)


def _within(path: str, outer: str) -> bool:
    return path == outer or (path.startswith(outer) and path[len(outer)] in ".[")


def _related(one: str, other: str) -> bool:
    return _within(one, other) or _within(other, one)


def _shifted(origins: Mapping[str, Origin], module: str, at: int) -> dict[str, Origin]:
    pattern = re.compile(re.escape(module) + r"\[(\d+)\]")
    out: dict[str, Origin] = {}
    for path, origin in origins.items():
        match = pattern.match(path)
        if not match or int(match[1]) < at:
            out[path] = origin
        elif int(match[1]) > at:
            out[f"{module}[{int(match[1]) - 1}]{path[match.end() :]}"] = origin
    return out


def _renamed(tree: Mapping[str, Any], module: str, old: str, new: str) -> Mapping[str, Any]:
    """The tree with every reference to the record under its new name: records and the rows in ``associations`` name
    another record under the key of its module."""

    def renamed(record: Any) -> Any:
        if not isinstance(record, Mapping):
            return record
        rows = record.get("associations")
        fixed = {"associations": [renamed(r) for r in rows]} if isinstance(rows, list) else {}
        return {**record, **fixed, **({module: new} if record.get(module) == old else {})}

    return {key: [renamed(r) for r in value] if isinstance(value, list) else value for key, value in tree.items()}


def _renamed_group(group: FileGroup, module: str, old: str, new: str) -> FileGroup:
    if module == "study_component" and group.study_component == old:
        return replace(group, study_component=new)
    if module == "annotations" and group.annotations == old:
        return replace(group, annotations=new)
    return group
