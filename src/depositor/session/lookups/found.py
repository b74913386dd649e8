"""What a service answered, as values that the form can take over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft


@dataclass(frozen=True, slots=True)
class Source:
    """Who answered, and when the answer came (ISO 8601, UTC); ``remembered``: it was kept from an earlier look-up."""

    service: str
    host: str
    at: str
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a service knows.

    ``key`` identifies it there. ``record`` has the keys and shapes of the document (``name``, ``orcid`` and so on).
    ``title`` and ``detail`` are for people. ``more`` holds what else hangs on it: the authors of a paper under
    ``author``, its ``grant`` numbers, a person's ``publication`` list. ``outdated``: the service says that it is no
    longer in use.
    """

    kind: str
    key: str
    title: str
    record: Mapping[str, Any]
    source: Source
    detail: str = ""
    url: str = ""
    more: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    outdated: bool = False

    @property
    def origin(self) -> Origin:
        """Where values taken from here come from."""
        return Origin(OriginKind.LOOKUP, self.source.host, self.source.service, self.key, self.source.at)


def proposals(found: Found, base: str, keys: Collection[str] | None = None) -> tuple[Proposal, ...]:
    """The answers of the record at ``base`` (``study.author[0]``) that ``found`` would fill, for the questions ``keys``
    that are asked there (None: all)."""
    return tuple(
        Proposal(f"{base}.{key}", value, found.origin)
        for key, value in found.record.items()
        if (keys is None or key in keys) and not paths.is_empty(value)
    )


def additions(found: Sequence[Found], draft: Draft, path: str) -> tuple[Proposal, ...]:
    """Records that ``found`` would add to the list at ``path`` (``study.author``), without those that stand there."""
    listed = draft.get(path)
    there = listed if isinstance(listed, list) else []
    new = [one for one in found if not any(same(one.record, known) for known in there)]
    at = len(there)
    return tuple(Proposal(f"{path}[{at + n}]", dict(one.record), one.origin) for n, one in enumerate(new))


def new_to(draft: Draft, offered: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The proposals that would change something."""
    return tuple(p for p in offered if draft.get(p.path) != p.value)


def overwrites(draft: Draft, proposal: Proposal) -> bool:
    """True where taking ``proposal`` would take something away that stands there: a face asks before that."""
    present = draft.get(proposal.path)
    return not paths.is_empty(present) and not _holds(proposal.value, present)


def _holds(new: Any, present: Any) -> bool:
    """True where ``new`` says all that ``present`` says, and perhaps more: an organisation with its ROR id."""
    if isinstance(present, Mapping) and isinstance(new, Mapping):
        return all(key in new and _holds(new[key], value) for key, value in present.items())
    if isinstance(present, list) and isinstance(new, list):
        return all(any(_holds(one, value) for one in new) for value in present)
    return bool(new == present)


def take(draft: Draft, chosen: Sequence[Proposal]) -> Draft:
    """The draft with the proposals that a person chose; they count as looked at."""
    for proposal in chosen:
        draft = draft.answer(proposal.path, proposal.value, replace(proposal.origin, confirmed=True))
    return draft


def same(one: Mapping[str, Any], other: Any) -> bool:
    """True where two records are about the same person, organisation, paper or grant."""
    if not isinstance(other, Mapping):
        return False
    for key in ("orcid", "ror", "doi", "pubmed_id", "identifier"):
        if one.get(key) and other.get(key):
            return str(one[key]).casefold() == str(other[key]).casefold()
    name = one.get("name") or one.get("title")
    return bool(name) and str(name).casefold() == str(other.get("name") or other.get("title") or "").casefold()
