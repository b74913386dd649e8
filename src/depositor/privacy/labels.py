"""What the name of a field says about its value."""

from __future__ import annotations

import functools
import re

from depositor import resources
from depositor.privacy.kinds import Kind

_NOT_WORD = re.compile(r"[\W_]+")


def plain(label: str) -> str:
    """A label in lower case without anything but letters and digits."""
    return _NOT_WORD.sub("", label).lower()


@functools.cache
def _table() -> dict[str, Kind]:
    data = resources.toml("privacy/labels.toml")
    return {label: Kind(kind) for kind, labels in data.items() if kind in Kind._value2member_map_ for label in labels}


@functools.cache
def _named() -> frozenset[str]:
    return frozenset(resources.toml("privacy/labels.toml")["named"])


@functools.lru_cache(maxsize=8192)
def kind_of(label: str) -> Kind | None:
    """The kind that a field called ``label`` holds, None where its name says nothing.

    >>> kind_of("Patient Name")
    <Kind.PATIENT_NAME: 'patient-name'>
    """
    return _table().get(plain(label)) if label else None


@functools.cache
def _perhaps() -> frozenset[str]:
    return frozenset(resources.toml("privacy/labels.toml")["perhaps-staff"])


@functools.lru_cache(maxsize=8192)
def is_perhaps_staff(label: str) -> bool:
    """True for fields that may name a person or, as often, a program or a mode."""
    return plain(label) in _perhaps()


@functools.lru_cache(maxsize=8192)
def is_named(label: str) -> bool:
    """True where people make up the value, as they make up names of files."""
    return plain(label) in _named()
