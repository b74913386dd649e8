"""What is not answered yet, and how much of the form is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.draft.steps import Completeness
from depositor.form import spots as places
from depositor.form.fields import Field, Form, Module, Requirement
from depositor.form.spots import Spot, lacking, module_spots, records


def findings(form: Form, draft: Draft, asked: Iterable[Spot]) -> Iterator[Finding]:
    """One finding for each module without a record, then one for each empty answer that is asked for."""
    for module in lacking(form, draft):
        if not module.repeats:
            yield from _of_nothing(module, draft)
            continue
        said = module.missing or msg("form.module-missing", "This part of the form is still empty.")
        yield _finding(module.key, said, module.needed, module.requirement, module.why, module.help)
    for spot in asked:
        if spot.empty and spot.field.requirement is not Requirement.OPTIONAL:
            yield _empty(spot.field, spot.path, spot.record)


def _of_nothing(module: Module, draft: Draft) -> Iterator[Finding]:
    """The questions of a module that has no record at all yet."""
    for field in places.asked(module.fields, {}, draft):
        if field.requirement is not Requirement.OPTIONAL:
            yield _empty(field, field.path, "")


def _empty(field: Field, path: str, record: str) -> Finding:
    said = field.missing or msg("form.missing", "An answer is still missing here.")
    said = replace(said, args={"record": record})
    return _finding(path, said, field.needed, field.requirement, field.why, field.help)


def _finding(
    path: str, said: Message, needed: bool, asked: Requirement, why: Message | None, advice: Message
) -> Finding:
    if needed:
        level = Level.BLOCKER
        why = why or msg("form.missing.needed", "The archive does not take a study without it.")
    elif asked is Requirement.REQUIRED:
        level = Level.WARNING
        why = why or msg("form.missing.usual", "Most archives do not take a study without it.")
    else:
        level = Level.ADVICE
        why = why or msg("form.missing.helps", "Others need it to understand and use your images.")
    return Finding(f"form:missing:{path}", "form.missing", level, said, why, advice, location=path)


def completeness(form: Form, draft: Draft) -> Completeness:
    """(filled, asked) over all modules."""
    each = tuple(by_module(form, draft).values())
    return Completeness(_sum(c.required for c in each), _sum(c.recommended for c in each))


def by_module(form: Form, draft: Draft) -> dict[str, Completeness]:
    """(filled, asked) of each module: of each record there is, or of the one that is still to come."""
    return {m.key: _module(m, draft) for m in form.modules}


def _module(module: Module, draft: Draft) -> Completeness:
    found = [(s.field.requirement, not s.empty) for s in module_spots(module, draft) if s.applies]
    for _ in range(module.minimum - len(records(draft, module))):
        asked = places.asked(module.fields, {}, draft)
        found += [(min(f.requirement, module.requirement), False) for f in asked]
    return Completeness(_count(found, Requirement.REQUIRED), _count(found, Requirement.RECOMMENDED))


def _count(found: list[tuple[Requirement, bool]], level: Requirement) -> tuple[int, int]:
    of_level = [filled for requirement, filled in found if requirement is level]
    return sum(of_level), len(of_level)


def _sum(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(pairs)
    return sum(filled for filled, _ in listed), sum(asked for _, asked in listed)
