"""Who a file is about: one stand-in and one shift of dates for all files of a patient in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from depositor.privacy.policy import Policy
from depositor.privacy.remedies.dicom import elements

NAME, NUMBER, ISSUER, BIRTH, STUDY = 0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x0020000D


@dataclass(frozen=True, slots=True)
class Person:
    """``stand_in`` takes the place of name and number; ``days`` is by how much dates move back."""

    stand_in: str
    days: int


def of(dataset: Any, policy: Policy) -> Person:
    """The patient's number and who gave it; without a number name and date of birth; without these the study.

    A number alone would make two patients one where two hospitals count from 1.
    """
    number, name, birth = (_text(dataset, tag) for tag in (NUMBER, NAME, BIRTH))
    if number:
        issuer = _text(dataset, ISSUER)
        key = f"{number}\n{issuer}" if issuer else number
    else:
        key = f"{name}\n{birth}" if name.strip("^=") else _text(dataset, STUDY)
    return Person(f"pseudo-{policy.tag('patient:' + key)}", policy.shift_days(key))


def _text(dataset: Any, tag: int) -> str:
    element = elements.look(dataset, tag) if tag in dataset else None
    return " ".join(str(element.value or "").casefold().split()) if element is not None else ""
