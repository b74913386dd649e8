"""How long the form takes to load and to judge a full description with every profile: typing must feel immediate.

python benchmarks/form_checks.py [--json]

Measured as processor time in a process of its own, so that a busy machine tells the same: the first load (texts of all
profiles read and laid over each other), a later one, and ``validate``, ``by_module``, ``scores`` and ``offers`` over a
description that fills every module of every profile with several records. Aims: load <= 60 ms, validate <= 15 ms.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

TODAY = dt.date(2026, 11, 21)
RECORDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measured()
    if given.json:
        print(json.dumps(rows))
        return
    for name, value in rows.items():
        print(f"{name:32} {value}")


def measured() -> dict[str, float | int]:
    """Milliseconds (medians but for the first load), and how large the form and the description are."""
    from depositor.draft.draft import Draft, FileGroup
    from depositor.form import profiles

    begin = time.process_time()
    every = tuple(p.id for p in profiles.available())
    form = profiles.load(every, "empiar")
    first = (time.process_time() - begin) * 1000
    tree = {m.key: _records(m.fields) if m.repeats else _record(m.fields, 0) for m in form.modules}
    draft = Draft("d", "empiar", every, "CC0-1.0", files=(FileGroup("raw", "Name 0"),), metadata=tree)
    from depositor.form import checklists, overlays, validation

    return {
        "profiles": len(every),
        "questions": sum(1 for _ in form.fields()),
        "answers": _answers(tree),
        "load_first_ms": round(first, 1),
        "load_again_ms": _median(lambda: profiles.load(every, "empiar")),
        "validate_ms": _median(lambda: validation.validate(form, draft, None, TODAY, None)),
        "by_module_ms": _median(lambda: validation.by_module(form, draft)),
        "scores_ms": _median(lambda: checklists.scores(form, draft)),
        "offers_ms": _median(lambda: overlays.offers(form, draft)),
    }


def _median(call: Callable[[], Any]) -> float:
    call()
    times = []
    for _ in range(15):
        begin = time.process_time()
        call()
        times.append((time.process_time() - begin) * 1000)
    return round(statistics.median(times), 2)


def _records(fields: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [_record(fields, at) for at in range(RECORDS)]


def _record(fields: tuple[Any, ...], at: int) -> dict[str, Any]:
    return {f.key: _value(f, at) for f in fields if not f.computed}


def _value(field: Any, at: int) -> Any:
    """An answer of the right kind: the example where there is one."""
    if field.subfields:
        return _records(field.subfields) if field.many else _record(field.subfields, at)
    one = _one(field, at)
    return [one] if field.many else one


def _one(field: Any, at: int) -> Any:
    kind = str(field.kind)
    if kind == "number":
        return field.minimum if field.minimum is not None else 1 + at
    if kind == "boolean":
        return True
    if kind == "reference" or field.key in ("name", "title"):
        return f"Name {at}"
    if field.choices:
        return field.choices[0].value
    return field.example.text if field.example else f"Words {at}"


def _answers(tree: Any) -> int:
    if isinstance(tree, dict):
        return sum(map(_answers, tree.values()))
    return sum(map(_answers, tree)) if isinstance(tree, list) else 1


if __name__ == "__main__":
    main()
