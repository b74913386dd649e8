"""The second, independent look at a cleaned copy: are values that were found in the original still in its bytes?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from depositor.draft.finding import Finding, Level

SHORTEST = 6  # characters: shorter values stand in pixels by chance
WINDOW = 8 * 1024 * 1024


def still_in(copy: Path, findings: Iterable[Finding], told: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings whose text still stands somewhere in the copy's bytes (UTF-8, UTF-16 or Latin-1).

    Those that the check itself still reports (``told``) are not repeated.
    """
    known = {f.evidence for f in told}
    loud = {f.evidence: f for f in findings if f.evidence and f.level in (Level.BLOCKER, Level.WARNING)}
    texts = {
        e: f for e, f in loud.items() if e not in known and len(e) >= SHORTEST and e.isprintable() and "•" not in e
    }
    if not texts:
        return ()
    needles = {form: e for e in texts for form in _forms(e)}
    pattern = re.compile(b"|".join(re.escape(n) for n in sorted(needles, key=len, reverse=True)))
    seen: set[str] = set()
    with copy.open("rb") as file:
        tail = b""
        while block := file.read(WINDOW):
            for match in pattern.finditer(tail + block):
                seen.add(needles[match[0]])
            tail = block[-1024:]
    return tuple(replace(texts[e], location=f"bytes ({texts[e].location})") for e in sorted(seen))


def _forms(text: str) -> set[bytes]:
    forms = {text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-16-be")}
    try:
        forms.add(text.encode("latin-1"))
    except UnicodeEncodeError:
        return forms
    return forms
