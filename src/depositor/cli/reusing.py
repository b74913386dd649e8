"""What commands reuse: a template, an instrument of a library; and what is new since a deposit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.cli.console import Console
from depositor.draft.problem import NeedsUser
from depositor.session.language import tr
from depositor.session.reuse import library, templates
from depositor.session.reuse.since import answers_since

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``new`` for what was described before."""
    parser.add_argument(
        "--template",
        metavar="FILE",
        type=Path,
        help=tr("begin with the answers of a template, or of another submission document"),
    )
    parser.add_argument("--library", metavar="FILE", type=Path, help=tr("a library of instruments"))
    parser.add_argument("--instrument", metavar="NAME", help=tr("fill in this instrument of the library"))


def begin(desk: Desk, opened: OpenDraft, given: argparse.Namespace) -> None:
    """Fill in the template, before the headers are read."""
    if given.instrument and given.library is None:
        raise NeedsUser(library.which_library())
    if given.template is not None:
        template: Path = given.template
        document = template.name.endswith(".depositor.json")
        templates.use(opened, templates.of_document(desk, template) if document else templates.read(template))


def instruments(opened: OpenDraft, given: argparse.Namespace) -> tuple[str, ...]:
    """Fill in the instrument that was named; without a name, those that the headers look like: nothing is filled in."""
    if given.library is None:
        return ()
    if given.instrument:
        library.pick_named(opened, given.library, given.instrument)
        return (given.instrument,)
    return library.alike(opened, given.library)


def tell(found: tuple[str, ...], given: argparse.Namespace, console: Console) -> None:
    """Say which instruments the headers look like, and how to fill one in."""
    if found and not given.instrument:
        console.say(tr("The headers look like: {names}. --instrument NAME fills it in.", names=", ".join(found)))


def changed_since(desk: Desk, submission_id: str) -> list[dict[str, Any]]:
    """The answers that its draft has changed since it was sealed, for ``status``."""
    found = answers_since(desk, submission_id)
    return [{"path": d.path, "change": str(d.change), "old": d.old, "new": d.new} for d in found]
