"""Policies of a facility: a file like ``resources/privacy/policies.toml`` in the settings folder, looked at closely."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.finding import SUBJECT_CHOICES, Subject
from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side
from depositor.privacy.policy import POLICIES, Action, Dates, Option, Policy, from_table

NAME = "policies.toml"
_LARGEST = 1024 * 1024  # bytes; no honest file is larger
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "action": tuple(Action),
    "dates": tuple(Dates),
    **dict.fromkeys(("staff", "site", "place"), SUBJECT_CHOICES),
}
_LISTS: Mapping[str, tuple[str, ...]] = {"subjects": tuple(Subject), "dicom_options": tuple(Option)}
_TEXTS = ("name", "explanation")
_KEYS = (*_TEXTS, *_WORDS, *_LISTS)


def read(path: Path) -> tuple[dict[str, Policy], tuple[Problem, ...]]:
    """The policies of the file by id, and a Problem for each table that is not understood (which is then left out). No
    file is no policy. A table may leave out every key but ``name``: what it does not say is as in "public"."""
    try:
        if not path.exists():
            return {}, ()
        if path.stat().st_size > _LARGEST:
            return {}, (_unreadable(path),)
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}, (_unreadable(path),)
    found: dict[str, Policy] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        wrong = next(_wrong(name, table), None)
        if wrong:
            problems.append(_not_understood(path, name, wrong))
        else:
            found[name] = from_table(name, {**_as_public(), "explanation": "", **table})
    return found, tuple(problems)


def _as_public() -> dict[str, Any]:
    from depositor import resources
    from depositor.privacy.policy import TABLE

    return dict(resources.toml(TABLE)["public"])


def _wrong(name: str, table: Any) -> Iterator[Message]:
    """What is wrong with one table, the first thing first."""
    if name in POLICIES:
        yield msg("policy.taken", "this id belongs to a policy of the program")
    if not _ID.fullmatch(name):
        yield msg("policy.id", "an id has small letters, digits and hyphens only")
    if not isinstance(table, Mapping):
        yield msg("policy.no-table", "each policy is a table that begins with its id in square brackets")
        return
    if not isinstance(table.get("name"), str) or not table["name"].strip():
        yield msg("policy.no-name", "it has no name")
    for key, value in table.items():
        if key not in _KEYS:
            yield msg("policy.key", "“{key}” is none of {known}", key=key, known=", ".join(_KEYS))
        elif key in _TEXTS and not isinstance(value, str):
            yield msg("policy.text", "“{key}” must be a text", key=key)
        elif key in _WORDS and value not in _WORDS[key]:
            yield msg("policy.word", "“{key}” must be one of {known}", key=key, known=", ".join(_WORDS[key]))
        elif key in _LISTS and not (isinstance(value, list) and all(v in _LISTS[key] for v in value)):
            yield msg("policy.list", "“{key}” must be a list out of {known}", key=key, known=", ".join(_LISTS[key]))


def _unreadable(path: Path) -> Problem:
    return Problem(
        "policy.unreadable",
        Side.COMPUTER,
        msg("policy.unreadable", "The file with your own privacy policies cannot be read: it is no TOML."),
        msg("policy.unreadable.advice", "Mend or move the file; until then the program's own policies are used."),
        path.as_posix(),
    )


def _not_understood(path: Path, name: str, wrong: Message) -> Problem:
    return Problem(
        "policy.not-understood",
        Side.COMPUTER,
        msg("policy.not-understood", "The privacy policy “{name}” is not used.", name=name),
        msg("policy.not-understood.advice", "Mend the file: {wrong}.", wrong=wrong.english()),
        path.as_posix(),
    )
