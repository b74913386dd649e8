"""How records, files and people go together: names that must be unique, choices that must exist, files with a home."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.file_columns import homes_named
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg, msgn
from depositor.draft.paths import is_empty
from depositor.form.fields import Form, Kind, Module
from depositor.form.rewording import REWORDINGS
from depositor.form.spots import Spot, items, records


def findings(form: Form, draft: Draft, asked: tuple[Spot, ...]) -> Iterator[Finding]:
    """All that is wrong between one answer and another."""
    names = {m.key: _names(m, draft) for m in form.modules if m.name_key}
    for module in form.modules:
        if module.name_key:
            yield from _twice(module, draft)
    yield from _references(asked, names)
    yield from _unused(form, asked, names)
    yield from _homes(form, draft, names)
    yield from _authors(draft)
    if "name-parts" in form.wants:
        yield from _name_parts(draft)
    yield from _papers(draft)
    yield from _public_addresses(asked)
    yield from _strange_keys(form, draft)
    yield from _elsewhere(draft)
    yield from _out_of_place(asked)


def _names(module: Module, draft: Draft) -> dict[str, str]:
    """Name -> path of each record of a module that has one."""
    found = ((r.get(module.name_key or ""), path) for path, r in records(draft, module))
    return {name: path for name, path in found if isinstance(name, str) and name.strip()}


def _twice(module: Module, draft: Draft) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, record in records(draft, module):
        name = record.get(module.name_key or "")
        if not isinstance(name, str) or not name.strip():
            continue
        if name in seen:
            level = Level.BLOCKER if module.needed else Level.WARNING
            said = msg("form.name-twice", "“{name}” is the name of two records here.", name=name)
            why = msg("form.name-twice.why", "Data sets refer to a record by its name; two of one name get mixed up.")
            advice = msg("form.name-twice.advice", "Give one of them another name.")
            yield _found("name-twice", level, said, why, advice, f"{path}.{module.name_key}")
        seen.add(name)


def _references(asked: tuple[Spot, ...], names: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for spot in asked:
        known = names.get(spot.field.refers_to or "")
        if spot.field.kind is not Kind.REFERENCE or known is None:
            continue
        for path, value in spot.values():
            if isinstance(value, str) and value not in known:
                level = Level.BLOCKER if spot.field.needed else Level.WARNING
                said = msg("form.reference", "There is no record called “{name}” to choose here.", name=value)
                yield _found("reference", level, said, _WHY_REFERENCE, _nearest(value, known), path)


_WHY_REFERENCE = msg("form.reference.why", "It was renamed or removed, or the name is spelled another way.")


def _nearest(name: str, known: Mapping[str, str]) -> Message:
    folded = " ".join(name.casefold().split())
    near = next((k for k in known if " ".join(k.casefold().split()) == folded), None)
    if near:
        return msg("form.reference.near", "Did you mean “{name}”? Choose it from the list.", name=near)
    return msg("form.reference.advice", "Choose one of the records you described, or describe this one.")


def _unused(form: Form, asked: tuple[Spot, ...], names: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Records that no data set uses; only once there are associations at all."""
    rows = form.field("study_component.associations")
    chosen = {
        (s.field.refers_to, s.value)
        for s in asked
        if ".associations[" in s.path and isinstance(s.value, str) and s.value
    }
    for module in (f.refers_to or "" for f in (rows.subfields if rows and chosen else ())):
        for name, path in names.get(module, {}).items():
            if (module, name) not in chosen:
                said = msg("form.unused", "No data set says that it uses “{name}”.", name=name)
                why = msg("form.unused.why", "Readers cannot tell which files it belongs to.")
                advice = msg("form.unused.advice", "Choose it in one of the data sets, or remove it.")
                yield _found("unused", Level.ADVICE, said, why, advice, path)


def _homes(form: Form, draft: Draft, names: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Every chosen folder belongs to a data set or to annotations, and each of these has files."""
    components, annotations = names.get("study_component", {}), names.get("annotations", {})
    field = form.field("study_component.file_list")
    level = Level.BLOCKER if field and field.needed else Level.ADVICE
    single = next(iter(components)) if len(components) == 1 else None
    ruled = {name for _, name in homes_named(draft.columns)}  # files that rules find there are counted elsewhere
    filled: set[str] = ruled & {*components, *annotations}
    for at, group in enumerate(draft.files):
        name = group.annotations or group.study_component or single
        known = annotations if group.annotations else components
        if name in known:
            filled.add(name or "")
        elif name:
            said = msg("form.home-unknown", "Files belong to “{name}”, which is not described.", name=name)
            advice = msg("form.home-unknown.advice", "Describe it, or choose another one for these files.")
            yield _found("home-unknown", level, said, _WHY_HOME, advice, f"files[{at}]")
        elif components and not ruled:
            said = msg("form.homeless", "A chosen folder belongs to none of your data sets.")
            advice = msg("form.homeless.advice", "Choose the data set or annotations it belongs to.")
            yield _found("homeless", level, said, _WHY_HOME, advice, f"files[{at}]")
    if draft.files:
        for name, path in (*components.items(), *annotations.items()):
            if name not in filled:
                yield _without_files(name, path, level)


_WHY_HOME = msg("form.home.why", "Each data set gets its own list of files; a file outside all lists would be lost.")


def _without_files(name: str, path: str, level: Level) -> Finding:
    said = msg("form.no-files", "No files belong to “{name}”.", name=name)
    advice = msg("form.no-files.advice", "Give it one of the chosen folders, or remove it.")
    why = msg("form.no-files.why", "An archive does not take a list without a file.")
    return _found("no-files", level, said, why, advice, path)


def _authors(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for at, author in enumerate(items(draft.get("study.author"))):
        if not isinstance(author, Mapping):
            continue
        for sign in _signs(author):
            if seen.setdefault(sign, at) != at:
                said = msg("form.author-twice", "{name} stands twice among the authors.", name=_shown(author, at))
                why = msg("form.author-twice.why", "The citation would name this person two times.")
                advice = msg("form.author-twice.advice", "Remove one of the two, or mend the ORCID iD or name.")
                yield _found("author-twice", Level.WARNING, said, why, advice, f"study.author[{at}]")
                break


def _name_parts(draft: Draft) -> Iterator[Finding]:
    """Authors whose family name the archive could only guess."""
    for at, author in enumerate(items(draft.get("study.author"))):
        if not isinstance(author, Mapping) or is_empty(author.get("name")):
            continue
        known = author.get("last_name") and author.get("first_name")
        if not known and REWORDINGS["family"](author.get("name")) is None:
            said = msg("form.name-parts", "Which part of “{name}” is the family name?", name=_shown(author, at))
            why = msg(
                "form.name-parts.why", "The archive cites people by their family name, and a guess would be rude."
            )
            advice = msg("form.name-parts.advice", "Fill in first and last name of this author.")
            yield _found("name-parts", Level.WARNING, said, why, advice, f"study.author[{at}].last_name")


def _signs(author: Mapping[str, Any]) -> Iterator[str]:
    orcid = str(author.get("orcid") or "").strip().rstrip("/").rpartition("/")[2].upper()
    name = " ".join(str(author.get("name") or "").casefold().split())
    if orcid:
        yield orcid
    elif name:
        yield name


def _shown(author: Mapping[str, Any], at: int) -> str:
    return str(author.get("name") or f"#{at + 1}")


def _papers(draft: Draft) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, paper in enumerate(items(draft.get("study.publication"))):
        if not isinstance(paper, Mapping) or is_empty(paper):
            continue
        if not (paper.get("title") or paper.get("doi")):
            said = msg("form.paper", "A publication needs a title or a DOI.")
            why = msg("form.paper.why", "Otherwise nobody can find it.")
            advice = msg("form.paper.advice", "Add one of the two, or remove the publication.")
            yield _found("paper", Level.WARNING, said, why, advice, f"study.publication[{at}]")
        found = _DOI.search(str(paper.get("doi") or ""))
        if found and found[0].casefold() in seen:
            said = msg("form.paper-twice", "The publication {doi} stands here twice.", doi=found[0])
            why = msg("form.paper-twice.why", "Readers take it for two papers.")
            advice = msg("form.paper-twice.advice", "Remove one of the two.")
            yield _found("paper-twice", Level.WARNING, said, why, advice, f"study.publication[{at}].doi")
        seen |= {found[0].casefold()} if found else set()


_DOI = re.compile(r"10\.\d{4,9}/\S+")


def _public_addresses(asked: tuple[Spot, ...]) -> Iterator[Finding]:
    given = [s for s in asked if s.field.kind is Kind.EMAIL and not s.empty]
    if given:
        said = msgn(
            "form.public-email",
            "{n} e-mail address will be public.",
            "{n} e-mail addresses will be public.",
            len(given),
        )
        why = msg("form.public-email.why", "They are published with the study and stay there.")
        advice = msg("form.public-email.advice", "Ask the others first, or use the address of a group.")
        yield _found("public-email", Level.ADVICE, said, why, advice, given[0].path)


def _strange_keys(form: Form, draft: Draft) -> Iterator[Finding]:
    for module in form.modules:
        known = {f.key for f in module.fields}
        for path, record in records(draft, module):
            for key in sorted(str(k) for k in record.keys() - known):
                said = msg("form.strange-key", "The form has no question called “{key}”.", key=key)
                why = msg("form.strange-key.why", "The document keeps the answer, but no archive gets it.")
                advice = msg("form.strange-key.advice", "Move the answer to the question it belongs to.")
                yield _found("strange-key", Level.ADVICE, said, why, advice, f"{path}.{key}")


def _elsewhere(draft: Draft) -> Iterator[Finding]:
    """Licence and release date stand at the top of a document; among the answers nobody reads them."""
    for key, counts in (("license", draft.license), ("release_date", draft.release_date)):
        given = draft.get(f"study.{key}")
        if not is_empty(given) and given != counts:
            said = msg(
                "form.elsewhere", "The document says “{value}” in a place that does not count.", value=str(given)
            )
            why = msg("form.elsewhere.why", "Licence and release date are chosen for the whole deposit.")
            advice = msg("form.elsewhere.advice", "Choose it on the page of licence and release.")
            yield _found("elsewhere", Level.WARNING, said, why, advice, f"study.{key}")


def _out_of_place(asked: tuple[Spot, ...]) -> Iterator[Finding]:
    """Answers to questions that are not asked, as the answer to another one stands."""
    for spot in asked:
        if not spot.applies:
            said = msg("form.out-of-place", "This answer does not go together with another one of the same part.")
            why = msg("form.out-of-place.why", "Its question is only asked where the other answer leaves it open.")
            advice = msg("form.out-of-place.advice", "Clear this one, or change the other.")
            yield _found("out-of-place", Level.ADVICE, said, why, advice, spot.path)


def _found(what: str, level: Level, said: Message, why: Message, advice: Message, path: str) -> Finding:
    return Finding(f"form:{what}:{path}", f"form.{what}", level, said, why, advice, location=path)
