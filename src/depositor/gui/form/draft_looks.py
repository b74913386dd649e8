"""What the page of the form asks of a draft: what stops the deposit, where it goes on, how records are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from depositor.draft import paths
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.paths import is_empty
from depositor.session.forms import Asked, Form, Module

_INDEX = re.compile(r"\[\d+\]")
_MAY_BE_SETTLED = ("study.keywords", "study_component.description")  # written from other answers once those are there


def parsed(location: str) -> tuple[paths.Key, ...]:
    """The steps of a place; none for what is no place of the form."""
    try:
        return paths.parse(location)
    except ValueError:
        return ()


def modules_of(form: Form | None) -> list[Module]:
    """The parts that ask a person something."""
    modules = form.modules if form else ()
    return [m for m in modules if any(f.asked is Asked.FORM and not f.const for f in m.fields)]


def blockers(form: Form | None, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that stop the deposit and are mended on the page of the form."""
    known = {m.key for m in modules_of(form)}
    return [f for f in findings if f.level is Level.BLOCKER and _of_form(form, known, f.location or "")]


def open_questions(form: Form | None, findings: Sequence[Finding], draft: Draft) -> list[Finding]:
    """What is left to do on the page of the form: what stops the deposit, else (as long as no archive is chosen) what
    nearly every archive asks for.

    What was answered since the last check is left out; questions that other answers may settle come last.
    """
    known = {m.key for m in modules_of(form)}
    needed = [f for f in findings if f.check == "form.missing" and f.level is Level.WARNING]
    wanted = blockers(form, findings) or [f for f in needed if _of_form(form, known, f.location or "")]
    left = [f for f in wanted if f.check != "form.missing" or not f.location or is_empty(draft.get(f.location))]
    return sorted(left, key=lambda f: _INDEX.sub("", f.location or "") in _MAY_BE_SETTLED)


def _of_form(form: Form | None, known: set[str], location: str) -> bool:
    keys = parsed(location)
    field = form.field(location) if form and len(keys) > 1 else None
    asked = field is None or field.asked is Asked.FORM
    return bool(keys) and asked and keys[0] in known


def next_place(found: Sequence[Finding], here: str) -> str:
    """The first place after the question ``here``, else the first of all; empty where there is none."""
    places = [f.location for f in found if f.location]
    at = next((n + 1 for n, p in enumerate(places) if here and p.startswith(here)), 0)
    return places[at % len(places)] if places else ""


def free_name(name: str, taken: Sequence[str]) -> str:
    """A name that no record has: with a number after it where needed."""
    base, number = name, 2
    while name in taken:
        name = f"{base} ({number})"
        number += 1
    return name


def records_in(draft: Draft, module: Module) -> int:
    """How many records a part has; of one that does not repeat, whether anything is told in it."""
    records = draft.get(module.key)
    if not module.repeats:
        return 1 if records else 0
    return len(records) if isinstance(records, list) else 0


def names_in(form: Form | None, draft: Draft, module: str) -> list[str]:
    """The names by which records of a part are referred to."""
    found = form.module(module) if form else None
    key = (found.name_key if found else None) or "title"
    return [str(r[key]) for r in draft.get(module) or [] if isinstance(r, dict) and r.get(key)]


def copied(form: Form | None, draft: Draft, module: str, at: int) -> dict[str, Any]:
    """A record like the one at ``at``, with a name of its own."""
    record = dict(draft.get(f"{module}[{at}]") or {})
    found = form.module(module) if form else None
    key = found.name_key if found else None
    if key and record.get(key):
        record[key] = free_name(str(record[key]), names_in(form, draft, module))
    return record
