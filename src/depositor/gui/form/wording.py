"""How the words of a field with a vocabulary are stored: as a term, a code, or plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depositor.session.forms import Field, Kind, term_of

if TYPE_CHECKING:
    from depositor.session.forms import Term


# Vocabularies in which (nearly) every term has an identifier.
_WITH_IDENTIFIERS = frozenset(
    ("imaging-methods", "organisms", "biological-entities", "life-stages", "assays", "study-types", "cell-types",
     "cell-lines", "cell-parts", "anatomy", "sample-preparation", "instruments")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """What a chosen term or a typed word becomes in the document, and how that is shown.

    Terms are ``{"id", "label"}``; ``coded`` fields hold the code of the vocabulary (``GB``) or the name where it has
    none; ``plain`` ones the name alone. Typed words are plain text where the field is ``free``.
    """

    vocabulary: str | None
    coded: bool = False
    plain: bool = False
    free: bool = True

    @property
    def termed(self) -> bool:
        """True where an answer should have an identifier, though words without one are taken."""
        return self.vocabulary in _WITH_IDENTIFIERS and not self.coded and not self.plain

    def typed(self, text: str) -> Any:
        """The answer for typed words; None for none."""
        words = text.strip()
        return (words if self.free or self.plain or self.coded else {"label": words}) if words else None

    def chosen(self, term: Term) -> Any:
        """The answer for a term of the list."""
        if self.coded:
            return term.id or term.label
        return self.typed(term.label) if self.plain or not term.id else {"id": term.id, "label": term.label}

    def label(self, value: Any) -> str:
        """An answer in words."""
        if isinstance(value, dict):
            return str(value.get("label") or value.get("name") or value.get("id") or "")
        text = "" if value is None else str(value)
        found = term_of(self.vocabulary, text) if self.coded and self.vocabulary and text else None
        return found.label if found else text

    def identifier(self, value: Any) -> str:
        """The identifier of an answer; empty for words without one."""
        if isinstance(value, dict):
            return str(value.get("id") or "") if value.get("label") else ""
        found = term_of(self.vocabulary, str(value)) if self.coded and self.vocabulary and value else None
        return found.id if found else ""


def wording(field: Field) -> Wording:
    """The wording of a field with a vocabulary."""
    return Wording(
        field.vocabulary,
        coded=field.kind is Kind.ENUM,
        plain=field.kind in (Kind.TEXT, Kind.LONG_TEXT),
        free=field.open or field.kind is not Kind.TERM,
    )
