"""The user's language: catalogues, and numbers, sizes, dates and durations as people write them.

Texts of the core come as Messages; their id is the context of the catalogue entry. Texts that only a face has are given
as :func:`tr` and :func:`trn` with literal strings. What is stored or sent never passes through here.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gettext
import math
import os
import re
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from depositor import resources
from depositor.draft.message import Arg, Message, fill
from depositor.session import pseudo

DOMAINS = ("app", "profiles", "licenses", "archives")
PSEUDO = {"xx": pseudo.pseudo, "xx-rtl": pseudo.mirrored}
_RIGHT_TO_LEFT = frozenset(("ar", "dv", "fa", "he", "ps", "ur", "yi", "xx-rtl"))
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GROUPED_FROM = 10_000
_NARROW, _HARD = "\u202f", "\u00a0"  # narrow and usual space at which no line breaks


@dataclass(frozen=True, slots=True)
class Habits:
    """How numbers and dates are written; dates in strftime's signs. Source: Unicode CLDR 45, short date."""

    name: str
    decimal: str = "."
    group: str = ","
    date: str = "%Y-%m-%d"
    clock: str = "%H:%M"
    percent: str = "{n}%"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPACED = f"{{n}}{_NARROW}%"
HABITS: Mapping[str, Habits] = {
    "ar": Habits("العربية", date="%d/%m/%Y"),
    "cs": Habits("Čeština", ",", _HARD, "%d.%m.%Y", percent=_SPACED),
    "da": Habits("Dansk", ",", ".", "%d.%m.%Y", "%H.%M", _SPACED),
    "de": Habits("Deutsch", ",", ".", "%d.%m.%Y", percent=_SPACED),
    "en": Habits("English", date="%d %b %Y"),
    "es": Habits("Español", ",", ".", "%d/%m/%Y", percent=_SPACED),
    "fa": Habits("فارسی", date="%Y/%m/%d"),
    "fi": Habits("Suomi", ",", _HARD, "%d.%m.%Y", "%H.%M", _SPACED),
    "fr": Habits("Français", ",", _NARROW, "%d/%m/%Y", percent=_SPACED),
    "he": Habits("עברית", date="%d.%m.%Y"),
    "hi": Habits("हिन्दी", date="%d/%m/%Y"),
    "it": Habits("Italiano", ",", ".", "%d/%m/%Y"),
    "ja": Habits("日本語", date="%Y/%m/%d"),
    "ko": Habits("한국어", date="%Y. %m. %d."),
    "nl": Habits("Nederlands", ",", ".", "%d-%m-%Y"),
    "pl": Habits("Polski", ",", _HARD, "%d.%m.%Y"),
    "pt": Habits("Português", ",", ".", "%d/%m/%Y"),
    "ru": Habits("Русский", ",", _HARD, "%d.%m.%Y", percent=_SPACED),
    "sv": Habits("Svenska", ",", _HARD, "%Y-%m-%d", percent=_SPACED),
    "tr": Habits("Türkçe", ",", ".", "%d.%m.%Y", percent="%{n}"),
    "uk": Habits("Українська", ",", _HARD, "%d.%m.%Y"),
    "zh": Habits("中文", date="%Y/%m/%d"),
    "xx": Habits("Pseudo-text", ",", ".", "%d.%m.%Y"),
    "xx-rtl": Habits("Pseudo-text, right to left", ",", ".", "%d.%m.%Y"),
}


class Language:
    """One language. Texts without a translation stay English."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.direction = "rtl" if _lead(code) in _RIGHT_TO_LEFT else "ltr"
        self.habits = HABITS.get(code) or HABITS.get(_lead(code)) or HABITS["en"]
        self._pseudo: Callable[[str], str] | None = PSEUDO.get(code)
        self._texts = _catalogues(code)

    def say(self, message: Message) -> str:
        """A Message as a sentence of this language."""
        if message.plural is None or message.count is None:
            text = self.text(message.text, message.id)
        else:
            text = self.plural(message.text, message.plural, message.count, message.id)
        return self._filled(text, {k: self._shown(v) for k, v in message.args.items()}, message.count)

    def text(self, english: str, context: str | None = None) -> str:
        """A translated text, its places still empty."""
        if self._pseudo:
            return self._pseudo(english)
        return self._texts.pgettext(context, english) if context else self._texts.gettext(english)

    def plural(self, one: str, many: str, n: int, context: str | None = None) -> str:
        """A translated text in the form that goes with ``n``, its places still empty."""
        if self._pseudo:
            return self._pseudo(one if n == 1 else many)
        if context:
            return self._texts.npgettext(context, one, many, n)
        return self._texts.ngettext(one, many, n)

    def _filled(self, text: str, args: Mapping[str, Arg], count: int | None) -> str:
        if count is None:
            return fill(text, args)
        return fill(text, {**args, "n": self.number(count)})

    def _shown(self, value: Arg) -> Arg:
        """A value of a message as people write it: days, large and broken numbers. A year stays as it is."""
        if isinstance(value, str):
            return self.date(value) if _DAY.fullmatch(value) else value
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) < _GROUPED_FROM):
            return value
        if isinstance(value, int):
            return self.number(value)
        return f"{value:g}".replace(".", self.habits.decimal)

    # --- numbers and times -------------------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        """``1234.5`` as ``1,234.5`` or ``1.234,5``."""
        english = f"{value:,.{decimals}f}"
        return english.translate({ord(","): self.habits.group, ord("."): self.habits.decimal})

    def percent(self, share: float) -> str:
        """A share (0 to 1) in per cent; never 100 before the end."""
        return self.habits.percent.format(n=self.number(math.floor(share * 100 + 1e-9)))

    def size(self, n: float) -> str:
        """Bytes for people, in decimal units as disks and archives count: ``1.5 GB``."""
        if abs(n) < 1000:
            return self._trn("{n} byte", "{n} bytes", round(n))
        for unit in ("kB", "MB", "GB", "TB", "PB"):
            n /= 1000
            if abs(n) < 999.95 or unit == "PB":
                break
        return f"{self.number(n, 1)}{_HARD}{unit}"

    def speed(self, bytes_per_s: float) -> str:
        """``1.5 MB/s``."""
        return self._tr("{size}/s", size=self.size(bytes_per_s))

    def date(self, iso: str) -> str:
        """A day (``2027-01-31``) as people write it; the text itself where it is none."""
        try:
            day = dt.date.fromisoformat(iso[:10])
        except ValueError:
            return iso
        return self._month_named(day.strftime(self.habits.date), day)

    def moment(self, iso: str) -> str:
        """An ISO 8601 time as local date and time; the text itself where it is none."""
        try:
            local = dt.datetime.fromisoformat(iso).astimezone()
        except ValueError:
            return iso
        return f"{self.date(local.date().isoformat())} {local.strftime(self.habits.clock)}"

    def duration(self, seconds: float) -> str:
        """A time span, rounded so that it does not jump: nobody needs the seconds of an hour."""
        seconds = max(0, math.ceil(seconds))
        if seconds < 60:
            return self._trn("{n} second", "{n} seconds", seconds)
        if seconds < 3570:
            return self._trn("{n} minute", "{n} minutes", math.ceil(seconds / 60))
        if seconds < 48 * 3600:
            return self._trn("about {n} hour", "about {n} hours", max(1, round(seconds / 3600)))
        return self._trn("about {n} day", "about {n} days", round(seconds / 86400))

    def _month_named(self, text: str, day: dt.date) -> str:
        """strftime's month names depend on the system's locale; only English uses one here."""
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if "%b" in self.habits.date else text

    def _tr(self, english: str, **args: Arg) -> str:
        return fill(self.text(english), args)

    def _trn(self, one: str, many: str, n: int) -> str:
        return self._filled(self.plural(one, many, n), {}, n)


def _catalogues(code: str) -> gettext.NullTranslations:
    """The catalogues of all domains as one chain; a text is looked for in each in turn."""
    chain = gettext.NullTranslations()
    for domain in reversed(DOMAINS):
        with contextlib.suppress(OSError, ValueError, struct.error):  # none, or a damaged one: English is shown
            found = gettext.translation(domain, str(resources.locale_folder()), languages=[code, _lead(code)])
            found.add_fallback(chain)
            chain = found
    return chain


def _lead(code: str) -> str:
    return code if code in PSEUDO else code.replace("-", "_").split("_")[0].lower()


# --- which language --------------------------------------------------------------------------------------------------


def available(*, with_pseudo: bool = False) -> tuple[tuple[str, str], ...]:
    """(code, its own name) of each language that the program speaks, English first."""
    folder = resources.locale_folder()
    made = sorted(p.parent.parent.name for p in folder.glob("*/LC_MESSAGES/app.mo")) if folder.is_dir() else []
    codes = ["en", *(c for c in made if c != "en"), *(PSEUDO if with_pseudo else ())]
    return tuple((c, _own_name(c)) for c in codes)


def pick(setting: str = "system", environ: Mapping[str, str] = os.environ, system: str | None = None) -> str:
    """The code of the language to speak: ``DEPOSITOR_LANG``, else what the user set, else that of the system.

    English where the program does not speak it.
    """
    wanted = environ.get("DEPOSITOR_LANG", "").strip() or (setting if setting not in ("", "system") else "")
    wanted = wanted or system or _of_system(environ)
    known = {code.lower(): code for code, _ in available(with_pseudo=True)}
    plain = wanted.split(".")[0].split("@")[0].replace("_", "-").lower()
    by_case = {code.replace("_", "-"): known[code] for code in known}
    return by_case.get(plain) or by_case.get(plain.split("-")[0]) or "en"


def _own_name(code: str) -> str:
    found = HABITS.get(code) or HABITS.get(_lead(code))
    return found.name if found else code


def _of_system(environ: Mapping[str, str]) -> str:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name, "").split(":")[0]:
            return value
    if sys.platform == "win32":
        import ctypes
        import locale

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return locale.windows_locale.get(number, "en")
    return "en"


# --- the language in use ---------------------------------------------------------------------------------------------

_current = Language("en")


def use(code: str) -> Language:
    """Speak ``code`` from now on, in all of this process."""
    global _current
    _current = Language(code)
    return _current


def current() -> Language:
    """The language in use."""
    return _current


def say(message: Message) -> str:
    """A Message in the language in use."""
    return _current.say(message)


def tr(english: str, /, *, context: str | None = None, **args: Arg) -> str:
    """A literal text of a face in the language in use; ``{places}`` are filled where ``args`` are given."""
    text = _current.text(english, context)
    return fill(text, args) if args else text


def trn(one: str, many: str, n: int, /, *, context: str | None = None, **args: Arg) -> str:
    """A literal text whose grammar depends on ``n``, which is written as the language writes numbers."""
    text = _current.plural(one, many, n, context)
    return fill(text, {**args, "n": _current.number(n)})
