"""clean: cleaned copies of files and folders."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.cli.given import existing
from depositor.cli.looking import look, unseen
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Subject
from depositor.session import cleaning, dicom_rules
from depositor.session.home import Home
from depositor.session.language import tr, trn
from depositor.session.pixels import Amount
from depositor.session.settings import Settings
from depositor.session.worker import Worker


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of clean."""
    subjects = [str(s) for s in Subject]
    parser.add_argument("paths", metavar="PATH", nargs="+", type=existing, help=tr("files or folders"))
    parser.add_argument("--out", metavar="DIR", required=True, help=tr("where the cleaned copies go"))
    known = cleaning.policies(Home.find().settings)
    parser.add_argument("--policy", choices=known, default="public", help=tr("which rules hold (usual: public)"))
    kept = tr("leave in what is about: {subjects}; may be given several times", subjects=", ".join(subjects))
    parser.add_argument("--keep", metavar="SUBJECT", action="append", choices=subjects, default=[], help=kept)
    amounts = [str(a) for a in Amount]
    parser.add_argument("--pixels", choices=amounts, default=None, help=tr("how many pictures are read for text"))
    table = tr("new names for files and folders: a CSV or TSV with the columns “name now” and “new name”")
    parser.add_argument("--names", metavar="TABLE", type=existing, help=table)
    parser.add_argument(
        "--convert", action="store_true", help=tr("write pictures of files that cannot be cleaned as OME-TIFF")
    )
    parser.add_argument("--show-evidence", action="store_true", help=tr("show what was found in full"))
    parser.add_argument("--force", action="store_true", help=tr("replace files that are there already"))
    parser.set_defaults(run=_clean)


def _clean(given: argparse.Namespace, console: Console) -> int:
    keep = frozenset(Subject(k) for k in given.keep)
    home = Home.find()
    dicom_rules.announce(home)
    console.problems(p for p in (dicom_rules.problem(home),) if p)
    pixels = Amount(given.pixels or Settings(home.settings / "settings.json").get("privacy_pixels"))
    names = Path(given.names) if given.names else None
    more = {"force": given.force, "settings": home.settings, "pixels": pixels, "names": names, "convert": given.convert}
    done: list[cleaning.CleanedFile] = []
    with (
        contextlib.closing(Worker()) as worker,
        look(given.paths, console) as looked,
        console.progress(tr("Cleaning")) as bar,
    ):
        for one in cleaning.clean(looked, worker, Path(given.out), given.policy, keep, Cancel(), **more):
            done.append(one)
            bar.update(len(done), looked.summary.files)
        told = {one.source for one in done if one.problems}
        missed, broken = unseen(looked)
        missed = [p for p in missed if p.path not in told]
    failed = [one for one in done if one.problems or one.left]
    console.document(
        {
            "out": Path(given.out).as_posix(),
            "policy": given.policy,
            "files": [one.as_json(show_evidence=given.show_evidence) for one in done],
            "problems": [p.as_json() for p in (*(p for one in done for p in one.problems), *missed)],
        }
    )
    console.problems((*(p for one in failed for p in one.problems), *missed))
    if not console.json:
        _tell(done, Path(given.out), console)
    return exits.FINDINGS if failed or broken else exits.DONE


def _tell(done: list[cleaning.CleanedFile], out: Path, console: Console) -> None:
    """What was made, what was not, and what to know before the copies are passed on."""
    made = [one for one in done if one.target]
    changed = sum(1 for one in made if one.removed)
    console.answer(
        trn("{n} file was copied to {out}", "{n} files were copied to {out}", len(made), out=str(out))
        + ", "
        + trn("{n} of them cleaned.", "{n} of them cleaned.", changed)
    )
    if len(made) < len(done):
        console.answer(trn("{n} file has no copy.", "{n} files have no copy.", len(done) - len(made)))
    renamed = sum(1 for one in made if one.renamed(out))
    if renamed:
        console.answer(
            trn(
                "{n} copy has another name; “--json” tells which.",
                "{n} copies have other names; “--json” tells which.",
                renamed,
            )
        )
    if made:
        console.say(
            tr("Please look at the copies. “depositor check” lists what no check covers; that was copied as it is.")
        )
        key = cleaning.key_file(out)
        console.say(
            tr("Do not pass on {file}: it holds the key to the stand-ins. Delete it when all is done.", file=str(key))
        )
