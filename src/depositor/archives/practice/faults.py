"""Faults on demand, for tests and demonstrations: which request goes wrong, and how.

A plan is a list of objects:
``{"do": "drop", "after": 1000, "method": "PATCH", "path": "^/uploads/", "skip": 2, "times": 1}``

- ``drop``: break the line after ``after`` bytes of the body; what came before is kept
- ``lose-answer``: do what was asked, then break the line instead of answering
- ``status``: answer ``status`` (with ``headers``, ``body``) instead of doing it
- ``delay``: wait ``seconds`` first; ``silence``: never answer
- ``mismatch``: say that the checksum of the piece is wrong; ``wrong-digest``: tell a wrong digest of the whole file
- ``refuse``: refuse a commit with ``words``; ``forget``: lose the upload; ``lie``: tell an offset that is off by ``by``

``times`` -1 means always. The first rule that fits a request is used.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    ("drop", "lose-answer", "status", "delay", "silence", "mismatch", "wrong-digest", "refuse", "forget", "lie")
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. ValueError for one that makes no sense."""

    do: str
    method: str | None = None
    path: str = ""
    skip: int = 0
    times: int = 1
    after: int = 0
    status: int = 503
    seconds: float = 1.0
    by: int = 1
    body: str = ""
    words: tuple[str, ...] = ("The practice archive was told to refuse this.",)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.do not in KINDS:
            raise ValueError(f"no such fault: {self.do}")
        re.compile(self.path)

    @staticmethod
    def of(table: Mapping[str, Any]) -> Fault:
        """From JSON. ValueError for unknown keys and kinds."""
        try:
            words = {"words": tuple(table["words"])} if "words" in table else {}
            return Fault(**{**table, **words})
        except (TypeError, re.error) as error:
            raise ValueError("a fault has a key that is not known") from error

    def fits(self, method: str, path: str) -> bool:
        return self.method in (None, method) and re.search(self.path, path) is not None


class Faults:
    """The plan that holds now; may be changed and asked from any thread."""

    def __init__(self, rules: tuple[Fault, ...] = ()) -> None:
        self._guard = threading.Lock()
        self.over = threading.Event()  # set where silence shall end
        self._rules: list[list[Any]] = []
        self.set(rules)

    def set(self, rules: tuple[Fault, ...]) -> None:
        """Replace the plan; requests that were kept in silence are let go."""
        with self._guard:
            self._rules = [[rule, rule.skip, rule.times] for rule in rules]
            self.over.set()
            self.over = threading.Event()

    def left(self) -> list[tuple[str, int]]:
        """What was not used up: (kind, times)."""
        with self._guard:
            return [(rule.do, times) for rule, _, times in self._rules if times]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if there is one; it is used up by that."""
        with self._guard:
            for entry in self._rules:
                rule: Fault = entry[0]
                skip, times = entry[1:]
                if not times or not rule.fits(method, path):
                    continue
                if skip:
                    entry[1] -= 1
                    continue
                entry[2] -= times > 0
                return rule
        return None
