"""Words for a paper about a draft: the text in English, and what the window needs to lead to each gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depositor.bundle.methods import Paragraph, Piece, Placeholder, Words
from depositor.draft.message import Message
from depositor.draft.steps import StepId
from depositor.session import documents

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

__all__ = ["Paragraph", "Piece", "Placeholder", "Words", "place_of", "question_of", "words"]

_STEPS = {"archive": StepId.ARCHIVE, "license": StepId.LICENSE}


def words(opened: OpenDraft) -> Words:
    """The words as the draft stands now, with the accession number where the archive gave one."""
    from depositor.bundle import methods
    from depositor.bundle.documents import Sealed

    receipt = opened.receipt()
    sealed = Sealed(
        documents.preview(opened),
        opened.capabilities or documents.generic(),
        lambda: iter(()),  # words are about the description, not about single files
        receipt.accession if receipt else None,
        receipt.url if receipt else None,
    )
    return methods.words(sealed)


def place_of(gap: Placeholder) -> tuple[StepId, str] | None:
    """The step and place where a gap can be filled; None for what the archive gives."""
    if not gap.path:
        return None
    step = _STEPS.get(gap.path)
    return (step, "") if step else (StepId.DESCRIBE, gap.path)


def question_of(opened: OpenDraft, gap: Placeholder) -> Message | None:
    """What the form calls the missing answer."""
    field = opened.form().field(gap.path) if "." in gap.path else None
    return field.label if field else None
