"""Texts with an inner form (XML, JSON, tables, lines of ``key = value``) cut into labelled parts.

A part knows where its raw characters stand in the text, so that a remedy can replace exactly these and leave every
other byte as it was. The cutters are tolerant: a broken document gives the parts that can be seen in it.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

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


# --- XML ---------------------------------------------------------------------------------------------------------------

_XML = re.compile(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>"
    r"|<(?P<close>/?)(?P<tag>[\w:.-]+)(?P<attrs>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>",
    re.DOTALL,
)
_ATTR = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LABEL_ATTRS = ("name", "Name", "K", "key", "Key", "id")
_VALUE_ATTRS = frozenset({"value", "Value", "V"})


def xml(text: str) -> Iterator[Part]:
    """Attribute values, texts, comments; located as ``OME/Experimenter[0]/@LastName``, numbered per parent."""
    stack: list[tuple[str, Counter[str], str]] = []
    top: Counter[str] = Counter()
    last_key, end = "", 0
    for match in _XML.finditer(text):
        if stack and match.start() > end:
            part = _xml_text(text, end, match.start(), stack, last_key)
            if part:
                last_key = part.text if part.label.casefold() in ("key", "name") else ""
                yield part
        end = match.end()
        if match["comment"] is not None or match["cdata"] is not None:
            which = "comment" if match["comment"] is not None else "cdata"
            where = stack[-1][0] if stack else ""
            label = _local(where) if which == "cdata" else ""
            yield Part(
                f"{where}/{which}()".lstrip("/"), label, match[which], match.start(which), match.end(which), _same
            )
        elif match["tag"] and match["close"]:
            if stack:
                stack.pop()
        elif match["tag"]:
            path = _xml_path(match["tag"], stack[-1][1] if stack else top, stack[-1][0] if stack else "")
            yield from _xml_attributes(match, path)
            if not match["empty"]:
                stack.append((path, Counter(), _attribute(match["attrs"], _LABEL_ATTRS)))


def _xml_path(tag: str, counts: Counter[str], parent: str) -> str:
    name = tag.split(":")[-1]
    at = counts[name]
    counts[name] += 1
    return f"{parent}/{name}[{at}]" if parent else name


def _xml_text(text: str, start: int, end: int, stack: Sequence[tuple[str, Counter[str], str]], key: str) -> Part | None:
    raw = text[start:end]
    bare = raw.strip()
    if not bare:
        return None
    begin = start + raw.index(bare[0])
    path, _counts, named = stack[-1]
    local = _local(path)
    label = local
    if local in ("Value", "value", "string", "M", "Field", "li") and (key or named):
        label = key or named
    elif local == "M":
        label = named
    elif local == "li" and len(stack) > 2:
        label = _local(stack[-3][0])
    return Part(path, label, html.unescape(bare), begin, begin + len(bare), escape)


def _xml_attributes(match: re.Match[str], path: str) -> Iterator[Part]:
    base = match.start("attrs")
    named = _attribute(match["attrs"], _LABEL_ATTRS)
    for attr in _ATTR.finditer(match["attrs"]):
        name, group = attr[1].split(":")[-1], 2 if attr[2] is not None else 3
        if attr[1].startswith("xmlns") or not attr[group]:
            continue
        label = named if name in _VALUE_ATTRS and named else name
        start = base + attr.start(group)
        yield Part(f"{path}/@{name}", label, html.unescape(attr[group]), start, start + len(attr[group]), _quoted)


def _attribute(attrs: str, names: Sequence[str]) -> str:
    found = {m[1]: m[2] if m[2] is not None else m[3] for m in _ATTR.finditer(attrs)}
    return next((html.unescape(found[n]) for n in names if found.get(n)), "")


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&apos;"})


def _local(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path.rsplit("/", 1)[-1])


# --- JSON --------------------------------------------------------------------------------------------------------------

_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}\[\]:,]', re.DOTALL)


def json_text(text: str) -> Iterator[Part]:
    """Texts and numbers; located as ``multiscales[0].name``. Works on JSON lines and on cut-off documents."""
    path: list[str | int] = []
    kinds: list[str] = []
    key, expects_key = "", False
    for match in _JSON.finditer(text):
        token = match[0]
        if token in "{[":
            kinds.append(token)
            path.append(0 if token == "[" else "")
            expects_key = token == "{"
        elif token in "}]":
            if kinds:
                kinds.pop()
                path.pop()
            expects_key = False
        elif token == ",":
            expects_key = bool(kinds) and kinds[-1] == "{"
            if kinds and kinds[-1] == "[":
                path[-1] = int(path[-1] or 0) + 1
        elif token == ":":
            expects_key = False
        elif expects_key and token.startswith('"'):
            key = _decoded(token)
            path[-1] = key
        elif token not in ("true", "false", "null"):
            label = next((str(p) for p in reversed(path) if isinstance(p, str) and p), "")
            value = _decoded(token) if token.startswith('"') else token
            yield Part(_json_path(path), label, value, match.start(), match.end(), _json_string)


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token.strip('"')


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _json_path(path: Sequence[str | int]) -> str:
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else (f".{step}" if out else str(step))
    return out or "."


# --- lines -------------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\r\n\0]+")
_PAIR = re.compile(
    r"[\s#;\[/*!]*(?P<key>[A-Za-zÀ-ÿ][\w .()/\-]{0,48}?)\s*(?P<sep>:=|=|:(?![\\/]))\s*(?P<value>\S.*?)[\s\]]*$"
)


def lines(text: str) -> Iterator[Part]:
    """One part per line; the value alone where the line reads ``key = value`` or ``key: value``."""
    for number, match in enumerate(_LINE.finditer(text), 1):
        pair = _PAIR.match(match[0])
        if pair and len(pair["key"].split()) <= 4:
            start = match.start() + pair.start("value")
            value = pair["value"]
            quoted = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else None
            inner = quoted if quoted is not None else value
            start += 1 if quoted is not None else 0
            yield Part(
                f"line:{number}:{pair['key'].strip()}", pair["key"].strip(), inner, start, start + len(inner), _same
            )
        elif match[0].strip():
            yield Part(f"line:{number}", "", match[0], match.start(), match.end(), _same)


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


# --- tables ------------------------------------------------------------------------------------------------------------


def table(text: str) -> Iterator[Part]:
    """Cells of a comma, semicolon or tab separated table; the heading is the label: ``row:2:dob``.

    A first row that holds numbers is taken as data: then the columns have no names.
    """
    delimiter = _delimiter(text)
    header: list[str] = []
    for number, (start, line) in enumerate(_records(text), 1):
        cells = list(_cells(line, delimiter))
        if number == 1 and not any(re.fullmatch(r"-?\d+(?:\.\d+)?", c[2]) for c in cells):
            header = [c[2].strip() for c in cells]
        for column, (begin, end, value) in enumerate(cells):
            if not value.strip():
                continue
            label = header[column] if column < len(header) and number > 1 else ""
            name = label or str(column + 1)
            write = _cell(delimiter)
            yield Part(f"row:{number}:{name}", label, value, start + begin, start + end, write)


def _delimiter(text: str) -> str:
    first = text[: text.find("\n") if "\n" in text else 4096]
    return max("\t;,", key=first.count)


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Lines, joined where a quoted cell goes on to the next one (up to 64 KiB)."""
    start = 0
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if pending.count('"') % 2 == 0 or len(pending) > 65536:
            yield start, pending.rstrip("\r\n")
            start += len(pending)
            pending = ""
    if pending:
        yield start, pending.rstrip("\r\n")


def _cells(line: str, delimiter: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    pattern = re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?={re.escape(delimiter)}|$)|([^{re.escape(delimiter)}]*)', re.DOTALL)
    while at <= len(line):
        match = pattern.match(line, at)
        if match is None:
            return
        value = match[1].replace('""', '"') if match[1] is not None else match[2] or ""
        yield match.start(), match.end(), value
        at = match.end() + 1


def _cell(delimiter: str) -> Callable[[str], str]:
    def write(value: str) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="").writerow([value])
        return out.getvalue() if value else ""

    return write
