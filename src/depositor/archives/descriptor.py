"""Archives as data: ``resources/archives/<id>.toml`` read into Capabilities.

Facts stand beside the texts, so that a new archive is described before anything is written for it. ``built`` tells
whether the program can deposit there. Texts are Messages with the context ``archive.<id>.<key>``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from depositor import resources
from depositor.draft.capabilities import Account, Capabilities, HumanRule, Limits, NamingRule, ReleaseRule
from depositor.draft.message import Message

_FOLDER = "archives"
_TEXTS = ("summary", "suits", "next_steps", "correct")
# fmt: off
_PLAIN = (
    "name", "kind", "homepage", "endpoint", "sandbox", "signup", "profile", "default_license", "policy",
)
_LISTS = ("documents", "sent_documents", "licenses", "protocols")
# fmt: on


def ids() -> tuple[str, ...]:
    """All archives that are described, in the order in which people should see them."""
    return tuple(
        sorted(
            resources.names(_FOLDER, ".toml"), key=lambda archive_id: (_toml(archive_id).get("order", 999), archive_id)
        )
    )


def built(archive_id: str) -> bool:
    """Whether the program can deposit there."""
    return bool(_toml(archive_id).get("built"))


@functools.cache
def capabilities(archive_id: str) -> Capabilities:
    """The description of one archive. KeyError for an id that is not described."""
    if archive_id not in resources.names(_FOLDER, ".toml"):
        raise KeyError(archive_id)
    table = _toml(archive_id)
    given: dict[str, Any] = {key: table[key] for key in _PLAIN if key in table}
    given |= {key: tuple(table[key]) for key in _LISTS if key in table}
    return Capabilities(
        id=archive_id,
        **given,
        **_texts(archive_id, table),
        account=Account(table.get("account", "none")),
        human_data=HumanRule(table.get("human_data", "unknown")),
        can=frozenset(table.get("can", ())),
        release=ReleaseRule(**table.get("release", {})),
        naming=NamingRule(**table.get("naming", {})),
        limits=Limits(**table.get("limits", {})),
    )


def texts() -> Iterator[Message]:
    """Every text of every descriptor, for translators."""
    for archive_id in ids():
        yield from _texts(archive_id, _toml(archive_id)).values()


def _toml(archive_id: str) -> Mapping[str, Any]:
    return resources.toml(f"{_FOLDER}/{archive_id}.toml")


def _texts(archive_id: str, table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Message(f"archive.{archive_id}.{key}", table["texts"][key]) for key in _TEXTS}
