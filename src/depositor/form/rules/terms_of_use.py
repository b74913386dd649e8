"""Licence and release date against the rules of the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from depositor.draft.capabilities import Capabilities, ReleaseRule
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.form.rules.shapes import day


def license_findings(license_id: str | None, capabilities: Capabilities) -> Iterator[Finding]:
    """A licence must be chosen, and be one that the archive takes."""
    if not capabilities.licenses or license_id in capabilities.licenses:
        return
    why = msg("form.license.why", "Without a licence nobody may use the images, even if they can see them.")
    if not license_id:
        said = msg("form.license.none", "No licence is chosen yet.")
        advice = msg("form.license.none.advice", "Choose one on the page of licence and release.")
    else:
        said = msg(
            "form.license.other",
            "{archive} does not take the licence {license}.",
            archive=capabilities.name,
            license=license_id,
        )
        why = msg("form.license.other.why", "Archives allow few licences, so that images can be used together.")
        advice = msg(
            "form.license.other.advice", "Choose one of {licenses}.", licenses=", ".join(capabilities.licenses)
        )
    yield Finding("form:license", "form.license", Level.BLOCKER, said, why, advice, location="license")


def release_findings(given: str | None, capabilities: Capabilities, today: dt.date) -> Iterator[Finding]:
    """A release date must be a day, and within what the archive allows."""
    rule = capabilities.release
    if not given:
        if rule.required:
            said = msg("form.release.none", "No release date is chosen yet.")
            advice = msg("form.release.none.advice", "Choose the first day on which everybody may see the study.")
            yield _release("none", said, advice)
        return
    when = day(given)
    if when is None:
        said = msg("form.release.shape", "The release date “{value}” is not a date.", value=given)
        yield _release("shape", said, msg("form.release.shape.advice", "Write year, month and day: 2027-01-31."))
        return
    yield from _outside(rule, when, capabilities.name, today)


def _outside(rule: ReleaseRule, when: dt.date, archive: str, today: dt.date) -> Iterator[Finding]:
    if when < today and not rule.past_allowed:
        said = msg("form.release.past", "The release date {date} is over.", date=when.isoformat())
        yield _release(
            "past", said, msg("form.release.past.advice", "Choose today to publish at once, or a later day.")
        )
    if when > today and not rule.embargo:
        said = msg("form.release.no-embargo", "{archive} publishes at once; it keeps nothing back.", archive=archive)
        advice = msg("form.release.no-embargo.advice", "Choose today, or wait with the deposit until that day.")
        yield _release("no-embargo", said, advice)
    elif rule.max_days is not None and (when - today).days > rule.max_days:
        last = (today + dt.timedelta(days=rule.max_days)).isoformat()
        said = msgn(
            "form.release.late",
            "{archive} keeps a study private for {n} day at most.",
            "{archive} keeps a study private for {n} days at most.",
            rule.max_days,
            archive=archive,
        )
        yield _release("late", said, msg("form.release.late.advice", "Choose {last} or an earlier day.", last=last))


def _release(what: str, said: Message, advice: Message) -> Finding:
    why = msg("form.release.why", "The archive makes the study public on this day, without asking again.")
    return Finding(
        f"form:release:{what}", f"form.release.{what}", Level.BLOCKER, said, why, advice, location="release_date"
    )
