"""An answer of the form and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class OriginKind(StrEnum):
    """Where a value came from. A value of a PERSON is never overwritten by any of the others."""

    PERSON = "person"
    HEADER = "header"
    TEMPLATE = "template"
    LOOKUP = "look-up"
    TABLE = "table"  # a spreadsheet or other file that the person gave
    FOLDER = "folder"  # the name of a folder or file
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: for a header, ``file`` (as in the document), ``reader`` and native ``key``.

    ``confirmed`` is set when a person looked at the value and agreed.
    """

    kind: OriginKind
    file: str | None = None
    reader: str | None = None
    key: str | None = None
    at: str | None = None
    confirmed: bool = False

    def as_json(self) -> dict[str, Any]:
        pairs = {"kind": str(self.kind), "file": self.file, "reader": self.reader, "key": self.key, "at": self.at}
        found = {k: v for k, v in pairs.items() if v is not None}
        return found | ({"confirmed": True} if self.confirmed else {})

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Origin:
        """Read an origin; an unknown kind counts as a person's, which nothing overwrites."""
        known = [k.value for k in OriginKind]  # a list: what stands in a damaged document may not be hashable
        kind = OriginKind(data["kind"]) if data.get("kind") in known else OriginKind.PERSON
        file, reader, key, at = (
            v if isinstance(v := data.get(k), str) else None for k in ("file", "reader", "key", "at")
        )
        return Origin(kind, file, reader, key, at, bool(data.get("confirmed")))


PERSON = Origin(OriginKind.PERSON)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that the program offers for one field.

    ``path`` is that of the answer. ``others`` are the different values that other files hold: (value, number of files,
    one of the files), the most frequent first; empty when all headers agree. ``files`` tells how many say ``value``.
    """

    path: str
    value: Any
    origin: Origin
    files: int = 1
    others: tuple[tuple[Any, int, str], ...] = ()
