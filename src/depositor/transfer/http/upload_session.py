"""Upload sessions in the style of Google Cloud Storage: a session's address is made, pieces go to it with
``Content-Range``, and ``308`` with ``Range`` tells how much is kept.

Source: https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

from __future__ import annotations

import contextlib
import hmac
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from depositor.draft.problem import Damaged, DepositError, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.sums import told
from depositor.transfer.http.wire import Headers, HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

_UNIT = 256 << 10  # all pieces but the last are a multiple of it
_RANGE = re.compile(r"bytes=0-(\d{1,18})")
_MORE = 308


class SessionCarrier:
    """Files by upload sessions that ``url(file)`` opens. The address of a session is all that is needed to write to it:
    it is kept in the journal as the token, and nowhere else."""

    id = "upload-session"
    resumable = True

    def __init__(
        self,
        base: str,
        url: Callable[[SubmissionFile], str],
        headers: Headers | None = None,
        part_size: int = 64 << 20,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
    ) -> None:
        self._url = url
        self.part_size: int | None = max(_UNIT, part_size // _UNIT * _UNIT)
        self._http = HttpWire(base, headers, timeouts, session)
        self._base, self._host = base, self._http.host
        self._held: dict[str, dict[str, str]] = {}

    def begin(self, file: SubmissionFile) -> Upload:
        headers = {"X-Upload-Content-Length": str(file.size), "X-Upload-Content-Type": "application/octet-stream"}
        answer = self._http.ask("POST", self._url(file), headers, b"")
        self._http.must(answer, 200, 201)
        place = urljoin(self._base, answer.headers.get("Location", ""))
        if not answer.headers.get("Location") or not place.startswith(("https:", "http:")):
            raise Retryable(problems.odd_answer(self._host))
        if self._base.startswith("https:") and place.startswith("http:"):
            raise Refused(http_problems.insecure(self._host))
        return Upload(place)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        answer = self._http.ask("PUT", token, {"Content-Range": f"bytes */{file.size}"}, b"")
        return self._read(file, token, answer)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        end = upload.offset + len(body)
        span = f"bytes {upload.offset}-{end - 1}/{file.size}" if len(body) else f"bytes */{file.size}"
        answer = self._http.ask("PUT", upload.token, {"Content-Range": span}, body if len(body) else b"")
        after = self._read(file, upload.token, answer)
        if after is None:
            raise Retryable(problems.upload_lost(self._host))
        return after

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        theirs = self._held.pop(upload.token, {}).get("sha256")
        if theirs is not None and not hmac.compare_digest(theirs, sha256):
            raise Damaged(problems.differs(self._host))
        return HeldFile(file.name, file.size, {"sha256": theirs} if theirs else {})

    def abandon(self, file: SubmissionFile, token: str) -> None:
        with contextlib.suppress(DepositError):
            self._http.ask("DELETE", token)

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    def _read(self, file: SubmissionFile, token: str, answer: requests.Response) -> Upload | None:
        """How far the session is; None where it is gone. An answer of 308 without ``Range`` means: nothing is kept."""
        status = answer.status_code
        if status in (404, 410):
            return None
        if status == _MORE:
            found = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
            return Upload(token, int(found[1]) + 1 if found else 0)
        self._http.must(answer, 200, 201)
        self._held[token] = told(answer.headers, content=False)
        return Upload(token, file.size, complete=True)
