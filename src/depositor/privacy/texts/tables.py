"""Tables whose cells are parted by commas, semicolons or tabs, cut into labelled parts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

from depositor.privacy.texts.forms import Part
from depositor.privacy.words import labels


def table(text: str) -> Iterator[Part]:
    """Cells of a comma, semicolon or tab separated table; the heading is the label: ``row:2:dob``.

    A first row that holds numbers is taken as data: then the columns have no names. Short numbers in columns whose
    name says nothing are passed over: measurements fill tables of millions of rows.
    """
    delimiter = _delimiter(text)
    header: list[str] = []
    telling: list[bool] = []
    write = _cell(delimiter)
    waiting, told = True, list[str]()
    for number, (start, line) in enumerate(_records(text), 1):
        cells: Iterable[tuple[int, int, str]] = _cells(line, delimiter)
        if waiting and _is_preface(line, delimiter, number):
            cells, beginning = list(cells), True
        elif waiting:
            waiting, cells, beginning = False, list(cells), True
            header = [] if any(_short_number(c[2]) for c in cells) else [c[2].strip(' \t"#\ufeff') for c in cells]
            told = labels.of_patients(header)
            telling = [labels.kind_of(h) is not None or labels.is_named(h) for h in told]
        else:
            beginning = False
        for column, (begin, end, value) in enumerate(cells):
            if _short_number(value) and not (column < len(telling) and telling[column]):
                continue
            known = column < len(header) and not beginning
            label, place = (told[column], header[column]) if known else ("", "")
            if value.strip():
                yield Part(f"row:{number}:{place or column + 1}", label, value, start + begin, start + end, write)


def _is_preface(line: str, delimiter: str, number: int) -> bool:
    """Lines above the headings: remarks, empty ones, a title in one cell."""
    bare = line.strip(delimiter + " \r\n\ufeff")
    return number <= 20 and (
        not bare
        or (bare.startswith(("#", "//", "%", ";")) and delimiter not in bare)
        or (delimiter in "\t;,|" and delimiter not in bare and number < 6)
    )


def _short_number(value: str) -> bool:
    if len(value) >= 8 and "." not in value:
        return False  # eight digits can be a day or somebody's number
    return len(value) < 24 and value.replace(".", "", 1).lstrip("-").isdecimal()


def _delimiter(text: str) -> str:
    """The sign that parts the cells of the first lines: as often in each of them, and often."""
    first = [line for line in text[:16384].splitlines()[:12] if line.strip() and not line.startswith(("#", "//", "%"))]
    return max("\t;,|", key=lambda sign: sum(sorted(line.count(sign) for line in first)[len(first) // 2 :]))


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Lines, joined where a quoted cell goes on to the next one (up to 64 KiB)."""
    start = 0
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if pending.count('"') % 2 == 0 or len(pending) > 65536:
            yield start, pending.rstrip("\r\n")
            start += len(pending)
            pending = ""
    if pending:
        yield start, pending.rstrip("\r\n")


def _cells(line: str, delimiter: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    if '"' not in line:
        for value in line.split(delimiter):
            yield at, at + len(value), value
            at += len(value) + 1
        return
    pattern = re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?={re.escape(delimiter)}|$)|([^{re.escape(delimiter)}]*)', re.DOTALL)
    while at <= len(line):
        match = pattern.match(line, at)
        if match is None:
            return
        value = match[1].replace('""', '"') if match[1] is not None else match[2] or ""
        yield match.start(), match.end(), value
        at = match.end() + 1


def _cell(delimiter: str) -> Callable[[str], str]:
    def write(value: str) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="").writerow([value])
        return out.getvalue() if value else ""

    return write
