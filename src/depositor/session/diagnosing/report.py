"""The report for a help desk: one plain text that a person reads before giving it away.

In it: time, versions of the program and of the system, the archive's host and port, each step with its words, times,
certificate issuers and answers' numbers. Out of it: the account, passwords and tokens, every path (also those of the
archive's address), the names of this computer and of its user, and every network address but those of the archive.
English, whatever the window speaks: it is for people who run networks.
"""

from __future__ import annotations

import contextlib
import getpass
import platform
import re
import socket
import ssl
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from depositor import __version__
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session.accounts import PROXY
from depositor.session.diagnosing.values import Diagnosis, Step, StepState

if TYPE_CHECKING:
    from depositor.session.desk import Desk

LEFT_OUT = "[left out]"
_SHORTEST = 3  # shorter names would tear up ordinary words
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_V6 = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Fa-f:])")
_WORDS = {
    StepState.OK: "ok",
    StepState.NOTE: "note",
    StepState.FAILED: "FAILED",
    StepState.SKIPPED: "-",
    StepState.RUNNING: "...",
}


def text(found: Diagnosis, private: Iterable[str] = ()) -> str:
    """The report; whatever of ``private`` stands in it is taken out."""
    return _cleaned("\n".join(_lines(found)) + "\n", private, {found.place.host})


def write(path: Path, words: str) -> None:
    """Write the report; NeedsUser where it cannot be written there."""
    try:
        path.write_text(words, "utf-8")
    except OSError as error:
        raise NeedsUser(_not_written()) from error


def private_words(desk: Desk, archive: str) -> tuple[str, ...]:
    """What must not be in a report: secrets and names of the account, of this computer and its user. May ask the key
    store: not for the window's own thread."""
    known, proxy = desk.accounts.credentials(archive), desk.accounts.credentials(PROXY)
    words = [getattr(c, part) for c in (known, proxy) for part in ("user", "password", "token", "bulk", "key_file")]
    words += [str(desk.home.state), str(Path.home()), socket.gethostname()]
    words += [str(desk.settings.get(key)) for key in ("package_folder", "ca_bundle", "contact")]
    with contextlib.suppress(OSError, KeyError, ImportError):  # nobody may be signed in to this system
        words.append(getpass.getuser())
    return tuple(w for w in words if w)


def _lines(found: Diagnosis) -> Iterator[str]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield f"Depositor {__version__}: test of the way to {found.name} ({found.archive})"
    yield f"{found.started}, {found.place.address or found.place.kind}" + ("" if found.complete else ", stopped early")
    yield f"{platform.system()} {platform.release()}, {platform.machine()}, Python {python}, {ssl.OPENSSL_VERSION}"
    yield f"Outcome: {found.verdict}"
    yield ""
    for step in found.steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    took = f"{step.seconds:7.2f} s" if step.seconds is not None else " " * 9
    told = step.told.english() if step.told else ""
    yield f"{_WORDS[step.state]:>6} {took}  {step.name.english()}: {told}"
    if step.problem is not None:
        yield f"{'':18}[{step.problem.code}, {step.problem.side}] {step.problem.advice.english()}"
    if step.facts:
        yield f"{'':18}" + ", ".join(f"{k}={v}" for k, v in step.facts.items() if v != "")


def _cleaned(words: str, private: Iterable[str], public: set[str]) -> str:
    """A safety net below the rule that nothing private goes into a step: longest first, so that no tail stays."""
    for secret in sorted({p for p in private if len(p) >= _SHORTEST}, key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", LEFT_OUT, words)
    for pattern in (_V4, _V6):
        words = pattern.sub(lambda m: m[0] if m[0] in public or _harmless(m[0]) else LEFT_OUT, words)
    return words


def _harmless(address: str) -> bool:
    """Loopback is nobody's; what only looks like an address (a version, a time) is none."""
    import ipaddress

    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


def _not_written() -> Problem:
    text = msg("report.not-written", "The report could not be written there.")
    advice = msg("report.not-written.advice", "Choose another folder, or copy the report instead.")
    return Problem("report.not-written", Side.COMPUTER, text, advice, actions=("retry",))
