"""What the user set, and what holds otherwise. ``resources/settings.toml`` is the one table of all settings."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session import clock

ENVIRONMENT_ENDPOINT = "DEPOSITOR_ENDPOINT_"
_CONNECT_S = 15


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: kind is choice, flag, whole, text, file, folder, address or table (archive id to address)."""

    key: str
    group: str
    kind: str
    default: Any
    label: Message
    help: Message
    choices: tuple[tuple[str, Message], ...] = ()
    open_choices: bool = False
    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""

    def accepts(self, value: Any) -> bool:
        """True where ``value`` can be set."""
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "whole":
            low, high = self.minimum or 0, self.maximum if self.maximum is not None else value
            return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        if self.kind == "table":
            return isinstance(value, Mapping) and all(isinstance(v, str) and _address(v) for v in value.values())
        if not isinstance(value, str) or "\x00" in value:
            return False
        if self.kind == "choice":
            return self.open_choices or value in dict(self.choices)
        return self.kind != "address" or not value or _address(value)

    def parse(self, text: str) -> Any:
        """``text`` as typed on a command line; what cannot be understood comes back as it is, and is not accepted."""
        if self.kind == "flag":
            return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(text.lower())
        if self.kind in ("whole", "table"):
            with contextlib.suppress(ValueError):
                return json.loads(text)
        return text


@functools.cache
def table() -> tuple[Setting, ...]:
    """All settings, in the order in which people see them."""
    return tuple(_setting(key, row) for key, row in resources.toml("settings.toml").items())


def texts() -> Iterator[Message]:
    """Every text of the table, for the extraction of texts for translators."""
    for setting in table():
        yield setting.label
        yield setting.help
        yield from (label for _, label in setting.choices)


def endpoint_variable(archive: str) -> str:
    """The environment variable that gives an archive's address: ``DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE``."""
    return ENVIRONMENT_ENDPOINT + variable_part(archive)


def variable_part(archive: str) -> str:
    """An archive id as a part of a variable's name: capitals, ``-`` as ``_``."""
    return archive.upper().replace("-", "_")


class Settings:
    """The settings in the file ``path``; safe to use from many threads and from two programs at once.

    Keys that this version does not know are kept. A damaged file is set aside and ``problem`` says so.
    """

    def __init__(self, path: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.path = path
        self.problem: Problem | None = None
        self.listeners: list[Callable[[str], None]] = []
        self._environ = environ
        self._guard = threading.Lock()
        self._known = {s.key: s for s in table()}
        self._seen = self._stamp()
        self._values = self._read()

    def get(self, key: str) -> Any:
        """The value of ``key``; a saved one that makes no sense counts as unset. KeyError for an unknown key."""
        setting = self._known[key]
        value = self._values.get(key, setting.default)
        return value if setting.accepts(value) else setting.default

    def is_set(self, key: str) -> bool:
        """True where the user chose a value."""
        return key in self._values and self._known[key].accepts(self._values[key])

    def set(self, key: str, value: Any) -> None:
        """Set and save. NeedsUser for a key or value that does not exist, and where the file cannot be written."""
        setting = self._known.get(key)
        if setting is None:
            raise NeedsUser(_unknown(key))
        if not setting.accepts(value):
            raise NeedsUser(_unfit(setting))
        self._change(key, value)

    def unset(self, key: str) -> None:
        """Back to what holds when nobody set it."""
        if key not in self._known:
            raise NeedsUser(_unknown(key))
        self._change(key, None)

    def endpoint(self, archive: str) -> str | None:
        """The address that was set for an archive, by the environment or here; None: the one of its descriptor."""
        set_here = self.get("endpoints").get(archive)
        return self._environ.get(endpoint_variable(archive), "").strip() or set_here or None

    def speed_limit(self) -> int | None:
        """Bytes per second; None without a limit."""
        return int(self.get("speed_limit")) * 1000 or None

    def part_bytes(self) -> int:
        """The size of a part in bytes."""
        return int(self.get("part_size")) << 20

    def reload(self) -> None:
        """Take over what another program changed meanwhile; listeners hear of each key that did. Cheap where nothing
        did."""
        stamp = self._stamp()
        with self._guard:
            if stamp == self._seen:
                return
            before, self._values, self._seen = self._values, self._read(), stamp
            changed = [k for k in self._known if before.get(k) != self._values.get(k)]
        for key in changed:
            self._tell(key)

    def for_archive(self, archive: str) -> dict[str, Any]:
        """What an archive's session may need to know; each takes what it understands.

        ``folder``: where packages are written; ``part_bytes``: the size of a part; ``idle_s`` and ``connect_s``: how
        long a silent line, and one that does not come about, is waited for.
        """
        pairs = {
            "endpoint": self.endpoint(archive),
            "folder": self.get("package_folder"),
            "proxy": self.get("proxy"),
            "ca_bundle": self.get("ca_bundle"),
            "part_bytes": self.part_bytes(),
            "idle_s": self.get("silence"),
            "connect_s": min(self.get("silence"), _CONNECT_S),
        }
        return {key: value for key, value in pairs.items() if value}

    def _change(self, key: str, value: Any) -> None:
        with self._guard:
            values = {**self._read(), key: value}
            self._values = {k: v for k, v in values.items() if v is not None}
            self._write()
            self._seen = self._stamp()
        self._tell(key)

    def _tell(self, key: str) -> None:
        for listener in tuple(self.listeners):
            listener(key)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except OSError:
            self.problem = _unreadable()
            return {}
        except ValueError:
            return self._set_aside()
        return values if isinstance(values, dict) else self._set_aside()

    def _set_aside(self) -> dict[str, Any]:
        aside = self.path.with_name(f"{self.path.stem}-damaged-{clock.stamp()}.json")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
        self.problem = _damaged()
        return {}

    def _write(self) -> None:
        """The new file beside the old one, on the disk, then in its place: a crash leaves one of the two whole."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as out:
                json.dump(self._values, out, ensure_ascii=False, indent=1, sort_keys=True)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise NeedsUser(_not_saved()) from error


def _setting(key: str, row: Mapping[str, Any]) -> Setting:
    choices = row.get("choices", {}).items()
    return Setting(
        key,
        row["group"],
        row["kind"],
        row["default"],
        Message(f"setting.{key}.label", row["label"]),
        Message(f"setting.{key}.help", row["help"]),
        tuple((value, Message(f"setting.{key}.choice.{value}", text)) for value, text in choices),
        row.get("open_choices", False),
        row.get("minimum"),
        row.get("maximum"),
        row.get("unit", ""),
    )


def _address(text: str) -> bool:
    """A whole address; one with a password in it is refused, because settings are no place for secrets."""
    try:
        parts = urllib.parse.urlsplit(text)
        return bool(parts.scheme and parts.netloc) and parts.password is None and (parts.port or 0) >= 0
    except ValueError:
        return False


def _unknown(key: str) -> Problem:
    return Problem(
        "settings.unknown",
        Side.COMPUTER,
        msg("settings.unknown", "There is no setting called {key}.", key=key),
        msg("settings.unknown.advice", "The command “depositor settings” lists all of them."),
    )


def _unfit(setting: Setting) -> Problem:
    if setting.kind == "whole" and setting.maximum is not None:
        advice = msg(
            "settings.unfit.whole",
            "Give a whole number from {low} to {high}.",
            low=setting.minimum or 0,
            high=setting.maximum,
        )
    elif setting.kind == "flag":
        advice = msg("settings.unfit.flag", "Give on or off.")
    elif setting.kind == "choice":
        advice = msg("settings.unfit.choice", "Give one of: {choices}.", choices=", ".join(dict(setting.choices)))
    else:
        advice = msg(
            "settings.unfit.address", "Give a whole address without a password, for instance https://example.org/."
        )
    text = msg("settings.unfit", "This value does not suit the setting {key}.", key=setting.key)
    return Problem("settings.unfit", Side.COMPUTER, text, advice)


def _damaged() -> Problem:
    return Problem(
        "settings.damaged",
        Side.COMPUTER,
        msg("settings.damaged", "Your settings could not be read. The file was set aside and the usual values hold."),
        msg("settings.damaged.advice", "Please look through the settings once. Your drafts are not concerned."),
    )


def _unreadable() -> Problem:
    return Problem(
        "settings.unreadable",
        Side.COMPUTER,
        msg("settings.unreadable", "Depositor may not read its own settings on this computer."),
        msg("settings.unreadable.advice", "The usual values hold. Ask whoever looks after this computer."),
    )


def _not_saved() -> Problem:
    return Problem(
        "settings.not-saved",
        Side.COMPUTER,
        msg("settings.not-saved", "Your settings could not be saved; they hold until you close the program."),
        msg("settings.not-saved.advice", "Is the disk full? Free some space and set them again."),
        actions=("retry",),
    )
