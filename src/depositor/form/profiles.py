"""Profiles as data: ``resources/profiles/*.toml`` read, laid over each other, and made a Form.

Every profile may bring modules (``[[module]]`` with ``[[module.field]]``), add questions to those of others
(``[[add]]`` with ``to`` and ``[[add.field]]``), raise what is asked (``required``, ``recommended``: lists of paths) and
change texts or bounds (``[[override]]`` with a ``path``). A requirement is only ever raised: the most that base,
profiles and archive ask counts, whatever their order.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from depositor import resources
from depositor.draft.message import Message
from depositor.form.fields import Asked, Condition, Field, Form, Kind, Module, Option, Requirement, Source

BASE = "rembi"
_TEXTS = ("label", "help", "why", "example", "missing")
_PLAIN = (
    *(
        "many",
        "vocabulary",
        "open",
        "unit",
        "min_length",
        "max_length",
        "above",
        "minimum",
        "maximum",
        "refers_to",
        "const",
    ),
    *("tier", "pattern"),
)
_CHANGES = ("unit", "above", "maximum", "vocabulary")
_LEVELS = {"optional": Requirement.OPTIONAL, "recommended": Requirement.RECOMMENDED, "required": Requirement.REQUIRED}


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """A profile that one can choose; ``kind`` is ``base``, ``modality`` or ``archive``."""

    id: str
    name: Message
    summary: Message
    kind: str


def available() -> tuple[ProfileInfo, ...]:
    """The profiles that a draft can have on top of the base: those for ways of imaging and kinds of data."""
    return tuple(p for p in every() if p.kind == "modality")


@functools.cache
def every() -> tuple[ProfileInfo, ...]:
    """All profiles: the base, the choosable ones, and those of archives."""
    found = (_head(name) for name in resources.names("profiles", ".toml"))
    return tuple(ProfileInfo(d["id"], _own(d["id"], d, "label"), _own(d["id"], d, "help"), d["kind"]) for d in found)


def load(profile_ids: Sequence[str], archive_profile: str | None) -> Form:
    """The form for these profiles and the overlay of the archive (None for an archive without one).

    Profiles that this program does not have are named in ``Form.unknown``; a document of another program stays usable.
    """
    return _load(tuple(dict.fromkeys(profile_ids)), archive_profile)


@functools.lru_cache(maxsize=64)
def _load(profile_ids: tuple[str, ...], archive_profile: str | None) -> Form:
    known = {p.id: p.kind for p in every()}
    chosen = tuple(p for p in profile_ids if known.get(p) == "modality")
    unknown = tuple(p for p in profile_ids if p not in known)
    archive = archive_profile if known.get(archive_profile or "") == "archive" else None
    layers = [(p, False) for p in _lineages((BASE, *chosen, *_brought(archive)))]
    layers += [(p, True) for p in _lineages(filter(None, (archive,)))]
    modules = tuple(_module(p, m) for p, _ in layers for m in _data(p).get("module", ()))
    for profile, _ in layers:
        modules = _extended(modules, profile)
    for profile, strict in layers:
        modules = _overlaid(modules, profile, strict)
    wants = frozenset(rule for p, _ in layers for rule in _data(p).get("wants", ()))
    return Form(modules, chosen, archive, unknown, tuple(p for p, _ in layers), wants)


def brings(profile: str) -> tuple[str, ...]:
    """The keys of the modules that a profile brings."""
    return tuple(m["key"] for m in _data(profile).get("module", ()))


def everything() -> Form:
    """The questions of all profiles and of all archives: every place that a document can have."""
    known = every()
    chosen = tuple(p.id for p in known if p.kind == "modality")
    forms = (load(chosen, None), *(load((), p.id) for p in known if p.kind == "archive"))
    modules: dict[str, Module] = {}
    for form in forms:
        modules = {m.key: m for m in form.modules} | modules
    return Form(tuple(modules.values()), chosen, None, (), tuple(p.id for p in known))


def _lineages(profiles: Iterable[str]) -> tuple[str, ...]:
    """The profiles, each after those that it extends and none twice."""
    found = (one for profile in profiles for one in _lineage(profile))
    return tuple(dict.fromkeys(found))


def _lineage(profile: str) -> tuple[str, ...]:
    before = _data(profile).get("extends")
    return (*_lineage(before), profile) if before else (profile,)


def _brought(archive: str | None) -> tuple[str, ...]:
    """The modality profiles that come with an archive."""
    return tuple(_data(archive).get("with", ())) if archive else ()


def texts() -> Iterator[Message]:
    """Every text of every profile once, for the extraction of texts for translators."""
    for info in every():
        data = _data(info.id)
        yield info.name
        yield info.summary
        for module in data.get("module", ()):
            yield from _texts_of(info.id, module, module["key"])
        for added in data.get("add", ()):
            for field in added.get("field", ()):
                yield from _texts_of(info.id, field, f"{added['to']}.{field['key']}")
        for change in data.get("override", ()):
            yield from _said(info.id, change, change["path"]).values()


def _texts_of(profile: str, data: Mapping[str, Any], path: str) -> Iterator[Message]:
    yield from _said(profile, data, path).values()
    yield from (o.label for o in _options(profile, data, path))
    for field in data.get("field", ()):
        yield from _texts_of(profile, field, f"{path}.{field['key']}")


def _data(profile: str) -> dict[str, Any]:
    return resources.toml(f"profiles/{profile}.toml")


def _head(profile: str) -> dict[str, Any]:
    """What a profile says of itself, before its first question: nobody waits for profiles that are only listed."""
    return tomllib.loads(resources.text(f"profiles/{profile}.toml").partition("\n[[")[0])


def _own(profile: str, data: Mapping[str, Any], key: str) -> Message:
    return Message(f"profile.{profile}.{key}", data[key])


# --- reading ---------------------------------------------------------------------------------------------------------


def _said(profile: str, data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The texts of a module, field or override as Messages, by their names."""
    return {k: Message(f"profile.{profile}.{path}.{k}", data[k]) for k in _TEXTS if k in data}


def _module(profile: str, data: Mapping[str, Any]) -> Module:
    key = data["key"]
    return Module(
        key=key,
        repeats=data.get("repeats", False),
        minimum=data.get("minimum", 0),
        fields=tuple(_field(profile, f, key) for f in data.get("field", ())),
        requirement=_LEVELS[data.get("requirement", "required")],
        name_key=data.get("name_key"),
        **_said(profile, data, key),
    )


def _field(profile: str, data: Mapping[str, Any], parent: str) -> Field:
    path = f"{parent}.{data['key']}"
    return Field(
        path=path,
        key=data["key"],
        kind=Kind(data["kind"]),
        requirement=_LEVELS[data.get("requirement", "optional")],
        asked=Asked(data.get("asked", "form")),
        choices=_options(profile, data, path),
        subfields=tuple(_field(profile, f, path) for f in data.get("field", ())),
        when=read_conditions(data.get("when", ())),
        source=_source(data),
        **{k: data[k] for k in _PLAIN if k in data},
        **_said(profile, data, path),
    )


def _options(profile: str, data: Mapping[str, Any], path: str) -> tuple[Option, ...]:
    made = (data.get("choices", ()), f"profile.{profile}.{path}.choice.")
    return tuple(Option(c["value"], Message(made[1] + c["value"], c["label"])) for c in made[0])


def read_conditions(data: Any) -> tuple[Condition, ...]:
    """Conditions as TOML has them under ``when``: one table, or a list of tables that must all hold."""
    return tuple(_condition(one) for one in (data if isinstance(data, (list, tuple)) else [data]))


def _condition(data: Mapping[str, Any]) -> Condition:
    filled = True if data.get("filled") else False if data.get("empty") else None
    return Condition(data["of"], tuple(data.get("is", ())), tuple(data.get("is_not", ())), filled)


def _source(data: Mapping[str, Any]) -> Source | None:
    if "from" not in data and "default" not in data:
        return None
    paths, default = data.get("from", ()), data.get("default")
    return Source(
        paths=(paths,) if isinstance(paths, str) else tuple(paths),
        prefer=next(iter(data["prefer"].items())) if "prefer" in data else None,
        only_preferred=data.get("only_preferred", False),
        table=tuple(data.get("table", {}).items()),
        default=tuple(default) if isinstance(default, list) else default,
    )


# --- laying over each other ------------------------------------------------------------------------------------------


def _extended(modules: tuple[Module, ...], profile: str) -> tuple[Module, ...]:
    """The modules with the questions that ``profile`` adds to those of others."""
    for added in _data(profile).get("add", ()):
        fields = tuple(_field(profile, f, added["to"]) for f in added.get("field", ()))
        home = added["to"].partition(".")[0]
        modules = tuple(
            replace(m, fields=_grown(m.fields, m.key, added["to"], fields)) if m.key == home else m for m in modules
        )
    return modules


def _grown(fields: tuple[Field, ...], at: str, to: str, new: tuple[Field, ...]) -> tuple[Field, ...]:
    """``fields`` of the place ``at`` with ``new`` ones at the place ``to``, there or below."""
    if at == to:
        return (*fields, *new)
    if not to.startswith(f"{at}."):
        return fields
    return tuple(replace(f, subfields=_grown(f.subfields, f.path, to, new)) for f in fields)


def _overlaid(modules: tuple[Module, ...], profile: str, strict: bool) -> tuple[Module, ...]:
    """The modules with what ``profile`` raises and says in other words; ``strict`` where missing answers are
    refused."""
    data = _data(profile)
    changes: dict[str, dict[str, Any]] = {}
    for level in ("recommended", "required"):
        for path in data.get(level, ()):
            changes.setdefault(path, {})["requirement"] = level
    for change in data.get("override", ()):
        changes.setdefault(change["path"], {}).update({k: v for k, v in change.items() if k != "path"})
    touched = {path[:end] for path in changes for end in _ends(path)}
    return tuple(_changed_module(m, changes, touched, profile, strict) for m in modules)


def _ends(path: str) -> Iterator[int]:
    """Where the path of each place around ``path`` ends, and its own."""
    yield from (at for at, letter in enumerate(path) if letter == ".")
    yield len(path)


def _changed_module(
    module: Module, changes: Mapping[str, Any], touched: set[str], profile: str, strict: bool
) -> Module:
    if module.key not in touched:
        return module
    change = changes.get(module.key, {})
    fields = tuple(_changed_field(f, changes, touched, profile, strict) for f in module.fields)
    asked = _LEVELS[change["requirement"]] if "requirement" in change else None
    minimum = max(module.minimum, change.get("minimum", 0))
    if minimum > 0 and module.minimum == 0:
        level = asked or Requirement.REQUIRED
    else:
        level = max(module.requirement, asked or Requirement.OPTIONAL)
    needed = module.needed or (strict and asked is Requirement.REQUIRED)
    said = _said(profile, change, module.key)
    return replace(module, fields=fields, requirement=level, needed=needed, minimum=minimum, **said)


def _changed_field(field: Field, changes: Mapping[str, Any], touched: set[str], profile: str, strict: bool) -> Field:
    if field.path not in touched:
        return field
    change = changes.get(field.path, {})
    subfields = tuple(_changed_field(f, changes, touched, profile, strict) for f in field.subfields)
    asked = _LEVELS[change.get("requirement", "optional")]
    return replace(
        field,
        subfields=subfields,
        requirement=max(field.requirement, asked),
        needed=field.needed or (strict and asked is Requirement.REQUIRED),
        min_length=max(field.min_length or 0, change.get("min_length", 0)) or None,
        max_length=min(filter(None, (field.max_length, change.get("max_length"))), default=None),
        **{k: change[k] for k in _CHANGES if k in change},
        **_said(profile, change, field.path),
    )
