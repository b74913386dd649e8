"""Whole files over HTTP: one PUT, or one multipart POST, per file. What broke off is sent again from its beginning.

``Expect: 100-continue`` is not used: Python's HTTP client cannot wait for the answer to it. Where a body might be sent
in vain (``create_only``), a HEAD asks before.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import Damaged, Refused
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import errors, problems, samples
from depositor.transfer.http import problems as http_problems
from depositor.transfer.http.form import Form
from depositor.transfer.http.sums import Summed, base64_of, told
from depositor.transfer.http.wire import HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

_SUM_AHEAD = 64 << 20  # larger files would not fit into memory to be summed before they are sent
_CLOCK_S = 2.0  # HTTP dates have whole seconds


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """How one archive takes whole files.

    ``url`` and ``headers`` (sign-in) are asked for per file. With ``fields`` the file goes as the part ``file_field``
    of a multipart POST, after these fields; without, as the bare body of ``method``. ``listing`` gives {name: size} of
    what the archive holds, to skip what is there. ``held`` reads from the archive's answer what it holds now (raise a
    DepositError where a 2xx tells of an error); without it a HEAD on ``url`` gives the size where ``look`` is set.
    ``md5``: compute it while sending, to compare with what the archive tells. ``etag_md5``: the server's ETags are the
    MD5 of the bytes where they look like one. ``create_only``: never replace what is there (``If-None-Match: *``).
    ``check``: the server compares files with a digest sent along, ``md5`` (``Content-MD5``) or ``sha256``
    (``Content-Digest``); only for files up to 64 MiB.
    """

    url: Callable[[SubmissionFile], str]
    headers: Callable[[SubmissionFile], Mapping[str, str]] | None = None
    method: str = "PUT"
    fields: Callable[[SubmissionFile], Mapping[str, str]] | None = None
    file_field: str = "file"
    listing: Callable[[], Mapping[str, int]] | None = None
    held: Callable[[SubmissionFile, requests.Response], HeldFile] | None = None
    look: bool = True
    md5: bool = False
    etag_md5: bool = False
    create_only: bool = False
    check: str | None = None
    fine: frozenset[int] = frozenset({200, 201, 202, 204})

    @property
    def looks(self) -> bool:
        """A HEAD tells what is there."""
        return self.look and self.fields is None


class HttpCarrier:
    """Files by one :class:`HttpRoute`."""

    id = "http"
    resumable = False
    derives_token = True
    part_size: int | None = None

    def __init__(
        self, route: HttpRoute, timeouts: web.Timeouts = web.PATIENT, session: MakeSession = web.session
    ) -> None:
        self._route = route
        self._http = HttpWire("", None, timeouts, session)
        self._there: Mapping[str, int] | None = None
        self._answers: dict[int, tuple[HeldFile | None, str]] = {}
        self._began: dict[int, float] = {}  # when the bytes of a file began to go out
        self._met: set[int] = set()  # files whose name was taken before we sent a byte

    def begin(self, file: SubmissionFile) -> Upload:
        """Nothing is asked of the archive but, once, the list of what it holds; or what stands at the address, where
        nothing may be replaced."""
        if self._there is None and self._route.listing is not None:
            self._there = self._route.listing()
        if (self._there or {}).get(file.name) == file.size:
            return Upload(file.name, file.size, complete=True)
        if self._route.create_only and self._route.looks:
            return self._met_or_free(file)
        return Upload(file.name)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """After a failure: the archive may hold the file although its answer never came. A thing of the same size at
        its address is the file where the archive tells a digest (which :meth:`finish` compares) or where it came there
        since we began to send."""
        if self._route.listing is not None:
            self._there = self._route.listing()
            return Upload(token, file.size, complete=True) if self._there.get(file.name) == file.size else None
        if not self._route.looks or token != file.name:
            return None
        answer = self._asked("HEAD", file, {}, None)
        if answer.status_code >= 300 or _length(answer) != file.size:
            return None
        if not self._told(answer) and not self._since(file, answer):
            return None
        return Upload(token, file.size, complete=True)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        headers = self._checks(body) | ({"If-None-Match": "*"} if self._route.create_only else {})
        summed = Summed(body, hashlib.md5(usedforsecurity=False) if self._wants_md5 else None)
        self._began.setdefault(file.seq, time.monotonic())
        answer = self._sent(file, headers, summed)
        if answer.status_code == 412 and self._route.create_only:
            return self._met_or_free(file)
        if answer.status_code not in self._route.fine:
            raise errors.of_status(answer.status_code, self._host(file), errors.retry_after(answer.headers))
        held = self._route.held(file, answer) if self._route.held else None
        self._answers[file.seq] = (held, summed.hexdigest())
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        held, md5 = self._answers.pop(file.seq, (None, ""))
        held = held or self._seen(file)
        if "md5" in held.digests and not md5:  # sent before a crash, or its answer was lost
            md5 = samples.digest_of(file, "md5")
        ours = {"sha256": sha256, "md5": md5}
        compared = {name: digest for name, digest in held.digests.items() if ours.get(name)}
        same = all(hmac.compare_digest(digest.lower(), ours[name]) for name, digest in compared.items())
        met = file.seq in self._met
        self._met.discard(file.seq)
        self._began.pop(file.seq, None)
        if met and not (same and compared and held.size == file.size):
            raise Refused(http_problems.taken(self._host(file)))
        if held.size != file.size or not same:
            raise Damaged(problems.differs(self._host(file)))
        return replace(held, digests=compared)

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    # --- the wire --------------------------------------------------------------------------------------------------

    @property
    def _wants_md5(self) -> bool:
        return self._route.md5 or self._route.etag_md5

    def _met_or_free(self, file: SubmissionFile) -> Upload:
        """What stands at the address may be ours, from before a crash: :meth:`finish` compares it. Else the name is
        taken, and nothing is replaced."""
        answer = self._asked("HEAD", file, {}, None)
        if answer.status_code in (404, 410):
            return Upload(file.name)
        if answer.status_code >= 300:
            raise errors.of_status(answer.status_code, self._host(file), errors.retry_after(answer.headers))
        ours = self._since(file, answer)
        if _length(answer) != file.size or not (self._told(answer) or ours):
            raise Refused(http_problems.taken(self._host(file)))
        if not ours:
            self._met.add(file.seq)
        return Upload(file.name, file.size, complete=True)

    def _seen(self, file: SubmissionFile) -> HeldFile:
        """What a HEAD tells; where nobody may look, the archive's 2xx is all there is."""
        if not self._route.looks:
            return HeldFile(file.name, file.size)
        answer = self._asked("HEAD", file, {}, None)
        if answer.status_code >= 300:
            raise errors.of_status(answer.status_code, self._host(file), errors.retry_after(answer.headers))
        length = _length(answer)
        return HeldFile(file.name, file.size if length is None else length, self._told(answer), self._route.url(file))

    def _told(self, answer: requests.Response) -> dict[str, str]:
        found = told(answer.headers, etag_md5=self._route.etag_md5)
        return {name: digest for name, digest in found.items() if name in ("md5", "sha256")}

    def _since(self, file: SubmissionFile, answer: requests.Response) -> bool:
        """Whether what is there was changed last after we began to send, by the server's own clock."""
        began = self._began.get(file.seq)
        changed, now = _date(answer, "Last-Modified"), _date(answer, "Date")
        if began is None or changed is None or now is None:
            return False
        return (now - changed).total_seconds() <= time.monotonic() - began + _CLOCK_S

    def _checks(self, body: Body) -> dict[str, str]:
        """A digest for the server to compare with."""
        algorithm = self._route.check
        if algorithm is None or not 0 < len(body) <= _SUM_AHEAD:
            return {}
        value = base64_of(body.digest(algorithm))
        return {"Content-MD5": value} if algorithm == "md5" else {"Content-Digest": f"sha-256=:{value}:"}

    def _sent(self, file: SubmissionFile, headers: dict[str, str], body: Summed) -> requests.Response:
        if self._route.fields is None:
            content = {"Content-Type": "application/octet-stream"}
            return self._asked(self._route.method, file, headers | content, body)
        form = Form(body, self._route.fields(file), self._route.file_field, file.name)
        method = "POST" if self._route.method == "PUT" else self._route.method
        return self._asked(method, file, headers | {"Content-Type": form.content_type}, form)

    def _asked(self, method: str, file: SubmissionFile, headers: Mapping[str, str], data: Any) -> requests.Response:
        signed = self._route.headers(file) if self._route.headers else {}
        return self._http.ask(method, self._route.url(file), {**headers, **signed}, data)

    def _host(self, file: SubmissionFile) -> str:
        return web.host_of(self._route.url(file))


def _length(answer: requests.Response) -> int | None:
    """None where it is not told, or is that of a compressed form."""
    value = answer.headers.get("Content-Length", "")
    plain = answer.headers.get("Content-Encoding", "identity") in ("identity", "")
    return int(value) if plain and value.isascii() and value.isdigit() else None


def _date(answer: requests.Response, name: str) -> dt.datetime | None:
    with contextlib.suppress(TypeError, ValueError):
        found = email.utils.parsedate_to_datetime(answer.headers.get(name, ""))
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found
    return None
