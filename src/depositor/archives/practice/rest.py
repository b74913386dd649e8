"""The practice archive for programs: depositions as JSON, below ``/api``."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from depositor.archives.practice.catalogue import Deposition
from depositor.archives.practice.replies import Rejected, Reply, json_reply

if TYPE_CHECKING:
    from depositor.archives.practice.conversation import Conversation

_ONE = re.compile(r"depositions/([0-9a-f]{32})(?:/(metadata|files|check|commit))?")
_SUBMISSION = re.compile(r"[A-Za-z0-9._-]{1,100}")


def answer(talk: Conversation, path: str, query: str) -> Reply:
    """Answer one request; ``path`` is what follows ``/api/``."""
    if not path and talk.command == "GET":
        free = shutil.disk_usage(talk.archive.folder).free
        return json_reply(200, {"archive": "practice", "protocols": ["tus"], "studies": "/studies/", "free": free})
    if path == "depositions":
        return _all(talk, parse_qs(query))
    found = _ONE.fullmatch(path)
    if not found:
        raise Rejected(404, "There is nothing here.")
    calls = {
        ("GET", None): _read,
        ("DELETE", None): _withdraw,
        ("PUT", "metadata"): _describe,
        ("GET", "files"): _files,
        ("POST", "check"): _check,
        ("POST", "commit"): _commit,
    }
    call = calls.get((talk.command, found[2]))
    if call is None:
        raise Rejected(405, "This cannot be done here.")
    return call(talk, found[1], parse_qs(query))


def shown(talk: Conversation, found: Deposition) -> dict[str, Any]:
    """A deposition as programs see it."""
    files, total = talk.archive.catalogue.totals(found.id)
    page = f"{talk.base}/studies/{found.accession}" if found.accession else None
    return {
        "id": found.id,
        "submission": found.submission,
        "state": talk.archive.state(found),
        "accession": found.accession,
        "url": page,
        "release_date": found.release_date,
        "log": list(found.log),
        "files": files,
        "bytes": total,
        "uploads": f"{talk.base}/api/depositions/{found.id}/uploads",
    }


def _all(talk: Conversation, query: dict[str, list[str]]) -> Reply:
    if talk.command == "GET":
        wanted = query.get("submission", [""])[0]
        found = talk.archive.catalogue.of_submission(wanted)
        return json_reply(200, {"depositions": [shown(talk, found)] if found else []})
    if talk.command != "POST":
        raise Rejected(405, "This cannot be done here.")
    content = talk.content()
    submission = content.get("submission") if isinstance(content, dict) else None
    if submission is not None and not (isinstance(submission, str) and _SUBMISSION.fullmatch(submission)):
        raise Rejected(400, "The submission's id is no short plain text.")
    return json_reply(201, shown(talk, talk.archive.open(submission)))


def _read(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    return json_reply(200, shown(talk, talk.archive.known(key)))


def _withdraw(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    talk.archive.withdraw(key)
    return Reply(204)


def _describe(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    content = talk.content()
    if not isinstance(content, dict):
        raise Rejected(400, "The description is no JSON object.")
    return json_reply(200, shown(talk, talk.archive.describe(key, content)))


def _files(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    talk.archive.known(key)
    lines = talk.archive.holdings(key, fresh="fresh" in query)
    return Reply(200, headers={"Content-Type": "application/x-ndjson"}, stream=lines)


def _check(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    talk.content()
    talk.archive.known(key)
    return Reply(200, headers={"Content-Type": "application/json"}, stream=talk.archive.judged(key))


def _commit(talk: Conversation, key: str, query: dict[str, list[str]]) -> Reply:
    talk.content()
    if talk.refusal:
        raise Rejected(422, "The study cannot be taken as it is.", reasons=talk.refusal)
    return json_reply(202, shown(talk, talk.archive.commit(key)))
