"""new, validate, export: the description of a data set."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.cli import exits, reusing
from depositor.cli.console import Console
from depositor.cli.given import SUFFIX, document, existing
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Level
from depositor.draft.problem import NeedsUser
from depositor.draft.steps import Completeness
from depositor.session import catalogue, language, straight, tasks
from depositor.session.annotations import pairing
from depositor.session.home import Home
from depositor.session.language import say, tr, trn
from depositor.session.open_draft import OpenDraft

if TYPE_CHECKING:
    from depositor.session.desk import Desk


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of new, validate and export."""
    if command == "new":
        parser.add_argument("paths", metavar="PATH", nargs="+", type=existing, help=tr("files or folders"))
        where = tr("where it shall go; “depositor archives” lists them")
        parser.add_argument("--archive", metavar="ID", required=True, type=archive_id, help=where)
        parser.add_argument("--out", metavar="SUBMISSION", required=True, help=tr("the document to write"))
        parser.add_argument("--title", help=tr("the title of the study"))
        parser.add_argument(
            "--profile", metavar="ID", action="append", default=[], type=profile_id, help=profile_help()
        )
        reusing.arguments(parser)
        parser.add_argument("--force", action="store_true", help=tr("replace the document if it is there"))
        parser.add_argument(
            "--from",
            dest="sources",
            metavar="SOURCE",
            action="append",
            default=[],
            type=existing,
            help=tr("take the description out of a spreadsheet, notebook or crate"),
        )
    else:
        parser.add_argument("document", metavar="SUBMISSION", type=document, help=tr("a submission document"))
    if command == "export":
        known = tr("the format to write: {formats}", formats=", ".join(catalogue.formats()))
        parser.add_argument("--as", dest="format", metavar="FORMAT", required=True, type=_format, help=known)
        parser.add_argument("--out", metavar="DIR", required=True, type=Path, help=tr("the folder to write to"))
    parser.set_defaults(run={"new": _new, "validate": _validate, "export": _export}[command])


# --- new -------------------------------------------------------------------------------------------------------------


def _new(given: argparse.Namespace, console: Console) -> int:
    from depositor.cli import importing

    out = Path(given.out if given.out.endswith(SUFFIX) else f"{given.out.removesuffix('.json')}{SUFFIX}")
    if out.exists() and not given.force:
        raise NeedsUser(catalogue.there_already(out))
    with tasks.scratch_desk(Home.find()) as desk:
        opened = catalogue.begin(desk, given.archive, given.title, tuple(given.profile))
        reusing.begin(desk, opened, given)
        opened.add_paths([Path(p) for p in given.paths])
        look_through(opened, console)
        filled = opened.prefill()
        instruments = reusing.instruments(opened, given)
        previews = [importing.take_from(desk, opened, Path(p), console)[0] for p in given.sources]
        opened.save(out)
        summary, findings, complete = opened.summary(), opened.validate(), opened.completeness()
    console.document(
        {
            "document": out.as_posix(),
            "archive": given.archive,
            "files": summary.files,
            "bytes": summary.bytes,
            "prefilled": filled,
            "instruments": list(instruments),
            **({"previews": [p.as_json() for p in previews]} if previews else {}),
            "completeness": complete.as_json(),
            "findings": [f.as_json() for f in findings],
        }
    )
    if not console.json:
        told = trn(
            "{n} answer was filled in from file headers.", "{n} answers were filled in from file headers.", filled
        )
        console.answer(tr("{path} was written.", path=out.as_posix()) + " " + told)
        reusing.tell(instruments, given, console)
        _tell_completeness(complete, console)
    return exits.DONE


def look_through(opened: OpenDraft, console: Console) -> None:
    """Scan the files of a draft and read their headers, with progress."""
    with console.progress(tr("Looking")) as bar:
        opened.scan(Cancel(), lambda s: bar.update(s.files, detail=language.current().size(s.bytes)))
    with console.progress(tr("Reading headers")) as bar:
        opened.read_headers(Cancel(), bar.update)


def look_at_annotations(opened: OpenDraft, desk: Desk, console: Console) -> None:
    """Hold annotations against their images, where the draft has any; validation tells what was found."""
    if pairing.wanted(opened):
        with console.progress(tr("Looking at annotations")) as bar:
            pairing.examine(opened, desk.worker(), Cancel(), bar.update)


# --- validate --------------------------------------------------------------------------------------------------------


def _validate(given: argparse.Namespace, console: Console) -> int:
    with tasks.scratch_desk(Home.find()) as desk:
        opened = desk.load(given.document)
        with console.progress(tr("Looking")) as bar:
            opened.scan(Cancel(), lambda s: bar.update(s.files))
        look_at_annotations(opened, desk, console)
        findings, complete = opened.validate(), opened.completeness()
        lists = catalogue.scores(opened)
        names = straight.renamed(desk, opened)
        nowhere = straight.missing_archive(desk, opened)
        asking = desk.described(opened.draft.archive) is not None
    blocked = any(f.level is Level.BLOCKER for f in findings)
    scored = {"checklists": [one.as_json() for one in lists]}
    problems = {"problems": [nowhere.as_json()] if nowhere else []}
    judged = judgement(findings, complete, ready=asking and not blocked)
    console.document({**judged, **scored, **renamed_json(*names), **problems})
    if not console.json:
        console.findings(findings)
        _tell_completeness(complete, console)
        for one in lists:
            console.answer(tr("{list}: {filled} of {asked}", list=say(one.name), filled=one.filled, asked=one.asked))
    tell_renamed(*names, console)
    if nowhere:
        console.problem(nowhere)
    if asking and not console.json:
        console.answer(tr("The archive would refuse it.") if blocked else tr("Nothing stands against it."))
    return exits.FINDINGS if blocked or not asking else exits.DONE


def judgement(findings: tuple[Finding, ...], complete: Completeness, *, ready: bool) -> dict[str, Any]:
    """The shape of the contract for ``validate``."""
    return {
        "findings": [f.as_json() for f in findings],
        "ready": ready,
        "completeness": complete.as_json(),
    }


def renamed_json(names: tuple[tuple[str, str], ...], count: int) -> dict[str, Any]:
    """``renamed``: the first thousand files that get another name at the archive; ``renamed_count``: all of them."""
    return {"renamed": [{"from": old, "to": new} for old, new in names], "renamed_count": count}


def tell_renamed(names: tuple[tuple[str, str], ...], count: int, console: Console) -> None:
    """Say that files get other names, with an example, before anything is sealed."""
    if not names:
        return
    told = trn(
        "{n} file gets another name at the archive: {old} -> {new}",
        "{n} files get another name at the archive, e.g. {old} -> {new}",
        count,
        old=names[0][0],
        new=names[0][1],
    )
    console.say(f"{told}. {tr('“depositor validate --json” lists them all.')}" if count > 1 else told)


def _tell_completeness(complete: Completeness, console: Console) -> None:
    filled, asked = complete.required
    console.answer(tr("Required: {filled} of {asked} filled in.", filled=filled, asked=asked))
    filled, asked = complete.recommended
    console.answer(tr("Recommended: {filled} of {asked} filled in.", filled=filled, asked=asked))


# --- export ----------------------------------------------------------------------------------------------------------


def _export(given: argparse.Namespace, console: Console) -> int:
    with tasks.scratch_desk(Home.find()) as desk:
        opened = desk.load(given.document)
        look_through(opened, console)
        written = opened.export(given.format, given.out)
    names = [p.as_posix() for p in written]
    console.document({"format": given.format, "files": names})
    if not console.json:
        console.answer("\n".join(names))
    return exits.DONE


# --- ids that exist --------------------------------------------------------------------------------------------------


def archive_id(text: str) -> str:
    """An archive that the program can deposit to."""
    if text in catalogue.planned_ids():
        raise argparse.ArgumentTypeError(f"“{text}”: {tr('not built yet')}")
    return _one_of(text, catalogue.archive_ids, tr("archives"))


def profile_id(text: str) -> str:
    """A profile that a draft can have."""
    return _one_of(text, catalogue.profile_ids, tr("profiles"))


def profile_help() -> str:
    """What ``--profile`` is for."""
    return tr("a way of imaging, which asks more; may be given again; “depositor profiles” lists them")


def _format(text: str) -> str:
    return _one_of(text, catalogue.formats, tr("formats"))


def _one_of(text: str, ids: Callable[[], tuple[str, ...]], what: str) -> str:
    try:
        known = ids()
    except ValueError as error:  # argparse would blame the user for it
        raise RuntimeError("a table of the program cannot be read") from error
    if text in known:
        return text
    raise argparse.ArgumentTypeError(
        tr("“{text}” is none of the {what}: {known}", text=text, what=what, known=", ".join(known))
    )
