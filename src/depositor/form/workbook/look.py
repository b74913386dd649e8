"""How our workbooks look: colours that also print in grey, widths by what a question asks for, texts of help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from depositor.draft.message import msg
from depositor.form.fields import Field, Kind, Requirement
from depositor.form.workbook import words
from depositor.form.workbook.tables import Column
from depositor.form.workbook.values import TERMS, Say

REQUIRED_SIGN = " *"
_NARROW = frozenset((Kind.NUMBER, Kind.YEAR, Kind.BOOLEAN, Kind.PMID))
_MIDDLE = frozenset((Kind.DATE, Kind.DATETIME, Kind.ORCID, Kind.DOI))


@dataclass(frozen=True)
class Look:
    """Styles of openpyxl, made once for a workbook."""

    title: Any
    heading: Any
    plain: Any
    muted: Any
    required: Any
    recommended: Any
    optional: Any
    on_dark: Any
    on_light: Any
    missing: Any
    paper: Any
    wrap: Any
    wrap_middle: Any
    wrap_start: Any
    edge: Any
    unlocked: Any
    locked: Any


def look() -> Look:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    def fill(color: str) -> Any:
        return PatternFill("solid", start_color=color, end_color=color)

    line = Side(style="thin", color="C9D3DC")
    return Look(
        title=Font(name="Calibri", size=18, bold=True, color="12435A"),
        heading=Font(name="Calibri", size=12, bold=True, color="12435A"),
        plain=Font(name="Calibri", size=11),
        muted=Font(name="Calibri", size=9, italic=True, color="5A6B78"),
        required=fill("12435A"),
        recommended=fill("D5E6EE"),
        optional=fill("EEF1F4"),
        on_dark=Font(name="Calibri", size=11, bold=True, color="FFFFFF"),
        on_light=Font(name="Calibri", size=11, bold=True, color="12435A"),
        missing=PatternFill("solid", bgColor="FFF1C9", fgColor="FFF1C9"),
        paper=fill("F8FAFB"),
        wrap=Alignment(wrap_text=True, vertical="top"),
        wrap_middle=Alignment(wrap_text=True, vertical="center"),
        wrap_start=Alignment(wrap_text=True, vertical="top", horizontal="left"),
        edge=Border(left=line, right=line, top=line, bottom=line),
        unlocked=Protection(locked=False),
        locked=Protection(locked=True),
    )


def header_look(field: Field, style: Look) -> tuple[Any, Any]:
    """(font, fill) of the heading of a question."""
    if field.requirement is Requirement.REQUIRED:
        return style.on_dark, style.required
    return style.on_light, style.recommended if field.requirement is Requirement.RECOMMENDED else style.optional


def width(field: Field) -> int:
    """In characters."""
    if field.kind is Kind.LONG_TEXT:
        return 52
    if field.kind in _NARROW:
        return 14
    if field.kind in _MIDDLE:
        return 22
    if field.subfields:
        return 44
    return 36 if field.many or field.kind in TERMS else 28


def heading(column: Column, say: Say) -> str:
    """The name of a question with its unit and, where an answer is needed, an asterisk."""
    unit = f" ({column.field.unit})" if column.field.unit else ""
    mark = REQUIRED_SIGN if column.field.requirement is Requirement.REQUIRED else ""
    return f"{column.label(say)}{unit}{mark}"


def help_text(field: Field, say: Say) -> str:
    """What is asked, how it is written, and an example."""
    parts = [say(field.help)]
    if field.kind is Kind.ORGANISATION:
        parts.append(say(words.ORGANISATIONS))
    elif field.many:
        parts.append(say(words.LINES))
    if field.example:
        parts.append(say(msg("workbook.example", "Example: {example}", example=say(field.example))))
    return "\n".join(p for p in parts if p)


def told_from(header: str, say: Say) -> str:
    """The note at a value that came from the header of an image file."""
    return say(msg("workbook.from-header", "From the header of {file}", file=header))
