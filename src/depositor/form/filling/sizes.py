"""How much is to be sent, against what the archive takes."""

from __future__ import annotations

from collections.abc import Iterator

from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding, Level
from depositor.draft.inventory import Summary
from depositor.draft.message import Message, msg, msgn


def no_files() -> Finding:
    """Nothing was chosen yet."""
    said = msg("form.size.none", "No files are chosen yet.")
    why = msg("form.size.none.why", "A deposit without files has nothing to show.")
    advice = msg("form.size.none.advice", "Add the folders or files to deposit.")
    return Finding("form:size:none", "form.size.none", Level.BLOCKER, said, why, advice, location="files")


def findings(inventory: Summary, capabilities: Capabilities) -> Iterator[Finding]:
    """What of the chosen files is too large or too many; each with a place in the list of files."""
    limits, name = capabilities.limits, capabilities.name
    if limits.file_bytes is not None and inventory.largest > limits.file_bytes:
        yield _found("file-too-large", Level.BLOCKER, _large(name, inventory.largest, limits.file_bytes), _SPLIT)
    elif limits.warn_file_bytes is not None and inventory.largest > limits.warn_file_bytes:
        yield _found("file-large", Level.WARNING, _unhandy(inventory.largest, limits.warn_file_bytes), _SPLIT)
    if limits.total_bytes is not None and inventory.bytes > limits.total_bytes:
        yield _found("total", Level.BLOCKER, _too_much(name, inventory.bytes, limits.total_bytes), _ASK)
    if limits.files is not None and inventory.files > limits.files:
        yield _found("files", Level.BLOCKER, _too_many(name, inventory.files, limits.files), _PACK)
    elif limits.warn_files is not None and inventory.files > limits.warn_files:
        yield _found("many-files", Level.WARNING, _many(inventory.files), _PACK)


def _large(archive: str, largest: int, limit: int) -> Message:
    return msg(
        "form.size.file-too-large",
        "The largest file has {size}; {archive} takes files up to {limit}.",
        size=_size(largest),
        archive=archive,
        limit=_size(limit),
    )


def _unhandy(largest: int, limit: int) -> Message:
    return msg(
        "form.size.file-large",
        "The largest file has {size}; files above {limit} are hard to send and to use.",
        size=_size(largest),
        limit=_size(limit),
    )


def _too_much(archive: str, total: int, limit: int) -> Message:
    return msg(
        "form.size.total",
        "All files together have {size}; {archive} takes up to {limit} at once.",
        size=_size(total),
        archive=archive,
        limit=_size(limit),
    )


def _too_many(archive: str, files: int, limit: int) -> Message:
    return msgn(
        "form.size.files",
        "There is {n} file; {archive} takes up to {limit} at once.",
        "There are {n} files; {archive} takes up to {limit} at once.",
        files,
        archive=archive,
        limit=limit,
    )


def _many(files: int) -> Message:
    return msgn(
        "form.size.many-files",
        "There is {n} file: sending and listing it takes long.",
        "There are {n} files: sending and listing them takes long.",
        files,
    )


_SPLIT = msg("form.size.split", "Save it in parts, or as OME-Zarr, which stores an image in many small pieces.")
_ASK = msg("form.size.ask", "Write to the archive before you send, or make several deposits.")
_PACK = msg("form.size.pack", "Pack folders of small files (an OME-Zarr as .ozx or .zip), or make several deposits.")
_WHY = msg("form.size.why", "The archive would refuse the deposit, or the upload would not come to an end.")


def _found(what: str, level: Level, said: Message, advice: Message) -> Finding:
    return Finding(f"form:size:{what}", f"form.size.{what}", level, said, _WHY, advice, location="files")


def _size(n: float) -> str:
    """Bytes in decimal units, as disks and archives count; only for sentences."""
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    power = 0
    while n >= 1000 and power < len(units) - 1:
        n, power = n / 1000, power + 1
    return f"{n:.1f} {units[power]}" if power else f"{n:.0f} B"
