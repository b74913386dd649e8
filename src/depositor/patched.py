"""A file as it will be sent: an original that is only read, with changed pages over it.

A cleaned copy of a 20 GB slide differs from it in some kilobytes. Instead of copying the rest, those kilobytes are kept
in a *recipe* beside the name of the original, and who sends the file reads through both. A leaf of the house (decision
0013): the privacy package writes recipes, the transfer reads them, and neither knows the other.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SUFFIX = ".depositor-patched"
PAGE = 4096  # bytes: one line of text in a header changes one page
MOST = 128 * 1024 * 1024  # bytes of changed pages that are held; more is a copy's work
_MAGIC = b"depositor patched file 1\n"
_LONGEST_HEAD = 16 * 1024 * 1024


class TooMuchChanged(OSError):
    """More of the file changes than a recipe should hold: write a whole copy instead."""


class NoRecipe(ValueError):
    """The file is no recipe, or a damaged one."""


class PatchedFile(io.RawIOBase):
    """``base`` with changes over it; seek, read, write, truncate as on a file, and ``base`` is never written.

    :meth:`save` keeps the changes as a recipe. Raises TooMuchChanged where they outgrow :data:`MOST`.
    """

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.base = base
        self._file = io.FileIO(base, "r")
        status = os.fstat(self._file.fileno())
        self._stamp = (status.st_size, status.st_mtime_ns)
        self._length = status.st_size
        self._pages: dict[int, bytearray] = {}
        self._at = 0

    @classmethod
    def from_recipe(cls, recipe: Path) -> PatchedFile:
        """The file that ``recipe`` tells of. NoRecipe where it is none; OSError where the original cannot be opened."""
        with recipe.open("rb") as file:
            head = _head(file)
            found = cls(Path(head["base"]))
            found._stamp = (int(head["size"]), int(head["mtime_ns"]))
            found._length = int(head["length"])
            for number in head["pages"]:
                found._pages[int(number)] = bytearray(file.read(PAGE))
        if any(len(page) != PAGE for page in found._pages.values()):
            found.close()
            raise NoRecipe
        return found

    def stamp(self) -> tuple[int, int] | None:
        """(size as sent, time of change of the original); None where the original is not what it was."""
        status = os.fstat(self._file.fileno())
        if (status.st_size, status.st_mtime_ns) != self._stamp:
            return None
        return self._length, self._stamp[1]

    @property
    def changed(self) -> int:
        """Bytes that a recipe would take."""
        return len(self._pages) * PAGE

    def save(self, recipe: Path) -> None:
        """Write the recipe: whole and on the disk under its name, or not at all."""
        head = {
            "base": str(self.base),
            "size": self._stamp[0],
            "mtime_ns": self._stamp[1],
            "length": self._length,
            "pages": sorted(self._pages),
        }
        part = recipe.with_name(recipe.name + ".part")
        try:
            with part.open("wb") as out:
                out.write(_MAGIC + json.dumps(head).encode("ascii") + b"\n")
                out.writelines(bytes(self._pages[number]) for number in sorted(self._pages))
                out.flush()
                os.fsync(out.fileno())
            os.replace(part, recipe)  # noqa: PTH105 - atomic on every system
        finally:
            part.unlink(missing_ok=True)

    # --- as a file ---------------------------------------------------------------------------------------------------

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._at = base + offset
        return self._at

    def truncate(self, size: int | None = None, /) -> int:
        length = self._at if size is None else size
        if length < self._length:
            for number in [n for n in self._pages if n * PAGE >= length]:
                del self._pages[number]
            last = self._pages.get(length // PAGE)
            if last is not None:
                last[length % PAGE :] = b"\0" * (PAGE - length % PAGE)
            self._length = length
        elif length > self._length:
            self._extend(length)
        return length

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._length - self._at))
        done = 0
        while done < count:
            done += self._read_piece(view[done:count], self._at + done)
        self._at += count
        return count

    def write(self, data: ReadableBuffer, /) -> int:
        view = memoryview(data).cast("B")
        if self._at > self._length:
            self._extend(self._at)
        at, end = self._at, self._at + len(view)
        while at < end:
            number, start = divmod(at, PAGE)
            count = min(PAGE - start, end - at)
            self._page(number)[start : start + count] = view[at - self._at : at - self._at + count]
            at += count
        self._length = max(self._length, end)
        self._at = end
        return len(view)

    def close(self) -> None:
        self._file.close()
        super().close()

    # --- pages -------------------------------------------------------------------------------------------------------

    def _read_piece(self, view: memoryview, at: int) -> int:
        """Fill the start of ``view`` from one page, or from all unchanged pages up to the next changed one."""
        number, start = divmod(at, PAGE)
        page = self._pages.get(number)
        if page is not None:
            count = min(PAGE - start, len(view))
            view[:count] = page[start : start + count]
            return count
        end = at + len(view)
        if self._pages:
            stop = next((n for n in range(number, end // PAGE + 1) if n in self._pages), None)
            end = end if stop is None else min(end, stop * PAGE)
        return self._read_base(view[: end - at], at)

    def _read_base(self, view: memoryview, at: int) -> int:
        """From the original; behind its end a longer file holds zeros until something is written there."""
        self._file.seek(at)
        got = self._file.readinto(view) or 0
        if got < len(view):
            view[got:] = bytes(len(view) - got)
        return len(view)

    def _page(self, number: int) -> bytearray:
        page = self._pages.get(number)
        if page is None:
            if (len(self._pages) + 1) * PAGE > MOST:
                raise TooMuchChanged
            page = self._pages[number] = bytearray(PAGE)
            end = min(self._length, (number + 1) * PAGE) - number * PAGE
            if end > 0:
                self._read_base(memoryview(page)[:end], number * PAGE)
        return page

    def _extend(self, length: int) -> None:
        """What lies between the old end and the new one is zeros, whatever the original holds there."""
        first, last = self._length // PAGE, (length - 1) // PAGE
        for number in range(first, last + 1):
            self._page(number)
        self._length = length


def _head(file: Any) -> dict[str, Any]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise NoRecipe
    try:
        head = json.loads(file.readline(_LONGEST_HEAD))
        _needed(head, ("base", "size", "mtime_ns", "length", "pages"))
    except ValueError as error:
        raise NoRecipe from error
    return dict(head)


def _needed(head: Any, keys: Iterable[str]) -> None:
    if not isinstance(head, dict) or any(key not in head for key in keys):
        raise NoRecipe


def is_recipe(source: str, origin: str) -> bool:
    """True where ``source`` is a recipe that this program wrote for ``origin``; a user's own file of such a name is
    none."""
    return source.endswith(SUFFIX) and not origin.endswith(SUFFIX)


def opened(source: Path, *, recipe: bool) -> io.FileIO | PatchedFile:
    """The bytes of a file of a submission. OSError as open() raises it; a damaged recipe is a file that is gone."""
    if not recipe:
        return io.FileIO(source, "r")
    try:
        return PatchedFile.from_recipe(source)
    except NoRecipe as error:
        raise FileNotFoundError from error


def stamp(file: io.FileIO | PatchedFile) -> tuple[int, int] | None:
    """(size, time of change in ns) of an open file; None where the original of a recipe changed."""
    if isinstance(file, PatchedFile):
        return file.stamp()
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
