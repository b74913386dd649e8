"""The form's values, as the faces see them: they ask the session, not the packages below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.draft.message import Message
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
