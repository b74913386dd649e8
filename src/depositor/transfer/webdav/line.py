"""The connection of one WebDAV carrier: kept, and lean, because a small file is three requests and nothing else.

Speaks on the same line of few words as the S3 carrier does (``s3_line``); what is read back in pieces goes through the
session, which need not take in all that a server gives that knows no pieces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depositor.transfer import errors
from depositor.transfer.net import lean_line as s3_line
from depositor.transfer.net import web
from depositor.transfer.net.lean_line import Line, Sendable
from depositor.transfer.s3.place import Address

if TYPE_CHECKING:
    import requests

_REPEATED = ("PROPFIND", "GET", "PUT", "DELETE", "MKCOL")  # MOVE is looked up, not repeated


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with all of its body; the names of headers in any case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """ValueError where it is none."""
        return json.loads(self.content)


class WebdavLine:
    """Requests one by one; the line is opened when it is first needed, and again when the server hung up."""

    def __init__(self, host: str, session: Callable[[], requests.Session], lines: web.Lines, connect_s: float) -> None:
        self._host, self._make, self._lines, self._connect_s = host, session, lines, connect_s
        self._session: requests.Session | None = None
        self._line: Line | None = None
        self._origin = ""

    def say(self, method: str, url: str, headers: Mapping[str, str], data: bytes | Sendable) -> Answer:
        """One request. A body in memory is said once more where the server had hung up before it came."""
        from requests.structures import CaseInsensitiveDict

        address, broken = Address.of(url), self._lines.broken
        while True:
            kept = self._line is not None and self._origin == address.origin and not self._line.stale()
            try:
                line = self._line if kept and self._line is not None else self._opened(address)
                reply = line.exchange(method, address, headers, data, 0.0)
                return Answer(reply.status, CaseInsensitiveDict(reply.headers), reply.content)
            except Exception as error:
                heard = self._line is not None and self._line.heard
                self._hang_up()
                again = kept and not heard and method in _REPEATED and isinstance(data, bytes)
                if again and isinstance(error, ConnectionError) and broken == self._lines.broken:
                    continue
                raise _told(error, self._host) from error

    def streamed(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """A GET whose body is not taken in yet."""
        with web.told(url):
            return self._held().request("GET", url, headers=dict(headers), allow_redirects=False, stream=True)

    def close(self) -> None:
        self._hang_up()
        if self._session is not None:
            self._session.close()
            self._session = None

    def _held(self) -> requests.Session:
        if self._session is None:
            self._session = self._make()
        return self._session

    def _opened(self, address: Address) -> Line:
        self._hang_up()
        self._line, self._origin = s3_line.opened(self._held(), address, self._connect_s), address.origin
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _told(error: Exception, host: str) -> Exception:
    """What the network raised as a DepositError; our own mistakes, and DepositErrors, as they are."""
    import requests
    from urllib3.exceptions import HTTPError

    known = (requests.RequestException, HTTPError, OSError)
    return errors.of_network(error, host) if isinstance(error, known) else error
