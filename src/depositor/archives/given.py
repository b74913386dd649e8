"""Places that somebody described for the user: a file that a core facility hands out, dropped into a folder.

``<settings>/places/<name>.toml`` becomes the archive ``place-<name>``: data alone, no code::

    name = "Imaging facility, drop box"
    protocol = "sftp"                                # s3, tus, webdav, sftp, ftp
    address = "sftp://upload.example.org/incoming"

    licenses = ["CC0-1.0", "CC-BY-4.0"]              # these and what follows may be left out
    homepage = "https://facility.example.org/upload"
    signup = "https://facility.example.org/account"
    [texts]                                          # summary, suits, next_steps, correct: in the facility's own words
    next_steps = "We look through it within a week and write to you."

All else is as for the protocol itself. A file that cannot be used is left out, and :func:`problems` says why.
"""

from __future__ import annotations

import functools
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor import resources
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Side

PREFIX = "place-"
FOLDER = "places"
TEXTS = ("summary", "suits", "next_steps", "correct")
_VARIABLE = "DEPOSITOR_PLACES"  # told to the worker process, too
_PROTOCOLS = ("s3", "tus", "webdav", "sftp", "ftp")
_KEYS = {"name": str, "protocol": str, "address": str, "licenses": list, "homepage": str, "signup": str, "texts": dict}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_BYTES, _MOST_FILES, _MOST_LETTERS = 64 << 10, 200, 600

Table = Mapping[str, Any]


def announce(settings: Path) -> None:
    """Say where the folder lies, for this process and those that it starts."""
    os.environ[_VARIABLE] = str(settings / FOLDER)


def tables() -> Mapping[str, Table]:
    """{archive id: what its file says} of all files that can be used; read once, so that a new file counts after a new
    start."""
    return _read(os.environ.get(_VARIABLE, ""))[0]


def problems() -> tuple[Problem, ...]:
    """Why files were left out."""
    return _read(os.environ.get(_VARIABLE, ""))[1]


@functools.cache
def _read(folder: str) -> tuple[Mapping[str, Table], tuple[Problem, ...]]:
    found: dict[str, Table] = {}
    wrong: list[Problem] = []
    try:
        paths = sorted(Path(folder).glob("*.toml"))[:_MOST_FILES] if folder else []
    except OSError:
        paths = []
    for path in paths:
        try:
            found[PREFIX + path.stem] = _checked(path)
        except NeedsUser as error:
            wrong.append(error.problem)
    return found, tuple(wrong)


def _checked(path: Path) -> Table:
    if not _NAME.fullmatch(path.stem):
        raise NeedsUser(file_name(path))
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise NeedsUser(too_large(path))
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NeedsUser(no_toml(path)) from error
    for key, value in table.items():
        if key not in _KEYS or not isinstance(value, _KEYS[key]):
            raise NeedsUser(unknown_key(path, key))
    _must_be_complete(path, table)
    _must_be_texts(path, table)
    return table


def _must_be_complete(path: Path, table: Table) -> None:
    from depositor.archives.generic.address import parse

    for key in ("name", "protocol", "address"):
        if not str(table.get(key, "")).strip():
            raise NeedsUser(missing_key(path, key))
    if table["protocol"] not in _PROTOCOLS:
        raise NeedsUser(unknown_protocol(path))
    try:
        parse(table["protocol"], table["address"])
    except NeedsUser as error:
        raise NeedsUser(replace(error.problem, path=str(path))) from error


def _must_be_texts(path: Path, table: Table) -> None:
    """Short plain texts, and web addresses that are safe to open."""
    texts = table.get("texts", {})
    words = [table["name"], *texts.values(), *table.get("licenses", [])]
    if not set(texts) <= set(TEXTS) or not all(isinstance(w, str) and len(w) <= _MOST_LETTERS for w in words):
        raise NeedsUser(odd_texts(path))
    if "licenses" in table and not set(table["licenses"]) & set(resources.names("licenses", ".toml")):
        raise NeedsUser(no_license(path))
    for key in ("homepage", "signup"):
        if table.get(key) and not table[key].startswith("https://"):
            raise NeedsUser(unsafe_address(path, key))


# --- what is wrong with a file -------------------------------------------------------------------------------------


def file_name(path: Path) -> Problem:
    return Problem(
        "given.left-out",
        Side.COMPUTER,
        _left_out(path),
        msg("given.file-name", "Its name may hold small letters, digits and single hyphens alone."),
        str(path),
    )


def too_large(path: Path) -> Problem:
    return Problem(
        "given.left-out",
        Side.COMPUTER,
        _left_out(path),
        msg("given.large", "It is too large for a description."),
        str(path),
    )


def no_toml(path: Path) -> Problem:
    return Problem(
        "given.left-out", Side.COMPUTER, _left_out(path), msg("given.toml", "It cannot be read as TOML."), str(path)
    )


def no_license(path: Path) -> Problem:
    return Problem(
        "given.left-out",
        Side.COMPUTER,
        _left_out(path),
        msg("given.licenses", "It names no licence that is known here."),
        str(path),
    )


def unknown_key(path: Path, key: str) -> Problem:
    advice = msg("given.key", "What it says about “{key}” is not known here.", key=key)
    return Problem("given.left-out", Side.COMPUTER, _left_out(path), advice, str(path))


def missing_key(path: Path, key: str) -> Problem:
    advice = msg("given.missing", "It does not say “{key}”.", key=key)
    return Problem("given.left-out", Side.COMPUTER, _left_out(path), advice, str(path))


def unknown_protocol(path: Path) -> Problem:
    advice = msg("given.protocol", "Its protocol must be one of: {names}.", names=", ".join(_PROTOCOLS))
    return Problem("given.left-out", Side.COMPUTER, _left_out(path), advice, str(path))


def odd_texts(path: Path) -> Problem:
    names = ", ".join(TEXTS)
    advice = msg("given.texts", "Its texts must be {names}, of up to 600 letters each.", names=names)
    return Problem("given.left-out", Side.COMPUTER, _left_out(path), advice, str(path))


def unsafe_address(path: Path, key: str) -> Problem:
    advice = msg("given.https", "The address at “{key}” must begin with https://.", key=key)
    return Problem("given.left-out", Side.COMPUTER, _left_out(path), advice, str(path))


def _left_out(path: Path) -> Message:
    return msg(
        "given.left-out",
        "The description of a place in {file} cannot be used. Ask whoever gave it to you for a new one.",
        file=path.name,
    )
