"""Globus Transfer as a hand-over route: tasks are submitted, looked at, and read for what they prove.

Facts: docs.globus.org/api/transfer and globus-sdk 4.9; limits (3 active tasks, 100 pending) by a third-party copy of
its FAQ. Each file is an item of its own, with our SHA-256 as ``external_checksum``: nothing but the files of the
deposit goes (a whole folder would take along what turned up in it since), and Globus fails the task where what it
stored has another digest. ``sync_level`` 3: what is there already with the same content is not sent again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from depositor.draft.problem import NeedsUser, Problem, Refused
from depositor.draft.submission import HeldFile, Proof
from depositor.transfer.handover import problems
from depositor.transfer.handover.globus_paths import Own
from depositor.transfer.handover.globus_wire import GlobusAccount, client, told
from depositor.transfer.handover.globus_words import look_of
from depositor.transfer.handover.place import GlobusPlace
from depositor.transfer.handover.ports import Item, Look, Phase

if TYPE_CHECKING:
    from globus_sdk import TransferClient

    from depositor.transfer.handover.globus_wire import Session

_LOOK_S = 15.0
_OURS, _NONE = "sums", "plain"
T = TypeVar("T")


class GlobusHandOver:
    """Files of this computer to a folder of a collection: a :class:`~depositor.transfer.handover.ports.HandOver`.

    A token is ``SUBMISSION_ID:sums|plain:TASK_ID``; the task id is missing until it is known. ``own`` is asked once,
    when it is first needed. Globus knows no speed limit for users: :meth:`limit` does nothing.
    """

    id = "globus"
    at_once = 3
    most_files = 10_000
    outlives = True

    def __init__(
        self,
        place: GlobusPlace,
        own: Callable[[], Own],
        account: Callable[[], GlobusAccount],
        session: Session,
        label: str = "Depositor",
        look_s: float = _LOOK_S,
    ) -> None:
        self._place, self._find_own, self._account, self._session = place, own, account, session
        self._label = "".join(c if c.isalnum() or c in " -_," else " " for c in label)[:128]
        self.look_s = look_s
        self._guard = threading.Lock()
        self._known: Own | None = None
        self._client: TransferClient | None = None
        self._sums = _OURS

    # --- before ------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Sign in, and look at both collections."""
        own = self.own
        self._ask(lambda c: c.get_endpoint(self._place.collection))
        mine = self._ask(lambda c: c.get_endpoint(own.collection))
        self._agreed()
        if own.root is None and mine.get("gcp_connected") is False:
            raise NeedsUser(problems.personal_off())
        if own.root is None and mine.get("gcp_paused") is True:
            raise NeedsUser(problems.personal_paused())

    def _agreed(self) -> None:
        """A look into the archive's folder tells at once whether a consent is missing; whether it may be listed, or is
        there yet, matters nothing."""
        try:
            self._ask(lambda c: c.operation_ls(self._place.collection, path=self._place.path, limit=1))
        except Refused:
            return
        except NeedsUser as error:
            if error.problem.code not in ("globus.no-collection", "globus.forbidden"):
                raise

    @property
    def own(self) -> Own:
        with self._guard:
            if self._known is None:
                self._known = self._find_own()
            return self._known

    def reaches(self, path: str) -> bool:
        return self.own.path_of(path) is not None

    def new_token(self) -> str:
        found = self._ask(lambda c: c.get_submission_id())
        return f"{found['value']}:{self._sums}:"

    # --- a task ------------------------------------------------------------------------------------------------------

    def submit(self, token: str, items: Sequence[Item]) -> str:
        """Globus answers ``Duplicate`` with the task where it has this submission id already."""
        submission, sums, task = _parts(token)
        if task:
            return token
        try:
            answer = self._ask(lambda c: c.submit_transfer(self._document(submission, sums, items)))
        except Refused as error:
            if sums != _OURS or not _about_sums(error.problem):
                raise
            self._sums = sums = _NONE  # this storage compares no digests that others bring
            answer = self._ask(lambda c: c.submit_transfer(self._document(submission, sums, items)))
        return f"{submission}:{sums}:{answer['task_id']}"

    def look(self, token: str, items: Sequence[Item]) -> Look:
        _, _, task = _parts(token)
        if not task:
            return Look(Phase.GONE)
        try:
            found = self._ask(lambda c: dict(c.get_task(task).data))
        except NeedsUser as error:
            if error.problem.code != "globus.no-collection":
                raise
            # Globus forgets tasks after some weeks; what this one brought is found by its digest.
            return Look(Phase.FAILED, problem=problems.globus_ended("task not found"))
        return look_of(found, self._last_trouble(task) if found.get("faults") else None)

    def _last_trouble(self, task: str) -> Mapping[str, Any] | None:
        events = self._ask(lambda c: c.task_event_list(task, limit=10)["DATA"])
        return next((e for e in events if isinstance(e, dict) and e.get("is_error")), None)

    def held(self, token: str, items: Sequence[Item], *, done: bool) -> Iterator[tuple[Item, HeldFile | Problem]]:
        _, sums, task = _parts(token)
        if not task:
            return
        arrived = {str(row.get("destination_path")): row for row in self._rows("task_successful_transfers", task)}
        failed = {str(row.get("destination_path")) for row in self._rows("task_skipped_errors", task)}
        sizes: dict[str, Mapping[str, int]] = {}
        for item in items:
            target = self._target(item)
            if target in failed:
                yield item, problems.unreadable_there()
            elif target in arrived or done:
                yield item, self._proved(item, arrived.get(target, {}), sums, sizes)

    def cancel(self, token: str) -> None:
        _, _, task = _parts(token)
        if task:
            self._ask(lambda c: c.cancel_task(task))

    def forget(self, token: str) -> None:
        """Globus keeps its own notes."""

    def limit(self, bytes_per_s: int | None) -> None:
        """Nothing: see the class."""

    def close(self) -> None:
        with self._guard:
            if self._client is not None:
                self._client.transport.close()
                self._client.close()
                self._client = None

    # --- parts -------------------------------------------------------------------------------------------------------

    def _document(self, submission: str, sums: str, items: Sequence[Item]) -> Any:
        from globus_sdk import TransferData

        made = TransferData(
            self.own.collection,
            self._place.collection,
            label=self._label,
            submission_id=submission,
            sync_level=3,
            verify_checksum=True,
            encrypt_data=True,
            skip_source_errors=True,
            fail_on_quota_errors=True,
            notify_on_succeeded=False,
            notify_on_failed=False,
            notify_on_inactive=True,
        )
        for item in items:
            source = self.own.path_of(item.path)
            if source is None:
                raise NeedsUser(problems.no_copies(item.file.origin))
            more = {"external_checksum": item.sha256, "checksum_algorithm": "SHA256"} if sums == _OURS else {}
            made.add_item(source, self._target(item), **more)
        return made

    def _target(self, item: Item) -> str:
        return self._place.path + item.file.name

    def _proved(
        self, item: Item, row: Mapping[str, Any], sums: str, sizes: dict[str, Mapping[str, int]]
    ) -> HeldFile | Problem:
        """By the digest that Globus tells; else by ours, which it compared; else by the size that the folder lists."""
        file = item.file
        told_sum, algorithm = str(row.get("checksum") or "").lower(), _algorithm(row)
        if told_sum and algorithm == "sha256":
            fits = told_sum == item.sha256
            return HeldFile(file.name, file.size, {algorithm: told_sum}) if fits else problems.not_arrived(file.origin)
        if sums == _OURS and row:  # what was there already was compared with the source, not with our digest
            return HeldFile(file.name, file.size, proof=Proof.PARTS)
        folder, _, name = self._target(item).rpartition("/")
        if folder not in sizes:
            sizes[folder] = self._listing(folder)
        size = sizes[folder].get(name)
        if size is None:
            return HeldFile(file.name, file.size, proof=Proof.ANSWER)
        fits = size == file.size
        return HeldFile(file.name, size, proof=Proof.SIZE) if fits else problems.not_arrived(file.origin)

    def _listing(self, folder: str) -> Mapping[str, int]:
        """Sizes of the files in a folder of the archive's collection; empty where it does not show them."""
        try:
            rows = self._ask(lambda c: c.operation_ls(self._place.collection, path=f"{folder}/")["DATA"])
        except (NeedsUser, Refused):
            return {}
        return {str(r["name"]): r["size"] for r in rows if r.get("type") == "file" and isinstance(r.get("size"), int)}

    def _rows(self, call: str, task: str) -> Iterator[Mapping[str, Any]]:
        """The rows of a paged answer; none where Globus has no such list for this task any more."""
        try:
            pages = self._ask(lambda c: [page["DATA"] for page in getattr(c.paginated, call)(task)])
        except (Refused, NeedsUser) as error:
            if error.problem.code in ("globus.sign-in", "globus.consent"):
                raise
            return
        for page in pages:
            yield from (row for row in page if isinstance(row, dict))

    def _ask(self, call: Callable[[TransferClient], T]) -> T:
        with told():
            with self._guard:
                if self._client is None:
                    self._client = client(self._account(), self._session)
                known = self._client
            return call(known)


def _parts(token: str) -> tuple[str, str, str]:
    submission, sums, task = (*token.split(":", 2), "", "")[:3]
    return submission, sums, task


def _about_sums(problem: Problem) -> bool:
    return "checksum" in problem.message.english().lower()


def _algorithm(row: Mapping[str, Any]) -> str:
    return str(row.get("checksum_algorithm") or "").lower().replace("-", "")
