"""Whether the data come from people, and on what ground they may be shared: asked once per deposit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

Word = TypeVar("Word", bound=StrEnum)


class Source(StrEnum):
    """Whom the data come from."""

    NO = "no"  # nobody: animals, plants, microbes, materials
    CELL_LINES = "cell-lines"  # established human cell lines only
    LIVING = "living"  # living donors, patients or volunteers
    DECEASED = "deceased"


class Consent(StrEnum):
    """What the people, or a committee in their place, agreed to."""

    PUBLICATION = "publication"  # to open publication
    CONTROLLED = "controlled"  # to sharing with those whom somebody admits
    WAIVED = "waived"  # an ethics committee, or the law, asks for none
    NONE = "none"  # to neither


class Access(StrEnum):
    """Who may see the data."""

    OPEN = "open"
    CONTROLLED = "controlled"


@dataclass(frozen=True, slots=True)
class HumanData:
    """The answers; None or empty where the question was not answered. ``approval`` is the number of the ethics
    approval, ``committee`` who gave it."""

    source: Source | None = None
    consent: Consent | None = None
    approval: str = ""
    committee: str = ""
    access: Access | None = None

    @property
    def of_people(self) -> bool:
        """True where the data come from living or deceased people."""
        return self.source in (Source.LIVING, Source.DECEASED)

    @property
    def needs_control(self) -> bool:
        """True where the data may not be open to everybody."""
        return self.of_people and (self.access is Access.CONTROLLED or self.consent is Consent.CONTROLLED)

    @property
    def complete(self) -> bool:
        """True where everything that follows from ``source`` is answered; the approval may be missing by law."""
        return self.source is not None and (
            not self.of_people or (self.consent is not None and self.access is not None)
        )

    def as_json(self) -> dict[str, str]:
        """What was answered, for the document."""
        pairs = {
            "source": self.source,
            "consent": self.consent,
            "approval": self.approval,
            "committee": self.committee,
            "access": self.access,
        }
        return {key: str(value) for key, value in pairs.items() if value}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> HumanData:
        """Read answers; what is no answer counts as unanswered, so that it is asked again."""
        approval, committee = (v if isinstance(v := data.get(k), str) else "" for k in ("approval", "committee"))
        return HumanData(
            _word(Source, data.get("source")),
            _word(Consent, data.get("consent")),
            approval,
            committee,
            _word(Access, data.get("access")),
        )


UNANSWERED = HumanData()


def _word(words: type[Word], value: Any) -> Word | None:
    return next((w for w in words if w.value == value), None)
