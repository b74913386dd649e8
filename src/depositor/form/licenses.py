"""Licences and release dates in plain words: what others may do, what it costs, and what the archive makes of it.

No legal advice: every licence names the address of the text that counts.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from depositor import resources
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.form.rules import terms_of_use
from depositor.form.rules.shapes import day


@dataclass(frozen=True, slots=True)
class License:
    """A licence by its SPDX ``id``.

    ``may`` and ``must`` are what others may and must do, ``gives_up`` what the depositor gives up, ``credit`` an
    example of how one is named. ``cost`` tells what the licence costs re-use, None where it costs nothing worth a
    word. ``open`` is True where it meets the Open Definition 2.1, ``names_you`` where it makes others name you.
    """

    id: str
    name: Message
    summary: Message
    url: str
    may: tuple[Message, ...]
    must: tuple[Message, ...]
    gives_up: Message
    credit: Message
    suits: Message
    cost: Message | None
    open: bool
    names_you: bool


@functools.cache
def all_licenses() -> tuple[License, ...]:
    """Every licence that the program can explain, the one that makes re-use easiest first."""
    found = {name: resources.toml(f"licenses/{name}.toml") for name in resources.names("licenses", ".toml")}
    return tuple(_license(i, d) for i, d in sorted(found.items(), key=lambda pair: int(pair[1]["order"])))


def license_of(license_id: str | None) -> License | None:
    """The licence of an SPDX id, or None for one that the program cannot explain."""
    return next((one for one in all_licenses() if one.id == license_id), None)


def allowed(capabilities: Capabilities | None) -> tuple[License, ...]:
    """The licences that an archive takes, in the order of this program; all where no archive is chosen."""
    if capabilities is None or not capabilities.licenses:
        return all_licenses()
    return tuple(one for one in all_licenses() if one.id in capabilities.licenses)


def texts() -> Iterator[Message]:
    """Every text of every licence once, for the extraction of texts for translators."""
    for one in all_licenses():
        yield from (one.name, one.summary, *one.may, *one.must, one.gives_up, one.credit, one.suits)
        if one.cost:
            yield one.cost


def _license(license_id: str, data: Mapping[str, Any]) -> License:
    def said(key: str) -> Message:
        return Message(f"license.{license_id}.{key}", data[key])

    def listed(key: str) -> tuple[Message, ...]:
        return tuple(Message(f"license.{license_id}.{key}.{at}", text) for at, text in enumerate(data[key], 1))

    return License(
        license_id,
        said("name"),
        said("summary"),
        data["url"],
        listed("may"),
        listed("must"),
        said("gives_up"),
        said("credit"),
        said("suits"),
        said("cost") if "cost" in data else None,
        bool(data["open"]),
        bool(data.get("names_you", True)),
    )


# --- advice ----------------------------------------------------------------------------------------------------------


def advice(
    license_id: str | None, capabilities: Capabilities | None, release_date: str | None, today: dt.date
) -> tuple[Finding, ...]:
    """What to know about this choice: what the archive refuses, what it costs re-use, what an embargo means."""
    found: list[Finding] = []
    if capabilities is not None:
        found += terms_of_use.license_findings(license_id, capabilities)
    found += _of_license(license_id)
    if capabilities is not None:
        found += terms_of_use.release_findings(release_date, capabilities, today)
    found += _of_embargo(release_date, today)
    return tuple(found)


def _of_license(license_id: str | None) -> Iterator[Finding]:
    chosen = license_of(license_id)
    if license_id and chosen is None:
        said = msg("license.unknown", "Depositor cannot explain the licence {license}.", license=license_id)
        why = msg("license.unknown.why", "A licence that few people know is a licence that few people dare to use.")
        hint = msg("license.unknown.advice", "Choose one of the list, or read its text before you go on.")
        yield Finding("license:unknown", "license.unknown", Level.ADVICE, said, why, hint, location="license")
    if chosen and chosen.cost:
        said = msg("license.cost", "This licence makes your images harder to use.")
        hint = msg("license.cost.advice", "If credit is what you want, CC BY 4.0 asks for it and leaves all else open.")
        level = Level.ADVICE if chosen.open else Level.WARNING
        yield Finding("license:cost", "license.cost", level, said, chosen.cost, hint, location="license")
    if chosen and not chosen.names_you:
        said = msg("license.credit", "Nobody is forced to name you, but people do: data sets are cited like papers.")
        why = msg("license.credit.why", "The archive shows on the page of the study how to cite it.")
        yield Finding("license:credit", "license.credit", Level.INFO, said, why, location="license")


def _of_embargo(release_date: str | None, today: dt.date) -> Iterator[Finding]:
    when = day(release_date)
    if when is None or when <= today:
        return
    said = msgn(
        "license.embargo",
        "The images stay private for {n} day and become public by themselves on {date}.",
        "The images stay private for {n} days and become public by themselves on {date}.",
        (when - today).days,
        date=when.isoformat(),
    )
    why = msg(
        "license.embargo.why",
        "Until then nobody can find or cite them, and journals that want open data will not accept the link.",
    )
    hint = msg(
        "license.embargo.advice",
        "Reviewers can see them with a private link if the archive gives one. If the paper comes out earlier, bring "
        "the date forward at the archive; putting it off is often impossible.",
    )
    yield Finding("license:embargo", "license.embargo", Level.INFO, said, why, hint, location="release_date")


def release_in_words(release_date: str | None, capabilities: Capabilities | None, today: dt.date) -> Message:
    """What will happen on which day, in one sentence."""
    when = day(release_date)
    if capabilities is not None and not capabilities.release.embargo:
        return msg(
            "license.release.at-once", "{archive} publishes as soon as it has the files.", archive=capabilities.name
        )
    if when is None and capabilities is not None and capabilities.release.required:
        return msg(
            "license.release.asked", "{archive} wants to know the day; it can be today.", archive=capabilities.name
        )
    if when is None:
        return msg("license.release.open", "No date is chosen: the archive decides when the study becomes public.")
    if when <= today:
        return msg("license.release.today", "The study becomes public as soon as the archive is done with it.")
    return msg(
        "license.release.later",
        "Everybody can see the study from {date}; before that only you and the archive.",
        date=when.isoformat(),
    )
