"""When to try again, and when not: full jitter, base 1 s, cap 60 s, what the server asks for, and two kinds of trouble.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from depositor.draft.problem import Retryable

# An archive in trouble is in trouble for every file; the rest of the archive's retryable answers is about one file.
_SHARED_CODES = frozenset({"archive.busy", "target.gone", "source.gone"})
_LONGEST_ASKED_S = 900.0


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How a transfer runs. Sizes in bytes, times in seconds.

    ``workers`` threads; files from ``big_bytes`` on go one at a time, in parts of ``part_bytes`` where the protocol has
    parts; smaller ones side by side. ``file_tries``: attempts without progress after which one file is given up while
    the rest goes on. ``failures_in_a_row``: so many files in a row that the archive would not take end the run.
    ``longest_wait_s``: after so long without any progress waiting has an end too; what was sent stays.
    """

    workers: int = 3
    big_bytes: int = 64 << 20
    part_bytes: int = 32 << 20
    limit: int | None = None
    keep_awake: bool = True
    base_s: float = 1.0
    cap_s: float = 60.0
    file_tries: int = 8
    failures_in_a_row: int = 25
    longest_wait_s: float = 7 * 86_400.0
    batch: int = 64  # the most small files whose intents share one commit


def delay(attempt: int, settings: EngineSettings, asked: float | None = None) -> float:
    """Seconds to wait before try ``attempt`` + 1 (the first failure is attempt 1); never less than what was asked."""
    ceiling = min(settings.cap_s, settings.base_s * 2 ** min(attempt - 1, 30))
    jitter = random.uniform(0, ceiling)  # noqa: S311 - spreads load, hides nothing
    return max(jitter, min(asked or 0.0, _LONGEST_ASKED_S))


def shared(error: Retryable) -> bool:
    """True where the trouble is not about one file, so that all workers wait together."""
    return error.problem.code.startswith("network.") or error.problem.code in _SHARED_CODES
