"""Do the data come from people? What hints at it, what is asked, and which archives may take such data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from depositor.draft.capabilities import Capabilities, HumanRule
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level, Subject
from depositor.draft.human import Access, Consent, HumanData, Source
from depositor.draft.inventory import Summary
from depositor.draft.message import Message, msg
from depositor.draft.steps import Situation

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_MEDICAL = frozenset((".dcm", ".dicom", ".ima", ".nii", ".nii.gz", ".mnc", ".par", ".rec", ".acr", ".dicomdir"))
_PROFILES = frozenset(("medical-imaging",))
_HUMAN = ("NCBITaxon:9606", "homo sapiens", "human")
_PUBLIC = (HumanRule.NO, HumanRule.PUBLIC, HumanRule.UNKNOWN)
CHECK = "human-data"


@dataclass(frozen=True, slots=True)
class HumanQuestion:
    """The question as a face asks it. ``hints`` are the reasons for asking in words (none: nothing points to people);
    ``needed``: the chosen archive cannot be sealed for without the answer. ``fields`` are (key of ``HumanData``, label,
    choices as (value, words), none for a text) in their order, as far as the answers so far lead."""

    answer: HumanData
    hints: tuple[Message, ...]
    needed: bool
    fields: tuple[tuple[str, Message, tuple[tuple[str, Message], ...]], ...]

    @property
    def open(self) -> bool:
        """True where it is worth asking: something hints at people, and not all is answered."""
        return bool(self.hints) and not self.answer.complete


def question(now: Situation) -> HumanQuestion:
    """What is to be asked in this situation."""
    found = tuple(hints(now.draft, now.inventory, now.privacy or ()))
    return HumanQuestion(now.draft.human, found, _needed(now.draft, now.capabilities, found), tuple(_fields(now.draft)))


def fits(archive: Capabilities, draft: Draft) -> Message | None:
    """Why an archive may not take the data of this draft, in words; None where it may, and where nothing is known."""
    human, rule = draft.human, archive.human_data
    if not human.of_people or rule is HumanRule.ANY:
        return None
    if rule is HumanRule.NO:
        return msg("human.fits.no", "{name} takes no data from people.", name=archive.name)
    if human.consent is Consent.NONE:
        return msg("human.fits.consent", "{name} needs consent of the people, or a waiver.", name=archive.name)
    if human.needs_control and rule in _PUBLIC:
        return msg("human.fits.open", "{name} is open to all; these data need controlled access.", name=archive.name)
    return None


def answer(opened: OpenDraft, **given: Any) -> None:
    """A person answers: keys and values of ``HumanData`` (texts, or its words). Undoable; ValueError for a word that
    there is not."""
    words: Mapping[str, type[StrEnum]] = {"source": Source, "consent": Consent, "access": Access}
    values: dict[str, Any] = {k: words[k](v) if k in words and v is not None else v for k, v in given.items()}
    what = msg("change.human", "Answer about data from people")
    opened.update(what, lambda d: replace(d, human=_fitting(replace(d.human, **values))))


def _fitting(human: HumanData) -> HumanData:
    """Without answers to what is no longer asked."""
    return human if human.of_people else replace(human, consent=None, access=None)


# --- what hints at people --------------------------------------------------------------------------------------------


def hints(draft: Draft, inventory: Summary, findings: Iterable[Finding]) -> Iterator[Message]:
    """What points to people: the organism, medical formats, the way of imaging, findings about patients."""
    if any(_is_human(o) for sample in _records(draft, "biosample") for o in _listed(sample.get("organism"))):
        yield msg("human.hint.organism", "The description names humans as the organism.")
    if any(kind.lower() in _MEDICAL or f".{kind.lower()}" in _MEDICAL for kind, _, _ in inventory.by_type):
        yield msg("human.hint.format", "There are files in formats of hospitals.")
    if _PROFILES.intersection(draft.profiles):
        yield msg("human.hint.profile", "The images were taken with medical imaging.")
    if any(f.subject is Subject.PATIENT and f.level is Level.BLOCKER for f in findings):
        yield msg("human.hint.findings", "The check found what looks like data of patients.")


def _is_human(organism: Any) -> bool:
    told = organism.values() if isinstance(organism, Mapping) else (organism,)
    return any(isinstance(t, str) and t.casefold() in {h.casefold() for h in _HUMAN} for t in told)


def _records(draft: Draft, module: str) -> list[Mapping[str, Any]]:
    return [r for r in _listed(draft.get(module)) if isinstance(r, Mapping)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


# --- what stands against the seal ------------------------------------------------------------------------------------


def findings_of(
    draft: Draft, archive: Capabilities | None, inventory: Summary, privacy: Iterable[Finding]
) -> tuple[Finding, ...]:
    """What the validation says about it: the question where it must be answered, and an archive that may not take the
    data. Their ``location`` begins with ``human``."""
    found = tuple(hints(draft, inventory, privacy))
    return tuple(_stand_against(draft, archive, found))


def _stand_against(draft: Draft, archive: Capabilities | None, found: tuple[Message, ...]) -> Iterator[Finding]:
    unfit = fits(archive, draft) if archive else None
    if unfit:
        advice = msg("human.unfit.advice", "Choose another archive, or look at your answers about data from people.")
        yield _finding("human.unfit", "human.source", Level.BLOCKER, unfit, advice)
    elif _needed(draft, archive, found) and not draft.human.complete:
        text = msg("human.asked", "Please tell whether these data come from people.")
        advice = msg("human.asked.advice", "It takes a minute: answer it on the page of privacy.")
        yield _finding("human.asked", "human", Level.BLOCKER, text, advice)
    if draft.human.of_people and not draft.human.approval.strip():
        text = msg("human.approval", "The number of the ethics approval is not told.")
        advice = msg("human.approval.advice", "Add it where there is one; reviewers and archives ask for it.")
        yield _finding("human.approval", "human.approval", Level.ADVICE, text, advice)


def _needed(draft: Draft, archive: Capabilities | None, found: tuple[Message, ...]) -> bool:
    """Archives that publish need the answer where something hints at people, or where it was begun."""
    publishes = archive is not None and archive.human_data is not HumanRule.ANY
    return publishes and (bool(found) or draft.human.source is not None)


def _finding(key: str, location: str, level: Level, text: Message, advice: Message) -> Finding:
    why = msg("human.why", "Data from people need consent or an approval, and not every archive may take them.")
    return Finding(f"form:{key}", CHECK, level, text, why, advice, location=location)


# --- the words of the question ---------------------------------------------------------------------------------------


def _fields(draft: Draft) -> Iterator[tuple[str, Message, tuple[tuple[str, Message], ...]]]:
    yield "source", msg("human.source", "Do these data come from people?"), source_words()
    if draft.human.of_people:
        yield (
            "consent",
            msg("human.consent", "What did they, or a committee in their place, agree to?"),
            consent_words(),
        )
        yield "access", msg("human.access", "Who may see the data?"), access_words()
        yield "approval", msg("human.approval-number", "Number of the ethics approval"), ()
        yield "committee", msg("human.committee", "Committee that gave it"), ()


def source_words() -> tuple[tuple[str, Message], ...]:
    """The answers to "Do these data come from people?"."""
    return (
        (Source.NO.value, msg("human.source.no", "No")),
        (Source.CELL_LINES.value, msg("human.source.cell-lines", "From established human cell lines only")),
        (Source.LIVING.value, msg("human.source.living", "Yes, from living patients, donors or volunteers")),
        (Source.DECEASED.value, msg("human.source.deceased", "Yes, from deceased donors")),
    )


def consent_words() -> tuple[tuple[str, Message], ...]:
    """What people agreed to."""
    return (
        (Consent.PUBLICATION.value, msg("human.consent.publication", "To open publication")),
        (Consent.CONTROLLED.value, msg("human.consent.controlled", "To sharing under controlled access only")),
        (Consent.WAIVED.value, msg("human.consent.waived", "Consent was waived, or is not needed by law")),
        (Consent.NONE.value, msg("human.consent.none", "To neither, or it is not known")),
    )


def access_words() -> tuple[tuple[str, Message], ...]:
    """Who may see the data."""
    return (
        (Access.OPEN.value, msg("human.access.open", "Everybody")),
        (Access.CONTROLLED.value, msg("human.access.controlled", "Only those whom a committee admits")),
    )
