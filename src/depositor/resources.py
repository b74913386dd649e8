"""Where the files that come with the program lie: beside the package in an installed copy, in the checkout otherwise.

A leaf: it imports nothing of the program, so every package may use it.
"""

from __future__ import annotations

import functools
import json
import tomllib
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


@functools.cache
def root() -> Path:
    """The folder that holds profiles/, licenses/, archives/, vocabularies/, icons/, examples/ and migrations/."""
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "resources"


def path(name: str) -> Path:
    """The file or folder called ``name`` (``archives/practice.toml``) among the program's resources."""
    return root() / name


def text(name: str) -> str:
    """The content of a resource as text (UTF-8)."""
    return path(name).read_text("utf-8")


@functools.cache
def toml(name: str) -> dict[str, Any]:
    """A TOML resource; callers must not change what they get, it is read once."""
    return tomllib.loads(text(name))


@functools.cache
def json_data(name: str) -> Any:
    """A JSON resource; callers must not change what they get, it is read once."""
    return json.loads(text(name))


def names(folder: str, suffix: str) -> tuple[str, ...]:
    """The names, without ``suffix``, of the files of one kind in a folder, sorted."""
    return tuple(sorted(p.name.removesuffix(suffix) for p in path(folder).glob(f"*{suffix}")))


def locale_folder() -> Path:
    """Where the compiled translation catalogues lie (made by the build step)."""
    return _PACKAGE / "_locale"
