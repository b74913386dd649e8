"""The numbers of a transfer as people read them, the same in window and command line."""

from __future__ import annotations

from collections.abc import Sequence

from depositor.draft.message import Message, msg, msgn
from depositor.session.language import current, say
from depositor.session.sending.transfers import Group, Runner, Stand, Standing


def moved(found: Standing) -> str:
    """How many bytes and files of how many are there."""
    now, speak = found.progress, current()
    parts = msg("transfers.bytes", "{done} of {all}", done=speak.size(now.bytes_done), all=speak.size(now.bytes))
    files = msg("transfers.files", "{done} of {all} files", done=now.files_done, all=now.files)
    return f"{say(parts)} · {say(files)}"


def pace(found: Standing) -> str:
    """Speed and remaining time; that the time is not known is said openly."""
    now, speak = found.progress, current()
    if found.stand is not Stand.SENDING:
        return ""
    return " · ".join([*([speak.speed(now.speed)] if now.speed else []), say(_left(now.remaining_s))])


def lines(found: Standing) -> str:
    """How many connections are open; nothing where none is."""
    number = getattr(found.progress, "lines", 0) if found.runner is not Runner.NOBODY else 0
    return say(msgn("transfers.lines", "{n} line", "{n} lines", int(number))) if number else ""


def again(found: Standing) -> str:
    """When it tries again by itself."""
    if found.stand is not Stand.WAITING:
        return ""
    wait = found.retry_in_s
    if not wait:
        return say(msg("transfers.again.now", "Trying again now."))
    return say(msg("transfers.again", "Next try in {time}.", time=current().duration(wait)))


def told(found: Standing) -> str:
    """Everything about it in one line."""
    if found.group is Group.DONE:
        return say(found.head())
    return " · ".join(p for p in (say(found.head()), moved(found), pace(found), again(found)) if p)


def advice(found: Standing) -> str:
    """What to do, in a sentence; nothing where it goes by itself."""
    text = found.advice()
    return say(text) if text is not None else ""


def all_together(found: Sequence[Standing]) -> str:
    """What is under way, in one line: how many, how fast in all, how long, or what is waited for; nothing where nobody
    sends anything."""
    live = [f for f in found if f.runner is not Runner.NOBODY]
    running = [f for f in live if f.stand is Stand.SENDING]
    if not running:
        waits = next((f.problem for f in live if f.problem is not None), None)
        return say(waits.message) if waits is not None else ""
    speed = sum(f.progress.speed for f in running)
    known = [f.progress.remaining_s for f in running if f.progress.remaining_s is not None]
    parts = [say(msgn("transfers.running", "{n} transfer is running", "{n} transfers are running", len(running)))]
    if speed:
        parts.append(current().speed(speed))
    parts.append(say(_left(max(known) if len(known) == len(running) else None)))
    return " · ".join(parts)


def _left(seconds: float | None) -> Message:
    if seconds is None:
        return msg("transfers.left.unknown", "time left not known yet")
    return msg("transfers.left", "{time} left", time=current().duration(seconds))
