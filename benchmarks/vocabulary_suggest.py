"""How long suggestions take, over all terms, for what people type letter by letter.

``python benchmarks/vocabulary_suggest.py`` prints one JSON line. A thousand questions: beginnings of labels and
synonyms of the file itself (two to twelve letters), one in ten with a slip. In the same run a bare
``LIKE '%text%'`` over the same names in SQLite is measured, which has no ranking, no order of words, no typing errors.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing

from depositor import resources
from depositor.form.terms.vocabulary_store import store
from depositor.form.vocabulary import suggest

QUESTIONS = 1_000
FIELD = "biological-entities"  # the largest: 18,700 terms
SEED = 20_261_121


def questions() -> list[str]:
    """What people type, the same in each run."""
    chance = random.Random(SEED)
    span = store().span(FIELD)
    assert span is not None
    sql = "SELECT coalesce(shown, label) FROM name JOIN term ON term.no = name.term WHERE name.no BETWEEN ? AND ?"
    names = [name for (name,) in store().ask(sql, (span.low_name, span.high_name))]
    out = []
    for at in range(QUESTIONS):
        typed = chance.choice(names)[: chance.randint(2, 12)]
        out.append(slipped(typed, chance) if at % 10 == 0 else typed)
    return out


def slipped(typed: str, chance: random.Random) -> str:
    """Two neighbours swapped."""
    if len(typed) < 5:
        return typed
    at = chance.randint(1, len(typed) - 2)
    return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]


def measured(ask: Callable[[str], object], typed: list[str]) -> tuple[float, float, float]:
    """Median, 95th percentile and maximum in milliseconds of the processor, which other programs do not lengthen."""
    times = []
    for one in typed:
        start = time.thread_time()
        ask(one)
        times.append((time.thread_time() - start) * 1000)
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95)], times[-1]


def main() -> None:
    begun = time.perf_counter()
    suggest(FIELD, "neur", 12)
    first_ms = (time.perf_counter() - begun) * 1000
    typed = questions()
    ours = measured(lambda one: suggest(FIELD, one, 12), typed)
    path = resources.path("vocabularies/vocabularies.sqlite")
    span = store().span(FIELD)
    assert span is not None
    sql = (
        "SELECT term.id, term.label FROM name JOIN term ON term.no = name.term WHERE name.no BETWEEN ? AND ? "
        "AND coalesce(name.shown, term.label) LIKE ? LIMIT 1000"
    )
    with closing(sqlite3.connect(path)) as bare:
        low, high = span.low_name, span.high_name
        scan = measured(lambda one: bare.execute(sql, (low, high, f"%{one}%")).fetchall(), typed)
    report = {
        "benchmark": "vocabulary_suggest",
        "terms_of_the_field": span.high - span.low + 1,
        "questions": len(typed),
        "first_ms": round(first_ms, 1),
        "p50_ms": round(ours[0], 2),
        "p95_ms": round(ours[1], 2),
        "max_ms": round(ours[2], 1),
        "like_p50_ms": round(scan[0], 2),
        "like_p95_ms": round(scan[1], 2),
        "ratio_p50": round(ours[0] / scan[0], 2),
        "ratio_p95": round(ours[1] / scan[1], 2),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
