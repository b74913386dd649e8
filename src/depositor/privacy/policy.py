"""What a cleaned copy goes without. The policies themselves are data, ``resources/privacy/policies.toml``."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from depositor import resources
from depositor.draft.finding import Finding, Level, Subject
from depositor.draft.message import Message
from depositor.draft.region import parse
from depositor.privacy.judge import kind_in_key
from depositor.privacy.kinds import Kind

TABLE = "privacy/policies.toml"


class Option(StrEnum):
    """Options of the DICOM confidentiality profile by their code of CID 7050. Source: PS3.15 Annex E.3."""

    CLEAN_PIXELS = "113101"
    CLEAN_FACES = "113102"
    CLEAN_GRAPHICS = "113103"
    CLEAN_STRUCTURED = "113104"
    CLEAN_DESCRIPTORS = "113105"
    FULL_DATES = "113106"
    MODIFIED_DATES = "113107"
    PATIENT_CHARACTERISTICS = "113108"
    DEVICE = "113109"
    UIDS = "113110"
    SAFE_PRIVATE = "113111"
    INSTITUTION = "113112"


class Action(StrEnum):
    """What a policy does with what is found."""

    CLEAN = "clean"
    WARN = "warn"  # look and tell; another program, or a person, removes


class Dates(StrEnum):
    """What happens with dates in DICOM."""

    REMOVE = "remove"
    SHIFT = "shift"
    KEEP = "keep"


OF_DATES = {Dates.SHIFT: Option.MODIFIED_DATES, Dates.KEEP: Option.FULL_DATES}
_ALWAYS = frozenset({Kind.PERSON_NAME, Kind.MAYBE_NAME})
_NEVER = frozenset({Kind.PSEUDONYM, Kind.FACE})  # a list outside, a face: no remedy of ours takes them away
_NO_WORDS = Message("privacy.policy.unnamed", "")


@dataclass(frozen=True, slots=True)
class Policy:
    """Which findings are cleaned: those about ``subjects``, of level "advice" or more.

    ``secret`` belongs to one run: replacements (UIDs, pseudonyms, names of files) are equal for equal originals within
    the run and cannot be computed without it. It never goes into a copy. ``options`` say how DICOM is treated beyond
    the basic profile. ``proposed`` is the answer that is proposed where staff, site and place are asked for once.
    """

    name: str
    subjects: frozenset[Subject]
    options: frozenset[Option] = frozenset()
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    action: Action = Action.CLEAN
    proposed: Mapping[Subject, str] = field(default_factory=dict)
    title: Message = _NO_WORDS
    explanation: Message = _NO_WORDS

    def wants(self, finding: Finding) -> bool:
        """True where this policy takes out what ``finding`` is about."""
        kind = kind_in_key(finding.key)
        if self.action is Action.WARN or kind in _NEVER or finding.level is Level.INFO:
            return False
        if kind in _ALWAYS:
            return Subject.PATIENT in self.subjects
        if parse(finding.location) is not None and finding.subject not in self.subjects:
            return self._covers(finding, kind)
        return finding.subject in self.subjects

    def _covers(self, finding: Finding, kind: Kind | None) -> bool:
        """Text in a picture is cheap to cover: what could be about a patient goes, and so does the hospital's name
        where the header's goes."""
        if Subject.PATIENT not in self.subjects:
            return False
        if kind is Kind.INSTITUTION:
            return Option.INSTITUTION not in self.options
        if kind is Kind.DATE and self.dates is Dates.KEEP:
            return False
        return finding.level is not Level.ADVICE

    @property
    def dates(self) -> Dates:
        """What happens with dates in DICOM."""
        return next((d for d, option in OF_DATES.items() if option in self.options), Dates.REMOVE)

    def keeping(self, subjects: Iterable[Subject]) -> Policy:
        """The same policy that leaves findings about ``subjects`` as they are (``--keep``)."""
        return replace(self, subjects=self.subjects - frozenset(subjects))

    def about(self, subjects: Iterable[Subject], secret: bytes) -> Policy:
        """The same rules for the findings about ``subjects``, with a secret of the caller's."""
        return replace(self, subjects=frozenset(subjects), secret=secret, action=Action.CLEAN)

    def fresh(self) -> Policy:
        """The same policy with a new secret, for a new run."""
        return replace(self, secret=secrets.token_bytes(32))

    def tag(self, text: str, length: int = 8) -> str:
        """``length`` hexadecimal digits that stand for ``text`` in this run."""
        return hmac.new(self.secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:length]

    def uid(self, uid: str) -> str:
        """A new DICOM UID under 2.25 that stands for ``uid`` in this run."""
        digest = hmac.new(self.secret, b"uid:" + uid.encode("ascii", "replace"), hashlib.sha256).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def shift_days(self, patient: str) -> int:
        """By how many days all dates of ``patient`` move back in this run: the same for all files, 1 to 3650."""
        digest = hmac.new(self.secret, b"shift:" + patient.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return 1 + int.from_bytes(digest[:8], "big") % 3650


def from_table(name: str, table: Mapping[str, Any]) -> Policy:
    """The policy that a table of the file describes. KeyError, TypeError or ValueError where it says what there is not;
    ``policy_file`` tells people which."""
    options = {Option(code) for code in table["dicom_options"]}
    dates = OF_DATES.get(Dates(table["dates"]))
    return Policy(
        name,
        frozenset(Subject(s) for s in table["subjects"]),
        frozenset(options | ({dates} if dates else set())),
        action=Action(table["action"]),
        proposed={s: table[s] for s in (Subject.STAFF, Subject.SITE, Subject.PLACE)},
        title=Message(f"privacy.policy.{name}.name", table["name"]),
        explanation=Message(f"privacy.policy.{name}.explanation", table["explanation"]),
    )


def texts() -> Iterator[Message]:
    """Every text of the table, for the extraction of texts for translators."""
    for policy in POLICIES.values():
        yield policy.title
        yield policy.explanation


POLICIES: Mapping[str, Policy] = {name: from_table(name, table) for name, table in resources.toml(TABLE).items()}
PUBLIC = POLICIES["public"]
"""For public archives: nothing about patients and staff; names, numbers, mails, user names, paths, positions."""
