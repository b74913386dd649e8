"""Will it fit? What the archive takes, what is free there, and what would be sent, held against each other."""

from __future__ import annotations

import shutil
from pathlib import Path

from depositor.archives.ports import ArchiveSession, TellsRoom
from depositor.draft.capabilities import Limits
from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.values import Facts, SetSize, StepState, Told
from depositor.session.language import current
from depositor.transfer.net.wait import within

_ASK_S = 30.0
_SPARE = 1.02  # what file systems and documents need beside the data


def room(bench: Bench, session: ArchiveSession | None) -> None:
    """Limits, free space, and whether the set fits into them."""
    bench.step("room", msg("step.room", "Room and limits"), lambda: _room(bench, session))


def _room(bench: Bench, session: ArchiveSession | None) -> Told:
    limits, size, free = bench.archive.limits, bench.size, _free(bench, session)
    facts: Facts = {k: v for k, v in _numbers(limits, size, free).items() if v is not None}
    if size is None:
        return Told(_published(limits, free), facts=facts)
    problem = _too_much(limits, size, free, bench.archive.name)
    if problem is not None:
        return Told(problem.message, StepState.FAILED, problem, facts)
    given = {"files": current().number(size.files), "size": current().size(size.bytes)}
    if free is None and limits == Limits():
        text = msg("room.unknown", "The archive publishes no limits; for {files} files, {size}, ask it first.", **given)
        return Told(text, StepState.NOTE if size.bytes > _LARGE else StepState.OK, facts=facts)
    return Told(msg("room.fits", "It fits: {files} files, {size}.", **given), facts=facts)


_LARGE = 10**12  # from here on archives want to know before


def _free(bench: Bench, session: ArchiveSession | None) -> int | None:
    """Bytes that are free over there, where anybody can tell: the folder's drive, or the archive itself."""
    if bench.place.kind == "folder":
        folder = bench.place.url.removeprefix("file://") or str(bench.desk.settings.get("package_folder"))
        return _of_drive(Path(folder)) if folder else None
    teller: object = session
    if isinstance(teller, TellsRoom):
        return within(_ASK_S, bench.cancel, teller.free_bytes)
    return None


def _of_drive(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _numbers(limits: Limits, size: SetSize | None, free: int | None) -> dict[str, int | None]:
    return {
        "free_bytes": free,
        "most_file_bytes": limits.file_bytes,
        "most_bytes": limits.total_bytes,
        "most_files": limits.files,
        "files": size.files if size else None,
        "bytes": size.bytes if size else None,
        "largest_bytes": size.largest if size and size.largest else None,
    }


def _published(limits: Limits, free: int | None) -> Message:
    tell = current()
    if free is not None:
        return msg("room.free", "{free} are free there.", free=tell.size(free))
    if limits.total_bytes:
        return msg("room.total", "It takes up to {most} in all.", most=tell.size(limits.total_bytes))
    if limits.file_bytes:
        return msg("room.file", "It takes files of up to {most}.", most=tell.size(limits.file_bytes))
    return msg("room.no-limits", "The archive publishes no limits.")


def _too_much(limits: Limits, size: SetSize, free: int | None, name: str) -> Problem | None:
    """The first limit that the set breaks."""
    tell = current()
    if limits.file_bytes is not None and size.largest > limits.file_bytes:
        text = msg(
            "room.too-large",
            "Your largest file has {size}; {archive} takes {most} per file.",
            size=tell.size(size.largest),
            most=tell.size(limits.file_bytes),
            archive=name,
        )
    elif limits.total_bytes is not None and size.bytes > limits.total_bytes:
        text = msg(
            "room.too-much",
            "You have {size}; {archive} takes {most} in all.",
            size=tell.size(size.bytes),
            most=tell.size(limits.total_bytes),
            archive=name,
        )
    elif limits.files is not None and size.files > limits.files:
        text = msg(
            "room.too-many",
            "You have {files} files; {archive} takes {most}.",
            files=tell.number(size.files),
            most=tell.number(limits.files),
            archive=name,
        )
    elif free is not None and size.bytes * _SPARE > free:
        return _no_space(tell.size(size.bytes), tell.size(free))
    else:
        return None
    advice = msg("room.advice", "Leave files out, choose another archive, or ask this one for more before you go on.")
    return Problem("room.limit", Side.ARCHIVE, text, advice, actions=("choose-archive",))


def _no_space(needed: str, free: str) -> Problem:
    text = msg("room.no-space", "{size} would be sent; {free} are free there.", size=needed, free=free)
    advice = msg("room.no-space.advice", "Free some space, or choose another place, before you go on.")
    return Problem("room.no-space", Side.COMPUTER, text, advice, actions=("choose-folder", "retry"))
