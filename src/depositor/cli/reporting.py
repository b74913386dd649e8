"""report: what was looked for, found and decided about personal data, for an ethics board."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.cli.given import is_document
from depositor.draft.problem import NeedsUser
from depositor.session import language, policies, reporting
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.language import tr, trn


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of report."""
    text = tr("a submission document, the id of a sealed submission, or files and folders")
    parser.add_argument("of", metavar="SUBMISSION|PATH", nargs="+", help=text)
    parser.add_argument("--out", metavar="DIR", required=True, help=tr("where the report goes (JSON, page, PDF)"))
    parser.add_argument("--policy", metavar="ID", type=_policy, help=tr("the rules to report by, not those it names"))
    parser.set_defaults(run=_report)


def _policy(text: str) -> str:
    known = policies.all_policies(Home.find().settings)[0]
    if text not in known:
        raise argparse.ArgumentTypeError(tr("“{policy}” is none of {known}", policy=text, known=", ".join(known)))
    return text


def _report(given: argparse.Namespace, console: Console) -> int:
    console.problems(policies.all_policies(Home.find().settings)[1])
    with console.progress(tr("Checking")) as bar:
        data, files = _made(given, bar.update)
    console.document({"report": data, "files": [path.as_posix() for path in files]})
    if not console.json:
        _tell(data["totals"], files, console)
    if not any(path.suffix == ".pdf" for path in files):
        console.say(
            tr("There is no PDF: the part of Depositor that draws it is not installed. The page can be printed.")
        )
    return exits.NEEDS_USER if data["totals"]["open"] else exits.DONE


def _made(given: argparse.Namespace, tell: reporting.Tell) -> reporting.Report:
    home, out = Home.find(), Path(given.out)
    if len(given.of) == 1 and is_document(given.of[0]):
        return reporting.of_document(home, Path(given.of[0]), out, given.policy, tell)
    if len(given.of) == 1 and not Path(given.of[0]).exists() and given.of[0].isalnum():
        with contextlib.closing(Desk(home.create())) as desk:
            return reporting.of_submission(desk, given.of[0], out)
    missing = next((p for p in given.of if not Path(p).exists()), None)
    if missing:
        raise NeedsUser(reporting.not_there(missing))
    return reporting.of_paths(home, given.of, out, given.policy, tell)


def _tell(totals: dict[str, int], files: tuple[Path, ...], console: Console) -> None:
    number = language.current().number
    console.answer(trn("{n} finding", "{n} findings", totals["findings"]) + ".")
    if totals["open"]:
        console.answer(tr("{count} must still be decided.", count=number(totals["open"])))
    for path in files:
        console.answer(path.as_posix())
