"""Problems, reasons and header facts as JSON for the store, and back without loss (messages stay translatable)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from depositor.draft.facts import (
    Channel,
    Device,
    Electrons,
    Environment,
    FileFacts,
    ImageFacts,
    Ions,
    Lifetime,
    LightSource,
    Medical,
    Objective,
)
from depositor.draft.inventory import Ignored
from depositor.draft.message import Message
from depositor.draft.problem import Problem, Side


def dumps(value: Problem | Ignored | FileFacts) -> str:
    """The value as compact JSON text."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: _plain(v) for name, v in pairs if v is not None and v != () and v != {}}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return value


def problem(text: str) -> Problem:
    """The opposite of :func:`dumps` for a Problem."""
    return _problem(json.loads(text))


def ignored(text: str) -> Ignored:
    """The opposite of :func:`dumps` for an Ignored."""
    data = json.loads(text)
    return Ignored(data["root"], data["path"], _message(data["why"]))


def facts(text: str) -> FileFacts:
    """The opposite of :func:`dumps` for FileFacts."""
    data = json.loads(text)
    return FileFacts(
        data["path"],
        data.get("format"),
        data.get("reader"),
        tuple(_image(i) for i in data.get("images", ())),
        tuple(_problem(p) for p in data.get("problems", ())),
    )


def _message(data: Mapping[str, Any]) -> Message:
    return Message(data["id"], data["text"], data.get("args", {}), data.get("count"), data.get("plural"))


def _problem(data: Mapping[str, Any]) -> Problem:
    message, advice = _message(data["message"]), _message(data["advice"])
    return Problem(data["code"], Side(data["side"]), message, advice, data.get("path"), tuple(data.get("actions", ())))


_PARTS: Mapping[str, type] = {
    "objective": Objective,
    "instrument": Device,
    "detector": Device,
    "electrons": Electrons,
    "ions": Ions,
    "environment": Environment,
    "medical": Medical,
    "lifetime": Lifetime,
}


def _image(data: Mapping[str, Any]) -> ImageFacts:
    parts: dict[str, Any] = dict(data)
    parts["channels"] = tuple(Channel(**c) for c in data.get("channels", ()))
    parts["light_sources"] = tuple(LightSource(**s) for s in data.get("light_sources", ()))
    parts["stage_um"] = tuple(data.get("stage_um", ()))
    for name in _PARTS.keys() & data.keys():
        parts[name] = _PARTS[name](**data[name])
    return ImageFacts(**parts)
