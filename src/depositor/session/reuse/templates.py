"""Templates on this computer and as files to share: made from any draft, begun from in a new one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem
from depositor.form.reuse import templates as rules
from depositor.form.reuse.templates import SUFFIX, Piece, Template
from depositor.session import clock
from depositor.session.home import Home
from depositor.session.reuse import shared_files

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

__all__ = [
    "SUFFIX",
    "Piece",
    "Saved",
    "Template",
    "begin",
    "export",
    "make",
    "of_document",
    "pieces",
    "put",
    "read",
    "remove",
    "saved",
]


@dataclass(frozen=True, slots=True)
class Saved:
    """A template of this computer; ``problem`` says why it cannot be read, ``template`` is None then."""

    path: Path
    template: Template | None
    problem: Problem | None = None


def folder(home: Home) -> Path:
    return home.state / "templates"


def saved(home: Home) -> tuple[Saved, ...]:
    """The templates of this computer by name; damaged ones too, so that they can be removed."""
    found = []
    for path in sorted(folder(home).glob(f"*{SUFFIX}")):
        try:
            found.append(Saved(path, read(path)))
        except DepositError as error:
            found.append(Saved(path, None, error.problem))
    return tuple(sorted(found, key=lambda s: (s.template.name if s.template else s.path.name).casefold()))


def read(path: Path) -> Template:
    """The template of a file. Damaged or NeedsUser where it is none."""
    return rules.from_json(shared_files.read(path)[0])


def of_document(desk: Desk, path: Path) -> Template:
    """The template that a submission document would make: its people, files, dates and identifiers are left out."""
    opened = desk.load(path)
    try:
        return make(opened, opened.draft.title or path.name.partition(".")[0])
    finally:
        desk.discard(opened.id)


def pieces(opened: OpenDraft) -> tuple[Piece, ...]:
    """Everything that could stay in a template, with what the program proposes."""
    return rules.pieces(opened.form(), opened.draft)


def make(opened: OpenDraft, name: str, kept: Collection[str] | None = None) -> Template:
    """The template of an open draft; ``kept`` are the paths of the pieces that stay."""
    return rules.make(opened.form(), opened.draft, name, clock.now(), kept)


def put(home: Home, template: Template) -> Path:
    """Keep a template on this computer, under a name of its own: never in the place of another one."""
    base = re.sub(r"[^\w -]", "_", template.name).strip()[:60] or "template"
    name, number = f"{base}{SUFFIX}", 2
    with shared_files.alone(folder(home) / "templates"):
        while (folder(home) / name).exists():
            name, number = f"{base} {number}{SUFFIX}", number + 1
        export(template, folder(home) / name)
    return folder(home) / name


def export(template: Template, path: Path) -> None:
    """Write a template to share. NeedsUser where it cannot be written."""
    shared_files.write(path, shared_files.as_bytes(template.as_json()))


def remove(path: Path) -> None:
    """Take a template off this computer."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NeedsUser(shared_files.not_there(path)) from error


def begin(desk: Desk, template: Template) -> OpenDraft:
    """A new deposit from a template. What it says of the archive holds where this program can deposit there."""
    archive = template.archive if desk.capabilities(template.archive) else None
    opened = desk.new_draft(archive)
    use(opened, template)
    return opened


def use(opened: OpenDraft, template: Template) -> None:
    """Fill a template into an open draft, where no person said anything; one step that can be undone."""

    def filled(draft: Draft) -> Draft:
        known = (*draft.profiles, *(p for p in template.profiles if p not in draft.profiles))
        return rules.apply(replace(draft, profiles=known), template)

    opened.update(msg("change.template", "The template “{name}”", name=template.name), filled)
