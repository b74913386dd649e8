"""A question to a service: from the cache where the answer is fresh, else on line, else from the cache however old."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser, Refused, Retryable
from depositor.session import clock
from depositor.session.lookups import troubles
from depositor.session.lookups.cache import Cache, Kept
from depositor.session.lookups.found import Source
from depositor.session.lookups.services import NOT_FOUND_KEEP, Service, service
from depositor.session.lookups.wire import Budget, Reply, Wire

_ABSENT = frozenset((204, 404, 410))
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """``tree`` is the JSON of the answer; None where the service knows nothing of it."""

    tree: Any
    source: Source


@dataclass(frozen=True)
class Asker:
    """What one look-up asks with: its time, and whether the person still waits.

    ``address`` gives another address for a service (a mirror, a test), or None. ``offline``: nothing leaves the
    computer, only what was asked before is answered.
    """

    wire: Wire
    cache: Cache
    budget: Budget
    cancel: Cancel
    address: Callable[[str], str | None]
    offline: bool = False

    def ask(self, service_id: str, path: str, query: Mapping[str, str] | None = None, accept: str = "") -> Answer:
        """The answer to a GET. Raises DepositErrors that name the service; NeedsUser where all is switched off."""
        asked = service(service_id)
        url = self._url(asked, path, query)
        kept = self.cache.get(url)
        if kept and time.time() - kept.stamp < _keep(asked, kept) and (tree := _parsed(kept.body, asked)) is not _BAD:
            return Answer(tree, Source(asked.id, asked.host, kept.at, remembered=True))
        if self.offline:
            return self._old(asked, kept)
        try:
            return self._fresh(asked, url, kept, accept or "application/json")
        except Retryable:
            if kept:
                return self._old(asked, kept)
            raise

    def _url(self, asked: Service, path: str, query: Mapping[str, str] | None) -> str:
        base = (self.address(asked.id) or asked.address).rstrip("/")
        return f"{base}{path}?{urlencode(query)}" if query else f"{base}{path}"

    def _fresh(self, asked: Service, url: str, kept: Kept | None, accept: str) -> Answer:
        headers = {"Accept": accept}
        if kept and kept.etag:
            headers["If-None-Match"] = kept.etag
        reply = self.wire.get(asked.name, url, headers, self.budget, self.cancel)
        if reply.status == 304 and kept:
            reply = Reply(kept.status, kept.body, accept, kept.etag)
        body = b"" if reply.status in _ABSENT else self._checked(asked, reply)
        tree = _parsed(body, asked)
        if tree is _BAD:
            raise Refused(troubles.odd(asked.name))
        at = clock.now()
        status = 404 if tree is None else 200
        self.cache.put(url, Kept(at, time.time(), status, reply.etag, body))
        return Answer(tree, Source(asked.id, asked.host, at))

    def _checked(self, asked: Service, reply: Reply) -> bytes:
        if reply.kind == "text/html":
            raise Retryable(troubles.portal(asked.name))
        if reply.status != 200:
            raise Refused(troubles.refused(asked.name))
        if not (reply.kind.endswith("json") and reply.body):
            raise Refused(troubles.odd(asked.name))
        return reply.body

    def _old(self, asked: Service, kept: Kept | None) -> Answer:
        tree = _parsed(kept.body, asked) if kept else _BAD
        if kept is None or tree is _BAD:
            raise NeedsUser(troubles.switched_off())
        return Answer(tree, Source(asked.id, asked.host, kept.at, remembered=True))


_BAD: Any = object()


def _keep(asked: Service, kept: Kept) -> int:
    return asked.keep if kept.status == 200 else NOT_FOUND_KEEP


def _parsed(body: bytes, asked: Service) -> Any:
    """The JSON of a body: None for an empty one, ``_BAD`` for one that is none or is nested beyond reason."""
    if not body:
        return None
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return _BAD
    return tree if isinstance(tree, (dict, list)) and not _too_deep(tree) else _BAD


def _too_deep(tree: Any) -> bool:
    level = [tree]
    for _ in range(_DEEPEST):
        level = [v for node in level for v in (node.values() if isinstance(node, dict) else node)
                 if isinstance(v, (dict, list))]  # fmt: skip
        if not level:
            return False
    return True
