"""Whole files over HTTP: one PUT, or one multipart POST, per file. What broke off is sent again from its beginning."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import Damaged
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import errors, problems, web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

_BLOCK = 256 << 10


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """How one archive takes whole files.

    ``url`` and ``headers`` (sign-in) are asked for per file. With ``fields`` the file goes as the part ``file_field``
    of a multipart POST, after these fields; without, as the bare body of ``method``. ``listing`` gives {name: size} of
    what the archive holds, to skip what is there. ``held`` reads from the archive's answer what it holds now (raise a
    DepositError where a 2xx tells of an error); without it a HEAD on ``url`` gives the size where ``look`` is set.
    ``md5``: compute it while sending, to compare with a ``held`` that has one.
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
    fine: frozenset[int] = frozenset({200, 201, 202, 204})


class HttpCarrier:
    """Files by one :class:`HttpRoute`."""

    id = "http"
    resumable = False
    derives_token = True
    part_size: int | None = None

    def __init__(
        self,
        route: HttpRoute,
        timeouts: web.Timeouts = web.PATIENT,
        session: Callable[[web.Timeouts, web.Lines], requests.Session] = web.session,
    ) -> None:
        self._route = route
        self._lines = web.Lines()
        self._make: Callable[[], requests.Session] = lambda: session(timeouts, self._lines)
        self._session: requests.Session | None = None
        self._there: Mapping[str, int] | None = None
        self._answers: dict[int, tuple[HeldFile | None, str | None]] = {}

    def begin(self, file: SubmissionFile) -> Upload:
        """Nothing is asked of the archive but, once, the list of what it holds."""
        if self._there is None and self._route.listing is not None:
            self._there = self._route.listing()
        if (self._there or {}).get(file.name) == file.size:
            return Upload(file.name, file.size, complete=True)
        return Upload(file.name)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        """After a failure: the archive may hold the file although its answer never came."""
        if self._route.listing is None:
            return None
        self._there = self._route.listing()
        return Upload(token, file.size, complete=True) if self._there.get(file.name) == file.size else None

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        summed = _Summed(body, want_md5=self._route.md5)
        data, headers, method = self._packed(file, summed)
        answer = self._asked(method, file, headers, data)
        if answer.status_code not in self._route.fine:
            raise errors.of_status(answer.status_code, self._host(file), errors.retry_after(answer.headers))
        held = self._route.held(file, answer) if self._route.held else None
        self._answers[file.seq] = (held, summed.md5)
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        held, md5 = self._answers.pop(file.seq, (None, None))
        held = held or self._seen(file)
        ours = {"sha256": sha256, "md5": md5}
        wrong = [n for n, d in held.digests.items() if ours.get(n) and not hmac.compare_digest(d, str(ours[n]))]
        if held.size != file.size or wrong:
            raise Damaged(problems.differs(self._host(file)))
        return held

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- the wire --------------------------------------------------------------------------------------------------

    def _seen(self, file: SubmissionFile) -> HeldFile:
        """What a HEAD tells; where nobody may look, the archive's 2xx is all there is."""
        if not self._route.look or self._route.fields is not None:
            return HeldFile(file.name, file.size)
        answer = self._asked("HEAD", file, {}, None)
        if answer.status_code >= 400:
            raise errors.of_status(answer.status_code, self._host(file), errors.retry_after(answer.headers))
        length = answer.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else file.size
        return HeldFile(file.name, size, web.repr_digest(answer.headers), self._route.url(file))

    def _packed(self, file: SubmissionFile, body: _Summed) -> tuple[Any, dict[str, str], str]:
        if self._route.fields is None:
            return (body if len(body) else b""), {"Content-Type": "application/octet-stream"}, self._route.method
        boundary = secrets.token_hex(16)
        data = _Multipart(body, boundary, self._route.fields(file), self._route.file_field, file.name)
        method = "POST" if self._route.method == "PUT" else self._route.method
        return data, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, method

    def _asked(self, method: str, file: SubmissionFile, headers: Mapping[str, str], data: Any) -> requests.Response:
        if self._session is None:
            self._session = self._make()
        url = self._route.url(file)
        signed = self._route.headers(file) if self._route.headers else {}
        with web.told(url):
            return self._session.request(method, url, headers={**headers, **signed}, data=data, allow_redirects=False)

    def _host(self, file: SubmissionFile) -> str:
        return web.host_of(self._route.url(file))


class _Summed:
    """A body that requests sends in large blocks, with an MD5 of what went by where it is wanted."""

    def __init__(self, body: Body, *, want_md5: bool) -> None:
        self._body = body
        self._md5 = hashlib.md5(usedforsecurity=False) if want_md5 else None

    @property
    def md5(self) -> str | None:
        return self._md5.hexdigest() if self._md5 else None

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._body.read(_BLOCK):
            if self._md5:
                self._md5.update(block)
            yield block


class _Multipart:
    """A multipart/form-data body (RFC 7578) that streams its file."""

    def __init__(self, body: _Summed, boundary: str, fields: Mapping[str, str], file_field: str, name: str) -> None:
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(file_field)}"; '
            f'filename="{_quoted(name)}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        self._head, self._tail = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
        self._body = body

    def __len__(self) -> int:
        return len(self._head) + len(self._body) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._body
        yield self._tail


def _quoted(text: str) -> str:
    """As browsers write it (https://html.spec.whatwg.org/#multipart-form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
