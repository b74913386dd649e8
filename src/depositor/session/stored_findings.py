"""Findings and gaps as they stand in the store: messages stay messages, so that they can be said in any language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from depositor.draft.finding import Finding, Level, NotChecked, Subject
from depositor.draft.message import Message

_SHARED = 5000  # messages that equal findings have as one object


def message_to_json(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "id": message.id,
        "text": message.text,
        "args": dict(message.args),
        "n": message.count,
        "many": message.plural,
    }


def message_from_json(data: Mapping[str, Any], shared: dict[str, Message]) -> Message:
    """Equal messages of many files are one object."""
    key = f"{data['id']}\0{data['args']}\0{data['n']}"
    if key not in shared:
        if len(shared) >= _SHARED:
            shared.clear()
        shared[key] = Message(data["id"], data["text"], data["args"], data["n"], data["many"])
    return shared[key]


def finding_to_json(finding: Finding) -> dict[str, Any]:
    return {
        **finding.as_json(show_evidence=True),
        "message": message_to_json(finding.message),
        "why": message_to_json(finding.why),
        "advice": message_to_json(finding.advice),
    }


def finding_from_json(data: Mapping[str, Any], shared: dict[str, Message]) -> Finding:
    """A finding out of the store; ``shared`` keeps the messages that several have."""
    return Finding(
        key=data["key"],
        check=data["check"],
        level=Level(data["level"]),
        message=message_from_json(data["message"], shared),
        why=message_from_json(data["why"], shared) if data["why"] else None,
        advice=message_from_json(data["advice"], shared) if data["advice"] else None,
        path=data["path"],
        location=data["location"],
        subject=Subject(data["subject"]) if data["subject"] else None,
        evidence=data["evidence"],
        remedies=tuple(data["remedies"]),
    )


def gaps_to_json(gaps: Sequence[NotChecked]) -> str:
    """What was not looked at, as the text of a row."""
    return json.dumps([{"path": n.path, "why": message_to_json(n.why)} for n in gaps], ensure_ascii=False)


def gaps_from_json(text: str, shared: dict[str, Message] | None = None) -> list[NotChecked]:
    """The same back; ``shared`` keeps the messages that several have."""
    kept = {} if shared is None else shared
    return [NotChecked(n["path"], message_from_json(n["why"], kept)) for n in json.loads(text)]
