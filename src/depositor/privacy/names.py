"""Names of files and folders."""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath

from depositor.draft.finding import Finding
from depositor.privacy import judge
from depositor.privacy.kinds import Kind, about_patient, rank
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.words import patterns, persons, titles
from depositor.privacy.words.patterns import Hit

CHECK = "names"
_HOMES = frozenset(
    {"users", "home", "homes", "benutzer", "utilisateurs", "usuarios", "utenti", "documents and settings"}
    | {"dokumente und einstellungen", "gebruikers"}
)
_SUFFIX = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$")
_LOCK = re.compile(r"^(?:\.~lock\.|~\$)")


def findings(shown: str, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """Findings for every segment of ``shown``: ``name`` for the last one, ``folder`` for those above it.

    The findings of a folder carry the folder's own path, so that they are the same for every file in it.
    """
    parts = [p for p in shown.split("/") if p not in ("", ".")]
    out: list[Finding] = []
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        path = "/".join(parts[: at + 1])
        for number, hit in enumerate(segment_hits(part, parts[at - 1] if at else "", known)):
            out.append(_finding(path, part, hit, number, "name" if last else "folder"))
    return tuple(out)


def _finding(path: str, segment: str, hit: Hit, number: int, location: str) -> Finding:
    key = f"privacy:{CHECK}:{path}:{location}:{hit.kind}" + (f":{number}" if number else "")
    return judge.finding_of(CHECK, key, hit.kind, path, location, segment[hit.start : hit.end], ("rename",))


def segment_hits(segment: str, above: str, known: Known) -> list[Hit]:
    """What one file or folder name tells; ``above`` is the name of the folder that holds it."""
    alone = _alone(segment, above)
    if known.terms:
        return patterns.without_overlaps([*(judge.widened(h, alone) for h in known.hits(segment)), *alone])
    return list(alone)


@functools.lru_cache(maxsize=4096)
def _alone(segment: str, above: str) -> tuple[Hit, ...]:
    if above.casefold() in _HOMES and persons.folded(segment) not in ("public", "shared", "default"):
        return (Hit(Kind.USER_NAME, 0, len(segment)),)
    return tuple(titles.hits(segment))


def cleaned(segment: str, hits: list[Hit], tag: str) -> str:
    """A name without what was found: the whole stem goes where it leads to a patient, else only the words found.

    ``tag`` keeps names that become alike apart. The ending stays, so that programs still open the file.
    """
    match = _SUFFIX.search(segment)
    stem, ending = (segment[: match.start()], match[0]) if match else (segment, "")
    if not hits:
        return segment
    if any(about_patient(h.kind) or h.kind is Kind.LINKED for h in hits) or not stem:
        return f"item-{tag}{ending}"
    kept = stem
    for hit in sorted(hits, key=lambda h: -h.start):
        kept = kept[: hit.start] + kept[hit.end :]
    kept = re.sub(r"([_\-. ])[_\-. ]+", r"\1", kept).strip("_-. ")
    return f"{kept}-{tag}{ending}" if kept else f"item-{tag}{ending}"


def suffix(shown: str) -> str:
    """The ending of a path in lower case, ``.ome.tif`` style endings included."""
    name = PurePosixPath(shown).name
    match = _SUFFIX.search(name)
    return match[0].lower() if match else ""


def loudest(hits: list[Hit]) -> int:
    return max((rank(h.kind) for h in hits), default=0)
