"""The flat list of entities of a crate: each once, referred to by its ``@id``."""

from __future__ import annotations

from typing import Any

Entity = dict[str, Any]
Ref = dict[str, str]


class Graph:
    """Entities in the order they were added."""

    def __init__(self) -> None:
        self._entities: dict[str, Entity] = {}
        self._same: dict[str, Ref] = {}
        self._count: dict[str, int] = {}

    def local(self, kind: str) -> str:
        """A fresh ``@id`` inside this crate: ``#biosample-2``."""
        self._count[kind] = self._count.get(kind, 0) + 1
        return f"#{kind}-{self._count[kind]}"

    def entity(self, entity: Entity) -> Entity:
        """Add an entity that is filled later."""
        self._entities[entity["@id"]] = entity
        return entity

    def add(self, entity: Entity, same: str | None = None) -> Ref:
        """Add an entity, unless one of that ``@id`` is there, or a local one that is the ``same`` thing."""
        local = entity["@id"].startswith("#")
        if local and same is not None and same in self._same:
            return self._same[same]
        ref = {"@id": entity["@id"]}
        if self._entities.setdefault(entity["@id"], entity) is entity and same is not None:
            self._same.setdefault(same, ref)
        return ref

    def finished(self) -> list[Entity]:
        """The entities without what says nothing; lists of one become the thing itself, a reference stands once."""
        return [
            {key: told for key, value in e.items() if (told := _told(value)) not in (None, "", [])}
            for e in self._entities.values()
        ]


def _told(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    found = {str(v): v for v in value if v not in (None, "")}
    return next(iter(found.values())) if len(found) == 1 else list(found.values())
