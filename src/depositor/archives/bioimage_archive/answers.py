"""What the archive's answers mean. Beware: its server answers 500 to mistakes of users too, with ``status: FAIL``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from depositor.archives.bioimage_archive import problems
from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable
from depositor.transfer import errors
from depositor.transfer import problems as transfer_problems

if TYPE_CHECKING:
    import requests

_SIGNED_OUT = ("could not find an active session", "access denied")
_PROCESSING = "currently being processed"
_COLLECTION = "is not allowed to submit to"
_MOST_WORDS = 200


def must(answer: requests.Response, host: str) -> None:
    """Raise what an answer that is no success means."""
    if answer.status_code >= 300:
        raise meaning(answer, host)


def meaning(answer: requests.Response, host: str) -> DepositError:
    """What a refusal means: the user's to mend, the archive's no, or a bad moment."""
    status, content = answer.status_code, _content(answer)
    words = tuple(said(content))
    lower = " ".join(words).lower()
    if status == 401 or any(text in lower for text in _SIGNED_OUT):
        return NeedsUser(problems.signed_out())
    if _PROCESSING in lower:
        return Retryable(problems.processing(), 600.0)
    if _COLLECTION in lower:
        return NeedsUser(problems.no_collection())
    if is_page(answer) and status not in (403, 413):
        return Retryable(_of_page(status, host))
    if isinstance(content, dict) and content.get("status") == "FAIL":
        return Refused(problems.refused(words))
    return errors.of_status(status, host, errors.retry_after(answer.headers))


def said(content: Any) -> Iterator[str]:
    """The archive's own words: what has no node below it says the most, so that stands alone."""
    if not isinstance(content, dict):
        return
    log = content.get("log")
    count = 0
    for text in _leaves(log) if isinstance(log, dict) else iter([content.get("message")]):
        if isinstance(text, str) and text.strip() and count < _MOST_WORDS:
            count += 1
            yield " ".join(text.split())


def _leaves(node: dict[str, Any]) -> Iterator[Any]:
    """The messages of the nodes without further nodes, in order; without recursion, the depth is not ours."""
    todo = [node]
    while todo:
        current = todo.pop(0)
        below = current.get("subnodes")
        nodes = [n for n in below if isinstance(n, dict)] if isinstance(below, list) else []
        if nodes:
            todo[:0] = nodes
        else:
            yield current.get("message")


def _content(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, UnicodeDecodeError):
        return None


def is_page(answer: requests.Response) -> bool:
    """Whether a web page came where data should come: then the archive's server did not answer itself."""
    return "html" in answer.headers.get("Content-Type", "").lower()


def _of_page(status: int, host: str) -> Any:
    """A page where data should come: a gateway in trouble, or a guest network."""
    return transfer_problems.busy(host) if status >= 500 else transfer_problems.portal(host)
