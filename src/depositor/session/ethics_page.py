"""The report for the ethics board as one page to print: HTML with its style inside, no script, nothing loaded.

Plain tables and inline style, so that Qt's rich text (which makes the PDF) shows it like a browser does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side
from depositor.session.human_data import access_words, consent_words, source_words

if TYPE_CHECKING:
    from depositor.session.language import Language

_STYLE = """
body { font-family: "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, sans-serif; font-size: 10pt; color: #1c2430;
  background-color: #ffffff; margin: 24px; }
h1 { font-size: 18pt; margin-bottom: 4px; }
h2 { font-size: 12pt; margin-top: 16px; margin-bottom: 4px; color: #1d4f7a; }
p, li { margin-top: 3px; margin-bottom: 3px; }
table { border-collapse: collapse; }
td, th { padding: 3px 8px 3px 0px; vertical-align: top; font-weight: normal; }
th { color: #55606e; font-size: 8pt; }
.name { color: #55606e; }
.said { background-color: #fdf3e4; padding: 8px; }
.mono { font-family: "Noto Sans Mono", Consolas, Menlo, monospace; font-size: 8pt; word-break: break-all; }
@page { margin: 18mm; }
@media print { body { margin: 0; } h2 { page-break-after: avoid; } tr { page-break-inside: avoid; } }
"""
_NUMBERS = ("findings", "files", "cleaned", "kept", "left_out", "undecided", "open")
_WIDTHS = {9: (26, 14), 6: (27, 17, 17, 12, 15)}  # of the first columns in per cent, by the number of columns
_TITLE = msg("ethics.title", "Report on personal data")


def html(report: Mapping[str, Any], language: Language, *, for_qt: bool = False) -> str:
    """The page for a report (the JSON of ``ethics_report``), in ``language``. Everything is escaped.

    ``for_qt``: for Qt's rich text, which puts the first cell of a row at the left also where text runs to the left.
    """
    return _Page(report, language, for_qt=for_qt).html()


class _Page:
    """One page in the making."""

    def __init__(self, report: Mapping[str, Any], language: Language, *, for_qt: bool) -> None:
        self._report, self._language = report, language
        self._right_to_left = language.direction == "rtl"
        self._turned = for_qt and self._right_to_left

    def html(self) -> str:
        parts = (self._head, self._rules, self._people, self._counts, self._decisions, self._gaps, self._end)
        body = "".join(piece for part in parts for piece in part())
        direction = "rtl" if self._right_to_left else "ltr"
        return (
            f'<!DOCTYPE html>\n<html lang="{escape(self._language.code)}" dir="{direction}"><head>'
            f'<meta charset="utf-8"><title>{self._say(_TITLE)}</title><style>{_STYLE}</style></head>\n'
            f'<body dir="{direction}">{body}</body></html>\n'
        )

    # --- parts -------------------------------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        study = self._report["study"]
        yield f"<h1>{self._say(_TITLE)}</h1>"
        if study.get("title"):
            yield f'<p dir="auto"><b>{escape(str(study["title"]))}</b></p>'
        yield f'<p class="said">{self._told(self._report["not_said"])}</p>'
        rows = (
            (msg("ethics.made", "Made on"), self._language.moment(self._report["made"])),
            (msg("ethics.archive", "For"), study.get("archive")),
            (msg("ethics.submission", "Submission"), study.get("submission")),
            (msg("ethics.files", "Files"), self._number(study.get("files"))),
            (msg("ethics.size", "Size"), self._language.size(study["bytes"]) if study.get("bytes") else ""),
            (msg("ethics.manifest", "SHA-256 of the list of checksums"), self._report["manifest_sha256"]),
        )
        yield self._pairs(rows)

    def _rules(self) -> Iterator[str]:
        policy = self._report["policy"]
        yield self._heading(msg("ethics.rules", "Rules"))
        if "name" in policy:
            yield f"<p><b>{self._told(policy['name'])}</b>: {self._told(policy['explanation'])}</p>"
        else:
            yield f"<p>{escape(policy['id'])}</p>"
        listed = [f"{o['code']}: {self._told(o['name'])}" for o in policy.get("dicom_options", ())]
        if listed:
            yield f"<p>{self._say(msg('ethics.options', 'Options of the DICOM confidentiality profile'))}</p>"
            yield self._list(listed)

    def _people(self) -> Iterator[str]:
        human = self._report["human"]
        yield self._heading(msg("ethics.people", "Data from people"))
        if not human:
            yield f"<p>{self._say(msg('ethics.people.open', 'This question was not answered.'))}</p>"
        words = {
            "source": (msg("ethics.people.source", "They come from people"), source_words()),
            "consent": (msg("ethics.people.consent", "Agreed to"), consent_words()),
            "access": (msg("ethics.people.access", "May be seen by"), access_words()),
            "approval": (msg("ethics.people.approval", "Ethics approval"), ()),
            "committee": (msg("ethics.people.committee", "Given by"), ()),
        }
        rows = ((name, self._word(human.get(key, ""), choices)) for key, (name, choices) in words.items())
        yield self._pairs(rows)

    def _counts(self) -> Iterator[str]:
        totals = self._report["totals"]
        yield self._heading(msg("ethics.found", "What was found"))
        told = msg(
            "ethics.found.total",
            "Findings: {findings} (files concerned: {files}), in the description: {form}; not decided yet: {open}.",
            findings=totals["findings"],
            files=totals["files_with_findings"],
            form=totals["in_the_description"],
            open=totals["open"],
        )
        yield f"<p>{self._say(told)}</p>"
        heads = (
            msg("ethics.what", "What"),
            msg("ethics.about", "About"),
            msg("ethics.found-number", "Found"),
            msg("ethics.files", "Files"),
            msg("ethics.cleaned", "Taken out"),
            msg("ethics.kept", "Kept"),
            msg("ethics.left-out", "Left out"),
            msg("ethics.as-is", "As it is"),
            msg("ethics.open", "Open"),
        )
        yield self._table(heads, self._kinds(), first_number=2)
        checks = [(escape(c["check"]), self._number(c["findings"]), self._number(c["files"]))
                  for c in self._report["checks"]]  # fmt: skip
        by_check = (msg("ethics.check", "Check"), msg("ethics.findings", "Findings"), msg("ethics.files", "Files"))
        if checks:
            yield "<p></p>" + self._table(by_check, checks, first_number=1)

    def _kinds(self) -> Iterator[Sequence[str]]:
        """One row for each kind and subject, below the words for how much it weighs; counts of checks are added up."""
        words = {
            "blocker": msg("ethics.level.blocker", "Must be decided"),
            "warning": msg("ethics.level.warning", "Should be looked at"),
            "advice": msg("ethics.level.advice", "Advice"),
            "info": msg("ethics.level.info", "Notes"),
        }
        level = ""
        for row in self._report["kinds"]:
            if row["level"] != level:
                level = row["level"]
                yield (f"<b>{self._say(words[level])}</b>",)
            yield (
                self._told(row["message"]),
                escape(self._subject(row["subject"])),
                *(self._number(row[key]) or "" for key in _NUMBERS),
            )

    def _decisions(self) -> Iterator[str]:
        yield self._heading(msg("ethics.decisions", "What was decided"))
        rows = [
            (self._subject(s), self._chosen(c["choice"]), c["why"], c["by"], self._language.date(c["at"]), "")
            for s, c in self._report["choices"].items()
        ]
        messages = {row["kind"]: row["message"] for row in self._report["counts"]}
        rows += [
            (self._plain(messages[d["kind"]]), self._chosen(d["choice"]), d["why"], d["by"],
             self._language.date(d["on"]), self._number(d["findings"]))
            for d in self._report["decisions"]
        ]  # fmt: skip
        heads = (
            msg("ethics.what", "What"),
            msg("ethics.choice", "Decision"),
            msg("ethics.why", "Why"),
            msg("ethics.by", "By"),
            msg("ethics.on", "On"),
            msg("ethics.findings", "Findings"),
        )
        if rows:
            yield self._table(heads, (tuple(escape(c) for c in row) for row in rows), first_number=5)
        else:
            yield f"<p>{self._say(msg('ethics.decisions.none', 'Nothing was decided.'))}</p>"
        remedies = [(escape(r["remedy"]), self._number(r["findings"]), self._number(r["files"]))
                    for r in self._report["remedies"]]  # fmt: skip
        if remedies:
            ways = (
                msg("ethics.remedy", "Way of cleaning"),
                msg("ethics.findings", "Findings"),
                msg("ethics.files", "Files"),
            )
            yield self._table(ways, remedies, first_number=1)

    def _gaps(self) -> Iterator[str]:
        yield self._heading(msg("ethics.gaps", "What was not checked"))
        rows = [(self._told(g["why"]), self._number(g["files"])) for g in self._report["not_checked"]]
        if rows:
            yield self._table((msg("ethics.why", "Why"), msg("ethics.files", "Files")), rows, first_number=1)
        else:
            yield f"<p>{self._say(msg('ethics.gaps.none', 'No check told of a part that it did not look at.'))}</p>"

    def _end(self) -> Iterator[str]:
        yield self._heading(msg("ethics.limits", "What the checks cannot do"))
        yield self._list(self._told(limit) for limit in self._report["limits"])
        yield self._heading(msg("ethics.versions", "Programs and lists"))
        named = {**self._report["program"], **self._report["rules"]}
        said = "; ".join(f"{name} {version}" for name, version in named.items())
        yield f'<p class="mono" dir="ltr">{escape(said)}</p>'

    # --- small things ------------------------------------------------------------------------------------------------

    def _heading(self, message: Message) -> str:
        return f"<h2>{self._say(message)}</h2>"

    def _say(self, message: Message) -> str:
        return escape(self._language.say(message))

    def _plain(self, told: Mapping[str, Any]) -> str:
        message = Message(told["id"], told["text"], told["args"], told["n"], told["many"])
        return self._language.say(message)

    def _told(self, told: Mapping[str, Any]) -> str:
        return escape(self._plain(told))

    def _number(self, value: Any) -> str:
        return self._language.number(value) if isinstance(value, int) else ""

    def _word(self, value: str, choices: Sequence[tuple[str, Message]]) -> str:
        words = dict(choices)
        return self._language.say(words[value]) if value in words else value

    def _subject(self, subject: str) -> str:
        words = {
            "patient": msg("ethics.patient", "patient or donor"),
            "staff": msg("ethics.staff", "colleague"),
            "site": msg("ethics.site", "institution"),
            "place": msg("ethics.place", "place"),
            "other": msg("ethics.other", "other"),
        }
        return self._language.say(words[subject]) if subject in words else ""

    def _chosen(self, choice: str) -> str:
        words = {
            "keep": msg("ethics.choice.keep", "kept"),
            "clean": msg("ethics.choice.clean", "taken out"),
            "exclude": msg("ethics.choice.exclude", "file left out"),
            "ask": msg("ethics.choice.ask", "decided one by one"),
        }
        return self._language.say(words[choice]) if choice in words else choice

    def _pairs(self, rows: Iterable[tuple[Message, Any]]) -> str:
        cells = (self._row((f'<td class="name">{self._say(name)}</td>', f'<td dir="auto">{escape(str(value))}</td>'))
                 for name, value in rows if value)  # fmt: skip
        side = ' align="right"' if self._turned else ""
        return f"<table{side}>{''.join(cells)}</table>"

    def _table(self, heads: Sequence[Message], rows: Iterable[Sequence[str]], first_number: int) -> str:
        """Columns from ``first_number`` on are numbers, at the far side of their cells; cells are escaped already."""
        far, near = ("left", "right") if self._right_to_left else ("right", "left")
        sides = [far if at >= first_number else near for at in range(len(heads))]
        head = [f'<th align="{side}">{self._say(h)}</th>' for side, h in zip(sides, heads, strict=True)]
        body = "".join(self._row(self._cells(row, sides)) for row in rows)
        return f'<table width="100%" cellspacing="0">{self._row(head)}{body}</table>'

    def _cells(self, row: Sequence[str], sides: Sequence[str]) -> list[str]:
        """A row of one cell goes over all columns; the first column gets most of the room; nought stays quiet."""
        if len(row) == 1:
            return [f'<td colspan="{len(sides)}" align="{sides[0]}" dir="auto">{row[0]}</td>']
        wide = _WIDTHS.get(len(row), ())
        widths = [*(f' width="{share}%"' for share in wide), *[""] * (len(row) - len(wide))]
        shown = ("·" if cell == "0" else cell for cell in row)
        return [
            f'<td align="{side}" dir="auto"{width}>{cell}</td>'
            for side, width, cell in zip(sides, widths, shown, strict=True)
        ]

    def _row(self, cells: Sequence[str]) -> str:
        return f"<tr>{''.join(reversed(cells) if self._turned else cells)}</tr>"

    def _list(self, items: Iterable[str]) -> str:
        return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def not_checked_yet() -> Problem:
    """The problem of a report that is asked for before the check."""
    return Problem(
        "report.not-checked",
        Side.COMPUTER,
        msg("report.not-checked", "The files were not yet checked for personal data, so there is nothing to report."),
        msg("report.not-checked.advice", "Let the check run on the page of privacy, then make the report."),
    )
