"""All that an archive would refuse, found before a byte is sent, and advice.

Window, command line and batch ask this one function.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.inventory import Summary
from depositor.draft.message import msg
from depositor.form.fields import Form
from depositor.form.filling import sizes
from depositor.form.rules import (
    annotated,
    formats,
    missing,
    modality_rules,
    patterns,
    plausible,
    relations,
    terms_of_use,
)
from depositor.form.rules.missing import by_module, completeness
from depositor.form.spots import spots

__all__ = ["by_module", "completeness", "validate"]

_ORDER = (Level.BLOCKER, Level.WARNING, Level.ADVICE, Level.INFO)


def validate(
    form: Form, draft: Draft, capabilities: Capabilities | None, today: dt.date, inventory: Summary | None
) -> tuple[Finding, ...]:
    """Every finding about the description, the gravest first, else in the order of the form.

    ``location`` is the path of the answer to which a face jumps (``biosample[0].organism``, a module without records by
    its key, ``license``, ``release_date``, ``files``, ``files[0]``). Without ``capabilities`` (no archive chosen) the
    rules of archives are left out, without ``inventory`` the sizes. Never raises, whatever shape the answers have.
    """
    found = (*_of_form(form, draft, today), *_of_archive(draft, capabilities, today, inventory))
    place = {module.key: at for at, module in enumerate(form.modules)}
    once = {f.key: f for f in found}.values()
    return tuple(sorted(once, key=lambda f: (_ORDER.index(f.level), place.get(_module_of(f), len(place)))))


def _module_of(finding: Finding) -> str:
    return re.split(r"[.\[]", finding.location or "", maxsplit=1)[0]


def _of_form(form: Form, draft: Draft, today: dt.date) -> Iterator[Finding]:
    asked = tuple(spots(form, draft))
    yield from missing.findings(form, draft, asked)
    for spot in asked:
        yield from formats.findings(spot, today)
        yield from patterns.findings(spot)
    yield from relations.findings(form, draft, asked)
    yield from plausible.findings(form, draft)
    yield from modality_rules.findings(form, draft, today)
    yield from annotated.findings(form, draft)
    for profile in form.unknown:
        said = msg("form.profile", "This version of Depositor has no profile called “{profile}”.", profile=profile)
        why = msg("form.profile.why", "Its questions are not asked, and its answers are only kept.")
        advice = msg("form.profile.advice", "Update Depositor, or take the profile out of the document.")
        yield Finding(f"form:profile:{profile}", "form.profile", Level.ADVICE, said, why, advice, location="profiles")


def _of_archive(
    draft: Draft, capabilities: Capabilities | None, today: dt.date, inventory: Summary | None
) -> Iterator[Finding]:
    if not draft.files:
        yield sizes.no_files()
    if capabilities is None:
        return
    yield from terms_of_use.license_findings(draft.license, capabilities)
    yield from terms_of_use.release_findings(draft.release_date, capabilities, today)
    if inventory is not None:
        yield from sizes.findings(inventory, capabilities)
