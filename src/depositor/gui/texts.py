"""Texts that change with the language while the window is open.

A widget binds its texts once (``self.texts.bind(lambda: button.setText(tr("Add a folder")))``); they are set at once
and again at each change of language. ``tr`` and ``trn`` take literal strings, so that translators get them.
"""

from __future__ import annotations

from collections.abc import Callable

from depositor.session import language
from depositor.session.language import say, tr, trn

__all__ = ["Texts", "count", "day", "duration", "percent", "say", "size", "speed", "tr", "trn", "when"]


class Texts:
    """The texts of one widget."""

    def __init__(self) -> None:
        self._setters: list[Callable[[], object]] = []

    def bind(self, *setters: Callable[[], object]) -> None:
        """Run ``setters`` now and after each change of language."""
        self._setters.extend(setters)
        for setter in setters:
            setter()

    def renew(self) -> None:
        """Set every text again; called from ``changeEvent`` at LanguageChange."""
        for setter in self._setters:
            setter()


def count(n: int) -> str:
    """A number as the user's language writes it."""
    return language.current().number(n)


def size(n: float) -> str:
    """Bytes for people: decimal units, as archives and disks count."""
    return language.current().size(n)


def speed(bytes_per_s: float) -> str:
    """Bytes per second for people."""
    return language.current().speed(bytes_per_s)


def duration(seconds: float) -> str:
    """A time span, rounded so that it does not jump."""
    return language.current().duration(seconds)


def percent(share: float) -> str:
    """A share (0 to 1) in per cent."""
    return language.current().percent(share)


def when(iso: str) -> str:
    """An ISO 8601 time as local date and time."""
    return language.current().moment(iso)


def day(iso: str) -> str:
    """A day (``2027-01-31``) as people write it."""
    return language.current().date(iso)
