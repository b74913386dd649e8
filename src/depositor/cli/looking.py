"""scan, headers, check: what is in files and folders."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from depositor.cli import exits
from depositor.cli.console import Console, level, table
from depositor.cli.given import existing, is_document
from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts
from depositor.draft.finding import Finding, Level, NotChecked
from depositor.draft.inventory import SetKind, Summary
from depositor.draft.problem import Problem
from depositor.session import catalogue, dicom_rules, language, tasks
from depositor.session.home import Home
from depositor.session.language import tr, trn
from depositor.session.pixels import Amount
from depositor.session.settings import Settings
from depositor.session.tasks import Look
from depositor.session.worker import Worker

_LOUD = (Level.WARNING, Level.BLOCKER)
_FAILED = frozenset(("scan.unreadable", "scan.unreadable-folder", "scan.missing", "scan.name-not-text"))
_UNSEEN = _FAILED | {f"scan.{why}" for why in ("vanished", "link-broken", "link-outside", "special", "too-deep")}
_IN_NANOMETRES = 0.01  # below 10 nm
_NO_READER = "header.no-reader"  # not a failure: such a file is sent as it is
_SHOWN_SETS = 50  # in the words for people; --json has all


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of scan, headers and check."""
    kind = str if command == "scan" else existing
    parser.add_argument("paths", metavar="PATH", nargs="+", type=kind, help=tr("files or folders"))
    if command == "check":
        parser.add_argument("--show-evidence", action="store_true", help=tr("show what was found in full"))
        parser.add_argument(
            "--pixels",
            choices=[str(a) for a in Amount],
            help=tr("read text in the pictures: in all of them, in a sample (usual), in none"),
        )
    parser.set_defaults(run={"scan": _scan, "headers": _headers, "check": _check}[command])


# --- scan ------------------------------------------------------------------------------------------------------------


def _scan(given: argparse.Namespace, console: Console) -> int:
    with look(given.paths, console) as found:
        contents = tasks.contents(found)
    console.document(contents)
    if not console.json:
        _tell_contents(contents, console)
    console.problems(found.problems)
    return exits.FINDINGS if any(p.code in _FAILED for p in found.problems) else exits.DONE


def _tell_contents(contents: dict[str, Any], console: Console) -> None:
    speaker = language.current()
    files = trn("{n} file", "{n} files", contents["files"])
    console.answer(f"{files}, {speaker.size(contents['bytes'])}")
    sets = contents["sets"]
    rows = [
        (catalogue.kind_name(SetKind(s["kind"])), speaker.number(s["files"]), speaker.size(s["bytes"]), s["path"])
        for s in sets[:_SHOWN_SETS]
    ]
    if rows:
        console.answer(table([(tr("kind"), tr("files"), tr("size"), tr("path")), *rows]))
    if len(sets) > _SHOWN_SETS:
        console.answer(trn("... and {n} more", "... and {n} more", len(sets) - _SHOWN_SETS))
    for left_out in contents["ignored"][:_SHOWN_SETS]:
        console.answer(tr("left out: {path}: {why}", path=left_out["path"], why=left_out["why"]))


@contextlib.contextmanager
def look(paths: Sequence[str], console: Console) -> Iterator[Look]:
    """Look through ``paths`` with progress."""
    with console.progress(tr("Looking")) as bar:

        def tell(summary: Summary) -> None:
            bar.update(summary.files, detail=language.current().size(summary.bytes))

        with tasks.look(paths, Cancel(), tell) as found:
            yield found


def unseen(looked: Look) -> tuple[list[Problem], bool]:
    """What was there and could not be looked into, links that lead away among it; whether something failed by that."""
    found = [p for p in looked.problems if p.code in _UNSEEN]
    return found, any(p.code in _FAILED for p in found)


# --- headers ---------------------------------------------------------------------------------------------------------


def _headers(given: argparse.Namespace, console: Console) -> int:
    rows: list[FileFacts] = []
    with contextlib.closing(Worker()) as worker, look(given.paths, console) as found:
        total = tasks.count_readable(found)
        with console.progress(tr("Reading headers")) as bar:
            for facts in tasks.headers(found, worker, Cancel()):
                rows.append(facts)
                bar.update(len(rows), total)
    console.document({"files": [f.as_json() for f in rows]})
    if not console.json:
        for facts in rows:
            _tell_facts(facts, console)
    console.problems(p for facts in rows for p in facts.problems)
    return exits.FINDINGS if any(p.code != _NO_READER for f in rows for p in f.problems) else exits.DONE


def _tell_facts(facts: FileFacts, console: Console) -> None:
    console.answer(f"{facts.path}: {facts.format or tr('no reader knows this file')}")
    for image in facts.images:
        axes = (("X", image.size_x), ("Y", image.size_y), ("Z", image.size_z), ("C", image.size_c), ("T", image.size_t))
        size = " ".join(f"{axis}={n}" for axis, n in axes if n is not None)
        pixel = _length(image.pixel_size_x_um) if image.pixel_size_x_um else ""
        channels = ", ".join(c.name for c in image.channels if c.name)
        lens = image.objective.model if image.objective and image.objective.model else ""
        facts_told = (image.name, size, image.pixel_type, pixel, channels, lens, image.acquired)
        console.answer("    " + " · ".join(t for t in facts_told if t))


def _length(micrometres: float) -> str:
    """As people of the field write it: what electrons see in nanometres."""
    return f"{micrometres * 1000:.4g} nm" if micrometres < _IN_NANOMETRES else f"{micrometres:.4g} µm"


# --- check -----------------------------------------------------------------------------------------------------------


def _check(given: argparse.Namespace, console: Console) -> int:
    documents = [p for p in given.paths if is_document(p)]
    home = Home.find()
    dicom_rules.announce(home)
    console.problems(p for p in (dicom_rules.problem(home),) if p)
    settings = Settings(home.settings / "settings.json")
    pixels = Amount(given.pixels or settings.get("privacy_pixels"))
    if len(documents) == len(given.paths) == 1:
        found, gaps, files = _checked_document(Path(documents[0]), console, pixels)
    else:
        with contextlib.closing(Worker()) as worker, look(given.paths, console) as looked:
            found, gaps = _checked(looked, worker, console, pixels)
            told = {gap.path for gap in gaps}
            gaps += [NotChecked(p.path or "", p.message) for p in unseen(looked)[0] if p.path not in told]
            files = looked.summary.files
    console.document(
        {
            "findings": [f.as_json(show_evidence=given.show_evidence) for f in found],
            "not_checked": [n.as_json() for n in gaps],
            "files": files,
        }
    )
    if not console.json:
        _tell_findings(found, gaps, files, console, show_evidence=given.show_evidence)
    return exits.FINDINGS if any(f.level in _LOUD for f in found) else exits.DONE


def _checked(looked: Look, worker: Worker, console: Console, pixels: Amount) -> tuple[list[Finding], list[NotChecked]]:
    found: list[Finding] = []
    gaps: list[NotChecked] = []
    files = looked.summary.files
    with console.progress(tr("Checking")) as bar:
        for done, (more, open_ends) in enumerate(tasks.findings(looked, worker, Cancel(), pixels), 1):
            found += more
            gaps += open_ends
            later = tr("then pictures, and all once more ({n})", n=language.current().number(done - files))
            bar.update(min(done, files), files, later if done > files else "")
    return found, gaps


def _checked_document(document: Path, console: Console, pixels: Amount) -> tuple[list[Finding], list[NotChecked], int]:
    with tasks.scratch_desk(Home.find()) as desk:
        opened = desk.load(document)
        opened.scan(Cancel())
        with console.progress(tr("Checking")) as bar:
            opened.check_privacy(Cancel(), bar.update, pixels)
        return list(opened.privacy() or ()), list(opened.not_checked()), opened.summary().files


def _tell_findings(
    found: list[Finding], gaps: list[NotChecked], files: int, console: Console, *, show_evidence: bool
) -> None:
    console.findings(found, show_evidence=show_evidence)
    console.not_checked(gaps)
    looked = trn("{n} file was looked at", "{n} files were looked at", files)
    told = trn("{n} finding", "{n} findings", len(found))
    weights = ((level(of), sum(1 for f in found if f.level is of)) for of in reversed(Level))
    by_weight = ", ".join(f"{name}: {language.current().number(n)}" for name, n in weights if n)
    console.answer(f"{looked}, {told}{f' ({by_weight})' if by_weight else ''}.")
    if found and not show_evidence:
        console.say(tr("“--json” lists every place, “--show-evidence” shows in full what was found."))
