"""Pseudo-text: English that looks foreign and is longer, made while the program runs.

A text that stays plain English on the screen did not come from a catalogue; one that is cut off has too little room.
"""

from __future__ import annotations

import re

LONGER = 0.4
_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
# Places for values, markup, entities, and the mark of an access key (Qt) stay as they are.
_KEPT = re.compile(r"\{[^{}]*\}|</?[A-Za-z][^<>]*>|&[a-z]+;|&(?=\w)|%n|%\d|%\(\w+\)[srd]|%[srd]\b")
_RTL_OPEN, _RTL_CLOSE = "\u202e", "\u202c"  # right-to-left override, pop directional formatting


def pseudo(text: str) -> str:
    """``[!! Šéñð {n} ƒîļéš ~~~~ !!]`` for ``Send {n} files``."""
    if not text.strip():
        return text
    kept = _KEPT.findall(text)
    parts = [part.translate(_ACCENTED) for part in _KEPT.split(text)]
    body = "".join(a + b for a, b in zip(parts, [*kept, ""], strict=True))
    return f"[!! {body} {'~' * max(1, round(len(text) * LONGER))} !!]"


def mirrored(text: str) -> str:
    """Pseudo-text that runs from right to left; values keep their own direction."""
    if not text.strip():
        return text
    pieces = re.split(r"(\{[^{}]*\})", pseudo(text))
    turned = (p if p.startswith("{") else f"{_RTL_OPEN}{p}{_RTL_CLOSE}" for p in pieces if p)
    return "".join(turned)
