"""Staff, site and place: asked once per deposit, with "keep for credit" among the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.finding import CHOSEN_ONCE, SUBJECT_CHOICES, Finding, Level, Subject, SubjectChoice
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser
from depositor.session import policies
from depositor.session.clock import now

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_PROPOSED = "ask"


@dataclass(frozen=True, slots=True)
class SubjectQuestion:
    """One question. ``findings`` in ``files`` files are about ``subject``, of them ``fixed`` where nothing can be
    cleaned; ``proposed`` is what the policy suggests (keep, clean or ask), ``answer`` what a person chose."""

    subject: Subject
    findings: int
    files: int
    fixed: int
    proposed: str
    answer: SubjectChoice | None
    question: Message
    choices: tuple[tuple[str, Message], ...]

    @property
    def open(self) -> bool:
        """True while nobody answered."""
        return self.answer is None


def questions(draft: Draft, findings: Sequence[Finding], settings: Path | None = None) -> tuple[SubjectQuestion, ...]:
    """The questions that the findings raise, and those that were answered already. Notes raise none."""
    try:
        proposed = policies.policy_of(draft, settings).proposed
    except NeedsUser:  # a policy that this computer does not know proposes nothing
        proposed = {}
    about: dict[Subject, list[Finding]] = {subject: [] for subject in CHOSEN_ONCE}
    for finding in findings:
        if finding.subject in about and finding.level is not Level.INFO:
            about[finding.subject].append(finding)
    return tuple(
        SubjectQuestion(
            subject,
            len(found),
            len({f.path for f in found}),
            sum(not f.remedies for f in found),
            proposed.get(subject, _PROPOSED),
            draft.privacy_choices.get(subject),
            _question(subject),
            _choices(subject),
        )
        for subject, found in about.items()
        if found or subject in draft.privacy_choices
    )


def choose(opened: OpenDraft, subject: Subject, choice: str, why: str, by: str) -> None:
    """A person answers for all that is about ``subject``, present and later: keep, clean, or ask (one by one). What is
    decided on its own stays so. Undoable. ValueError for patients, about whom nothing is chosen as a whole."""
    if subject not in CHOSEN_ONCE or choice not in SUBJECT_CHOICES:
        raise ValueError(f"{subject}: {choice}")
    chosen = SubjectChoice(choice, why, by, now())
    what = msg("change.privacy-choice", "Choice about personal data of one group of people")
    opened.update(what, lambda d: replace(d, privacy_choices={**d.privacy_choices, subject: chosen}))


def withdraw(opened: OpenDraft, subject: Subject) -> None:
    """Ask again. Undoable."""
    what = msg("change.privacy-choice", "Choice about personal data of one group of people")
    opened.update(what, lambda d: replace(d, privacy_choices=_without(d.privacy_choices, subject)))


def _without(choices: Mapping[Subject, SubjectChoice], subject: Subject) -> dict[Subject, SubjectChoice]:
    return {s: c for s, c in choices.items() if s is not subject}


def _question(subject: Subject) -> Message:
    return {
        Subject.STAFF: msg("privacy.ask.staff", "The files name colleagues. May their names stay?"),
        Subject.SITE: msg("privacy.ask.site", "The files name your institute. May it stay?"),
        Subject.PLACE: msg("privacy.ask.place", "The files tell places on the map. May they stay?"),
    }[subject]


def _choices(subject: Subject) -> tuple[tuple[str, Message], ...]:
    keep = {
        Subject.STAFF: msg("privacy.ask.staff.keep", "Keep for credit: they know and agree"),
        Subject.SITE: msg("privacy.ask.site.keep", "Keep for credit"),
        Subject.PLACE: msg("privacy.ask.place.keep", "Keep: the place matters for the science"),
    }[subject]
    return (
        ("keep", keep),
        ("clean", msg("privacy.ask.clean", "Take out of the copies that are sent")),
        ("ask", msg("privacy.ask.each", "Decide one by one")),
    )
