"""Storage of one's own as a member of the registry. The descriptor names the protocol; all else is the same."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from depositor.archives import descriptor, hand_over, verify
from depositor.archives.generic import layout, problems
from depositor.archives.generic.places import place_for
from depositor.archives.generic.ports import Around, Place
from depositor.archives.ports import Answer, Credentials, Deposit, RouteCheck
from depositor.archives.verify import Comparison, Verdict
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding
from depositor.draft.message import Message, msg
from depositor.draft.problem import Damaged, DepositError, NeedsUser, Refused
from depositor.draft.submission import HeldFile, Role, State
from depositor.transfer.handover.ports import HandOver
from depositor.transfer.ports import Carrier


class Generic:
    """A place described by data. Settings: those of :class:`~depositor.archives.generic.ports.Around`."""

    def __init__(self, archive_id: str) -> None:
        self._id = archive_id

    def capabilities(self) -> Capabilities:
        return descriptor.capabilities(self._id)

    def session(
        self, endpoint: str, credentials: Credentials, settings: dict[str, Any] | None = None
    ) -> GenericSession:
        found, known = self.capabilities(), settings or {}
        return GenericSession(found, endpoint or str(known.get("endpoint") or found.endpoint), credentials, known)


class GenericSession:
    """See :class:`~depositor.archives.ports.ArchiveSession`. The remote id is the name of the deposit's folder."""

    def __init__(
        self, capabilities: Capabilities, endpoint: str, credentials: Credentials, settings: Mapping[str, Any]
    ) -> None:
        self._known = capabilities, endpoint, credentials
        self._settings = settings
        self._held: Place | None = None

    # --- account and route -------------------------------------------------------------------------------------------

    def sign_in(self) -> str:
        return self._place.account()

    def diagnose(self) -> tuple[RouteCheck, ...]:
        """Sign in, look, and write a small file that is removed again; what comes after a failure is left out."""
        steps: tuple[tuple[Message, Callable[[], object]], ...] = (
            (msg("place.route.sign-in", "Reach the place and sign in"), self.sign_in),
            (msg("place.route.look", "See what is there"), lambda: next(self._place.folders(), None)),
            (msg("place.route.write", "Write a small file and remove it"), self._try_out),
        )
        checks: list[RouteCheck] = []
        for name, step in steps:
            checks.append(_timed(name, step))
            if not checks[-1].ok:
                break
        return tuple(checks)

    def _try_out(self) -> None:
        folder = f"depositor-test-{secrets.token_hex(6)}"
        try:
            self._place.put(f"{folder}/hello.txt", b"Depositor looks whether it may write here. This can be deleted.\n")
        finally:
            self._place.remove(folder)

    # --- the deposit -------------------------------------------------------------------------------------------------

    def open(self, deposit: Deposit) -> str:
        """Make the folder with ``README.txt`` and ``deposit.json``; the same folder however often it is called."""
        submission, place = deposit.submission, self._place
        name = layout.container(submission)
        content = place.get(f"{name}/{layout.BEGUN}")
        if content is not None and layout.submission_in(content) == submission.id:
            place.begin(f"{name}/{layout.DATA}")
            return name
        if content is not None and layout.submission_in(content) is not None:
            raise NeedsUser(problems.taken(place.url(name)))
        place.begin(f"{name}/{layout.DATA}")
        if place.get(f"{name}/{layout.README}") is None:
            self._place.put(f"{name}/{layout.README}", layout.readme(submission))
        self._place.put(f"{name}/{layout.BEGUN}", layout.begun(submission))
        return name

    def find(self, submission_id: str) -> str | None:
        place = self._place
        for name in place.folders():
            if layout.may_be(name, submission_id):
                content = place.get(f"{name}/{layout.BEGUN}")
                if layout.submission_in(content) == submission_id:
                    return name
        return None

    def carrier(self, remote: str, cancel: Cancel) -> Carrier:
        return self._place.carrier(f"{remote}/{layout.DATA}")

    def hand_over(self, remote: str, role: Role) -> HandOver | None:
        """See :class:`~depositor.archives.ports.HandsOver`: the data may go by Globus or Aspera into the same folder,
        where the storage has such a door; its address is that of the place. All else goes by the protocol."""
        account = self._known[2]
        if role is not Role.DATA or not hand_over.wanted(account):
            return None
        sizes = (lambda: {held.name: held.size for held in self.holdings(remote)}) if self._place.lists else None
        return hand_over.route(account, self._settings, remote, layout.DATA, label=f"Depositor {remote}", sizes=sizes)

    def check(self, remote: str, deposit: Deposit) -> tuple[Finding, ...]:
        """Storage has no opinion; whether all is there is looked at in :meth:`commit`."""
        return ()

    def lost(self, remote: str, deposit: Deposit) -> Sequence[str]:
        """See :class:`~depositor.archives.ports.Mends`."""
        if self.state(remote).state is not State.DRAFT:
            return ()
        wrong = self._wrong(remote, deposit)
        for found in wrong:
            if found.verdict is Verdict.DIFFERENT:
                self._place.drop(f"{remote}/{layout.DATA}/{found.name}")
        return [found.name for found in wrong]

    def commit(self, remote: str, deposit: Deposit) -> Answer:
        """See that every file is there, then write ``receipt.json``, which is the last thing that happens. Damaged
        where a file is missing or has another size or digest."""
        answer = self.state(remote)
        if answer.state is not State.DRAFT:
            return answer
        self._all_there(remote, deposit)
        self._place.tidy(f"{remote}/{layout.DATA}")
        finished = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._place.put(f"{remote}/{layout.COMPLETE}", layout.receipt(deposit, finished))
        return self.state(remote)

    def state(self, remote: str) -> Answer:
        place = self._place
        url = place.url(remote)
        if layout.submission_in(place.get(f"{remote}/{layout.COMPLETE}")) is not None:
            return Answer(State.ACCEPTED, url=url)
        if layout.submission_in(place.get(f"{remote}/{layout.BEGUN}")) is None:
            raise Refused(problems.gone(url))
        return Answer(State.DRAFT, url=url)

    def holdings(self, remote: str) -> Iterator[HeldFile]:
        """The files in ``data``: sizes, and digests where the listing tells them."""
        folder = f"{remote}/{layout.DATA}"
        for held in self._place.files(folder):
            yield replace(held, name=held.name.removeprefix(f"{folder}/"))

    def digests_of(self, remote: str, name: str) -> Mapping[str, str]:
        """See :class:`~depositor.archives.ports.ReadsBack`."""
        return self._place.digests(f"{remote}/{layout.DATA}/{name}")

    def read_back(self, remote: str, name: str, size: int) -> Iterator[bytes]:
        """See :class:`~depositor.archives.ports.ReadsBack`."""
        return self._place.read(f"{remote}/{layout.DATA}/{name}", size)

    def withdraw(self, remote: str) -> None:
        """Remove a deposit that is not complete, with the uploads under way; Refused for one that is complete."""
        place = self._place
        if layout.submission_in(place.get(f"{remote}/{layout.COMPLETE}")) is not None:
            raise Refused(problems.complete(place.url(remote)))
        place.remove(remote)

    def close(self) -> None:
        place, self._held = self._held, None
        if place is not None:
            place.close()

    # --- parts -------------------------------------------------------------------------------------------------------

    @property
    def _place(self) -> Place:
        if self._held is None:
            self._held = place_for(*self._known, Around.of(self._settings))
        return self._held

    def _wrong(self, remote: str, deposit: Deposit) -> list[Comparison]:
        """Where the place lists nothing, what it does not know any more was proved when it was sent."""
        wrong = {Verdict.DIFFERENT, *((Verdict.MISSING,) if self._place.lists else ())}
        expected = ((f.name, f.size, f.sha256 or "") for f in deposit.files())
        return [c for c in verify.compare(self, remote, expected) if c.verdict in wrong]

    def _all_there(self, remote: str, deposit: Deposit) -> None:
        found = self._wrong(remote, deposit)
        if found:
            kind = problems.missing if all(c.verdict is Verdict.MISSING for c in found) else problems.differs
            raise Damaged(kind(found[0].name, len(found)))


def _timed(name: Message, step: Callable[[], object]) -> RouteCheck:
    began = time.monotonic()
    try:
        step()
    except DepositError as error:
        return RouteCheck(name, ok=False, problem=error.problem)
    return RouteCheck(name, ok=True, seconds=time.monotonic() - began)
