"""import, template: descriptions out of spreadsheets and other files, and empty spreadsheets to fill in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.cli.describing import archive_id, judgement, profile_help, profile_id
from depositor.cli.given import document, existing
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Level
from depositor.draft.problem import NeedsUser
from depositor.session import catalogue, sources, spreadsheets, tasks
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.language import say, tr, trn
from depositor.session.open_draft import OpenDraft
from depositor.session.sources import Change, ChangeKind, Preview

SIGNS = {ChangeKind.ADDED: "+", ChangeKind.CHANGED: "~", ChangeKind.REMOVED: "-"}
TAKE = ("proposed", "added", "all")
_WIDE = 60


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of import and template."""
    if command == "import":
        parser.add_argument("document", metavar="SUBMISSION", type=document, help=tr("a submission document"))
        parser.add_argument(
            "sources", metavar="SOURCE", nargs="+", type=existing, help=tr("spreadsheets, tables, notebooks, crates")
        )
        parser.add_argument("--dry-run", action="store_true", help=tr("only show what would change"))
        parser.add_argument(
            "--take",
            choices=TAKE,
            default="proposed",
            help=tr("which changes: those proposed, only what is new, or all, removals too"),
        )
        parser.add_argument("--part", metavar="ID", default="", help=tr("which experiment of a notebook"))
        parser.set_defaults(run=_import)
        return
    parser.add_argument(
        "--archive", metavar="ID", type=archive_id, help=tr("where it shall go; “depositor archives” lists them")
    )
    parser.add_argument("--profile", metavar="ID", action="append", default=[], type=profile_id, help=profile_help())
    parser.add_argument("--out", metavar="FILE", required=True, type=Path, help=tr("the spreadsheet to write (.xlsx)"))
    parser.add_argument("--force", action="store_true", help=tr("replace the file if it is there"))
    parser.set_defaults(run=_template)


def _import(given: argparse.Namespace, console: Console) -> int:
    previews: list[Preview] = []
    taken = 0
    with tasks.scratch_desk(Home.find()) as desk:
        opened = desk.load(given.document)
        with console.progress(tr("Looking")) as bar:
            opened.scan(Cancel(), lambda s: bar.update(s.files))
        for path in given.sources:
            found, number = take_from(desk, opened, Path(path), console, given.take, given.part, dry=given.dry_run)
            previews.append(found)
            taken += number
        if taken:
            opened.save(given.document)
        findings, complete = opened.validate(), opened.completeness()
    blocked = any(f.level is Level.BLOCKER for f in findings)
    console.document(
        {
            "document": given.document.as_posix(),
            "taken": taken,
            "previews": [p.as_json() for p in previews],
            **judgement(findings, complete, ready=not blocked),
        }
    )
    if not console.json:
        console.answer(_summary(previews, given, taken))
    return exits.FINDINGS if any(_open(p) for p in previews) else exits.DONE


def _summary(previews: list[Preview], given: argparse.Namespace, taken: int) -> str:
    if not given.dry_run:
        return trn("{n} change was taken.", "{n} changes were taken.", taken)
    n = sum(_is_wanted(c, given.take) for p in previews for c in p.changes)
    return trn("{n} change would be taken; nothing was written.", "{n} changes would be taken; nothing was written.", n)


def take_from(
    desk: Desk,
    opened: OpenDraft,
    path: Path,
    console: Console,
    which: str = "proposed",
    part: str = "",
    *,
    dry: bool = False,
) -> tuple[Preview, int]:
    """Look at a source, tell what it would change, and take it unless ``dry``; the preview and how many were taken."""
    with console.progress(tr("Reading {name}", name=path.name)) as bar:
        found = sources.look(desk, opened, path, Cancel(), bar.update, part, mine=True)
    if not console.json:
        tell(found, console)
    wanted = [c.id for c in found.changes if _is_wanted(c, which)]
    return found, 0 if dry else sources.take(opened, found, wanted)


def _is_wanted(change: Change, which: str) -> bool:
    if which == "all":
        return True
    return change.taken and (which == "proposed" or change.kind is ChangeKind.ADDED)


def _open(preview: Preview) -> bool:
    """True where something could not be taken over."""
    return any(f.level in (Level.WARNING, Level.BLOCKER) for f in preview.findings) or _asks(preview)


def _asks(preview: Preview) -> bool:
    return len(preview.parts) > 1 and not preview.part


def tell(found: Preview, console: Console) -> None:
    """A preview for people."""
    console.answer(f"{found.file}: {say(found.name)}")
    if _asks(found):
        console.answer(tr("It holds several experiments. Choose one with --part:"))
        console.answer("\n".join(f"  {one}  {name}" for one, name in found.parts))
    for change in found.changes:
        console.answer(_line(change))
    console.findings(found.findings)
    for left in found.not_taken:
        console.say(f"{left.place}  {left.text}  ({say(left.why)})")
    if not found.changes and not _asks(found):
        unknown = tr("Nothing in it changes the description; the form does not ask for what is listed.")
        console.answer(unknown if found.not_taken else tr("Nothing in it differs from the description."))


def _line(change: Change) -> str:
    record = f" [{change.record}]" if change.record else ""
    values = " -> ".join(_short(v) for v in (change.was, change.now) if v)
    left = "" if change.taken else f"  ({tr('left out unless you say --take all')})"
    return f"  {SIGNS[change.kind]} {say(change.label)}{record}: {values}  {change.place}{left}".rstrip()


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDE else f"{plain[: _WIDE - 1]}…"


def _template(given: argparse.Namespace, console: Console) -> int:
    out: Path = given.out if given.out.suffix.lower() == ".xlsx" else given.out.with_name(f"{given.out.name}.xlsx")
    if out.exists() and not given.force:
        raise NeedsUser(catalogue.there_already(out))
    with tasks.scratch_desk(Home.find()) as desk:
        written = spreadsheets.template(desk, out, given.archive, tuple(given.profile))
    answer: dict[str, Any] = {"files": [p.as_posix() for p in written]}
    console.document(answer)
    if not console.json:
        console.answer(tr("{path} was written.", path=written[0].as_posix()))
    return exits.DONE
