"""What the words of Globus about a task mean. The codes are from its documentation and may not be all that exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from depositor.draft.problem import Problem
from depositor.transfer.handover import problems
from depositor.transfer.handover.ports import Look, Phase

_FINE = frozenset({"", "OK", "QUEUED", "NONE"})
_MEANS: tuple[tuple[tuple[str, ...], Callable[[], Problem], bool], ...] = (
    (("QUOTA", "NO_SPACE", "ENOSPC"), problems.globus_quota, True),
    (("GC_NOT_CONNECTED", "GC_DISCONNECTED", "NOT_CONNECTED"), problems.personal_off, False),
    (("GC_PAUSED",), problems.personal_paused, False),
    (("PAUSED",), problems.paused_there, False),
    (("CREDENTIAL", "EXPIRED", "ACTIVATION"), problems.inactive, False),
    (("CONSENT",), problems.globus_consent, True),
    (("CHECKSUM", "VERIFY"), problems.globus_checksum, False),
    (("CANCEL",), problems.stopped_there, True),
    (("FILE_NOT_FOUND", "NO_SUCH_FILE"), problems.unreadable_there, True),
    (("PERMISSION", "ACCESS_DENIED"), problems.globus_forbidden, True),
)


def look_of(task: Mapping[str, Any], event: Mapping[str, Any] | None) -> Look:
    """The state of a task, out of its document and its last event that tells of trouble."""
    status = str(task.get("status", "")).upper()
    moved = _number(task.get("bytes_transferred"))
    faults = _number(task.get("faults"))
    if status == "SUCCEEDED":
        return Look(Phase.DONE, moved, trouble=faults)
    if status == "FAILED":
        problem, needs_user = _why_failed(task)
        return Look(Phase.FAILED, moved, problem, needs_user, faults)
    if status == "INACTIVE":
        return Look(Phase.WORKING, moved, _of_rest(task), trouble=faults)
    return Look(Phase.WORKING, moved, _of_trouble(task, event), trouble=faults)


def _why_failed(task: Mapping[str, Any]) -> tuple[Problem, bool]:
    fatal = task.get("fatal_error")
    told = fatal if isinstance(fatal, dict) else {}
    code, words = str(told.get("code", "")), str(told.get("description") or task.get("nice_status") or "")
    found = _meaning(code)
    if found is None or found[0].code == "globus.checksum":
        return problems.globus_ended(_line(words or code)), False
    return found


def _of_rest(task: Mapping[str, Any]) -> Problem:
    """INACTIVE: somebody must do something, at Globus."""
    paused = "PAUSE" in f"{task.get('nice_status')} {task.get('nice_status_short_description')}".upper()
    return problems.paused_there() if paused or task.get("is_paused") else problems.inactive()


def _of_trouble(task: Mapping[str, Any], event: Mapping[str, Any] | None) -> Problem | None:
    """While a task is active: what keeps it from moving."""
    if task.get("is_paused"):
        return problems.paused_there()
    nice = str(task.get("nice_status") or "").upper()
    if nice in _FINE:
        return None
    code = str((event or {}).get("code") or "").upper()
    found = _meaning(nice) or _meaning(code)
    if found is not None:
        return found[0]
    words = task.get("nice_status_details") or (event or {}).get("description") or nice
    return problems.globus_trouble(_line(str(words)))


def _meaning(code: str) -> tuple[Problem, bool] | None:
    upper = code.upper().replace(" ", "_")
    for marks, make, needs_user in _MEANS:
        if any(mark in upper for mark in marks):
            return make(), needs_user
    return None


def _line(words: str) -> str:
    return " ".join(words.split())[:300]


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
