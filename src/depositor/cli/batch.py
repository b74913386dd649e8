"""batch: said plainly that it is not built yet."""

from __future__ import annotations

import argparse

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.session.language import tr


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The sheet."""
    parser.add_argument("sheet", metavar="SHEET.xlsx", nargs="?", help=tr("one row per submission"))
    parser.set_defaults(run=_batch)


def _batch(given: argparse.Namespace, console: Console) -> int:
    problem = Problem(
        "batch.not-built",
        Side.PROGRAM,
        msg("batch.not-built", "Batches are not built yet in this version of Depositor."),
        msg("batch.not-built.advice", "Meanwhile, one “depositor deposit” per submission document does the same work."),
    )
    console.problem(problem)
    console.document({"problems": [problem.as_json()]})
    return exits.USAGE
