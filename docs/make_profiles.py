"""Write docs/profiles/: a page for each profile with its questions, read from the profiles themselves.

python docs/make_profiles.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from depositor import resources
from depositor.form import profiles
from depositor.form.checklists import checklists
from depositor.form.fields import Asked, Condition, Field, Form, Kind, Module, Requirement
from depositor.form.profiles import ProfileInfo

FOLDER = Path(__file__).with_name("profiles")
KINDS = {"base": "Base", "modality": "Ways of imaging", "archive": "Archives"}
_ASKED = {Requirement.REQUIRED: "required", Requirement.RECOMMENDED: "recommended", Requirement.OPTIONAL: ""}
_ELSEWHERE = {
    Asked.FILES: "in the file list",
    Asked.COMPUTED: "filled in by the program",
    Asked.LICENSE: "with licence",
}
_MADE = "Made from `resources/profiles` by `python docs/make_profiles.py`.\n"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    known = profiles.every()
    return {"README.md": _index(known)} | {f"{info.id}.md": _page(info) for info in known}


def _index(known: tuple[ProfileInfo, ...]) -> str:
    parts = ["# Profiles: what the form asks\n", _MADE]
    for kind, title in KINDS.items():
        rows = [f"| [{p.name.text}]({p.id}.md) | `{p.id}` | {p.summary.text} |" for p in known if p.kind == kind]
        parts += [f"\n## {title}\n", "| profile | id | |", "|---|---|---|", *rows]
    lists = [f"| {c.name.text} | {c.source} | {_of(c.profiles)} |" for c in checklists()]
    parts += [
        "\n## Checklists that a description is scored against\n",
        "| list | source | with |",
        "|---|---|---|",
        *lists,
    ]
    return _tidy(parts)


def _of(names: tuple[str, ...]) -> str:
    return ", ".join(f"[{n}]({n}.md)" for n in names) or "every study"


def _page(info: ProfileInfo) -> str:
    data = resources.toml(f"profiles/{info.id}.toml")
    form = profiles.load((info.id,), None) if info.kind == "modality" else profiles.load((), info.id)
    own = [m["key"] for m in data.get("module", ())]
    parts = [f"# {info.name.text}\n", f"{info.summary.text}\n", f"`{info.id}`{_origin(data)}. {_MADE}"]
    parts += [_section(m) for m in form.modules if m.key in own]
    parts += list(_added(form, data))
    parts += list(_raised(form, data))
    return _tidy(parts)


def _tidy(parts: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _origin(data: dict[str, object]) -> str:
    found = [str(data["extends"])] if "extends" in data else []
    found += [str(p) for p in data.get("with", ())]  # type: ignore[attr-defined]
    return f", on top of {', '.join(f'[{p}]({p}.md)' for p in found)}" if found else ""


def _section(module: Module) -> str:
    how = "one entry for each" if module.repeats else "one entry"
    asked = f"; {_ASKED[module.requirement]}" if module.minimum and _ASKED[module.requirement] else ""
    head = f"\n## {module.label.text}\n\n{module.help.text}\n\n`{module.key}`: {how}{asked}.\n"
    return head + "\n" + _table(f for field in module.fields for f in field.walk()) + "\n"


def _added(form: Form, data: dict[str, object]) -> Iterator[str]:
    for added in data.get("add", ()):  # type: ignore[attr-defined]
        found = [form.field(f"{added['to']}.{f['key']}") for f in added["field"]]
        yield f"\n## More columns in `{added['to']}`\n\n" + _table(f for f in found if f) + "\n"


def _raised(form: Form, data: dict[str, object]) -> Iterator[str]:
    """What it asks for more strongly elsewhere, or in other words."""
    paths = [*data.get("required", ()), *data.get("recommended", ())]  # type: ignore[misc]
    paths += [o["path"] for o in data.get("override", ())]  # type: ignore[attr-defined]
    own = {m["key"] for m in data.get("module", ())}  # type: ignore[attr-defined]
    foreign = [p for p in dict.fromkeys(paths) if p.partition(".")[0] not in own]
    found = [f for p in foreign if (f := form.field(p))]
    modules = [m for p in foreign if (m := form.module(p))]
    if found or modules:
        listed = "".join(f"- {m.label.text} (`{m.key}`): at least {m.minimum or 1}\n" for m in modules)
        yield f"\n## Asked for elsewhere\n\n{listed}\n" + _table(found)


def _table(fields: Iterator[Field] | list[Field]) -> str:
    rows = [_row(f) for f in fields]
    return "\n".join(["| question | what | asked | example | answer | path |", "|---|---|---|---|---|---|", *rows])


def _row(field: Field) -> str:
    asked = "needed" if field.needed else _ASKED[field.requirement]
    asked = _ELSEWHERE.get(field.asked, asked)
    notes = [asked, "more detail" if field.tier > 1 else "", *map(_when, field.when)]
    cells = (
        "› " * (field.path.count(".") - 1) + field.label.text,
        field.help.text,
        "; ".join(filter(None, notes)),
        field.example.text if field.example else "",
        _answer(field),
        f"`{field.path}`",
    )
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _when(condition: Condition) -> str:
    of = f"`{condition.of}`"
    if condition.filled is not None:
        return f"if {of} is {'filled' if condition.filled else 'empty'}"
    values = condition.any_of or condition.none_of
    words = " or ".join("yes" if v is True else "no" if v is False else str(v) for v in values)
    return f"if {of} is {words}" if condition.any_of else f"unless {of} is {words}"


def _answer(field: Field) -> str:
    kind = f"{field.kind}{' in ' + field.unit if field.unit else ''}"
    if field.kind is Kind.REFERENCE:
        kind = f"one of `{field.refers_to}`"
    if field.choices:
        kind = ", ".join(f"`{c.value}`" for c in field.choices) + (" or other words" if field.open else "")
    parts = [kind, f"vocabulary {field.vocabulary}" if field.vocabulary else "", _bounds(field)]
    parts += [f"pattern {field.pattern}" if field.pattern else "", "several" if field.many else ""]
    parts += [f"offered from {', '.join(f'`{p}`' for p in field.source.paths)}" if _offered(field) else ""]
    return "; ".join(filter(None, parts))


def _offered(field: Field) -> bool:
    return bool(field.source and field.source.paths)


def _bounds(field: Field) -> str:
    low = f"above {field.above:g}" if field.above is not None else ""
    low = f"from {field.minimum:g}" if field.minimum is not None else low
    high = f"up to {field.maximum:g}" if field.maximum is not None else ""
    least = f"at least {field.min_length} characters" if field.min_length else ""
    return ", ".join(filter(None, (low, high, least)))


def main() -> None:
    """Write the pages, and take away those of profiles that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
