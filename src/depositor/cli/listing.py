"""archives, profiles, licenses, settings: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import Any

from depositor.cli import exits
from depositor.cli.console import Console, table
from depositor.draft.capabilities import Capabilities
from depositor.session import addresses, catalogue
from depositor.session.forms import Field, Requirement
from depositor.session.home import Home
from depositor.session.language import say, tr
from depositor.session.settings import Setting, Settings
from depositor.session.settings import table as setting_table
from depositor.session.tasks import scratch_desk


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of settings and profiles; the other lists take none."""
    if command == "profiles":
        parser.add_argument(
            "profile", nargs="?", metavar="ID", help=tr("tell the questions of one, also of an archive")
        )
    if command == "settings":
        parser.add_argument("key", nargs="?", help=tr("one setting"))
        parser.add_argument("value", nargs="?", help=tr("what it shall be from now on"))
        parser.add_argument("--unset", action="store_true", help=tr("back to the usual value"))
    runs = {"archives": _archives, "profiles": _profiles, "licenses": _licenses, "settings": _settings}
    parser.set_defaults(run=runs[command])


def _archives(given: argparse.Namespace, console: Console) -> int:
    with scratch_desk(Home.find()) as desk:
        built = [_archive(c, available=True) for c in desk.archives()]
        planned = [_archive(c, available=False) for c in desk.planned_archives()]
        words = {c.id: c for c in (*desk.archives(), *desk.planned_archives())}
        left_out = addresses.left_out()
    console.document({"archives": [*built, *planned], "problems": [p.as_json() for p in left_out]})
    console.problems(left_out)
    if not console.json:
        for row in (*built, *planned):
            found = words[row["id"]]
            later = "" if row["available"] else f" ({tr('not built yet')})"
            console.answer(f"{found.id}: {found.name}{later}\n    {say(found.summary)}\n    {say(found.suits)}")
    return exits.DONE


def _archive(one: Capabilities, *, available: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "available": available,
        "summary": say(one.summary),
        "suits": say(one.suits),
        "account": str(one.account),
        "homepage": one.homepage,
        "signup": one.signup,
        "licenses": list(one.licenses),
        "default_license": one.default_license,
        "profile": one.profile,
        "documents": list(one.documents),
        "limits": {
            "file_bytes": one.limits.file_bytes,
            "total_bytes": one.limits.total_bytes,
            "files": one.limits.files,
        },
        "can": sorted(one.can),
        "human_data": str(one.human_data),
        "policy": one.policy,
    }


def _profiles(given: argparse.Namespace, console: Console) -> int:
    if given.profile:
        return _questions(given.profile, console)
    found = catalogue.profiles()
    rows = [{"id": p.id, "name": say(p.name), "summary": say(p.summary)} for p in found]
    if console.json:
        # The document is the JSON Schema itself; a validator passes over the list beside it.
        console.document({**catalogue.schema(), "profiles": rows})
    else:
        console.answer(table([(r["id"], f"{r['name']}: {r['summary']}") for r in rows]))
    return exits.DONE


def _questions(profile: str, console: Console) -> int:
    """What one profile asks, as rows for people and for programs."""
    modules = catalogue.questions(profile)
    console.document({"profile": profile, "questions": [_question(f) for m in modules for f in m.fields]})
    if not console.json:
        for module in modules:
            console.answer(f"{say(module.label)}: {say(module.help)}")
            asked = [f for f in module.fields if not f.computed]
            console.answer(table([(f"  {say(f.label)}", f"{say(f.help)} {_asking(f)}".strip()) for f in asked]))
    return exits.DONE


def _question(field: Field) -> dict[str, Any]:
    return {
        "path": field.path,
        "label": say(field.label),
        "help": say(field.help),
        "kind": str(field.kind),
        "requirement": field.requirement.name.lower(),
        "needed": field.needed,
        "tier": field.tier,
        "unit": field.unit,
        "choices": [c.value for c in field.choices],
        "vocabulary": field.vocabulary,
    }


def _asking(field: Field) -> str:
    if field.needed or field.requirement is Requirement.REQUIRED:
        return f"({tr('needed')})"
    return f"({tr('recommended')})" if field.requirement is Requirement.RECOMMENDED else ""


def _licenses(given: argparse.Namespace, console: Console) -> int:
    found = catalogue.licenses()
    rows = [{"id": one.id, "name": say(one.name), "url": one.url, "summary": say(one.summary)} for one in found]
    console.document({"licenses": rows})
    if not console.json:
        for row in rows:
            console.answer(f"{row['id']}: {row['name']}\n    {row['summary']}\n    {row['url']}")
    return exits.DONE


def _settings(given: argparse.Namespace, console: Console) -> int:
    settings = Settings(Home.find().settings / "settings.json")
    if settings.problem:
        console.problem(settings.problem)
    known = {s.key: s for s in setting_table()}
    if given.key and given.unset:
        settings.unset(given.key)
    elif given.key and given.value is not None:
        setting = known.get(given.key)
        settings.set(given.key, setting.parse(given.value) if setting else given.value)
    elif given.key and given.key not in known:
        settings.unset(given.key)  # says that there is no such setting
    shown = [known[given.key]] if given.key else list(known.values())
    console.document({"settings": [_setting(s, settings) for s in shown]})
    if not console.json:
        rows = [(s.key, _value(settings.get(s.key), s.unit), _about(s)) for s in shown]
        console.answer(table(rows))
    return exits.DONE


def _setting(one: Setting, settings: Settings) -> dict[str, Any]:
    return {
        "key": one.key,
        "value": settings.get(one.key),
        "default": one.default,
        "set": settings.is_set(one.key),
        "kind": one.kind,
        "unit": one.unit,
        "choices": [value for value, _ in one.choices],
        "label": say(one.label),
        "help": say(one.help),
    }


def _about(one: Setting) -> str:
    """What a setting is for, and which words it takes."""
    told = f"{say(one.label)}. {say(one.help)}"
    return f"{told} [{', '.join(value for value, _ in one.choices)}]" if len(one.choices) > 1 else told


def _value(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in value.items()) or "-"
    return f"{value} {unit}".rstrip() or "-"
