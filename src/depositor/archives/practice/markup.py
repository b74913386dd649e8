"""HTML made from values: text is escaped unless it was made here, so that no study can put anything into a page."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable

_VOID = frozenset(("img", "meta", "link", "br", "hr", "input"))


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *inner: str | None, **attributes: str | None) -> Markup:
    """``<name ...>inner</name>``. ``class_`` stands for ``class``; what is None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_clean(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(inner)}</{name}>")


def join(pieces: Iterable[str | None]) -> Markup:
    """Pieces one after the other; plain text is escaped."""
    return Markup("".join(p if isinstance(p, Markup) else html.escape(_clean(p)) for p in pieces if p is not None))


def web_link(url: str, *inner: str) -> Markup:
    """A link to a page elsewhere; anything that is no web address stays plain text."""
    if not url.lower().startswith(("https://", "http://")):
        return join(inner or (url,))
    return tag("a", *(inner or (url,)), href=url, rel="noopener noreferrer")


def page(title: str, body: Markup, style: str) -> str:
    """A whole page."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        Markup(f"<style>{style}</style>"),
    )
    return "<!doctype html>\n" + tag("html", head, tag("body", body), lang="en")


def style_hash(style: str) -> str:
    """How a Content-Security-Policy names exactly this style sheet."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _clean(text: str) -> str:
    """Without control characters and lone halves of surrogate pairs."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff"))
