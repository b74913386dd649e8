"""The submission document (``*.depositor.json``) as a Draft and back. Reading and writing files is the session's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.answer import Origin
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import CHOSEN_ONCE, SUBJECT_CHOICES, Choice, Decision, Subject, SubjectChoice
from depositor.draft.human import UNANSWERED, HumanData
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Problem, Side

FORMAT = 1
_KNOWN = ("depositor", "archive", "profiles", "license", "release_date", "files", "columns", "metadata", "origins")
_PRIVACY = ("decisions", "confirmed", "dismissed", "human", "policy", "privacy_choices", "renames")
_KNOWN_ALL = frozenset((*_KNOWN, *_PRIVACY))


def to_document(draft: Draft) -> dict[str, Any]:
    """The draft as the JSON of the contract; keys that say nothing are left out."""
    pairs: dict[str, Any] = {
        "archive": draft.archive,
        "profiles": list(draft.profiles),
        "license": draft.license,
        "release_date": draft.release_date,
        "files": [g.as_json() for g in draft.files],
        "columns": [dict(c) for c in draft.columns],
        "metadata": dict(draft.metadata),
        "origins": {path: o.as_json() for path, o in draft.origins.items()},
        "decisions": [d.as_json() for d in draft.decisions],
        "confirmed": sorted(draft.confirmed),
        "dismissed": {module: list(files) for module, files in draft.dismissed.items()},
        "human": draft.human.as_json(),
        "policy": draft.policy,
        "privacy_choices": {str(subject): c.as_json() for subject, c in draft.privacy_choices.items()},
        "renames": dict(draft.renames),
    }
    always = ("archive", "files")
    kept = {k: v for k, v in pairs.items() if v or k in always}
    return {"depositor": FORMAT, **kept, **draft.extra}


def from_document(data: Any, draft_id: str) -> Draft:
    """Read a document as far as possible: what is not understood is kept in ``extra``.

    Raises Damaged for what is no submission document, or one of a newer format than this program knows.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("depositor"), int):
        raise Damaged(_not_a_document())
    if data["depositor"] > FORMAT:
        raise Damaged(_too_new(data["depositor"]))
    metadata = data.get("metadata")
    return Draft(
        id=draft_id,
        archive=_text(data.get("archive")),
        profiles=_texts(data.get("profiles")),
        license=_text(data.get("license")),
        release_date=_text(data.get("release_date")),
        files=tuple(_group(g) for g in _list(data.get("files")) if isinstance(g, Mapping) and _text(g.get("path"))),
        columns=tuple(c for c in _list(data.get("columns")) if isinstance(c, Mapping)),
        metadata=dict(metadata) if isinstance(metadata, Mapping) else {},
        origins={str(p): Origin.from_json(o) for p, o in _pairs(data.get("origins")) if isinstance(o, Mapping)},
        decisions=tuple(filter(None, (_decision(d) for d in _list(data.get("decisions"))))),
        confirmed=frozenset(_texts(data.get("confirmed"))),
        dismissed={str(m): found for m, files in _pairs(data.get("dismissed")) if (found := _texts(files))},
        human=HumanData.from_json(data["human"]) if isinstance(data.get("human"), Mapping) else UNANSWERED,
        policy=_text(data.get("policy")),
        privacy_choices=dict(_subject_choices(data.get("privacy_choices"))),
        renames={str(old): new for old, new in _pairs(data.get("renames")) if isinstance(new, str)},
        extra={k: v for k, v in data.items() if k not in _KNOWN_ALL},
    )


def _group(data: Mapping[str, Any]) -> FileGroup:
    return FileGroup(
        str(data["path"]),
        _text(data.get("study_component")),
        _text(data.get("annotations")),
        _texts(data.get("exclude")),
    )


def _decision(data: Any) -> Decision | None:
    if not isinstance(data, Mapping) or data.get("choice") not in [c.value for c in Choice]:
        return None
    return Decision(
        str(data.get("finding", "")),
        Choice(data["choice"]),
        str(data.get("why") or ""),
        str(data.get("by") or ""),
        str(data.get("at") or ""),
        _text(data.get("seen")) or "",
        size if isinstance(size := data.get("size"), int) else None,
    )


def _subject_choices(value: Any) -> Iterator[tuple[Subject, SubjectChoice]]:
    """What makes no sense, or would settle patients as a whole, counts as not chosen."""
    for subject, given in _pairs(value):
        if subject in CHOSEN_ONCE and isinstance(given, Mapping) and given.get("choice") in SUBJECT_CHOICES:
            why, by, at = (_text(given.get(k)) or "" for k in ("why", "by", "at"))
            yield Subject(subject), SubjectChoice(str(given["choice"]), why, by, at)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in _list(value) if isinstance(v, str))


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _not_a_document() -> Problem:
    return Problem(
        "document.not-one",
        Side.COMPUTER,
        msg("document.not-one", "This file is not a submission document of Depositor."),
        msg("document.not-one.advice", "Choose a file whose name ends in .depositor.json."),
    )


def _too_new(version: int) -> Problem:
    return Problem(
        "document.too-new",
        Side.COMPUTER,
        msg("document.too-new", "This document was made by a newer Depositor (format {version}).", version=version),
        msg("document.too-new.advice", "Update Depositor on this computer and open the document again."),
    )
