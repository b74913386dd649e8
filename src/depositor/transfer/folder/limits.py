"""What drives cannot hold: files of 4 GiB in the FAT format, and names that differ in capital letters alone."""

from __future__ import annotations

import contextlib
import unicodedata
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Refused, Side
from depositor.transfer import problems

_FAT = frozenset({"vfat", "msdos", "fat", "fat12", "fat16", "fat32"})  # exFAT knows no such limit
_FAT_MOST = (4 << 30) - 1


def check_size(root: Path, size: int, shown: str) -> None:
    """Refused ``target.too-large`` before the first byte, where it would come after the four-thousandth million."""
    if size > _FAT_MOST and kind_of(root) in _FAT:
        raise Refused(problems.target_too_large(shown))


def kind_of(root: Path) -> str:
    """The format of the drive as the system names it, in small letters; empty where it does not tell."""
    import psutil

    with contextlib.suppress(OSError, RuntimeError):
        place = root.resolve()
        mounts = [part for part in psutil.disk_partitions(all=True) if place.is_relative_to(part.mountpoint)]
        return max(mounts, key=lambda part: len(part.mountpoint)).fstype.lower() if mounts else ""
    return ""


class Capitals:
    """Whether the drive below ``root`` tells capital letters from small ones; if not, no file takes another's place
    unseen."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._told: bool | None = None
        self._sound: set[Path] = set()

    def learn(self, made: Path) -> None:
        """From a file that was just made, whose name has small letters."""
        if self._told is None:
            self._told = not made.with_name(made.name.upper()).exists()

    def check(self, final: Path) -> None:
        """Refused ``target.capitals`` where ``final``, or a folder above it, stands there in other letters."""
        if self._told is not False:
            return
        for place in (*[p for p in reversed(final.parents) if p.is_relative_to(self._root)][1:], final):
            if place in self._sound or not place.exists():
                continue
            other = twin(place.name, [entry.name for entry in place.parent.iterdir()])
            if other is not None:
                raise Refused(capitals(place.name, other))
            if place != final:
                self._sound.add(place)


def twin(name: str, entries: list[str]) -> str | None:
    """The entry that a drive without capitals takes for ``name``; None where the name itself is there, or neither.
    Some drives write accents in another way than they were given: that is the same name."""
    same = {unicodedata.normalize("NFC", entry) for entry in entries}
    if unicodedata.normalize("NFC", name) in same:
        return None
    return next((entry for entry in sorted(same) if entry.casefold() == name.casefold()), None)


def capitals(name: str, other: str) -> Problem:
    text = msg(
        "target.capitals",
        "This drive takes {name} and {other} for the same name, and {other} is there already.",
        name=name,
        other=other,
    )
    advice = msg(
        "target.capitals.advice",
        "Give one of them another name, or choose a drive that tells capital letters from small ones.",
    )
    return Problem("target.capitals", Side.COMPUTER, text, advice, actions=("skip",))
