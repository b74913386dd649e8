"""The form's values, as the faces see them: they ask the session, not the packages below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.draft.message import Message
from depositor.draft.paths import is_empty
from depositor.form.fields import Asked, Field, Form, Kind, Module, Option, Requirement
from depositor.session.clock import today

if TYPE_CHECKING:
    from depositor.form.licenses import License
    from depositor.form.vocabulary import Term

__all__ = [
    "Asked",
    "Field",
    "Form",
    "Kind",
    "License",
    "Module",
    "Option",
    "Requirement",
    "Term",
    "asked",
    "askers",
    "filled_in",
    "license_advice",
    "licenses_for",
    "release_in_words",
    "suggest",
    "term_of",
]


def suggest(vocabulary: str, text: str, limit: int = 12) -> tuple[Term, ...]:
    """Terms of a vocabulary that fit ``text``, the best first; the first page of it where ``text`` is empty."""
    from depositor.form import vocabulary as vocabularies

    return vocabularies.suggest(vocabulary, text, limit)


def term_of(vocabulary: str, term_id: str) -> Term | None:
    """The term of an identifier or code (``GB``), or None."""
    from depositor.form import vocabulary as vocabularies

    return vocabularies.term(vocabulary, term_id)


def asked(fields: tuple[Field, ...], record: Mapping[str, Any], draft: Draft) -> tuple[Field, ...]:
    """The fields that are asked for in this record as it is now: those whose conditions hold. ``Field.tier`` 2 is more
    detail, which a page shows on demand or where it is answered."""
    from depositor.form import spots

    return spots.asked(fields, record, draft)


def askers(path: str, form: Form) -> tuple[Message, ...]:
    """Who asks for an answer (``study.title``): the names of the archives, and of the chosen ways of imaging, that
    need it, or ask more for it than every form does."""
    from depositor.form import profiles

    plain = re.sub(r"\[\d+\]", "", path)
    names = {p.id: (p.kind, p.name) for p in profiles.every()}
    base = profiles.load((), None).field(plain)
    before = base.requirement if base else Requirement.OPTIONAL
    found = []
    for key, (kind, name) in names.items():
        if kind == "modality" and key not in form.profiles:
            continue
        one = (profiles.load((), key) if kind == "archive" else profiles.load((key,), None)).field(plain)
        if kind != "base" and one is not None and (one.requirement > before or one.needed):
            found.append(name)
    return tuple(found)


def filled_in(draft: Draft, form: Form) -> tuple[str, ...]:
    """The places of all answers that the program filled in and that no person has looked at yet, in the order of the
    form; of a record that is filled in as a whole the place of the record."""
    order = {m.key: at for at, m in enumerate(form.modules)}
    waiting = (path for path, origin in draft.origins.items() if _waits(origin) and not is_empty(draft.get(path)))
    known = [path for path in waiting if _module_of(path) in order and _is_asked(path, form)]
    return tuple(sorted(known, key=lambda path: order[_module_of(path)]))


def _module_of(path: str) -> str:
    return re.split(r"[.\[]", path)[0]


def _waits(origin: Origin) -> bool:
    return origin.kind is not OriginKind.PERSON and not origin.confirmed


def _is_asked(path: str, form: Form) -> bool:
    field = form.field(path)
    whole = field is None and path.endswith("]")  # a record that was filled in as a whole
    return whole or (field is not None and field.asked is Asked.FORM and not field.const)


def licenses_for(capabilities: Capabilities | None) -> tuple[tuple[License, bool], ...]:
    """Every licence that can be explained, with whether the archive takes it; those that it takes come first."""
    from depositor.form import licenses

    taken = licenses.allowed(capabilities)
    return (*((one, True) for one in taken), *((one, False) for one in licenses.all_licenses() if one not in taken))


def license_advice(draft: Draft, capabilities: Capabilities | None) -> tuple[Finding, ...]:
    """What is worth knowing about the chosen licence and release date."""
    from depositor.form import licenses

    return licenses.advice(draft.license, capabilities, draft.release_date, today())


def release_in_words(draft: Draft, capabilities: Capabilities | None) -> Message:
    """What will happen on which day."""
    from depositor.form import licenses

    return licenses.release_in_words(draft.release_date, capabilities, today())
