"""Archives as data: ``resources/archives/<id>.toml`` read into Capabilities.

Facts stand beside the texts, so that a new archive is described before anything is written for it. ``built`` tells
whether the program can deposit there. Texts are Messages with the context ``archive.<id>.<key>``. Places that the user
was given a description of (:mod:`~depositor.archives.given`) come behind those that the program brings along.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from depositor import resources
from depositor.archives import given
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
    return (*_bundled(), *given.tables())


@functools.cache
def _bundled() -> tuple[str, ...]:
    known = resources.names(_FOLDER, ".toml")
    return tuple(sorted(known, key=lambda archive_id: (_toml(archive_id).get("order", 999), archive_id)))


def built(archive_id: str) -> bool:
    """Whether the program can deposit there."""
    return archive_id in given.tables() or bool(_toml(archive_id).get("built"))


def capabilities(archive_id: str) -> Capabilities:
    """The description of one archive. KeyError for an id that is not described."""
    if archive_id in given.tables():
        return _capabilities(archive_id, _given(given.tables()[archive_id]))
    return _own(archive_id)


@functools.cache
def _own(archive_id: str) -> Capabilities:
    if archive_id not in _bundled():
        raise KeyError(archive_id)
    return _capabilities(archive_id, _toml(archive_id))


def _capabilities(archive_id: str, table: Mapping[str, Any]) -> Capabilities:
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
    for archive_id in _bundled():
        yield from _texts(archive_id, _toml(archive_id)).values()


def _toml(archive_id: str) -> Mapping[str, Any]:
    return resources.toml(f"{_FOLDER}/{archive_id}.toml")


def _given(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The description of the protocol, with what is said of this place over it."""
    base = _toml(told["protocol"])
    texts = {key: text.replace("{", "{{").replace("}", "}}") for key, text in told.get("texts", {}).items()}
    licenses = [name for name in told.get("licenses", base["licenses"]) if name in base["licenses"]] or base["licenses"]
    plain = {key: told[key] for key in ("name", "homepage", "signup") if key in told}
    more = {"endpoint": told["address"], "licenses": licenses, "texts": {**base["texts"], **texts}}
    default = base.get("default_license", "CC0-1.0")
    return {**base, **plain, **more, "default_license": default if default in licenses else licenses[0]}


def _texts(archive_id: str, table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Message(f"archive.{archive_id}.{key}", table["texts"][key]) for key in _TEXTS}
