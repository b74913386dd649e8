"""The numbers of a transfer as people read them, the same in window and command line."""

from __future__ import annotations

from depositor.draft.message import msg, msgn
from depositor.session.language import current, say
from depositor.session.transfers import Group, Runner, Stand, Standing


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
    if now.remaining_s is None:
        left = msg("transfers.left.unknown", "time left not known yet")
    else:
        left = msg("transfers.left", "{time} left", time=speak.duration(now.remaining_s))
    return " · ".join([*([speak.speed(now.speed)] if now.speed else []), say(left)])


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


def all_together(found: tuple[Standing, ...]) -> str:
    """What runs, in one line: how many, how fast in all, how long; nothing where nothing runs."""
    running = [f for f in found if f.group is Group.RUNNING]
    if not running:
        return ""
    speed = sum(f.progress.speed for f in running)
    left = [f.progress.remaining_s for f in running]
    parts = [say(msgn("transfers.running", "{n} transfer is running", "{n} transfers are running", len(running)))]
    if speed:
        parts.append(current().speed(speed))
    known = [s for s in left if s is not None]
    if len(known) == len(left):
        longest = current().duration(max(known))
        parts.append(say(msg("transfers.left", "{time} left", time=longest)))
    else:
        parts.append(say(msg("transfers.left.unknown", "time left not known yet")))
    return " · ".join(parts)
