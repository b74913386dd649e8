"""The practice archive as a member of the registry."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

from depositor.archives import descriptor
from depositor.archives.ports import Answer, Credentials, Deposit, RouteCheck
from depositor.archives.practice import process
from depositor.archives.wire import Wire, json_of, maker, timeouts
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg, msgn
from depositor.draft.problem import DepositError, NeedsUser, Problem, Refused, Retryable, Side
from depositor.draft.submission import HeldFile, State
from depositor.transfer import errors, problems
from depositor.transfer.net import web
from depositor.transfer.ports import Carrier

if TYPE_CHECKING:
    import requests

ID = "practice"
_SOON_S = 1.0
_SPARE_BYTES = 64 << 20
_OPEN = (State.DRAFT, State.FAILED)


class Practice:
    """Settings: ``practice_folder``, what the archive holds; where an endpoint is given it must run already."""

    def capabilities(self) -> Capabilities:
        return descriptor.capabilities(ID)

    def session(
        self, endpoint: str, credentials: Credentials, settings: dict[str, Any] | None = None
    ) -> PracticeSession:
        return PracticeSession(endpoint, settings or {})


class PracticeSession:
    """A conversation with the practice archive; see :class:`~depositor.archives.ports.ArchiveSession`."""

    def __init__(self, endpoint: str, settings: Mapping[str, Any]) -> None:
        self._endpoint, self._settings = endpoint.rstrip("/"), settings
        self._patience, self._make = timeouts(settings), maker(settings, local=True)
        self._wire = Wire(self._base, self._make, self._patience)
        self._found: tuple[float, str] | None = None

    def sign_in(self) -> str:
        self._get("/api")
        return self._wire.host

    def diagnose(self) -> tuple[RouteCheck, ...]:
        name = msg("practice.route", "Practice archive on this computer")
        began = time.monotonic()
        try:
            self._get("/api")
        except DepositError as error:
            return (RouteCheck(name, ok=False, problem=error.problem),)
        return (RouteCheck(name, ok=True, seconds=time.monotonic() - began),)

    def free_bytes(self) -> int:
        """The room on the drive where it keeps its studies: a :class:`~depositor.archives.ports.TellsRoom`."""
        return max(self._get("/api").number("free") - _SPARE_BYTES, 0)

    def open(self, deposit: Deposit) -> str:
        known = self.find(deposit.submission.id)
        if known:
            return known
        free = self._get("/api").number("free")
        if free < deposit.submission.bytes + _SPARE_BYTES:
            raise NeedsUser(_no_space(deposit.submission.bytes, free))
        made = self._call("POST", "/api/depositions", {"submission": deposit.submission.id})
        if made.state() is State.DRAFT:
            self._describe(made.text("id"), deposit)
        return made.text("id")

    def find(self, submission_id: str) -> str | None:
        found = self._get(f"/api/depositions?submission={quote(submission_id)}").items("depositions")
        return _Content(found[0], self._wire.host).text("id") if found else None

    def carrier(self, remote: str, cancel: Cancel) -> Carrier:
        from depositor.archives.practice.carrier import LocalTus
        from depositor.transfer.tus.carrier import MOST_PART, TusOptions

        part = int(self._settings.get("part_bytes") or MOST_PART)
        options = TusOptions(part_size=part, recognises_files=True)
        return LocalTus(self._base, f"/api/depositions/{remote}/uploads", options, self._patience, self._make)

    def check(self, remote: str, deposit: Deposit) -> tuple[Finding, ...]:
        if self._read(remote).state() not in _OPEN:
            return ()
        self._describe(remote, deposit)
        reasons = self._call("POST", f"/api/depositions/{remote}/check", {}).items("reasons")
        return tuple(_finding(str(reason)) for reason in reasons)

    def commit(self, remote: str, deposit: Deposit) -> Answer:
        if self._read(remote).state() in _OPEN:
            self._describe(remote, deposit)
        return _answer(self._call("POST", f"/api/depositions/{remote}/commit", {}))

    def state(self, remote: str) -> Answer:
        return _answer(self._read(remote))

    def holdings(self, remote: str) -> Iterator[HeldFile]:
        """Every file is read again over there, so that a damaged one is noticed."""
        path = f"/api/depositions/{remote}/files?fresh=1"
        with self._wire.ask("GET", path, stream=True) as answer:
            self._must(answer)
            with web.told(answer.url):
                for line in filter(None, answer.iter_lines()):
                    yield _held(line, self._wire.host)

    def withdraw(self, remote: str) -> None:
        answer = self._wire.ask("DELETE", f"/api/depositions/{remote}")
        if answer.status_code != 404:
            self._must(answer)

    def close(self) -> None:
        self._wire.close()

    # --- the wire ----------------------------------------------------------------------------------------------------

    def _base(self) -> str:
        """Where it answers; it is started where it does not run. Looked at once a second at most."""
        if self._endpoint:
            return self._endpoint
        now = time.monotonic()
        if self._found is None or now - self._found[0] > _SOON_S:
            folder = self._settings.get("practice_folder")
            if not folder:
                raise NeedsUser(_no_folder())
            self._found = now, process.running(Path(str(folder))).url
        return self._found[1]

    def _describe(self, remote: str, deposit: Deposit) -> None:
        from depositor.bundle.pagetab import pagetab
        from depositor.bundle.sealed import Sealed

        sealed = Sealed(deposit.submission, deposit.capabilities, deposit.files)
        self._call("PUT", f"/api/depositions/{remote}/metadata", pagetab(sealed))

    def _read(self, remote: str) -> _Content:
        return self._get(f"/api/depositions/{remote}")

    def _get(self, path: str) -> _Content:
        return self._call("GET", path, None)

    def _call(self, method: str, path: str, content: Any) -> _Content:
        answer = self._wire.ask(method, path, content)
        self._must(answer)
        return _Content(json_of(answer, self._wire.host), self._wire.host)

    def _must(self, answer: requests.Response) -> None:
        """Refused in the archive's own words where it said no."""
        status = answer.status_code
        if status < 300:
            return
        words = _words(answer) if 400 <= status < 500 else ()
        if words and status not in (401, 408, 423, 425, 429):
            raise Refused(_refused(words))
        raise errors.of_status(status, self._wire.host, errors.retry_after(answer.headers))


class _Content:
    """A JSON object as the archive should give it; Retryable where a key or its kind is not what it should be."""

    def __init__(self, content: Any, host: str) -> None:
        self._host = host
        self._content: dict[str, Any] = content if isinstance(content, dict) else self._odd()

    def text(self, key: str) -> str:
        found = self._content.get(key)
        return found if isinstance(found, str) else self._odd()

    def number(self, key: str) -> int:
        found = self._content.get(key)
        return found if isinstance(found, int) else self._odd()

    def maybe(self, key: str) -> str | None:
        found = self._content.get(key)
        return found if isinstance(found, str) else None

    def items(self, key: str) -> list[Any]:
        found = self._content.get(key)
        return found if isinstance(found, list) else self._odd()

    def state(self) -> State:
        name = self.text("state")
        return State(name) if name in set(State) else self._odd()

    def _odd(self) -> NoReturn:
        raise Retryable(problems.odd_answer(self._host))


def _words(answer: requests.Response) -> tuple[str, ...]:
    try:
        content = answer.json()
    except ValueError:
        return ()
    if not isinstance(content, dict):
        return ()
    return tuple(map(str, content.get("reasons") or filter(None, [content.get("message")])))


def _answer(found: _Content) -> Answer:
    log = tuple(map(str, found.items("log")))
    state = found.state()
    problem = _refused(log or ("?",)) if state is State.FAILED else None
    return Answer(state, found.maybe("accession"), found.maybe("url"), log=log, problem=problem)


def _held(line: bytes, host: str) -> HeldFile:
    """An empty digest says that the file could not be read over there."""
    try:
        content = json.loads(line)
    except ValueError as error:
        raise Retryable(problems.odd_answer(host)) from error
    found = _Content(content, host)
    return HeldFile(found.text("name"), found.number("size"), {"sha256": found.maybe("sha256") or ""})


def _finding(reason: str) -> Finding:
    return Finding(
        key=f"archive:practice:{reason}",
        check="archive",
        level=Level.BLOCKER,
        message=msg("practice.objection", "The practice archive says: {words}", words=reason),
        advice=msg("practice.objection.advice", "Mend this in the description or the files, then send it again."),
    )


def _refused(words: tuple[str, ...]) -> Problem:
    text = msgn(
        "practice.refused",
        "The practice archive refused: {words}",
        "The practice archive refused, for {n} reasons. The first: {words}",
        len(words),
        words=words[0],
    )
    advice = msg(
        "practice.refused.advice",
        "Change what it names and send it again. It is a new attempt there, so all files go along once more.",
    )
    return Problem("archive.refused-commit", Side.ARCHIVE, text, advice, actions=("edit",))


def _no_space(needed: int, free: int) -> Problem:
    text = msg(
        "practice.no-space",
        "The practice archive keeps a copy on this computer: {needed} bytes are needed, {free} are free.",
        needed=needed,
        free=free,
    )
    advice = msg("practice.no-space.advice", "Practise with a part of your data, or free some space first.")
    return Problem("practice.no-space", Side.COMPUTER, text, advice, actions=("retry",))


def _no_folder() -> Problem:
    return Problem(
        "practice.nowhere",
        Side.PROGRAM,
        msg("practice.nowhere", "The practice archive was given no folder to keep its studies in."),
        msg("practice.nowhere.advice", "Please send the report to the help desk; nothing is lost."),
    )
