"""tus to an archive on this computer: it may be restarted under way, at another port, and is started if it died."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from depositor.archives.wire import Maker
from depositor.draft.problem import DepositError, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import web
from depositor.transfer.ports import Body, Upload
from depositor.transfer.tus import TusCarrier, TusOptions

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
        found = self._do(lambda tus: tus.find(file, self._at + token))
        return self._short(found) if found else None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        return self._short(self._do(lambda tus: tus.send(file, self._long(upload), body)))

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        return self._do(lambda tus: tus.finish(file, self._long(upload), sha256))

    def abandon(self, file: SubmissionFile, token: str) -> None:
        self._inner.abandon(file, self._at + token)

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
        return replace(upload, token=self._at + upload.token)
