"""SVG drawings: texts, paths of the program that drew them, and pictures packed into them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from depositor.privacy import judge
from depositor.privacy.checks import nested, remarks
from depositor.privacy.checks.nested import Budget, Outer
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms
from depositor.privacy.texts.forms import Part
from depositor.privacy.texts.slots import decoded

LARGEST = 64 << 20
_DATA = re.compile(r"data:image/(?P<kind>[\w.+-]+)(?:;[\w=.-]+)*;base64,(?P<body>[A-Za-z0-9+/=\s&#;x]+)")
_LAYOUT = frozenset(
    {"d", "points", "transform", "style", "viewBox", "class", "id", "width", "height", "fill", "stroke"}
)


@dataclass(frozen=True, slots=True)
class Packed:
    """A picture inside the text: where its letters stand, and its bytes."""

    name: str
    start: int
    end: int
    raw: bytes


class SvgCheck:
    """Texts are judged as those of other XML files, pictures by the check of their kind."""

    id = "svg"

    def claims(self, path: Path, head: bytes) -> bool:
        return b"\0" not in head and (path.suffix.lower() == ".svg" or b"<svg" in head) and b"<" in head[:64]

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        left = [remarks.limits(shown)] if len(raw) > LARGEST else []
        text = decoded(raw[:LARGEST])
        spots = documents.spots_of(documents.parts_of(text, parts), "")
        found = Examination(judge.findings(self.id, shown, spots, known), tuple(left))
        return nested.together([found, *_pictures(text, Outer(self.id, shown), known)])


def parts(text: str) -> Iterator[Part]:
    """What a person may have written; shapes and packed pictures are passed over."""
    for part in forms.xml(text):
        if part.label not in _LAYOUT and not part.text.startswith("data:"):
            yield part


def packed(text: str) -> Iterator[Packed]:
    """The pictures in a drawing."""
    for number, match in enumerate(_DATA.finditer(text)):
        try:
            letters = re.sub(r"\s|&#\w+;", "", match["body"])
            raw = base64.b64decode(letters, validate=True)
        except (binascii.Error, ValueError):
            continue
        ending = {"jpeg": "jpg", "svg+xml": "svg"}.get(match["kind"], match["kind"])
        yield Packed(f"picture {number + 1}.{ending}", match.start("body"), match.end("body"), raw)


def _pictures(text: str, outer: Outer, known: Known) -> Iterator[Examination]:
    budget = Budget(members=500)
    if nested.too_deep():
        return
    with nested.room() as room:
        for picture in packed(text):
            if not budget.take():
                yield Examination((), (remarks.limits(outer.shown),))
                return
            path = nested.place_for(room, picture.name)
            path.write_bytes(picture.raw)
            yield outer.look(path, picture.name, known)
            path.unlink()


SVG = SvgCheck()
