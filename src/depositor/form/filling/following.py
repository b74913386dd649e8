"""What follows from other answers: names for records that have none, what belongs together, words out of other words.

None of it is a fact from outside; each is marked as proposed by the program, follows its sources as long as nobody
touches it, and leaves what a person typed, confirmed or took away as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form import overlays
from depositor.form.fields import Form
from depositor.form.filling import acquisitions, folders
from depositor.form.spots import items

OFFERED = Origin(OriginKind.DEFAULT)
_NAMED = {"biosample": "Biosample", "specimen": "Specimen", "image_acquisition": "Image acquisition"}
_LONGEST_NAME = 60
_MOST_KEYWORDS = 8


def follow(form: Form, before: Draft, after: Draft) -> Draft:
    """``after`` with what follows from what changed since ``before``: answers, the archive, the ways of imaging."""
    if after.metadata is before.metadata and (after.archive, after.profiles) == (before.archive, before.profiles):
        return after
    after = acquisitions.rewritten(form, before, after)
    for proposal in proposals(form, after):
        if not after.is_persons(proposal.path) and after.get(proposal.path) != proposal.value:
            after = _followed(after, proposal)
    return after


def _followed(draft: Draft, proposal: Proposal) -> Draft:
    module, _, rest = proposal.path.partition("[")
    if module in _NAMED:
        return draft.rename_record(module, int(rest.partition("]")[0]), "title", proposal.value, proposal.origin)
    return draft.answer(proposal.path, proposal.value, proposal.origin)


def proposals(form: Form, draft: Draft) -> tuple[Proposal, ...]:
    """Everything that follows from the answers of a draft; each step sees what the one before it made."""
    names = tuple(_names(draft))
    for name in names:
        draft = _followed(draft, name)
    for row in (together := tuple(folders.associations(draft))):
        draft = draft.offer(row.path, row.value, row.origin)
    words = (*together, *_descriptions(draft), *_keywords(draft))
    for one in words:
        draft = draft.offer(one.path, one.value, one.origin)
    return (*names, *words, *overlays.offers(form, draft))


def skeletons(form: Form, draft: Draft) -> Iterator[Proposal]:
    """A first record for each module that no study goes without, and a name for each that has none."""
    if not draft.files:
        return
    for key, word in _NAMED.items():
        module, records = form.module(key), items(draft.get(key))
        unwanted = str(OriginKind.DEFAULT) in draft.dismissed.get(key, ())
        wanted = max(len(records), 1 if module and module.minimum and not unwanted else 0)
        for at in range(wanted if module else 0):
            if _nameless(draft, key, at) and not draft.is_removed(f"{key}[{at}].title"):
                yield Proposal(f"{key}[{at}].title", f"{word} {at + 1}", OFFERED)


def _nameless(draft: Draft, module: str, at: int) -> bool:
    records = items(draft.get(module))
    record = records[at] if at < len(records) else {}
    return isinstance(record, Mapping) and is_empty(record.get("title"))


# --- names -----------------------------------------------------------------------------------------------------------


def _names(draft: Draft) -> Iterator[Proposal]:
    """The names that the program gave, renewed: a biosample is called after what it is, once that is told."""
    for module, word in _NAMED.items():
        records = [r if isinstance(r, Mapping) else {} for r in items(draft.get(module))]
        taken = {str(r.get("title")) for at, r in enumerate(records) if not _ours(draft, f"{module}[{at}].title")}
        for at, record in enumerate(records):
            path = f"{module}[{at}].title"
            if _ours(draft, path):
                name = _free(_called(module, record) or f"{word} {at + 1}", taken)
                taken.add(name)
                yield Proposal(path, name, OFFERED)


def _called(module: str, record: Mapping[str, Any]) -> str:
    source = {"biosample": "biological_entity", "image_acquisition": "imaging_method"}.get(module)
    words = _words(record.get(source)) if source else []
    name = words[0] if words else ""
    return name[:1].upper() + name[1:] if len(name) <= _LONGEST_NAME else ""


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def _ours(draft: Draft, path: str) -> bool:
    """True for what the program proposed and nobody confirmed."""
    origin = draft.origins.get(path)
    return origin is not None and origin.kind is OriginKind.DEFAULT and not draft.is_persons(path)


# --- words out of other words ----------------------------------------------------------------------------------------


def _descriptions(draft: Draft) -> Iterator[Proposal]:
    """``Images of HeLa cell (Homo sapiens), spinning disk confocal microscopy.`` for a data set that has none."""
    for at, component in enumerate(items(draft.get("study_component"))):
        path = f"study_component[{at}].description"
        if isinstance(component, Mapping) and (is_empty(component.get("description")) or _ours(draft, path)):
            told = dict.fromkeys(filter(None, (_association(draft, r) for r in items(component.get("associations")))))
            if told:
                yield Proposal(path, " ".join(told), OFFERED)


def _association(draft: Draft, row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    sample, acquisition = _record(draft, "biosample", row), _record(draft, "image_acquisition", row)
    entity, organism = _words(sample.get("biological_entity")), _words(sample.get("organism"))
    if not entity or not organism:
        return ""
    methods = _words(acquisition.get("imaging_method"))
    return f"Images of {entity[0]} ({', '.join(organism)}){', ' if methods else ''}{', '.join(methods)}."


def _record(draft: Draft, module: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    records = (r for r in items(draft.get(module)) if isinstance(r, Mapping))
    return next((r for r in records if r.get("title") and r.get("title") == row.get(module)), {})


def _keywords(draft: Draft) -> Iterator[Proposal]:
    """What was imaged and how: the words that people search for first."""
    if not is_empty(draft.get("study.keywords")) and not _ours(draft, "study.keywords"):
        return
    samples = [r for r in items(draft.get("biosample")) if isinstance(r, Mapping)]
    ways = [r for r in items(draft.get("image_acquisition")) if isinstance(r, Mapping)]
    organisms = [w for r in samples for w in _words(r.get("organism"))]
    entities = [w for r in samples for w in _words(r.get("biological_entity")) if len(w) <= _LONGEST_NAME]
    if organisms and entities:
        found = (*organisms, *entities, *(w for r in ways for w in _words(r.get("imaging_method"))))
        yield Proposal("study.keywords", list(dict.fromkeys(found))[:_MOST_KEYWORDS], OFFERED)


def _words(value: Any) -> list[str]:
    """Terms by their labels, and texts."""
    each = (v.get("label") if isinstance(v, Mapping) else v for v in items(value))
    return [" ".join(v.split()) for v in each if isinstance(v, str) and v.strip()]
