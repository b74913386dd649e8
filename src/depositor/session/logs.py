"""What the program writes down about itself: events with fields out of a list, and nothing else.

No path, name, value, token or text of an exception gets in, because only the fields of :data:`FIELDS` are written and
each only in its own shape. One JSON line per event, one file a day, kept for seven days.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import faulthandler
import json
import logging
import os
import platform
import re
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from depositor import __version__, resources
from depositor.session.home import Home

KEEP_DAYS = 7
MOST_BYTES_A_DAY = 8 << 20
_EVENT = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_CODE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")
_CLASS = re.compile(r"[A-Z][A-Za-z]{2,40}")
_PLACE = re.compile(r"depositor(\.[a-z_0-9]+)*:\d+")
_VERSION = re.compile(r"\d+(\.\d+){0,3}[a-z0-9+.]{0,12}")
Check = Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))  # bool is one too


def _like(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= 80 and pattern.fullmatch(value) is not None


def _archive(value: Any) -> bool:
    return value in resources.names("archives", ".toml")


# The whole list: a field that is not here, or has another shape, is left out. Codes are words of our own source.
FIELDS: Mapping[str, Check] = {
    **dict.fromkeys(("files", "bytes", "sets", "images", "findings", "problems", "failed", "count", "tries"), _number),
    **dict.fromkeys(("seconds", "speed", "exit_code", "status", "line", "memory", "pid"), _number),
    **dict.fromkeys(
        ("code", "stage", "state", "command", "reader", "protocol", "side", "platform", "face"), _like(_CODE)
    ),
    **dict.fromkeys(("version", "python", "schema"), _like(_VERSION)),
    "archive": _archive,
    "exception": _like(_CLASS),
    "at": _like(_PLACE),
}

on_defect: list[Callable[[str, str], None]] = []  # called with (class of the exception, our own place)
_guard = threading.Lock()
_folder: Path | None = None
_crash_file: IO[str] | None = None


def start(home: Home, *, face: str = "cli") -> None:
    """Write events to ``home`` from now on, clear away old files, and note every exception that nobody caught."""
    global _folder
    _folder = home.logs
    logging.getLogger().addHandler(logging.NullHandler())  # libraries log paths and addresses; nobody listens
    _drop_old(home.logs)
    _note_crashes(home.logs)
    _watch_crashes(home.logs)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    python = ".".join(map(str, sys.version_info[:3]))
    event("program.started", version=__version__, python=python, platform=sys.platform, face=face)


def stop() -> None:
    """Write no more events (the end of the program, or of a test)."""
    global _folder, _crash_file
    _folder = None
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__
    sys.unraisablehook = sys.__unraisablehook__
    if _crash_file:
        faulthandler.disable()
        _crash_file.close()
        _remove(Path(_crash_file.name))
        _crash_file = None


def event(name: str, **fields: Any) -> None:
    """Note that something happened. Fields that are not allowed are left out. Never raises."""
    folder = _folder
    if folder is None or not _EVENT.fullmatch(name):
        return
    now = dt.datetime.now(dt.UTC)
    kept = {key: value for key, value in fields.items() if value is not None and _allowed(key, value)}
    line = json.dumps({"at_utc": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "event": name, **kept})
    with _guard, contextlib.suppress(OSError):
        _append(folder / f"events-{now:%Y-%m-%d}.jsonl", line)


def events(home: Home, most: int = 200) -> list[str]:
    """The last lines of the log, oldest first."""
    lines: list[str] = []
    for file in sorted(home.logs.glob("events-*.jsonl"), reverse=True):
        with contextlib.suppress(OSError):
            lines = file.read_text("utf-8", "replace").splitlines()[-(most - len(lines)) :] + lines
        if len(lines) >= most:
            break
    return lines


def place(error: BaseException) -> str:
    """Where in our own source an exception came through last: ``depositor.scan.walk:120``; empty for none."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module == "depositor" or module.startswith("depositor."):
            found = f"{module}:{line}"
    return found


def defect(error: BaseException) -> None:
    """Note an exception that nobody foresaw: its class and our own line, never its text."""
    name, at = type(error).__name__, place(error)
    event("program.defect", exception=name, at=at)
    if _loud():
        traceback.print_exception(error)
    for listener in tuple(on_defect):
        listener(name, at)


def _allowed(key: str, value: Any) -> bool:
    check = FIELDS.get(key)
    return check is not None and check(value)


def _append(file: Path, line: str) -> None:
    """One write per line, so that two programs may share the file."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.fstat(descriptor).st_size < MOST_BYTES_A_DAY:
            os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


def _drop_old(folder: Path) -> None:
    oldest = (dt.datetime.now(dt.UTC) - dt.timedelta(days=KEEP_DAYS)).date().isoformat()
    for file in folder.glob("events-*.jsonl"):
        if file.stem.removeprefix("events-") < oldest:
            _remove(file)


def _loud() -> bool:
    return os.environ.get("DEPOSITOR_LOG") == "debug" and sys.stderr is not None


# --- the report for the help desk ------------------------------------------------------------------------------------


def report(home: Home) -> str:
    """What a person may send to the help desk: exactly this text, which they see before.

    Versions, the system, which settings were changed (values only of those that cannot hold anything private), how much
    there is of what, and the last events.
    """
    python = ".".join(map(str, sys.version_info[:3]))
    where = "network drive" if home.state_on_network else "local disk"
    parts = [
        f"Depositor {__version__}, Python {python}, {platform.system()} {platform.release()}, {platform.machine()}",
        f"state on {where}, {_free(home.state)} GB free; display {os.environ.get('XDG_SESSION_TYPE', 'unknown')[:12]}",
        "",
        "Libraries",
        *(f"  {name} {version}" for name, version in _libraries()),
        "",
        "Settings",
        *(f"  {line}" for line in _settings(home)),
        "",
        "Last events",
        *(f"  {line}" for line in events(home)),
    ]
    return "\n".join(parts) + "\n"


def _libraries() -> Iterator[tuple[str, str]]:
    from importlib import metadata

    for name in ("PySide6-Essentials", "keyring", "numpy", "openpyxl", "pillow", "pydicom", "requests", "tifffile"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)


def _settings(home: Home) -> Iterator[str]:
    from depositor.session.settings import Settings, table

    settings = Settings(home.settings / "settings.json")
    for setting in table():
        if settings.is_set(setting.key):
            value = settings.get(setting.key)
            plain = setting.kind in ("flag", "whole") or value in [choice for choice, _ in setting.choices]
            yield f"{setting.key}: {value if plain else 'set'}"


def _free(folder: Path) -> str:
    try:
        return str(round(shutil.disk_usage(folder).free / 1e9))
    except OSError:
        return "?"


# --- exceptions that nobody caught -----------------------------------------------------------------------------------


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    defect(error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        defect(args.exc_value)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        event("program.unraisable", exception=type(args.exc_value).__name__, at=place(args.exc_value))


# --- crashes of the interpreter itself -------------------------------------------------------------------------------


def _watch_crashes(folder: Path) -> None:
    """Let the interpreter write down where it was when it is torn down (a segmentation fault, an abort of Qt)."""
    global _crash_file
    with contextlib.suppress(OSError):
        _crash_file = (folder / f"crash-{os.getpid()}.txt").open("w", encoding="utf-8")
        faulthandler.enable(_crash_file, all_threads=False)


def _note_crashes(folder: Path) -> None:
    """Turn what an earlier run left into events; the raw files name folders of this computer, so they go."""
    for file in folder.glob("crash-*.txt"):
        pid = file.stem.removeprefix("crash-")
        if pid.isdigit() and _alive(int(pid)):
            continue
        with contextlib.suppress(OSError):
            for at in list(_places(file.read_text("utf-8", "replace")))[:5]:
                event("program.crashed", at=at)
        _remove(file)


def _places(text: str) -> Iterator[str]:
    for match in re.finditer(r'File ".*?[/\\](depositor[/\\][\w/\\]+)\.py", line (\d+)', text):
        module = match[1].replace("\\", "/").replace("/", ".")
        yield f"{module}:{match[2]}"


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    if os.name != "posix":
        return False  # an open file cannot be removed there, which is answer enough
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
