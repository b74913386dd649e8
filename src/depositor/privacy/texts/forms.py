"""Texts with an inner form (XML, JSON, tables, lines of ``key = value``) cut into labelled parts.

A part knows where its raw characters stand in the text, so that a remedy can replace exactly these and leave every
other byte as it was. The cutters are tolerant: a broken document gives the parts that can be seen in it.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from depositor.privacy.words import labels

LONGEST = 32 * 1024 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """``raw[start:end]`` of a text, read as ``text``; ``write`` makes raw characters of a changed ``text``."""

    location: str
    label: str
    text: str
    start: int
    end: int
    write: Callable[[str], str]


Form = Callable[[str], Iterator[Part]]


def _same(text: str) -> str:
    return text


def form_of(text: str) -> Form:
    """The cutter that fits what the text looks like."""
    start = text[:512].lstrip("\ufeff \t\r\n\0")
    if start.startswith("<") and re.match(r"<[?!/\w]", start):
        return xml
    if start.startswith(("{", "[")) and re.match(r"[{\[]\s*[\"{\[\]}\d]", start):
        return json_text
    if start.startswith("Aperio") or re.search(r"\|\s*[\w ]+ = ", text[:4096]):
        return piped
    return lines


# --- XML -----------------------------------------------------------------------------------------------------------

_XML = re.compile(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>"
    r"|<(?P<close>/?)(?P<tag>[\w:.-]+)(?P<attrs>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>",
    re.DOTALL,
)
_ATTR = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DEEPEST = 200  # elements in each other; what looks like more is no XML, and its places would grow without end
_LABEL_ATTRS = ("name", "Name", "K", "key", "Key", "id")
_VALUE_ATTRS = frozenset({"value", "Value", "V"})
_VALUES = frozenset({"Value", "value", "string", "M", "Field", "li"})


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that is not closed yet: its path, how many of each it holds so far, and the name it gives itself."""

    path: str
    counts: Counter[str]
    named: str


def xml(text: str) -> Iterator[Part]:
    """Attribute values, texts, comments; located as ``OME/Experimenter[0]/@LastName``, numbered per parent."""
    stack = [_Open("", Counter(), "")]
    last_key, end = "", 0
    for match in _XML.finditer(text):
        part = _xml_text(text, end, match.start(), stack, last_key)
        if part:
            last_key = part.text if part.label.casefold() in ("key", "name", "label") else ""
            yield part
        end = match.end()
        if match["tag"] is None:
            yield from _xml_aside(match, stack[-1].path)
        elif match["close"]:
            stack[1:] = stack[1:-1]
        else:
            path = _xml_path(match["tag"], stack[-1])
            yield from _xml_attributes(match, path)
            if not match["empty"] and len(stack) < _DEEPEST:
                stack.append(_Open(path, Counter(), _attribute(match["attrs"], _LABEL_ATTRS)))


def _xml_aside(match: re.Match[str], where: str) -> Iterator[Part]:
    """Comments and literal sections."""
    for which, label in (("comment", ""), ("cdata", _local(where))):
        if match[which] is not None:
            place = f"{where}/{which}()".lstrip("/")
            yield Part(place, label, match[which], match.start(which), match.end(which), _same)


def _xml_path(tag: str, parent: _Open) -> str:
    name = tag.split(":")[-1]
    at = parent.counts[name]
    parent.counts[name] += 1
    return f"{parent.path}/{name}[{at}]" if parent.path else name


def _xml_text(text: str, start: int, end: int, stack: Sequence[_Open], key: str) -> Part | None:
    bare = text[start:end].strip() if len(stack) > 1 and end > start else ""
    if not bare:
        return None
    begin = text.index(bare[0], start)
    inner = stack[-1]
    local = label = _local(inner.path)
    if local in _VALUES and (key or inner.named):
        label = key or inner.named
    elif len(stack) > 2 and local != "li":
        label = labels.within(_local(stack[-2].path), local)
    elif local == "li" and len(stack) > 3:
        label = _local(stack[-3].path)  # XMP: dc:creator/rdf:Seq/rdf:li
    return Part(inner.path, label, html.unescape(bare), begin, begin + len(bare), escape)


def _xml_attributes(match: re.Match[str], path: str) -> Iterator[Part]:
    base = match.start("attrs")
    named = _attribute(match["attrs"], _LABEL_ATTRS)
    for attr in _ATTR.finditer(match["attrs"]):
        name, group = attr[1].split(":")[-1], 2 if attr[2] is not None else 3
        if attr[1].startswith("xmlns") or not attr[group]:
            continue
        label = named if name in _VALUE_ATTRS and named else labels.within(_local(path), name)
        start = base + attr.start(group)
        yield Part(f"{path}/@{name}", label, html.unescape(attr[group]), start, start + len(attr[group]), _quoted)


def _attribute(attrs: str, names: Sequence[str]) -> str:
    found = {m[1]: m[2] if m[2] is not None else m[3] for m in _ATTR.finditer(attrs)}
    return next((html.unescape(found[n]) for n in names if found.get(n)), "")


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&apos;"})


def _local(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path.rsplit("/", 1)[-1])


# --- JSON ----------------------------------------------------------------------------------------------------------

_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}\[\]:,]', re.DOTALL)


class _JsonPlace:
    """Where in a JSON document the cutter stands."""

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.expects_key = False

    def punctuation(self, sign: str) -> None:
        """Step in, out or on."""
        if sign in "{[":
            self.path.append("" if sign == "{" else 0)
        elif sign in "}]" and self.path:
            self.path.pop()
        inside = self.path[-1] if self.path else 0
        if sign == "," and isinstance(inside, int) and self.path:
            self.path[-1] = inside + 1
        self.expects_key = sign in "{," and isinstance(inside, str)

    def label(self) -> str:
        keys = [p for p in self.path if isinstance(p, str) and p]
        return labels.within(keys[-2], keys[-1]) if len(keys) > 1 else "".join(keys)

    def __str__(self) -> str:
        out = ""
        for step in self.path:
            out += f"[{step}]" if isinstance(step, int) else (f".{step}" if out else step)
        return out or "."


def json_text(text: str) -> Iterator[Part]:
    """Texts and numbers; located as ``multiscales[0].name``. Works on JSON lines and on cut-off documents."""
    place = _JsonPlace()
    for match in _JSON.finditer(text):
        piece = match[0]
        if piece in "{}[],:":
            place.punctuation(piece)
        elif place.expects_key and piece.startswith('"') and place.path:
            place.path[-1] = _decoded(piece)
            place.expects_key = False
        elif piece not in ("true", "false", "null"):
            value = _decoded(piece) if piece.startswith('"') else piece
            yield Part(str(place), place.label(), value, match.start(), match.end(), _json_string)


def _decoded(literal: str) -> str:
    if "\\" not in literal:
        return literal.strip('"')
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal.strip('"')


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- lines ---------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\r\n\0]+")
_PAIR = re.compile(
    r"[\s#;\[/*!]*(?P<key>[^\W\d_][\w .()/\-]{0,48}?)\s*(?P<sep>:=|=|:(?![\\/])|：|＝)\s*(?P<value>\S.*?)[\s\]]*$"
)


def lines(text: str) -> Iterator[Part]:
    """One part per line; the value alone where the line reads ``key = value`` or ``key: value``.

    A key means what it means in its section: ``Name`` below ``[Patient]`` (INI) or ``patient:`` (YAML).
    """
    section = ""
    for number, match in enumerate(_LINE.finditer(text), 1):
        pair = _PAIR.match(match[0])
        if pair and _is_key(pair["key"]):
            if " " in pair["key"]:  # what stands before the colon of a sentence can be a name too
                begin = match.start() + pair.start("key")
                yield Part(f"line:{number}:key", "", pair["key"], begin, begin + len(pair["key"]), _same)
            yield _pair_part(pair, match.start(), number, section)
        elif match[0].strip():
            heading = _SECTION.match(match[0])
            section = (heading[1] or heading[2]).strip() if heading else ""
            yield Part(f"line:{number}", "", match[0], match.start(), match.end(), _same)


_SECTION = re.compile(r"\s*(?:\[([^\]=:]{2,40})\]|(?:- )?([^\W\d_][\w -]{1,39}):)\s*$")


def _is_key(text: str) -> bool:
    """True for up to four words; a sentence, and one with a bracket that stays open, is none."""
    return len(text.split()) <= 4 and text.count("(") == text.count(")") and not re.search(r"[^\W\d_]{3}\. \w", text)


def _pair_part(pair: re.Match[str], start: int, number: int, section: str) -> Part:
    key, value = pair["key"].strip(), pair["value"]
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    begin = start + pair.start("value") + quoted
    inner = value[1:-1] if quoted else value
    return Part(f"line:{number}:{key}", labels.within(section, key), inner, begin, begin + len(inner), _same)


def piped(text: str) -> Iterator[Part]:
    """The description of Aperio slides: lines, then ``key = value`` between bars."""
    at = 0
    for piece in text.split("|"):
        key, sep, value = piece.partition("=")
        if sep and value.strip():
            start = at + len(key) + 1 + (len(value) - len(value.lstrip()))
            bare = value.strip(" \t\r\n\0")
            yield Part(key.strip(), key.strip(), bare, start, start + len(bare), _same)
        elif piece.strip():
            yield Part("text", "", piece, at, at + len(piece), _same)
        at += len(piece) + 1
