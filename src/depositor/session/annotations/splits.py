"""Files that are the same in the training and the test part of a data set: equal sizes first, then their content."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from depositor.draft.cancel import Cancel
from depositor.draft.file_columns import FileColumn, evaluate
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg, msgn
from depositor.session.annotations.annotation_looks import Item
from depositor.session.columns.file_columns import stopped_by

_MOST_BYTES = 4 << 30  # that are read to compare
_BLOCK = 1 << 20
_WORDS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
          "testing": "test"}  # fmt: skip


def findings(items: Sequence[Item], columns: Sequence[FileColumn], cancel: Cancel) -> Iterator[Finding]:
    """One finding for all duplicates across splits. Stopped when cancelled."""
    by_size: defaultdict[int, list[tuple[Item, str]]] = defaultdict(list)
    own = [c for c in columns if c.name.casefold() in ("split", "subset")]
    for item in items:
        split = split_of(item.shown, own)
        if split and item.size:
            by_size[item.size].append((item, split))
    left = _MOST_BYTES
    twice: list[tuple[str, str]] = []
    for size, group in by_size.items():
        if len({split for _, split in group}) > 1 and left >= size * len(group):
            left -= size * len(group)
            twice += _same(group, cancel)
    if twice:
        yield _finding(twice)


def split_of(path: str, columns: Sequence[FileColumn]) -> str:
    """``train``, ``val`` or ``test`` after a column of that name, else a folder; empty where neither says it."""
    told = evaluate(columns, path) if columns else {}
    said = next(iter(told.values()), "")
    words = [said] if said else path.split("/")[:-1]
    found = (_WORDS.get(re.split(r"[_\- .0-9]", w.casefold(), maxsplit=1)[0], "") for w in words)
    return next((s for s in found if s), said)


def _same(group: Sequence[tuple[Item, str]], cancel: Cancel) -> Iterator[tuple[str, str]]:
    """Pairs of equal content in different splits: the first block tells most apart."""
    by_head: defaultdict[str, list[tuple[Item, str]]] = defaultdict(list)
    for item, split in group:
        by_head[_digest(item, cancel, whole=False)].append((item, split))
    for head, alike in by_head.items():
        if not head or len({split for _, split in alike}) < 2:
            continue
        first: dict[str, tuple[str, str]] = {}
        for item, split in alike:
            digest = _digest(item, cancel, whole=True)
            shown, other = first.setdefault(digest, (item.shown, split))
            if digest and other != split:
                yield shown, item.shown


def _digest(item: Item, cancel: Cancel, *, whole: bool) -> str:
    digest = hashlib.sha256()
    try:
        with item.path.open("rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                stopped_by(cancel)
                digest.update(block)
                if not whole:
                    break
    except OSError:  # vanished or locked: the scan tells of that
        return ""
    return digest.hexdigest()


def _finding(twice: Sequence[tuple[str, str]]) -> Finding:
    said = msgn(
        "annotations.splits",
        "{n} file is the same in two of the training, validation and test sets: {file} and {other}",
        "{n} files are the same in two of the training, validation and test sets, e.g. {file} and {other}",
        len(twice),
        file=twice[0][0],
        other=twice[0][1],
    )
    why = msg("annotations.splits.why", "A model would be tested on what it was trained with, and look too good.")
    advice = msg("annotations.splits.advice", "Take one of the two out of the deposit, or say why it is so.")
    key = "annotations:splits"
    return Finding(key, "annotations.splits", Level.WARNING, said, why, advice, twice[0][1], "files")
