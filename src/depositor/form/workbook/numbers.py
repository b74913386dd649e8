"""Numbers, days and truth values as people write them in tables. What can mean two things means nothing here."""

from __future__ import annotations

import datetime as dt
import re

from depositor.form.vocabulary import fold

_LONGEST = 100
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_YES = frozenset(("yes", "true", "y", "x", "ja", "wahr", "oui", "vrai", "si", "sim", "verdadero", "vero", "1"))
_NO = frozenset(("no", "false", "n", "nein", "falsch", "non", "faux", "nao", "falso", "0"))
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Ambiguous(ValueError):
    """It can be read in two ways (``1,234``; ``03/04/2027``)."""


def number(text: str, unit: str | None, *, comma: bool = False) -> int | float:
    """A number, with its unit or without. ValueError for what is none, Ambiguous where a comma may mean two things;
    ``comma``: the table is known to write decimal commas."""
    if len(text) > _LONGEST:
        raise ValueError(text)
    short = text.replace("\u2212", "-").replace("\u2019", "'").strip()
    if unit and short.casefold().endswith(unit.casefold()):
        short = short[: -len(unit)].strip()
    elif unit == "µm" and re.search(r"(\u03bcm|um)$", short):
        short = short[:-2].strip()
    short = re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(\D|$))", "", short)
    short = _decimal(short, comma=comma)
    if not _PLAIN.fullmatch(short):
        raise ValueError(text)
    found = float(short)
    if found != found or found in (float("inf"), float("-inf")):
        raise ValueError(text)
    return int(short) if re.fullmatch(r"[+-]?\d{1,15}", short) else found


def _decimal(text: str, *, comma: bool) -> str:
    """The text with a point as the decimal sign and no other separator."""
    commas, points = text.count(","), text.count(".")
    if commas and points:  # the last of the two is the decimal sign
        return text.replace(",", "") if text.rfind(".") > text.rfind(",") else text.replace(".", "").replace(",", ".")
    if commas > 1:
        return text.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text) else text
    if points > 1:
        return text.replace(".", "") if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", text) else text
    if commas and not comma and re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        raise Ambiguous(text)
    return text.replace(",", ".")


def truth(text: str) -> bool:
    """Yes or no in one of the languages that people fill in tables in. ValueError for anything else."""
    short = fold(text)
    if short in _YES:
        return True
    if short in _NO:
        return False
    raise ValueError(text)


def day(text: str) -> str:
    """A day in ISO 8601. ValueError for what is none; Ambiguous where day and month can be taken for each other."""
    short = text.strip()
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?(?:\.0+)?)?", short):
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    if found := _DOTTED.fullmatch(short):
        return dt.date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    if found := _SLASHED.fullmatch(short):
        one, other = int(found[1]), int(found[2])
        if one <= 12 and other <= 12 and one != other:
            raise Ambiguous(text)
        month, date = (one, other) if one <= 12 else (other, one)
        return dt.date(int(found[3]), month, date).isoformat()
    raise ValueError(text)
