"""The report for the ethics board: what was looked for, what was found, what was decided, and what nobody looked at.

It holds kinds and counts, never a value, a file name or a path of a finding. It says nowhere that nobody can be
recognised: no program can know that.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor import __version__
from depositor.draft.decided import Scope, Verdict, Verdicts, kind_of
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding, Level, NotChecked
from depositor.draft.message import Message
from depositor.draft.problem import NeedsUser
from depositor.session import ethics_page, policies
from depositor.session.checks import message_to_json
from depositor.session.clock import now
from depositor.session.documents import write_bytes, write_json
from depositor.session.ethics_words import LIMITS, NOT_SAID, Hidden, option_words, versions

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.language import Language
    from depositor.session.open_draft import OpenDraft

FORMAT = 1
NAME = "ethics-report"  # .json, .html, .pdf
_NAMED: Mapping[str, Callable[[Finding], str]] = {
    "kind": kind_of,
    "subject": lambda finding: str(finding.subject or ""),
    "level": lambda finding: str(finding.level),
    "check": lambda finding: finding.check,
}
_OUTCOMES = {Choice.CLEAN: "cleaned", Choice.KEEP: "kept", Choice.EXCLUDE: "left_out"}


def of_draft(desk: Desk, opened: OpenDraft, submission: str = "") -> dict[str, Any]:
    """The report about a draft as it is now. NeedsUser ``report.not-checked`` where its files were not checked yet."""
    found = opened.privacy()
    if found is None:
        raise NeedsUser(ethics_page.not_checked_yet())
    draft, summary = opened.draft, opened.summary()
    study = {
        "title": _title(draft, found),
        "submission": submission,
        "archive": opened.capabilities.name if opened.capabilities else "",
        "files": summary.files,
        "bytes": summary.bytes,
    }
    return report(draft, found, opened.not_checked(), study, desk.home.settings)


def report(
    draft: Draft,
    findings: Sequence[Finding],
    gaps: Iterable[NotChecked],
    study: Mapping[str, Any],
    settings: Path | None = None,
) -> dict[str, Any]:
    """The report as the JSON that is written; texts stand in it as messages, so that a page can say them."""
    verdicts = Verdicts(draft)
    hidden = Hidden(findings)
    judged = [(finding, verdicts.of(finding)) for finding in findings]
    return {
        "depositor_ethics_report": FORMAT,
        "made": now(),
        "not_said": told(NOT_SAID),
        "study": dict(study),
        "program": {"Depositor": __version__, **versions()["libraries"]},
        "rules": versions()["rules"],
        "policy": _policy(draft, settings),
        "human": {k: hidden.clear(v) for k, v in draft.human.as_json().items()},
        "choices": {str(s): {**c.as_json(), "why": hidden.clear(c.why)} for s, c in draft.privacy_choices.items()},
        "totals": _totals(judged),
        "kinds": _counts(judged, "kind", "subject", "level"),
        "checks": _counts(judged, "check"),
        "counts": _counts(judged, "kind", "subject", "level", "check"),
        "decisions": _decisions(judged, hidden),
        "remedies": _remedies(judged),
        "not_checked": _gaps(gaps, hidden),
        "limits": [told(message) for message in LIMITS],
        "manifest_sha256": "",
    }


def told(message: Message) -> dict[str, Any]:
    """A message as JSON, with its English sentence for readers who have no program."""
    return {"english": message.english(), **(message_to_json(message) or {})}


# --- what is counted --------------------------------------------------------------------------------------------------


def _totals(judged: Sequence[tuple[Finding, Verdict]]) -> dict[str, int]:
    return {
        "findings": len(judged),
        "files_with_findings": len({f.path for f, _ in judged if f.path}),
        "in_the_description": sum(not f.path for f, _ in judged),
        "open": sum(f.level is Level.BLOCKER and not v.settled for f, v in judged),
        "asked_again": sum(v.scope is Scope.CHANGED for _, v in judged),
    }


def _counts(judged: Sequence[tuple[Finding, Verdict]], *names: str) -> list[dict[str, Any]]:
    """One row for each different value of ``names`` (kind, subject, level, check); the weightiest first."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    files: dict[tuple[str, ...], set[str | None]] = {}
    for finding, verdict in judged:
        key = tuple(_NAMED[name](finding) for name in names)
        row = rows.get(key)
        if row is None:
            message = {"message": told(finding.message)} if "kind" in names else {}
            numbers = dict.fromkeys(("findings", *_OUTCOMES.values(), "open", "undecided"), 0)
            row = rows[key] = {**dict(zip(names, key, strict=True)), **message, **numbers}
            files[key] = set()
        row["findings"] += 1
        files[key].add(finding.path)
        row[_outcome(finding, verdict)] += 1
    for same, row in rows.items():
        row["files"] = len(files[same])
    weights = {str(level): n for n, level in enumerate(reversed(Level))}
    return sorted(rows.values(), key=lambda row: (weights.get(row.get("level", ""), 0), -row["findings"]))


def _outcome(finding: Finding, verdict: Verdict) -> str:
    """``undecided`` findings are sent as they are: nobody had to decide about them."""
    if finding.level is Level.BLOCKER and not verdict.settled:
        return "open"
    return _OUTCOMES[verdict.choice] if verdict.choice else "undecided"


def _decisions(judged: Sequence[tuple[Finding, Verdict]], hidden: Hidden) -> list[dict[str, Any]]:
    """Equal decisions (who, why, what about) as one row with the number of findings that they hold for."""
    counts: Counter[tuple[str, ...]] = Counter()
    for finding, verdict in judged:
        if verdict.choice:
            words = (str(verdict.choice), str(verdict.scope), hidden.clear(verdict.why), verdict.by, verdict.at[:10])
            counts[(kind_of(finding), str(finding.subject or ""), *words)] += 1
    names = ("kind", "subject", "choice", "scope", "why", "by", "on")
    return [{**dict(zip(names, key, strict=True)), "findings": n} for key, n in counts.most_common()]


def _remedies(judged: Sequence[tuple[Finding, Verdict]]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    files: dict[str, set[str | None]] = {}
    for finding, verdict in judged:
        if verdict.choice is Choice.CLEAN:
            remedy = next(iter(finding.remedies), "none")
            counts[remedy] += 1
            files.setdefault(remedy, set()).add(finding.path)
    return [{"remedy": name, "findings": n, "files": len(files[name])} for name, n in counts.most_common()]


def _gaps(gaps: Iterable[NotChecked], hidden: Hidden) -> list[dict[str, Any]]:
    """What no check covers: how many files for each reason."""
    files: dict[str, set[str]] = {}
    words: dict[str, Message] = {}
    for gap in gaps:
        why = hidden.without_names(gap)
        key = f"{why.id}\0{why.english()}"
        words.setdefault(key, why)
        files.setdefault(key, set()).add(gap.path)
    rows = [{"why": told(words[key]), "files": len(paths)} for key, paths in files.items()]
    return sorted(rows, key=lambda row: -int(row["files"]))


def _policy(draft: Draft, settings: Path | None) -> dict[str, Any]:
    try:
        policy = policies.policy_of(draft, settings)
    except NeedsUser:  # chosen on another computer: its rules are not known here
        return {"id": policies.id_of(draft)}
    return {
        "id": policy.name,
        "name": told(policy.title),
        "explanation": told(policy.explanation),
        "action": str(policy.action),
        "subjects": sorted(str(s) for s in policy.subjects),
        "dates": str(policy.dates),
        "dicom_options": [{"code": str(o), "name": told(option_words(o))} for o in sorted(policy.options)],
    }


def _title(draft: Draft, findings: Sequence[Finding]) -> str:
    """The study's title, unless a check found something in it."""
    found = any(not f.path and f.location == "study.title" for f in findings)
    return "" if found else Hidden(findings).clear(draft.title)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(data: Mapping[str, Any], folder: Path, language: Language) -> tuple[Path, ...]:
    """Write the report as JSON, page and PDF into ``folder`` (made if needed); the paths. Where Qt is not installed or
    cannot draw there is no PDF. NeedsUser where the folder cannot be written to."""
    from depositor.session.papers import print_page

    json_path, page, pdf = (folder / f"{NAME}.{kind}" for kind in ("json", "html", "pdf"))
    write_json(json_path, data)
    write_bytes(page, ethics_page.html(data, language).encode())
    with tempfile.TemporaryDirectory(prefix="depositor-") as passing:
        turned = Path(passing) / page.name
        write_bytes(turned, ethics_page.html(data, language, for_qt=True).encode())
        return (json_path, page, pdf) if print_page(turned, pdf) else (json_path, page)


def keep(data: Mapping[str, Any], folder: Path) -> None:
    """Lay the report of a sealed deposit aside; :func:`finish` makes the page of it."""
    write_json(folder / f"{NAME}.json", data)


def finish(folder: Path, manifest: str, language: Language) -> tuple[Path, ...]:
    """The report that was laid aside, with the digest of what was sent; no paths where there is none."""
    try:
        data = json.loads((folder / f"{NAME}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return write({**data, "manifest_sha256": manifest}, folder, language)
