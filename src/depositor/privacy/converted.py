"""A file that cannot be cleaned in its own format, written anew as OME-TIFF, and looked at twice like any copy.

What was in the old file beside pixels, sizes, distances and names of channels is not in the new one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Level
from depositor.draft.problem import DepositError, Stopped
from depositor.draft.region import parse
from depositor.privacy import clean, convert, examine, second_look, troubles
from depositor.privacy.clean import Cleaned, Reread
from depositor.privacy.convert import ENDING, REMEDY, Part, Plan
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.policy import Policy


def write(
    parts: Sequence[Part],
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known = NOTHING_KNOWN,
    shown: str | None = None,
    cancel: Cancel | None = None,
    reread: Reread | None = None,
) -> Cleaned:
    """Write ``parts``, which come out of ``source``, to ``target``. As :func:`depositor.privacy.clean.clean`: the new
    file appears whole or not at all, and one in which anything is still found is thrown away.

    Names of channels that tell of a person, or repeat what was found in the old file, are replaced by numbers. Never
    raises for bad input or a full disk; raises Stopped when ``cancel`` was set.
    """
    shown = shown or source.name
    temporary = target.with_name(f".part-{policy.tag(str(target))}{ENDING}")
    new_name = convert.name(clean.cleaned_name(shown, policy, known))
    try:
        inside = tuple(f for f in findings if f.location not in ("name", "folder"))
        before = examine.file(source, shown, known).findings
        old = (*before, *inside)
        harmless = [replace(part, plan=_harmless(part.plan, old, known)) for part in parts]
        convert.write(harmless, temporary, shown, cancel)
        left = _left(temporary, old, policy, known, shown, cancel)
        left += _left_in_pictures(temporary, inside, known, shown, reread)
        if left:
            return Cleaned(None, (), left, (troubles.still_there(shown, len(left)),), new_name)
        clean.publish(source, temporary, target)
        return Cleaned(target, tuple((f.location or "", REMEDY) for f in inside), (), (), new_name)
    except Stopped:
        raise
    except DepositError as error:
        return Cleaned(None, problems=(error.problem,), name=new_name)
    except OSError as error:
        return Cleaned(None, problems=(troubles.not_written(shown, error),), name=new_name)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _harmless(plan: Plan, old: Sequence[Finding], known: Known) -> Plan:
    """The plan with numbers for names of channels that are better not told."""
    if not any(plan.channel_names):
        return replace(plan, channel_names=())
    values, taught = second_look.values_of(old), known | examine.learnt(tuple(old))
    evidence = {second_look.folded(f.evidence.strip()) for f in old if f.evidence}

    def may_stay(text: str) -> bool:
        if not text or second_look.folded(text) in evidence or values.without(text) != values:
            return False
        return not examine.name(text.replace("/", " "), taught)

    names = (n if may_stay(n) else f"Channel {at}" for at, n in enumerate(plan.channel_names, 1))
    return replace(plan, channel_names=tuple(names))


def _left(
    copy: Path, findings: Sequence[Finding], policy: Policy, known: Known, shown: str, cancel: Cancel | None
) -> tuple[Finding, ...]:
    """What the check of the new format finds, and what of the old file's values the second look does."""
    again = examine.file(copy, shown, known).findings
    told = tuple(f for f in again if f.level is not Level.INFO)
    taken = [f for f in findings if policy.wants(f)]
    return told + second_look.left_in(lambda: copy.open("rb"), taken, told, (), cancel)


def _left_in_pictures(
    copy: Path, findings: tuple[Finding, ...], known: Known, shown: str, reread: Reread | None
) -> tuple[Finding, ...]:
    if not any(parse(f.location) for f in findings):
        return ()
    return clean.left_in_pictures(findings, known, copy, shown, reread)
