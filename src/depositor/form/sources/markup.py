"""HTML of notebooks and web pages as plain text. Nothing in it is loaded or run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"))
_UNSEEN = frozenset(("script", "style", "head", "template"))
_MOST = 2_000_000


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.out.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.out.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS and tag not in ("br", "li"):
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.out.append(re.sub(r"[ \t\r\n\u00a0]+", " ", data))


def plain_text(markup: str) -> str:
    """The words of a piece of HTML, a line for each paragraph; a text without tags as it is."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    parser = _Plain()
    parser.feed(markup[:_MOST])
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.out).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
