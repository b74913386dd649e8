"""Answers in one line: for lists, for cards that are folded, for what headers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depositor.draft.paths import is_empty
from depositor.gui.form.editors import words_of
from depositor.gui.texts import say
from depositor.session.forms import Field

_LONGEST = 80
_NAMES = ("name", "title", "identifier", "channel_label", "description", "url")
_TOLD = 3  # further answers of a record that stand beside its name


def short(value: Any, field: Field | None = None) -> str:
    """A value in one line."""
    if isinstance(value, list):
        text = "; ".join(short(v, field) for v in value)
    elif isinstance(value, dict) and field is not None and field.subfields:
        parts = ((f, value.get(f.key)) for f in field.subfields if not f.const)
        text = ", ".join(f"{say(f.label)} {short(v)} {f.unit or ''}".strip() for f, v in parts if v is not None)
    elif isinstance(value, dict):
        text = words_of(value)
    else:
        text = f"{value:.6g}" if isinstance(value, float) else words_of(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def record_name(value: Any) -> str:
    """What a record is called; nothing where it says no name yet."""
    if not isinstance(value, Mapping):
        return words_of(value)
    found = (value.get(key) for key in _NAMES)
    return next((words_of(one) for one in found if not is_empty(one)), "")


def record_rest(value: Any, field: Field) -> str:
    """A few further answers of a record, after its name: ``0000-0002-1825-0097 · EMBL``."""
    if not isinstance(value, Mapping):
        return ""
    name = record_name(value)
    said = (value.get(f.key) for f in field.subfields if not f.const)
    told = (short(_plainer(one)) for one in said if not is_empty(one) and words_of(one) not in (name, *name.split()))
    return " · ".join([text for text in told if text][:_TOLD])


def _plainer(value: Any) -> Any:
    return [words_of(v) for v in value] if isinstance(value, list) else value
