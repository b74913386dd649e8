"""What the three digits of an FTP reply mean (RFC 959, 4.2; RFC 4217; RFC 2428)."""

from __future__ import annotations

import re

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable
from depositor.transfer import problems

TOO_MANY_S = 30.0  # after so long a server may have room for one more connection
UNKNOWN = frozenset({500, 501, 502, 504})  # commands that a server does not know
_CROWDED = re.compile(r"maximum|too many|limit", re.IGNORECASE)
_FULL = re.compile(r"no space|not enough space|disk full|quota", re.IGNORECASE)
_OVERWRITE = frozenset({"521", "550", "553"})


def of_reply(code: str, host: str, words: str = "") -> DepositError:
    """The error for a reply of the 4xx or 5xx kind; also for one that is no number at all.

    ``words`` help where servers use a number for several things: 530 is also the answer to one guest too many
    (proftpd), 550 and 451 that to a full disk.
    """
    if code == "530" and _CROWDED.search(words):
        return Retryable(problems.busy(host), TOO_MANY_S)
    if code in _NEEDS_USER or (code[:1] in "45" and _FULL.search(words)):
        return NeedsUser(_NEEDS_USER.get(code, problems.quota)(host))
    if code in _RETRYABLE:
        return Retryable(_RETRYABLE[code](host), TOO_MANY_S if code == "421" else None)
    if code in _OVERWRITE:
        return Refused(problems.name_refused(host))
    if code.startswith("4"):
        return Retryable(problems.broken(host))
    return Refused(problems.refused(host, int(code) if code.isdigit() else 500))


_NEEDS_USER = {
    "430": problems.sign_in,
    "452": problems.quota,
    "530": problems.sign_in,
    "532": problems.sign_in,
    "552": problems.quota,
}
_RETRYABLE = {
    "421": problems.busy,
    "425": problems.dropped,
    "426": problems.dropped,
    "450": problems.locked,
    "451": problems.broken,
}
