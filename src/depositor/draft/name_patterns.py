"""Patterns over file names: ``*_{Genotype}_t{Time:digits}.tif``. Pure; form, bundle and session share them.

``*`` and ``?`` match within one name, ``**`` over folders. ``{X}`` is one or more characters of one name, as few as can
be; ``{X:digits}`` digits, ``{X:letters}`` letters, ``{X:number}`` a number that may have decimals, ``{X:part}`` what
stands between two separators, ``{X:path}`` anything, folders too. ``{:part}`` and the like match and name nothing. The
same place twice holds the same text. A pattern with ``/`` reads the whole path, others the last name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SEPARATORS = "_-. ()[]+,=#@&~;"
_TOKEN = re.compile(r"\{([^{}]+)\}|\*\*/?|\*|\?|[^{}*?]+|[{}]")
_KIND = re.compile(r"(.*):(digits|letters|number|part|path)", re.DOTALL)
_KINDS = {
    "digits": "[0-9]+",
    "letters": r"[^\W\d_]+",
    "number": r"[0-9]+(?:[.,][0-9]+)?",
    "part": f"[^/{re.escape(SEPARATORS)}]+",
    "path": ".+?",
    "": "[^/]+?",
}
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_OPEN_KINDS = ("", "path")
_MOST_OPEN = 4  # places of any length; with more of them a long odd name could take the expression minutes
_LONG = 64


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern made ready. ``places`` maps the names of its places to groups of ``expression``."""

    rule: str
    expression: re.Pattern[str]
    places: Mapping[str, str] = field(default_factory=dict)
    open_places: int = 0

    @property
    def whole_path(self) -> bool:
        """True where it reads the folders too."""
        return "/" in self.rule or ":path}" in self.rule

    def match(self, path: str) -> re.Match[str] | None:
        """The match of ``path`` (NFC), or None. A name so long that many open places would take minutes is none."""
        told = path if self.whole_path else path.rpartition("/")[2]
        if self.open_places > _MOST_OPEN and len(told) > _LONG and _effort(told, self.open_places) > 2_000_000:
            return None
        return self.expression.fullmatch(told)

    def read(self, path: str) -> dict[str, str] | None:
        """What stands in the places, or None where ``path`` does not match."""
        found = self.match(path)
        return {name: found[group] for name, group in self.places.items()} if found else None

    def span(self, path: str, name: str) -> tuple[int, int] | None:
        """Where in ``path`` the place ``name`` stands, or None."""
        found = self.match(path) if name in self.places else None
        if found is None:
            return None
        before = 0 if self.whole_path else len(path) - len(path.rpartition("/")[2])
        start, end = found.span(self.places[name])
        return before + start, before + end


def _effort(told: str, places: int) -> int:
    """How many ways there are to lay ``places`` over the separators of a name, about."""
    steps = sum(told.count(c) for c in "_-. ") + 2
    ways = 1
    for at in range(places):
        ways = ways * max(steps - at, 1) // (at + 1)
    return ways


def nfc(text: str) -> str:
    """``text`` in the one Unicode form in which names are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def parsed(rule: str) -> NamePattern:
    """``rule`` made ready; any text is a rule."""
    out, places, opened = "", dict[str, str](), 0
    for token in _TOKEN.finditer(nfc(rule)):
        if token[1] is None:
            out += _WILD.get(token[0], re.escape(token[0]))
            opened += token[0] in ("*", "**", "**/")
            continue
        name, kind = kind_of(token[1])
        opened += kind in _OPEN_KINDS
        if name in places:
            out += f"(?P={places[name]})"
        elif name:
            places[name] = f"p{len(places)}"
            out += f"(?P<{places[name]}>{_KINDS[kind]})"
        else:
            out += f"(?:{_KINDS[kind]})"
    return NamePattern(rule, re.compile(out, re.DOTALL), places, opened)


def kind_of(place: str) -> tuple[str, str]:
    """``Time:digits`` as (name, kind)."""
    found = _KIND.fullmatch(place)
    return (found[1], found[2]) if found else (place, "")


def compiled(rule: str, name: str) -> tuple[re.Pattern[str] | None, str]:
    """A pattern as a regular expression, and the name of the group that is ``{name}`` in it; (None, "") without it."""
    pattern = parsed(rule)
    group = pattern.places.get(nfc(name), "")
    return (pattern.expression, group) if group else (None, "")


def place_name(name: str) -> str:
    """``name`` as the name of a place: one line, without the signs that patterns use. May be empty."""
    plain = " ".join("".join(" " if c in "{}" or not c.isprintable() else c for c in nfc(name)).split())
    found = _KIND.fullmatch(plain)
    return found[1].strip() if found else plain


def filled(template: str, places: Mapping[str, str]) -> str:
    """``raw/{stem}.tif`` with its places filled; empty where one has no value."""
    parts = list(_filled(template, places))
    return "" if None in parts else "".join(p for p in parts if p is not None)


def _filled(template: str, places: Mapping[str, str]) -> Iterator[str | None]:
    end = 0
    for token in re.finditer(r"\{([^{}]+)\}", nfc(template)):
        yield template[end : token.start()]
        yield places.get(kind_of(token[1])[0])
        end = token.end()
    yield nfc(template)[end:]
