"""What went wrong, whose side it is on, and what happens next.

DepositError
├── Retryable    nothing is lost; the same call may be made again (network, busy archive)
├── NeedsUser    a person must do something first (sign in, choose, free some space)
├── Refused      the archive said no, and will say no again to the same request
├── Damaged      data are not what they were (changed file, wrong checksum, unreadable header)
├── Stopped      the user paused or cancelled; nothing failed
└── Defect       our own fault
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from depositor.draft.message import Message


class Side(StrEnum):
    """Whose side a problem is on; the words are part of the JSON contract."""

    COMPUTER = "this computer"
    NETWORK = "network"
    ARCHIVE = "archive"
    PROGRAM = "this program"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, told so that a person can act on it.

    ``code`` is stable (``scan.unreadable``); ``actions`` names what a face can offer (``retry``, ``skip``, ``sign-in``,
    ``choose-folder``, ``open-log``). ``path`` is for people's eyes and JSON on request, never for logs.
    """

    code: str
    side: Side
    message: Message
    advice: Message
    path: str | None = None
    actions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape of the contract: code, side, message, advice, path."""
        return {
            "code": self.code,
            "side": str(self.side),
            "message": self.message.english(),
            "advice": self.advice.english(),
            "path": self.path,
        }

    def as_stored(self) -> dict[str, Any]:
        """:meth:`as_json` with what :meth:`from_stored` needs to make the same problem again, in any language."""
        said = [self.message.as_stored(), self.advice.as_stored()]
        return {**self.as_json(), "actions": list(self.actions), "said": said}

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Problem:
        """The problem of :meth:`as_stored`; of :meth:`as_json` too, whose words then stay English."""
        code, path = str(data["code"]), data.get("path")
        if data.get("said"):
            message, advice = (Message.from_stored(m) for m in data["said"])
        else:
            message = Message(f"stored.{code}", _literal(data["message"]))
            advice = Message(f"stored.{code}.advice", _literal(data["advice"]))
        return cls(code, Side(data["side"]), message, advice, path, tuple(data.get("actions") or ()))


def _literal(text: object) -> str:
    return str(text).replace("{", "{{").replace("}", "}}")


class DepositError(Exception):
    """An error that carries its Problem; ``str()`` gives only the code, so that logs hold nothing private."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Retryable(DepositError):
    """The same call may be made again; ``after`` seconds if the other side said how long to wait."""

    def __init__(self, problem: Problem, after: float | None = None) -> None:
        super().__init__(problem)
        self.after = after


class NeedsUser(DepositError):
    """A person must do something before the call can be made again."""


class Refused(DepositError):
    """The archive refused; the same request would be refused again."""


class Damaged(DepositError):
    """Data are not what they were or cannot be read."""


class Stopped(DepositError):
    """The user paused or cancelled."""


class Defect(DepositError):
    """Our own fault; the report for the help desk is worth sending."""
