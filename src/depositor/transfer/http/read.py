"""Pieces of what a web server holds, read back to compare them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from depositor.draft.problem import Damaged, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.http.wire import HttpWire


class Unreadable(Exception):
    """The server does not give back what it took, or not in pieces."""


def pieces(
    http: HttpWire, url: str, spans: Sequence[tuple[int, int]], size: int, headers: Mapping[str, str], host: str
) -> Iterator[bytes]:
    """The bytes at each (offset, length) of a thing of ``size`` bytes. Raises Unreadable, Damaged where it is gone."""
    from urllib3.exceptions import HTTPError

    for offset, length in spans:
        whole = length == size
        asked = {**headers, "Accept-Encoding": "identity"}
        asked |= {} if whole else {"Range": f"bytes={offset}-{offset + length - 1}"}
        with contextlib.closing(http.ask("GET", url, asked, stream=True)) as answer:
            status = answer.status_code
            if status in (404, 410):
                raise Damaged(problems.differs(host))
            if status in (401, 403, 405, 416, 501) or (status == 200 and not whole):
                raise Unreadable
            if status != (200 if whole else 206):
                raise errors.of_status(status, host, errors.retry_after(answer.headers))
            try:
                data = answer.raw.read(length + 1)
            except (HTTPError, OSError) as error:
                raise errors.of_network(error, host) from error
            if len(data) != length:
                raise Retryable(problems.dropped(host)) if len(data) < length else Damaged(problems.differs(host))
            yield data
