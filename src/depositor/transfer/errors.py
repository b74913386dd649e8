"""Which exception or answer means what: from sockets, TLS, HTTP and disks to DepositErrors with the right side."""

from __future__ import annotations

import datetime as dt
import email.utils
import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from depositor.draft.problem import Damaged, DepositError, NeedsUser, Problem, Refused, Retryable
from depositor.transfer import problems
from depositor.transfer.http import problems as http_problems
from depositor.transfer.net import portal

# OpenSSL's verify codes (X509_V_ERR_*, openssl/x509_vfy.h)
_EXPIRED = frozenset({9, 10})
_WRONG_NAME = frozenset({62, 63, 64})


def _codes(names: str) -> frozenset[int]:
    """The error numbers of this system; some systems lack some of them."""
    return frozenset(getattr(errno, name) for name in names.split() if hasattr(errno, name))


_UNREACHABLE = _codes("ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN")
_VANISHED = _codes("ENOENT ENOTDIR ENODEV ENXIO ESTALE EIO ENOTCONN EHOSTDOWN")
_FULL = _codes("ENOSPC EDQUOT")
_FULL_WINDOWS = (39, 112)  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL


def of_network(error: BaseException, host: str) -> DepositError:
    """What an exception of requests, urllib3, ssl, socket or ftplib means. DepositErrors come back as they are."""
    chain = tuple(_chain(error))
    for link in chain:
        if isinstance(link, DepositError):
            return link
    certificate = next((e for e in chain if isinstance(e, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return _of_certificate(certificate, host)
    return Retryable(next(filter(None, (_of_link(e, host) for e in chain)), problems.dropped(host)))


def _of_link(error: BaseException, host: str) -> Problem | None:
    name = type(error).__name__
    kinds = (
        ("ProxyError" in name, problems.proxy),
        (isinstance(error, socket.gaierror) or name == "NameResolutionError", problems.offline),
        (isinstance(error, ConnectionRefusedError), problems.refused_connection),
        (isinstance(error, TimeoutError) or "Timeout" in name, problems.silent),
        (isinstance(error, OSError) and error.errno in _UNREACHABLE, problems.unreachable),
        (isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError), problems.tls),
    )
    return next((make(host) for applies, make in kinds if applies), None)


def _of_certificate(error: ssl.SSLCertVerificationError, host: str) -> DepositError:
    code = getattr(error, "verify_code", 0)
    words = str(getattr(error, "verify_message", "")).lower()  # systems other than OpenSSL give words alone
    if code in _EXPIRED or "expired" in words:
        return NeedsUser(problems.certificate_expired(host))
    if code in _WRONG_NAME or "mismatch" in words:
        return portal.of_certificate(NeedsUser(problems.certificate_name(host)), host, wrong_name=True)
    return portal.of_certificate(NeedsUser(problems.certificate_unknown(host)), host, wrong_name=False)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it was made from, innermost first: that one knows the reason."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        link = todo.pop()
        if isinstance(link, BaseException) and link not in found:
            found.append(link)
            todo += [link.__context__, link.__cause__, getattr(link, "reason", None), *link.args]
    return reversed(found)


def of_status(status: int, host: str, after: float | None = None) -> DepositError:
    """What an HTTP status of 400 and above means; also for 1xx to 3xx where none of them may come."""
    if status in _NEEDS_USER:
        return NeedsUser(_NEEDS_USER[status](host))
    if status in _RETRYABLE:
        return Retryable(_RETRYABLE[status](host), after)
    if status in _REFUSED:
        return Refused(_REFUSED[status](host))
    if 400 <= status < 500:
        return Refused(problems.refused(host, status))
    kind = problems.broken if status >= 500 else problems.portal if status >= 300 else problems.odd_answer
    return Retryable(kind(host), after)


_NEEDS_USER = {401: problems.sign_in, 402: problems.quota, 407: http_problems.proxy_sign_in, 507: problems.quota}
_RETRYABLE = {
    408: problems.silent,
    423: problems.locked,
    425: problems.busy,
    429: problems.busy,
    502: problems.busy,
    503: problems.busy,
    504: problems.busy,
    511: problems.portal,
}
_REFUSED = {
    403: problems.forbidden,
    404: problems.gone,
    409: problems.conflict,
    410: problems.gone,
    413: problems.too_large,
}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, given as a number or as a date (RFC 9110, 10.2.3); None for nonsense. A date is
    measured by the server's own clock where it tells it: ours may be wrong."""
    value = (headers.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 10**6))
    when = _date(value)
    if when is None:
        return None
    now = _date(headers.get("Date") or "") or dt.datetime.now(dt.UTC)
    return max((when - now).total_seconds(), 0.0)


def _date(value: str) -> dt.datetime | None:
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC)


def of_source(error: OSError, path: Path) -> DepositError:
    """What it means that a file of the user cannot be read. A vanished drive is waited for; a vanished file is not."""
    if isinstance(error, PermissionError):
        return Damaged(problems.no_permission(str(path)))
    if error.errno in _VANISHED and not _exists(path.parent):
        return Retryable(problems.source_gone(str(path)))
    if isinstance(error, FileNotFoundError):
        return Damaged(problems.file_gone(str(path)))
    return Damaged(problems.unreadable(str(path)))


def changed(path: str) -> Damaged:
    """The file is not what was sealed."""
    return Damaged(problems.file_changed(path))


def of_target(error: OSError, path: Path, root: Path, needed: int) -> DepositError:
    """What it means that ``path`` below the folder ``root`` cannot be written; ``needed``: bytes still missing."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _FULL_WINDOWS:
        return NeedsUser(problems.disk_full(str(root), needed))
    if error.errno == errno.EFBIG:
        return Refused(problems.target_too_large(str(path)))
    if not _exists(root):
        return Retryable(problems.target_gone(str(root)))
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return NeedsUser(problems.target_closed(str(root)))
    return Retryable(problems.target_gone(str(root)))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
