"""status, resume: where deposits stand, in the words of the window, and how they go on."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from typing import TYPE_CHECKING, Any

from depositor.cli import exits, reusing
from depositor.cli.console import Console
from depositor.cli.sending import accept_host_key, desk_at_home, host_key_argument, limit_argument, send, state
from depositor.draft.cancel import Cancel
from depositor.session import straight
from depositor.session.language import say, tr, trn
from depositor.session.sending import failed_files, replacing, transfer_words, transfers
from depositor.session.sending.transfers import Group, Runner, Standing

if TYPE_CHECKING:
    from depositor.session.desk import Desk, SubmissionInfo

_FAILED = 100  # failed files in the JSON of one submission
_TOLD = 5  # of them in words
_EVERY_S = 1.0
_CLEAR = "\033[H\033[2J"  # of a terminal


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of status and resume."""
    parser.add_argument("id", metavar="ID", nargs="?", help=tr("a submission; its first letters are enough"))
    if command == "status":
        parser.add_argument("--watch", action="store_true", help=tr("renew it every second while something is sent"))
        parser.set_defaults(run=_status)
        return
    limit_argument(parser)
    host_key_argument(parser)
    parser.add_argument("--retry-failed", action="store_true", help=tr("try failed files again (the default)"))
    parser.add_argument(
        "--skip",
        metavar="PATH",
        action="append",
        default=[],
        help=tr("leave this failed file out; the receipt says so"),
    )
    parser.add_argument(
        "--replace",
        metavar="PATH",
        action="append",
        default=[],
        help=tr("take this changed file as it is now, after checking it for personal data"),
    )
    parser.set_defaults(run=_resume)


# --- resume ----------------------------------------------------------------------------------------------------------


def _resume(given: argparse.Namespace, console: Console) -> int:
    with desk_at_home() as desk:
        found = straight.unfinished(desk, given.id)
        if found is None:
            console.say(tr("There is no unfinished deposit."))
            console.document({"submission": None, "problems": []})
            return exits.DONE
        accept_host_key(desk, found.endpoint, given)
        run = desk.deposit(found.id)
        _settle_failed(desk, found.id, given, console)
        run.resume()
        return send(run, given, console)


def _settle_failed(desk: Desk, submission_id: str, given: argparse.Namespace, console: Console) -> None:
    """Do with failed files what was asked for; without a word about them all are tried again."""
    left_out = failed_files.named(desk, submission_id, given.skip)
    renewed = failed_files.named(desk, submission_id, given.replace)
    if left_out:
        number = failed_files.skip(desk, submission_id, [f.file.seq for f in left_out])
        console.say(trn("{n} file is left out.", "{n} files are left out.", number))
    for failed in renewed:
        with console.progress(tr("Checking")) as bar:
            done = replacing.replace_file(desk, submission_id, failed, Cancel(), bar.update)
        words = tr("{path} is left out, as was decided.") if done.left_out else tr("{path} is taken as it is now.")
        console.say(words.format(path=done.path))
    if given.retry_failed or not (left_out or renewed):
        desk.deposit(submission_id).retry_failed()


# --- status ----------------------------------------------------------------------------------------------------------


def _status(given: argparse.Namespace, console: Console) -> int:
    with desk_at_home() as desk:
        while True:
            found = _look(desk, given.id)
            live = any(one.runner is not Runner.NOBODY for one in found)
            if given.watch and sys.stdout.isatty() and not console.json:
                console.answer(_CLEAR)
            _tell(desk, found, console)
            if not (given.watch and live) or console.json:
                return exits.DONE
            try:
                time.sleep(_EVERY_S)
            except KeyboardInterrupt:
                return exits.DONE


def _look(desk: Desk, submission_id: str | None) -> tuple[Standing, ...]:
    infos: tuple[SubmissionInfo, ...] = (desk.submission(submission_id),) if submission_id else desk.submissions()
    return tuple(transfers.look(desk, info) for info in infos)


def _tell(desk: Desk, found: tuple[Standing, ...], console: Console) -> None:
    if console.json:
        console.document({"submissions": [_row(desk, one) for one in found]})
        return
    summed = transfer_words.all_together(found)
    if summed:
        console.answer(summed)
    for one in found:
        _tell_one(desk, one, console)
    if not found:
        console.answer(tr("There is no deposit yet."))


def _row(desk: Desk, found: Standing) -> dict[str, Any]:
    info = found.info
    failed = failed_files.listed(desk, info.id, 0, _FAILED) if found.progress.files_failed else ()
    problems = [p for p in (found.problem, *(f.problem for f in failed)) if p is not None]
    return {
        "submission": info.id,
        "title": info.title,
        "archive": info.archive,
        "stage": str(info.stage),
        "paused": info.paused,
        "sealed_at": info.sealed_at,
        "files": info.files,
        "bytes": info.bytes,
        **found.as_json(),
        "folder": str(info.folder),
        "receipt": info.receipt.as_json() if info.receipt else None,
        "problem": transfers.shape(found.problem),
        "problems": [transfers.shape(p) for p in problems],
        "changed_since": reusing.changed_since(desk, info.id),
    }


def _tell_one(desk: Desk, found: Standing, console: Console) -> None:
    info = found.info
    console.answer(f"{info.id}  {info.title or '-'}")
    if info.receipt:
        told = f"{state(info.receipt)}, {info.receipt.accession or '-'}, {info.receipt.receipt}"
    else:
        told = transfer_words.told(found)
    console.answer(f"    {info.archive}: {told}")
    advice = transfer_words.advice(found)
    if advice and found.group is not Group.DONE:
        console.answer(f"    {advice}")
    _tell_failed(desk, found, console)
    changed = len(reusing.changed_since(desk, info.id))
    if changed:
        console.answer(f"    {trn('{n} answer changed since', '{n} answers changed since', changed)}")


def _tell_failed(desk: Desk, found: Standing, console: Console) -> None:
    number = found.progress.files_failed
    if not number or not found.info.under_way:
        return
    if found.stand is not transfers.Stand.FAILED_FILES:
        console.answer(f"    {say(transfers.failed_told(number))}")
    for one in itertools.islice(failed_files.listed(desk, found.info.id, 0, _TOLD), _TOLD):
        why = f": {say(one.problem.message)} {say(one.problem.advice)}" if one.problem else ""
        console.answer(f"    - {one.file.origin}{why}")
    if number > _TOLD:
        console.answer("    " + trn("... and {n} more", "... and {n} more", number - _TOLD))
