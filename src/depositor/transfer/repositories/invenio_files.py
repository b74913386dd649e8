"""The files of one draft at an InvenioRDM repository (Zenodo, CERN, Caltech, ...): the calls, and what answers mean.

Source: invenio-records-resources 10 and 11 (``services/files``, ``resources/files``), observed on InvenioRDM 14.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urljoin

from depositor.draft.problem import DepositError, Refused, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.http.wire import HttpWire, read_json

if TYPE_CHECKING:
    import requests

_LONGEST_WAIT_S = 3700.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the draft. ``checksum`` as the server says it (``md5:hex`` once it has computed it), ``transfer``:
    ``L`` in one piece, ``M`` in parts; ``parts``: {number: address}, which run out of time."""

    key: str
    status: str
    size: int | None = None
    checksum: str = ""
    transfer: str = "L"
    content: str = ""
    parts: Mapping[int, str] = field(default_factory=dict)

    @property
    def completed(self) -> bool:
        return self.status == "completed"

    @property
    def md5(self) -> str | None:
        """Hex; None while the server has not computed it."""
        return self.checksum.removeprefix("md5:").lower() if self.checksum.startswith("md5:") else None


class InvenioDesk(Protocol):
    """The files API of a draft. Its calls raise DepositErrors and nothing else."""

    def entry(self, key: str) -> Entry | None:
        """None where the draft has no such file."""
        ...

    def start(self, key: str, size: int, part_size: int | None) -> Entry | None:
        """Announce a file: in one piece, or in parts. None where it is there already, or the site takes no parts."""
        ...

    def commit(self, key: str) -> Entry | None:
        """Say that all bytes are there; may be repeated. None where the entry is gone."""
        ...

    def remove(self, key: str) -> None:
        """Drop a file; does not raise for one that is gone."""
        ...


class InvenioFiles:
    """:class:`InvenioDesk` at ``base`` (``https://HOST/api/records/ID/draft/files``)."""

    def __init__(self, http: HttpWire, base: str) -> None:
        self._http, self._base = http, base.rstrip("/")

    def entry(self, key: str) -> Entry | None:
        answer = self._http.ask("GET", self._url(key), {"Accept": "application/json"})
        if answer.status_code == 404:
            return None
        must(self._http, answer, 200)
        return self._read(answer)

    def start(self, key: str, size: int, part_size: int | None) -> Entry | None:
        """No checksum is sent along: it would be stored unread, and shown as if the server had computed it."""
        transfer: dict[str, Any] = {"type": "L"}
        if part_size is not None:
            transfer = {"type": "M", "parts": max(1, -(-size // part_size)), "part_size": part_size}
        content = [{"key": key, "size": size, "transfer": transfer}]
        answer = self._http.ask("POST", self._base, _JSON, _dumped(content))
        if answer.status_code == 400 and "already exists" in _words(answer):
            return None
        if answer.status_code in (400, 403) and part_size is not None and not _too_large(answer):
            return None
        must(self._http, answer, 201, 200)
        found = read_json(answer, self._http.host)
        entries = found.get("entries") if isinstance(found, dict) else None
        made = next((e for e in entries or () if isinstance(e, dict) and e.get("key") == key), None)
        if made is None:
            raise Retryable(problems.odd_answer(self._http.host))
        return read_entry(made, self._url(key))

    def commit(self, key: str) -> Entry | None:
        answer = self._http.ask("POST", self._url(key) + "/commit", {"Accept": "application/json"}, b"")
        if answer.status_code == 404:
            return None
        must(self._http, answer, 200, 201, 202)
        return self._read(answer)

    def remove(self, key: str) -> None:
        answer = self._http.ask("DELETE", self._url(key))
        if answer.status_code != 404:
            must(self._http, answer, 204, 200)

    def _read(self, answer: requests.Response) -> Entry:
        found = read_json(answer, self._http.host)
        if not isinstance(found, dict) or not isinstance(found.get("key"), str):
            raise Retryable(problems.odd_answer(self._http.host))
        return read_entry(found, self._url(found["key"]))

    def _url(self, key: str) -> str:
        return f"{self._base}/{quote(key)}"


_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


def read_entry(found: Mapping[str, Any], url: str) -> Entry:
    """A file entry of the JSON of the server; what is missing is left empty."""
    links = found.get("links")
    links = links if isinstance(links, dict) else {}
    transfer = found.get("transfer")
    kind = transfer.get("type") if isinstance(transfer, dict) else None
    parts = links.get("parts")
    size = found.get("size")
    return Entry(
        key=str(found.get("key", "")),
        status=str(found.get("status", "")),
        size=size if isinstance(size, int) else None,
        checksum=str(found.get("checksum") or ""),
        transfer=str(kind or "L"),
        content=urljoin(url, str(links.get("content") or f"{url}/content")),
        parts={
            int(p["part"]): urljoin(url, str(p["url"]))
            for p in (parts if isinstance(parts, list) else ())
            if isinstance(p, dict) and isinstance(p.get("part"), int) and p.get("url")
        },
    )


def taken(http: HttpWire, answer: requests.Response) -> bool:
    """Whether bytes that were put arrived: an answer of 200 may tell of an error in its content."""
    must(http, answer, 200, 201, 204)
    found = read_json(answer, http.host)
    return not (isinstance(found, dict) and found.get("errors"))


def must(http: HttpWire, answer: requests.Response, *fine: int) -> None:
    """Raise what any other status means here."""
    if answer.status_code in fine:
        return
    if answer.status_code == 400 and _too_large(answer):
        raise Refused(problems.too_large(http.host))
    raise _told(answer, http.host)


def _told(answer: requests.Response, host: str) -> DepositError:
    after = errors.retry_after(answer.headers)
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if after is None and answer.status_code == 429 and reset.isascii() and reset.isdigit():
        after = min(max(float(reset[:12]) - time.time(), 0.0), _LONGEST_WAIT_S)
    return errors.of_status(answer.status_code, host, after)


def _too_large(answer: requests.Response) -> bool:
    words = _words(answer).lower()
    return "size limit" in words or "max amount" in words or "quota" in words


def _words(answer: requests.Response) -> str:
    return answer.content[:4096].decode("utf-8", "replace")


def _dumped(content: Any) -> bytes:
    import json

    return json.dumps(content, ensure_ascii=False).encode()
