"""How much of what a community asks for a description tells: ``resources/checklists/*.toml``, counted.

A score is advice: which checklists a journal or a colleague will hold against the study, and what is still missing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor import resources
from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.draft.paths import is_empty
from depositor.form import conditions
from depositor.form.fields import Condition, Form
from depositor.form.profiles import read_conditions

Item = tuple[str, ...]  # paths of which any will do


@dataclass(frozen=True, slots=True)
class Score:
    """``filled`` of ``asked`` items; ``missing`` are the places of answers to give, the first of each item."""

    id: str
    name: Message
    filled: int
    asked: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 where nothing is asked."""
        return self.filled / self.asked if self.asked else 1.0

    def as_json(self) -> dict[str, Any]:
        """For people and programs that read it beside the findings."""
        return {"id": self.id, "filled": self.filled, "asked": self.asked, "missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class Checklist:
    """One list: ``groups`` are items with the conditions under which they count."""

    id: str
    name: Message
    source: str
    profiles: tuple[str, ...]
    when: tuple[Condition, ...]
    groups: tuple[tuple[tuple[Condition, ...], tuple[Item, ...]], ...]


def scores(form: Form, draft: Draft) -> tuple[Score, ...]:
    """A score for each checklist that the profiles of the form bring, in the order of their names. Never raises."""
    return tuple(_score(one, form, draft) for one in checklists() if _concerns(one, form, draft))


@functools.cache
def checklists() -> tuple[Checklist, ...]:
    """All checklists that the program knows."""
    return tuple(_read(resources.toml(f"checklists/{name}.toml")) for name in resources.names("checklists", ".toml"))


def texts() -> Iterator[Message]:
    """The names of all checklists, for the extraction of texts for translators."""
    return (one.name for one in checklists())


def _read(data: Mapping[str, Any]) -> Checklist:
    name = Message(f"checklist.{data['id']}.label", data["label"])
    always = ((), tuple(map(_item, data["items"])))
    more = ((read_conditions(w["when"]), tuple(map(_item, w["items"]))) for w in data.get("where", ()))
    when = read_conditions(data.get("when", ()))
    return Checklist(data["id"], name, data["source"], tuple(data.get("profiles", ())), when, (always, *more))


def _item(data: str | Sequence[str]) -> Item:
    return (data,) if isinstance(data, str) else tuple(data)


def _concerns(one: Checklist, form: Form, draft: Draft) -> bool:
    chosen = not one.profiles or bool(set(one.profiles) & set(form.layers))
    return chosen and conditions.all_hold(one.when, {}, draft.metadata)


def _score(one: Checklist, form: Form, draft: Draft) -> Score:
    asked = [i for when, group in one.groups if conditions.all_hold(when, {}, draft.metadata) for i in group]
    lacking = [place for item in asked if (place := _lacking(item, form, draft))]
    return Score(one.id, one.name, len(asked) - len(lacking), len(asked), tuple(dict.fromkeys(lacking)))


def _lacking(item: Item, form: Form, draft: Draft) -> str | None:
    """Where an answer is still missing; None where any of the paths of the item is told everywhere."""
    gaps = [_gap(path, form, draft) for path in item]
    return None if None in gaps else gaps[0]


def _gap(path: str, form: Form, draft: Draft) -> str | None:
    if path == "@license":
        return None if draft.license else "license"
    if path == "@files":
        return None if draft.files else "files"
    if path.startswith("@column:"):
        names = (str(c.get("name")).casefold() for c in draft.columns if isinstance(c, Mapping))
        word = path.removeprefix("@column:")
        return None if any(word in name.replace("_", " ") for name in names) else "files"
    if path.startswith("@some:"):
        plain = path.removeprefix("@some:")
        some = Condition(plain, filled=True)
        if conditions.all_hold((some,), {}, draft.metadata):
            return None
        first = next(_Search(form, draft.metadata).gaps(draft.metadata, plain.split("."), 0, ""), None)
        return first or plain.partition(".")[0]
    return next(_Search(form, draft.metadata).gaps(draft.metadata, path.split("."), 0, ""), None)


@dataclass(frozen=True, slots=True)
class _Search:
    """The places that have no answer; a list without a record is such a place itself."""

    form: Form
    metadata: Mapping[str, Any]

    def gaps(self, tree: Any, keys: Sequence[str], depth: int, at: str) -> Iterator[str]:
        """Below ``tree``, the first ``depth`` of the ``keys`` being gone; ``at`` is its place."""
        if isinstance(tree, Sequence) and not isinstance(tree, str):
            if is_empty(tree):
                yield at
            elif depth < len(keys):
                for number, one in enumerate(tree):
                    yield from self.gaps(one, keys, depth, f"{at}[{number}]")
        elif depth == len(keys):
            if is_empty(tree):
                yield at
        elif isinstance(tree, Mapping):
            yield from self._within(tree, keys, depth, at)
        elif keys[depth] != "name" or is_empty(tree):  # a bare text is the name of a person or organisation
            yield at

    def _within(self, record: Mapping[str, Any], keys: Sequence[str], depth: int, at: str) -> Iterator[str]:
        field = self.form.field(".".join(keys[: depth + 1]))
        if field and field.when and not conditions.holds(field, record, self.metadata):
            return  # the question is not asked here
        below = f"{at}.{keys[depth]}" if at else keys[depth]
        yield from self.gaps(record.get(keys[depth], ()), keys, depth + 1, below)
