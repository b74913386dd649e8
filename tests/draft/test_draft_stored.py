"""Problems that are kept in the store: said in another language when they are read again."""

from __future__ import annotations

import json

from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side

TOLD = Problem(
    "transfer.changed",
    Side.COMPUTER,
    msgn("transfer.changed", "{n} file of {size}", "{n} files of {size}", 3, size="2 {GB}"),
    msg("transfer.changed.advice", "Look at {place}.", place="x"),
    "images/a.tif",
    ("retry", "replace"),
)


def test_a_stored_problem_comes_back_as_it_was() -> None:
    stored = json.loads(json.dumps(TOLD.as_stored()))
    assert Problem.from_stored(stored) == TOLD
    assert {k: stored[k] for k in TOLD.as_json()} == TOLD.as_json()


def test_one_of_an_earlier_version_speaks_english() -> None:
    old = Problem.from_stored({**TOLD.as_json(), "message": "a {brace} stays"})
    assert old.message.english() == "a {brace} stays"
    assert (old.code, old.side, old.path, old.actions) == (TOLD.code, TOLD.side, TOLD.path, ())
