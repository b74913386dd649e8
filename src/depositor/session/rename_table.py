"""New names for files and folders out of a table: for those whose names tell of a person, and whatever else is to have
another name at the archive. Files on disk stay as they are.

The table is CSV or TSV with two columns, the name now and the new one; :func:`write` makes one to fill in.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.finding import Finding
from depositor.draft.message import Message, msg, msgn
from depositor.draft.name_patterns import nfc
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session.columns import column_table

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

OLD, NEW = "name now", "new name"
_NAMES = ("name", "folder")
_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the path of a file or folder in the study, and the last part of its name from now on."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a table would do. ``rows`` are fit to be used; ``unknown`` names stand for nothing in the study;
    ``wrong`` are new names that cannot be used, each with the reason."""

    rows: tuple[Row, ...] = ()
    unknown: tuple[str, ...] = ()
    wrong: tuple[tuple[Row, Message], ...] = ()

    @property
    def fits(self) -> bool:
        return bool(self.rows) and not self.wrong


def write(path: Path, findings: Iterable[Finding], suggested: Mapping[str, str]) -> int:
    """Write a table of all names that tell something, with a suggestion each; the number of rows. OSError as usual.

    Such a table names what shall not be known: it is for the person's own eyes.
    """
    told = sorted({str(f.path) for f in findings if f.location in _NAMES and f.path})
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow((OLD, NEW))
        table.writerows((one, suggested.get(one, "")) for one in told)
    return len(told)


def of_draft(desk: Desk, opened: OpenDraft, table: Path) -> Preview:
    """:func:`preview` for the files of a draft."""
    from depositor.session import checks

    shown = (opened.places.shown(row.root, row.path) for row in opened.inventory().files())
    return preview(table, shown, checks.known(desk.store.connection(), opened.id))


def preview(table: Path, paths: Iterable[str], taught: Known) -> Preview:
    """What the table at ``table`` says of files and folders below ``paths`` (of files, as shown in the study).

    A name may be given with its whole path or alone, where only one thing is called so. NeedsUser where the file is no
    table.
    """
    read = column_table.read(table)
    at = _column(read.headings, OLD, 0)
    to = _column(read.headings, NEW, 1)
    entries = _entries(paths)
    rows: list[Row] = []
    unknown: list[str] = []
    for line in read.rows:
        old, new = nfc(line[at].replace("\\", "/").strip("/ ")), line[to].strip()
        if not old or not new:
            continue
        found = entries.get(old)
        if found:
            rows.append(Row(found, new))
        else:
            unknown.append(line[at])
    wrong = tuple(_wrong(rows, entries, taught))
    bad = {row for row, _ in wrong}
    return Preview(tuple(r for r in rows if r not in bad), tuple(unknown), wrong)


def _column(headings: Sequence[str], wanted: str, otherwise: int) -> int:
    plain = [h.strip().casefold() for h in headings]
    return plain.index(wanted) if wanted in plain else otherwise


def _entries(paths: Iterable[str]) -> dict[str, str]:
    """Every path of a file or folder -> itself; every name that only one of them has -> its path."""
    whole = {"/".join(parts[:end]) for parts in (p.split("/") for p in paths) for end in range(1, len(parts) + 1)}
    count = Counter(p.rpartition("/")[2] for p in whole)
    alone = {name: p for p in whole if count[name := p.rpartition("/")[2]] == 1}
    return {nfc(key): path for key, path in {**alone, **{p: p for p in whole}}.items()}


def _wrong(rows: Sequence[Row], entries: Mapping[str, str], taught: Known) -> Iterator[tuple[Row, Message]]:
    from depositor.privacy import examine

    renamed = {row.path: row.name for row in rows}
    wanted = Counter(
        (path.rpartition("/")[0], renamed.get(path, path.rpartition("/")[2])) for path in set(entries.values())
    )
    for row in rows:
        if set(row.name) & _FORBIDDEN or row.name in (".", "..") or not row.name.isprintable():
            yield row, msg("renames.characters", "A name cannot hold a slash, a colon or other signs of that kind.")
        elif Path(row.name).suffix.casefold() != Path(row.path).suffix.casefold() and Path(row.path).suffix:
            yield row, msg("renames.ending", "The ending of the name must stay, so that programs still open the file.")
        elif wanted[row.path.rpartition("/")[0], row.name] > 1:
            yield row, msg("renames.twice", "Two files of one folder would have this name.")
        elif examine.name(row.name, taught):
            yield row, msg("renames.telling", "The new name tells of a person, too.")


def use(opened: OpenDraft, found: Preview) -> None:
    """Take over the rows of a preview; names that were given before and stand in no row stay. Undoable."""
    if not found.fits:
        raise NeedsUser(not_used(found))
    new = {row.path: row.name for row in found.rows}
    what = msg("change.renames", "New names of files")
    opened.update(what, lambda draft: replace(draft, renames={**draft.renames, **new}))


def forget(opened: OpenDraft) -> None:
    """All files keep their names again. Undoable."""
    opened.update(msg("change.renames", "New names of files"), lambda draft: replace(draft, renames={}))


def not_used(found: Preview) -> Problem:
    """Why a table is not taken: nothing in it, names that stand for nothing here, or names that cannot be used."""
    if found.wrong:
        return Problem(
            "renames.wrong",
            Side.COMPUTER,
            msg("renames.wrong", "The name “{name}” cannot be used.", name=found.wrong[0][0].name),
            msg(
                "renames.wrong.advice",
                "A new name keeps its ending, has no slash or colon, stands once in its folder, and names nobody.",
            ),
        )
    if found.unknown:
        return _stands_for_nothing(found.unknown)
    return Problem(
        "renames.not-used",
        Side.COMPUTER,
        msg("renames.nothing", "The table gives no new name that can be used."),
        msg("renames.advice", "It needs two columns, “name now” and “new name”. Mend it and take it again."),
    )


def _stands_for_nothing(names: Sequence[str]) -> Problem:
    return Problem(
        "renames.unknown",
        Side.COMPUTER,
        msgn(
            "renames.unknown",
            "The name “{name}” in the table belongs to no file or folder here.",
            "{n} names in the table belong to no file or folder here, among them “{name}”.",
            len(names),
            name=names[0],
        ),
        msg(
            "renames.unknown.advice",
            "Give each name as it is on the disk, or its path below the chosen folder where several are called so.",
        ),
    )
