"""What ``ascp`` says: numbers at its end, words on the way.

The numbers are those of IBM's transfer service (``ERR_...`` in its published clients); words help where a number says
little. How progress looks was not seen: it is read leniently and only shown. What counts is the number at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from depositor.draft.problem import Problem
from depositor.transfer.handover import problems

_PROGRESS = re.compile(r"^(?P<name>.+?)\s+(?P<percent>\d{1,3})\s?%(?:\s|$)")
_CODES: Mapping[int, tuple[Callable[[str], Problem], bool]] = {
    5: (problems.ascp_forbidden, True),
    9: (lambda _: problems.ascp_license(), True),
    10: (lambda _: problems.ascp_license(), True),
    12: (problems.ascp_unreachable, False),
    13: (problems.ascp_unreachable, False),
    14: (problems.ascp_blocked, True),
    15: (problems.ascp_blocked, True),
    16: (problems.ascp_silent, False),
    17: (problems.ascp_silent, False),
    18: (problems.ascp_blocked, True),
    19: (problems.ascp_sign_in, True),
    25: (problems.ascp_full, True),
    26: (problems.ascp_forbidden, True),
    29: (lambda _: problems.ascp_license(), True),
    30: (lambda _: problems.ascp_license(), True),
}
_WORDS: tuple[tuple[tuple[str, ...], Callable[[str], Problem], bool], ...] = (
    (("host key", "remote host is not who"), problems.ascp_host_key, True),
    (("authentication fail", "failed to authenticate", "permission denied (publickey"), problems.ascp_sign_in, True),
    (("udp session initiation", "data session", "data transfer timeout"), problems.ascp_blocked, True),
    (("no space left", "disk full", "quota"), problems.ascp_full, True),
    (("permission denied", "read only file system", "read-only file system"), problems.ascp_forbidden, True),
    (("license", "licence"), lambda _: problems.ascp_license(), True),
    (
        ("connection refused", "unable to connect", "name or service", "could not resolve"),
        problems.ascp_unreachable,
        False,
    ),
    (("timed out", "timeout", "connection lost", "broken pipe"), problems.ascp_silent, False),
)


def meaning(code: int, said: Iterable[str], host: str) -> tuple[Problem, bool]:
    """What an end with the number ``code`` (not 0) means, and whether a person must do something. Without a number
    that tells, by the words; else it is tried again."""
    if code in _CODES:
        make, needs_user = _CODES[code]
        return make(host), needs_user
    text = "\n".join(said).lower()
    for marks, make, needs_user in _WORDS:
        if any(mark in text for mark in marks):
            return make(host), needs_user
    return problems.ascp_ended(str(code)), False


class Moved:
    """Bytes that moved, as far as the lines about progress can be read. ``sizes``: {file name: bytes}."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes
        self._seen: dict[str, int] = {}

    def line(self, text: str) -> None:
        """``a.tif   45%  1.2GB  300Mb/s  00:12 ETA``; whatever else comes is passed over."""
        found = _PROGRESS.match(text.strip())
        if found is None:
            return
        name = found["name"].strip().replace("\\", "/").rpartition("/")[2]
        size = self._sizes.get(name)
        if size is not None:
            self._seen[name] = max(self._seen.get(name, 0), size * min(int(found["percent"]), 100) // 100)

    @property
    def bytes(self) -> int:
        return sum(tuple(self._seen.values()))
