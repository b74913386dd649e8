"""tus to an archive on this computer: it may be restarted under way, at another port, and is started if it died."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from depositor.archives.wire import Maker
from depositor.draft.problem import DepositError, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer.net import web
from depositor.transfer.ports import Body, PartPlan, Upload
from depositor.transfer.tus.apart import is_apart
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

_T = TypeVar("_T")
_DEAD = ("network.refused", "network.dropped")


class LocalTus:
    """A :class:`TusCarrier` whose tokens hold no host and port. ``base`` starts the archive where it must."""

    id = "tus"
    resumable = True

    def __init__(
        self, base: Callable[[], str], path: str, options: TusOptions, patience: web.Timeouts, make: Maker
    ) -> None:
        self._base, self._path = base, path
        self._options, self._patience, self._session = options, patience, make
        self._at = base()
        self._inner = self._carrier()
        self.part_size: int | None = self._inner.part_size

    @property
    def one_request(self) -> int:
        """Files up to this size go in one request."""
        return self._do(lambda tus: tus.one_request)

    def begin(self, file: SubmissionFile) -> Upload:
        return self._short(self._do(lambda tus: tus.begin(file)))

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        return self._short(self._do(lambda tus: tus.begin_with(file, body)))

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        found = self._do(lambda tus: tus.find(file, self._place(token)))
        return self._short(found) if found else None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        return self._short(self._do(lambda tus: tus.send(file, self._long(upload), body)))

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        return self._inner.plan(file, upload, wanted)

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        return self._inner.held_parts(file, self._long(upload))

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        return self._do(lambda tus: tus.send_part(file, upload, number, body)).removeprefix(self._at)

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        def call(tus: TusCarrier) -> Upload:
            return tus.join(file, upload, {number: self._at + receipt for number, receipt in receipts.items()})

        return self._short(self._do(call))

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return self._do(lambda tus: tus.finish(file, self._long(upload), sha256))

    def abandon(self, file: SubmissionFile, token: str) -> None:
        self._inner.abandon(file, self._place(token))

    def abort(self) -> None:
        self._inner.abort()

    def close(self) -> None:
        self._inner.close()

    def _do(self, call: Callable[[TusCarrier], _T]) -> _T:
        try:
            return call(self._inner)
        except Retryable as error:
            if error.problem.code in _DEAD:
                self._look_again()
            raise

    def _look_again(self) -> None:
        """Start the archive where it died; it may have another port now."""
        with contextlib.suppress(DepositError):
            at = self._base()
            if at != self._at:
                self._inner.close()
                self._at = at
                self._inner = self._carrier()

    def _carrier(self) -> TusCarrier:
        return TusCarrier(self._at + self._path, None, self._options, self._patience, self._session)

    def _short(self, upload: Upload) -> Upload:
        return replace(upload, token=upload.token.removeprefix(self._at))

    def _long(self, upload: Upload) -> Upload:
        return replace(upload, token=self._place(upload.token))

    def _place(self, token: str) -> str:
        """The address of an upload; a file in parts has none before they are joined."""
        return token if is_apart(token) else self._at + token
