"""What a test of the way finds, as values. Nothing here is private but what :mod:`.report` takes out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from depositor.draft.message import Message
from depositor.draft.problem import Problem

Fact = str | int | float | bool
Facts = dict[str, Fact]


class StepState(StrEnum):
    """How a step stands; the words are part of the JSON."""

    RUNNING = "running"
    OK = "ok"
    NOTE = "note"  # it works, and something about it is worth knowing
    FAILED = "failed"
    SKIPPED = "not-tried"


class Verdict(StrEnum):
    """What follows from all steps together, and for whom."""

    FINE = "fine"
    FINDINGS = "findings"  # something will not do, and neither network nor settings are the reason
    USER = "user"  # a person must do something first
    NETWORK = "network"  # try again later, or ask IT


@dataclass(frozen=True, slots=True)
class Told:
    """What one step found. ``facts`` are for the report and JSON: nothing private goes in."""

    message: Message
    state: StepState = StepState.OK
    problem: Problem | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``seconds``: how long it took; None where it was not tried. ``verdict``: what a failure means."""

    id: str
    name: Message
    state: StepState
    told: Message | None = None
    seconds: float | None = None
    problem: Problem | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    verdict: Verdict = Verdict.FINE

    def as_json(self) -> dict[str, Any]:
        """One row of the document."""
        return {
            "id": self.id,
            "name": self.name.english(),
            "state": str(self.state),
            "seconds": round(self.seconds, 3) if self.seconds is not None else None,
            "told": self.told.english() if self.told else None,
            "facts": dict(self.facts),
            "problem": self.problem.as_json() if self.problem else None,
        }


@dataclass(frozen=True, slots=True)
class SetSize:
    """How much would be sent: bytes, files, and the largest one (0: not known)."""

    files: int
    bytes: int
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Speed:
    """What the trial measured: ``bytes_per_s`` for a large file over one line, ``per_file_s`` that every file costs
    besides, ``bytes`` and ``seconds`` of all tries. ``least``: the line was faster than the trial could show."""

    bytes_per_s: float
    per_file_s: float
    bytes: int
    seconds: float
    least: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long the whole set will take, in seconds: between ``low`` and ``high``."""

    low: float
    high: float
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the archive is: ``kind`` web, ftp, sftp, folder, here (on this computer) or unset; port 0 where there is
    none."""

    kind: str
    host: str = ""
    port: int = 0
    secure: bool = False
    url: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Host and port, for people and reports; never a path."""
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A test of one archive. ``started`` in ISO 8601 UTC; ``complete`` False where it was stopped."""

    archive: str
    name: str
    place: Place
    started: str
    steps: tuple[Step, ...]
    speed: Speed | None = None
    estimate: Estimate | None = None
    complete: bool = True

    @property
    def verdict(self) -> Verdict:
        """The weightiest of all steps: the network first, because everything else follows from it."""
        found = {s.verdict for s in self.steps}
        return next((v for v in (Verdict.NETWORK, Verdict.USER, Verdict.FINDINGS) if v in found), Verdict.FINE)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those of failed steps, in order."""
        return tuple(s.problem for s in self.steps if s.state is StepState.FAILED and s.problem)

    def as_json(self) -> dict[str, Any]:
        """The shape of the document for one archive; ``routes`` are the steps that the archive itself answers for."""
        steps = [s.as_json() for s in self.steps]
        return {
            "archive": self.archive,
            "ok": self.complete and self.verdict is Verdict.FINE,
            "verdict": str(self.verdict),
            "host": self.place.host or None,
            "port": self.place.port or None,
            "kind": self.place.kind,
            "started": self.started,
            "complete": self.complete,
            "steps": steps,
            "routes": [_route(s) for s in self.steps if s.id.startswith("route")],
            "speed": _speed(self.speed),
            "estimate": _estimate(self.estimate),
            "problems": [p.as_json() for p in self.problems],
        }


def _route(step: Step) -> dict[str, Any]:
    shown = step.as_json()
    ok = step.state in (StepState.OK, StepState.NOTE)
    return {"name": shown["name"], "ok": ok, "seconds": shown["seconds"], "problem": shown["problem"]}


def _speed(found: Speed | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "bytes_per_s": round(found.bytes_per_s),
        "per_file_s": round(found.per_file_s, 3),
        "bytes": found.bytes,
        "seconds": round(found.seconds, 2),
        "at_least": found.least,
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    low, high = round(found.low), round(found.high)
    return {"low_s": low, "high_s": high, "files": found.files, "bytes": found.bytes}
