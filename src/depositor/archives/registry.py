"""The archives that the program can deposit to, and those that it only knows about.

A new archive is a descriptor, a sub-package and one line here.
"""

from __future__ import annotations

import functools

from depositor.archives import descriptor, given
from depositor.archives.bioimage_archive import BioImageArchive
from depositor.archives.generic import Generic
from depositor.archives.package import Package
from depositor.archives.ports import Archive
from depositor.archives.practice import Practice
from depositor.draft.capabilities import Capabilities
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side

_GENERIC = ("s3", "tus", "webdav", "sftp", "ftp")  # data alone: see their descriptors


def archives() -> tuple[Archive, ...]:
    """The archives that one can deposit to, in the order in which people should see them."""
    return _members(descriptor.ids(), tuple(given.tables()))


@functools.cache
def _members(order: tuple[str, ...], places: tuple[str, ...]) -> tuple[Archive, ...]:
    members: tuple[Archive, ...] = (Practice(), Package(), BioImageArchive(), *map(Generic, (*_GENERIC, *places)))
    return tuple(sorted(members, key=lambda a: order.index(a.capabilities().id)))


def get(archive_id: str) -> Archive:
    """The archive called ``id``. NeedsUser, with the ids there are, for one that is unknown or not built yet."""
    found = next((a for a in archives() if a.capabilities().id == archive_id), None)
    if found is None:
        raise NeedsUser(_not_built(archive_id) if archive_id in descriptor.ids() else _unknown(archive_id))
    return found


def planned() -> tuple[Capabilities, ...]:
    """The archives that are described but cannot be deposited to yet."""
    return tuple(
        descriptor.capabilities(archive_id) for archive_id in descriptor.ids() if not descriptor.built(archive_id)
    )


def _available() -> str:
    return ", ".join(a.capabilities().id for a in archives())


def _unknown(archive_id: str) -> Problem:
    text = msg("archives.unknown", "There is no archive called “{name}” here.", name=archive_id)
    advice = msg("archives.unknown.advice", "Choose one of these: {ids}.", ids=_available())
    return Problem("archives.unknown", Side.COMPUTER, text, advice, actions=("choose-archive",))


def _not_built(archive_id: str) -> Problem:
    text = msg(
        "archives.not-built", "This version cannot send to {name} yet.", name=descriptor.capabilities(archive_id).name
    )
    advice = msg(
        "archives.not-built.advice",
        "Choose one of these: {ids}. A checked folder (package) can be handed over by other means.",
        ids=_available(),
    )
    return Problem("archives.not-built", Side.PROGRAM, text, advice, actions=("choose-archive",))
