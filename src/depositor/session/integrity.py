"""Whether data that are told of in one file and lie in another belong together: the spectra of imzML, by checksum.

The first bytes are compared while the header is read. The checksum needs all of the data, so it is computed here, in
the thread that reads the headers, and remembered with the facts of the set until one of its files changes.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts
from depositor.draft.finding import Finding, Level

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

READER = "imzml"
_ENDING = ".imzml"
_TOLD = frozenset(("header.pair-differs", "header.part-missing", "header.truncated"))
_MOST_TOLD = 100

_known: weakref.WeakKeyDictionary[OpenDraft, tuple[object, tuple[Finding, ...]]] = weakref.WeakKeyDictionary()


def examined(path: Path, facts: FileFacts, cancel: Cancel) -> FileFacts | None:
    """``facts`` of the set whose header is ``path``, with a Problem where its data are not those that it was written
    with. None where ``cancel`` stopped the comparison: it is done anew the next time."""
    if facts.reader != READER or facts.problems or not facts.images:
        return facts
    from depositor.scan.readers import faults, imzml
    from depositor.scan.readers.base import Implausible, Truncated

    ibd = imzml.ibd_of(path)
    try:
        found = imzml.ibd_agrees(path, ibd, cancel)
    except (OSError, Truncated, Implausible, ParseError):  # it vanished, or is told as damaged already
        return replace(facts, problems=(replace(faults.unreadable(path.name), path=facts.path),))
    if found.broken:
        return replace(facts, problems=(replace(faults.pair_differs(path.name, ibd.name), path=facts.path),))
    return None if cancel else facts


def findings_of(opened: OpenDraft) -> tuple[Finding, ...]:
    """A warning for each pair whose data are missing, cut off or of another file, as far as headers were read. Cheap
    enough for every keystroke: asked anew only after a scan or after headers were read."""
    stamp = (opened.draft.files, opened.summary())
    known = _known.get(opened)
    if known is None or known[0] != stamp:
        known = (stamp, tuple(_findings(opened)))
        _known[opened] = known
    return known[1]


def forget() -> None:
    """Headers were read: what is known may have changed."""
    _known.clear()


def _findings(opened: OpenDraft) -> Iterator[Finding]:
    inventory, told = opened.inventory(), 0
    for one in inventory.sets(contains=_ENDING):
        if not one.path.lower().endswith(_ENDING) or told >= _MOST_TOLD:
            continue
        facts = inventory.facts_of(one)
        for problem in facts.problems if facts else ():
            if problem.code in _TOLD:
                told += 1
                yield Finding(
                    key=f"integrity:{problem.code}:{opened.places.shown(one.root, one.path)}",
                    check="integrity",
                    level=Level.WARNING,
                    message=problem.message,
                    advice=problem.advice,
                    path=opened.places.shown(one.root, one.path),
                )
