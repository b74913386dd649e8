"""What the tables of the window show, as sources of rows; called beside the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from depositor.draft.inventory import ImageSet, SetKind
from depositor.gui.paged import Row, Source
from depositor.gui.texts import count, say, size, tr
from depositor.session import catalogue

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft


def image_sets(work: OpenDraft, order: str, contains: str | None) -> Source:
    """The image sets of a draft."""

    def row(one: ImageSet) -> Row:
        shown = work.places.shown(one.root, one.path)
        empty = not one.bytes and one.kind is not SetKind.OTHER
        kind = tr("empty") if empty else catalogue.kind_name(one.kind)
        return Row((shown, kind, one.detail, count(one.files), size(one.bytes)), one)

    return Source(
        lambda: work.inventory().count("set", contains),
        lambda offset, limit: [row(s) for s in work.inventory().sets(offset, limit, order, contains)],
    )


def ignored(work: OpenDraft) -> Source:
    """What is left out of the deposit, and why."""

    def rows(offset: int, limit: int) -> Sequence[Row]:
        found = work.inventory().notes("ignored", offset, limit)
        return [Row((work.places.shown(i.root, i.path), say(i.why)), i) for i in found]

    return Source(lambda: work.inventory().count("ignored"), rows)


def problems(work: OpenDraft) -> Source:
    """What is odd among the files, and what to do about it."""

    def rows(offset: int, limit: int) -> Sequence[Row]:
        found = work.inventory().notes("problem", offset, limit)
        return [Row((p.path or "", say(p.message), say(p.advice)), p) for p in found]

    return Source(lambda: work.inventory().count("problem"), rows)
