"""The cells of an Excel workbook, named by the headings of their columns. Source: ECMA-376 Part 1, SpreadsheetML."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from dataclasses import replace

from depositor.privacy.checks import grid
from depositor.privacy.checks.grid import Cell
from depositor.privacy.checks.office_text import Bit

SHARED, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_CELL = re.compile(r"<(?:\w+:)?c(?P<attrs>\s[^<>]*?)?(?:/>|>(?P<body>.*?)</(?:\w+:)?c>)", re.DOTALL)
_ROW = re.compile(r"<(?:\w+:)?row(?:\s[^<>]*?)?\sr=\"(\d+)\"")
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*)</(?:\w+:)?v>")
_FORMULA = re.compile(r"<(?:\w+:)?f(?:\s[^<>]*)?>([^<]*)</(?:\w+:)?f>")
_INLINE = re.compile(r"<(?:\w+:)?t(?:\s[^<>]*)?>([^<]*)</(?:\w+:)?t>")
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_FIRST_DAY = dt.date(1899, 12, 30)
MOST_CELLS = 2_000_000
_MEASURE = re.compile(r"[-+]?\d{1,6}|[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")  # what fills tables of millions of rows


def strings(text: str) -> list[Bit]:
    """One bit for each shared string, empty ones too, so that their numbers fit."""
    out: list[Bit] = []
    for number, match in enumerate(
        re.finditer(r"<(?:\w+:)?si(?:\s[^<>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", text, re.DOTALL)
    ):
        segments = tuple(
            (match.start(1) + m.start(1), match.start(1) + m.end(1), html.unescape(m[1]))
            for m in (_INLINE.finditer(match[1]) if match[1] else ())
        )
        out.append(Bit(SHARED, f"string[{number}]", "", segments))
    return out


def date_styles(text: str) -> frozenset[int]:
    """The numbers of cell styles that show a day."""
    own = {
        int(m[1])
        for m in re.finditer(r"<(?:\w+:)?numFmt\s[^<>]*?numFmtId=\"(\d+)\"[^<>]*?formatCode=\"([^\"]*)\"", text)
        if re.search(r"[yd]", re.sub(r"\[[^\]]*\]|&quot;.*?&quot;|\\.", "", m[2]), re.IGNORECASE)
    }
    block = re.search(r"<(?:\w+:)?cellXfs[^<>]*>(.*?)</(?:\w+:)?cellXfs>", text, re.DOTALL)
    formats = re.findall(r"<(?:\w+:)?xf\s[^<>]*?numFmtId=\"(\d+)\"", block[1]) if block else []
    return frozenset(n for n, number in enumerate(formats) if int(number) in own or int(number) in _DATES)


def cells(part: str, text: str, shared: list[Bit], dates: frozenset[int]) -> list[Bit]:
    """The filled cells of one sheet."""
    found = list(_filled(part, text, shared, dates))
    names = grid.names_for([cell for cell, _bit in found])
    return [_named(part, bit, name) for bit, name in _once(found, names)]


def _once(found: list[tuple[Cell, Bit]], names: list[str]) -> Iterator[tuple[Bit, str]]:
    """A text that many cells share, under the same name, is judged once."""
    seen: set[tuple[str, tuple[tuple[int, int, str], ...]]] = set()
    for (_cell, bit), name in zip(found, names, strict=True):
        if bit.part != SHARED:
            yield bit, name
        elif (name, bit.segments) not in seen:
            seen.add((name, bit.segments))
            yield bit, name


def _named(part: str, bit: Bit, name: str) -> Bit:
    sheet = part.rsplit("/", 1)[-1].removesuffix(".xml")
    location = f"{sheet}:{bit.location}:{name}" if name else f"{sheet}:{bit.location}"
    return replace(bit, location=location, label=name)


def _filled(part: str, text: str, shared: list[Bit], dates: frozenset[int]) -> Iterator[tuple[Cell, Bit]]:
    row = column = 0
    first: list[Cell] = []
    telling: frozenset[int] | None = None
    left = ""
    for number, match in enumerate(_CELL.finditer(text)):
        if number >= MOST_CELLS:
            return
        attrs, body = match["attrs"] or "", match["body"] or ""
        place = re.search(r"\br=\"([A-Z]+)(\d+)\"", attrs)
        row, column = (int(place[2]), _column(place[1])) if place else (row, column + 1)
        for bit in _bits(part, attrs, body, match.start("body"), shared, dates, place[1] + place[2] if place else "?"):
            shown = bit.text
            cell = Cell(row, column, shown)
            if row <= grid.HEADING_ROWS:
                first.append(cell)
            elif telling is None:
                telling = grid.telling_columns(first)
            measured = telling is not None and column not in telling and _MEASURE.fullmatch(shown)
            if not (measured and not grid.tells(left.rstrip(": "))):
                yield cell, bit
            left = shown


def _bits(
    part: str, attrs: str, body: str, at: int, shared: list[Bit], dates: frozenset[int], place: str
) -> Iterator[Bit]:
    kind = re.search(r"\bt=\"(\w+)\"", attrs)
    formula = _FORMULA.search(body)
    if formula and '"' in html.unescape(formula[1]):
        segment = (at + formula.start(), at + formula.end(), html.unescape(formula[1]))
        yield Bit(part, f"{place}:formula", "", (segment,), None, True)
    if kind and kind[1] == "inlineStr":
        segments = tuple((at + m.start(1), at + m.end(1), html.unescape(m[1])) for m in _INLINE.finditer(body))
        yield Bit(part, place, "", segments)
        return
    value = _VALUE.search(body)
    if value is None:
        return
    if kind and kind[1] == "s":
        index = int(value[1]) if value[1].strip().isdecimal() else -1
        if 0 <= index < len(shared) and shared[index].text:
            yield Bit(SHARED, place, "", shared[index].segments)
        return
    start = formula.start() if formula and formula.start() < value.start() else value.start()
    shown = _shown(value[1], attrs, dates) if not kind or kind[1] == "n" else html.unescape(value[1])
    yield Bit(part, place, "", ((at + start, at + value.end(), shown),), None, True)


def _shown(value: str, attrs: str, dates: frozenset[int]) -> str:
    """A number as Excel shows it: a day where its style says so."""
    style = re.search(r"\bs=\"(\d+)\"", attrs)
    try:
        number = float(value)
    except ValueError:
        return value
    if style and int(style[1]) in dates and 1 <= number < 80_000:
        return (_FIRST_DAY + dt.timedelta(days=int(number))).isoformat()
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else value


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:3]:
        number = number * 26 + ord(letter) - 64
    return number


def hidden(text: str) -> list[str]:
    """What a sheet hides: its rows and columns."""
    rows = re.findall(r"<(?:\w+:)?row\s[^<>]*?\br=\"(\d+)\"[^<>]*?\bhidden=\"(?:1|true)\"", text)
    columns = re.findall(r"<(?:\w+:)?col\s(?=[^<>]*\bhidden=\"(?:1|true)\")[^<>]*?\bmin=\"(\d+)\"", text)
    return [f"row {r}" for r in rows[:20]] + [f"column {c}" for c in columns[:20]]
