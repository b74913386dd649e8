"""Text as data: the core says *what* is meant, a face says it in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Arg = str | int | float


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell a person.

    ``id`` is stable and is the gettext context; ``text`` (and ``plural`` with ``count``) is the English sentence with
    ``{named}`` places for ``args``. Make one with :func:`msg` or :func:`msgn` and literal texts, so that the extraction
    of texts for translators finds it.
    """

    id: str
    text: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    count: int | None = None
    plural: str | None = None

    def english(self) -> str:
        """The sentence in English, with its arguments put in; an argument that is missing stays visible."""
        text = self.text if self.plural is None or self.count == 1 else self.plural
        return fill(text, self.args, self.count)

    def as_stored(self) -> dict[str, Any]:
        """As JSON that keeps the message a message, so that it can be said in any language later."""
        return {"id": self.id, "text": self.text, "args": dict(self.args), "n": self.count, "many": self.plural}

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Message:
        """The message that :meth:`as_stored` wrote. KeyError for what is none."""
        return cls(data["id"], data["text"], data["args"], data["n"], data["many"])


class _Visible(dict[str, Arg]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def fill(text: str, args: Mapping[str, Arg], count: int | None = None) -> str:
    """``text`` with ``{name}`` replaced by ``args`` and ``{n}`` by ``count``; never raises for a bad place."""
    values = _Visible(args)
    if count is not None:
        values.setdefault("n", count)
    try:
        return text.format_map(values)
    except (ValueError, IndexError, KeyError, AttributeError):
        return text


def msg(id: str, text: str, **args: Arg) -> Message:  # noqa: A002 - the field's name
    """A message without a number that changes its grammar."""
    return Message(id, text, args)


def msgn(id: str, one: str, many: str, n: int, **args: Arg) -> Message:  # noqa: A002
    """A message whose grammar depends on ``n`` (shown as ``{n}``)."""
    return Message(id, one, {"n": n, **args}, n, many)
