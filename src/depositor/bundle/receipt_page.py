"""The receipt as one page to print or keep: HTML with its style inside, no script, nothing loaded from anywhere.

Plain tables and inline style, so that Qt's rich text (which makes the PDF) shows it like a browser does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from depositor.bundle import proof_words
from depositor.bundle.licenses import license_name, license_url
from depositor.bundle.methods import availability
from depositor.draft.capabilities import Capabilities
from depositor.draft.message import Message, msg, msgn
from depositor.draft.problem import Problem
from depositor.draft.submission import State

Say = Callable[[Message], str]

_STYLE = """
body { font-family: "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, sans-serif; font-size: 11pt; color: #1c2430;
  background-color: #ffffff; margin: 24px; }
h1 { font-size: 20pt; margin-bottom: 4px; }
h2 { font-size: 13pt; margin-top: 18px; margin-bottom: 4px; color: #1d4f7a; }
p { margin-top: 4px; margin-bottom: 4px; }
a { color: #1d4f7a; }
table { border-collapse: collapse; }
td { padding: 3px 12px 3px 0px; vertical-align: top; }
.accession { font-size: 26pt; font-weight: bold; color: #1d4f7a; }
.name { color: #55606e; }
.mono { font-family: "Noto Sans Mono", Consolas, Menlo, monospace; font-size: 9pt; word-break: break-all; }
.copy { background-color: #f1f5f9; padding: 8px; }
.problem { background-color: #fdf3e4; padding: 8px; }
@page { margin: 18mm; }
@media print { body { margin: 0; } h2 { page-break-after: avoid; } tr, .copy, .problem { page-break-inside: avoid; } }
"""


def html(
    receipt: Mapping[str, Any],
    say: Say,
    capabilities: Capabilities | None = None,
    *,
    language: str = "en",
    right_to_left: bool = False,
) -> str:
    """The page for a receipt (the JSON of ``deposit``), its words in the user's language by ``say``.

    Read beside the contract's keys, where they are there: ``title``, ``authors`` (names), ``release_date``,
    ``versions`` (name to version), ``profiles`` (ids), ``checksums`` (counts: ``equal``, ``different``, ``not_told``),
    ``proved`` (counts by kind of proof), ``archive_kind``,
    ``documents`` (how many were sent beside the files), ``renamed`` (``count``, ``list``).
    ``capabilities`` gives the archive's name and what happens now. Everything from outside is escaped; only http(s)
    links are links.
    """
    archive = capabilities.name if capabilities else _plain(receipt.get("archive"))
    body = "".join(
        (
            *_head(receipt, say, archive),
            *_facts(receipt, say, archive),
            *_proof(receipt, say),
            *_next(say, capabilities),
            *_words(receipt, say, archive),
            *_problems(receipt, say),
            *_versions(receipt, say),
        )
    )
    title = escape(f"{say(_HEADING)} {_plain(receipt.get('accession'))}".strip())
    direction = "rtl" if right_to_left else "ltr"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


_HEADING = msg("receipt.heading", "Receipt of deposit")


def citation(receipt: Mapping[str, Any], archive: str) -> str:
    """How to cite the data: authors (year). Title. Archive. Accession. Address; what is not known is left out."""
    authors = ", ".join(_list(receipt.get("authors")))
    year = (_plain(receipt.get("release_date")) or _plain(receipt.get("finished")))[:4]
    when = f"({year})" if year.isdigit() else ""
    first = " ".join(filter(None, (authors, when)))
    accession, url = _plain(receipt.get("accession")), _plain(receipt.get("url"))
    parts = (first, _plain(receipt.get("title")), archive, accession, url)
    return " ".join(p if p.endswith(".") or p == url else f"{p}." for p in parts if p)


def state_words(state: str, kind: str = "") -> Message:
    """What a state means for the person; "sent" and "accepted" are two different things. ``kind`` is the archive's: in
    a folder nobody accepts anything, and what is public in the practice archive is not published."""
    own = {
        ("folder", State.ACCEPTED): msg(
            "receipt.state.folder", "Complete: every file was read again and is as it was."
        ),
        ("protocol", State.ACCEPTED): msg(
            "receipt.state.stored", "Complete: every file is in its place there, and so is the note that says so."
        ),
        ("practice", State.PUBLIC): msg(
            "receipt.state.practice", "Public in the practice archive on this computer only; nothing was published."
        ),
    }
    if state in set(State) and (kind, State(state)) in own:
        return own[kind, State(state)]
    words = {
        State.DRAFT: msg("receipt.state.draft", "Not handed over yet: the archive holds a draft that is still open."),
        State.SENT: msg(
            "receipt.state.sent",
            "Sent: every file has arrived. The archive has not yet said that it accepts the deposit.",
        ),
        State.ACCEPTED: msg("receipt.state.accepted", "Accepted: the archive has taken the deposit into its holdings."),
        State.UNDER_REVIEW: msg("receipt.state.review", "Under review: people at the archive are looking at it."),
        State.PUBLIC: msg("receipt.state.public", "Public: whoever reaches the archive can see and use the data."),
        State.FAILED: msg(
            "receipt.state.failed", "Not deposited: the archive did not take it. See the problems below."
        ),
    }
    unknown = msg("receipt.state.unknown", "The archive has not told how the deposit stands.")
    return words[State(state)] if state in set(State) else unknown


def size_words(count: int) -> str:
    """Bytes as people read them, with units of 1000: ``245.3 GB``."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


# --- the parts of the page ------------------------------------------------------------------------------------------


def _head(receipt: Mapping[str, Any], say: Say, archive: str) -> Iterator[str]:
    yield f"<h1>{_say(say, _HEADING)}</h1>"
    accession = _plain(receipt.get("accession"))
    if accession:
        yield f'<p class="accession" dir="auto">{escape(accession)}</p>'
    else:
        yield f"<p>{_say(say, msg('receipt.no-accession', 'The archive has given no accession number yet.'))}</p>"
    yield f'<p dir="auto">{escape(_plain(receipt.get("title")))}</p><p dir="auto">{escape(archive)}</p>'
    yield f"<p><b>{_say(say, state_words(_plain(receipt.get('state')), _plain(receipt.get('archive_kind'))))}</b></p>"
    yield f"<p>{_link(_plain(receipt.get('url')))}</p>"


def _facts(receipt: Mapping[str, Any], say: Say, archive: str) -> Iterator[str]:
    license_id, size, sent = _plain(receipt.get("license")), receipt.get("bytes"), receipt.get("bytes_sent")
    licence = f"{_link(license_url(license_id), license_name(license_id))}" if license_id else ""
    rows = (
        (msg("receipt.authors", "Authors"), escape(", ".join(_list(receipt.get("authors"))))),
        (msg("receipt.license", "Licence"), licence),
        (msg("receipt.release", "Release date"), escape(_plain(receipt.get("release_date")))),
        (msg("receipt.files", "Files"), escape(_counted(receipt, say))),
        (msg("receipt.size", "Size"), _bytes(size)),
        (msg("receipt.sent", "Bytes sent, repeated parts included"), _bytes(sent)),
        (msg("receipt.started", "Started"), _time(receipt.get("started"))),
        (msg("receipt.finished", "Finished"), _time(receipt.get("finished"))),
        (msg("receipt.submission", "Number of this submission"), _mono(receipt.get("submission"))),
    )
    yield f"<h2>{_say(say, msg('receipt.deposit', 'The deposit'))}</h2>{_table(rows, say)}"


def _counted(receipt: Mapping[str, Any], say: Say) -> str:
    """``9 files and 5 documents``: the proof compares both, so both are told."""
    files, papers = receipt.get("files"), receipt.get("documents")
    if not isinstance(files, int):
        return ""
    if not isinstance(papers, int) or not papers:
        return _grouped(files)
    told = msgn("receipt.count.files", "{count} file", "{count} files", files, count=_grouped(files))
    more = msgn("receipt.count.documents", "{count} document", "{count} documents", papers, count=_grouped(papers))
    return say(msg("receipt.count", "{files} and {documents}", files=say(told), documents=say(more)))


def _proof(receipt: Mapping[str, Any], say: Say) -> Iterator[str]:
    digest, proofs = receipt.get("manifest_sha256"), _plain(receipt.get("proofs"))
    if not digest and not proofs:
        return
    yield f"<h2>{_say(say, msg('receipt.proof', 'Proof'))}</h2>"
    proved = tuple(proof_words.words(receipt.get("proved")))
    told = proved or _compared(receipt.get("checksums"))  # receipts of earlier versions know no kinds of proof
    differing, changed = _differing(receipt.get("checksums"), proved), proof_words.replaced(receipt.get("replaced"))
    yield "".join(f"<p>{_say(say, m)}</p>" for m in (*told, *differing, *((changed,) if changed else ())))
    name = proofs.replace("\\", "/").rpartition("/")[2]
    yield _table(
        (
            (msg("receipt.manifest", "SHA-256 of the list of checksums"), _mono(digest)),
            (msg("receipt.proofs", "Checksums of each file, here and there"), _mono(name)),
        ),
        say,
    )
    yield from _renamed(receipt.get("renamed"), say)


def _renamed(renamed: Any, say: Say) -> Iterator[str]:
    count = renamed.get("count") if isinstance(renamed, Mapping) else None
    if not isinstance(count, int) or not count:
        return
    told = msgn(
        "receipt.renamed",
        "{n} file has another name at the archive. This list, beside the receipt, has both names:",
        "{n} files have another name at the archive. This list, beside the receipt, has both names:",
        count,
    )
    parts = _plain(renamed.get("list")).replace("\\", "/").split("/")
    yield f"<p>{_say(say, told)} {_mono('/'.join(parts[-2:]))}</p>"


def _compared(checksums: Any) -> Iterator[Message]:
    """What the comparison of both sides' checksums gave; a size alone is not called a proof."""
    counts = checksums if isinstance(checksums, Mapping) else {}
    equal, different, silent = (
        n if isinstance(n := counts.get(key), int) else 0 for key in ("equal", "different", "not_told")
    )
    if equal:
        yield msgn(
            "receipt.equal",
            "{n} file has the same checksum here and at the archive.",
            "{n} files have the same checksum here and at the archive.",
            equal,
        )
    if different:
        yield msgn(
            "receipt.different",
            "{n} file is different at the archive. Please write to its help desk.",
            "{n} files are different at the archive. Please write to its help desk.",
            different,
        )
    if silent:
        yield msgn(
            "receipt.not-told",
            "For {n} file the archive tells no SHA-256 to compare; ours is in the list.",
            "For {n} files the archive tells no SHA-256 to compare; ours are in the list.",
            silent,
        )


def _differing(checksums: Any, proved: tuple[Message, ...]) -> Iterator[Message]:
    """That something differs is said beside the proofs, too."""
    if proved and isinstance(checksums, Mapping):
        yield from _compared({"different": checksums.get("different")})


def _next(say: Say, capabilities: Capabilities | None) -> Iterator[str]:
    if capabilities is None:
        return
    for heading, said in (
        (msg("receipt.next", "What happens now"), capabilities.next_steps),
        (msg("receipt.correct", "How to correct something"), capabilities.correct),
    ):
        yield f"<h2>{_say(say, heading)}</h2><p dir='auto'>{_say(say, said)}</p>"


def _words(receipt: Mapping[str, Any], say: Say, archive: str) -> Iterator[str]:
    """The sentences for the paper: English, as papers are, whatever the language of the page."""
    accession, url = _plain(receipt.get("accession")), _plain(receipt.get("url"))
    if receipt.get("archive_kind") == "practice":  # its address leads nowhere from any other computer
        return
    if not accession or _plain(receipt.get("state")) in (State.DRAFT, State.FAILED):
        return
    sentence = availability(accession, url, archive, _plain(receipt.get("license")) or None)
    for heading, said in (
        (msg("receipt.availability", "Data availability, ready to copy"), sentence),
        (msg("receipt.citation", "Citation, ready to copy"), citation(receipt, archive)),
    ):
        yield f'<h2>{_say(say, heading)}</h2><p class="copy" lang="en" dir="ltr">{escape(said)}</p>'


def _problems(receipt: Mapping[str, Any], say: Say) -> Iterator[str]:
    found = receipt.get("problems")
    if not isinstance(found, Sequence) or isinstance(found, str) or not found:
        return
    yield f"<h2>{_say(say, msg('receipt.problems', 'Problems'))}</h2>"
    for problem in found[:200]:  # the list of a study that failed as a whole would be a book; the JSON has all
        what, advice, path = _problem(problem, say)
        where = f'<br><span class="mono" dir="auto">{escape(path)}</span>' if path else ""
        yield f'<p class="problem" dir="auto"><b>{escape(what)}</b><br>{escape(advice)}{where}</p>'
    if len(found) > 200:
        more = msgn(
            "receipt.more", "{n} more is in the receipt file.", "{n} more are in the receipt file.", len(found) - 200
        )
        yield f"<p>{_say(say, more)}</p>"


def _problem(problem: Any, say: Say) -> tuple[str, str, str]:
    if isinstance(problem, Problem):
        return say(problem.message), say(problem.advice), problem.path or ""
    given = problem if isinstance(problem, Mapping) else {}
    return _plain(given.get("message")), _plain(given.get("advice")), _plain(given.get("path"))


def _versions(receipt: Mapping[str, Any], say: Say) -> Iterator[str]:
    versions = receipt.get("versions")
    if isinstance(versions, Mapping) and versions:
        named = (f"{_plain(name)} {_plain(version)}".strip() for name, version in versions.items())
        said = "; ".join((*named, *_list(receipt.get("profiles"))))
        made = msg("receipt.versions", "Made with")
        yield f'<h2>{_say(say, made)}</h2><p class="name" dir="auto">{escape(said)}</p>'


# --- small things ---------------------------------------------------------------------------------------------------


def _table(rows: Sequence[tuple[Message, str]], say: Say) -> str:
    cells = (
        f'<tr><td class="name">{_say(say, name)}</td><td dir="auto">{value}</td></tr>' for name, value in rows if value
    )
    return f"<table>{''.join(cells)}</table>"


def _say(say: Say, message: Message) -> str:
    return escape(say(message))


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _list(value: Any) -> list[str]:
    return [_plain(v) for v in value if v] if isinstance(value, (list, tuple)) else []


def _link(url: str, shown: str = "") -> str:
    """A link, where the address is one of the web; else its text alone."""
    if not url.lower().startswith(("https://", "http://")):
        return escape(shown or url)
    return f'<a href="{escape(url)}">{escape(shown or url)}</a>'


def _mono(value: Any) -> str:
    return f'<span class="mono">{escape(_plain(value))}</span>' if value else ""


def _bytes(count: Any) -> str:
    return f"{size_words(count)} ({_grouped(count)} B)" if isinstance(count, int) and count > 999 else _count(count)


def _grouped(count: int) -> str:
    """Digits in groups of three with a no-break space, which no language reads as a decimal sign."""
    return f"{count:,}".replace(",", "\u00a0")


def _count(count: Any) -> str:
    return f"{count} B" if isinstance(count, int) else ""


def _time(stamp: Any) -> str:
    """``2026-11-21 12:00:00 UTC``."""
    said = _plain(stamp)
    return escape(said.replace("T", " ").removesuffix("Z") + " UTC" if said.endswith("Z") else said)
