"""From file headers and folder names to values for the form, each with its origin. A person's word always stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.draft.facts import Channel, FileFacts
from depositor.form.fields import Form
from depositor.form.filling import acquisitions, details, folders, following, prose, wording
from depositor.form.filling.acquisitions import MOST_RECORDS
from depositor.form.filling.details import header
from depositor.form.filling.gathering import Gathered, Group, Tally, gather
from depositor.form.filling.matching import Place, only_offered, origin_files, orphans, places
from depositor.form.filling.modalities import dye_of, without_dye
from depositor.form.spots import items

_MOST_CHANNELS = 40
_MOST_ROUNDS = 5
_NAME = re.compile(r"(\w+)\[(\d+)\]\.(title|name)")
_RECORD = re.compile(r"(.+)\[(\d+)\]")


def proposals(form: Form, draft: Draft, facts: Iterable[FileFacts]) -> tuple[Proposal, ...]:
    """What the headers say to the questions of ``form``; ``facts`` are gone through once and not kept.

    Where headers disagree, the value that most files say is proposed, and ``others`` holds the rest with file counts.
    What a person removed is proposed too (so that she can ask for it), and :func:`apply` leaves it out. A proposal of
    None takes back what no header says any more: a value that nobody confirmed, or (``image_data[1]``) a whole record.
    The same facts, in whatever order, give the same proposals; records that were filled before are found again.
    """
    gathered = gather(facts, origin_files(draft))
    found: list[Proposal] = []
    for _ in range(_MOST_ROUNDS):
        offered = _round(form, draft, gathered)
        after = apply(draft, offered)
        if found and after == draft:
            break
        found, draft = [*found, *offered], after
    return tuple(found)


def _round(form: Form, draft: Draft, gathered: Gathered) -> tuple[Proposal, ...]:
    """All proposals to a draft as it stands. What is taken back may let a group of files be found elsewhere, so rounds
    are made until nothing changes."""
    found = acquisitions.filled(form, draft, gathered)
    offered = [*folders.proposals(draft), *found.proposals]
    images = _image_places(draft, gathered)
    offered += _image_data(gathered, images)
    offered += [*_specimen(form, draft, gathered), *_biosample(draft, gathered), *_of_study(form, draft, gathered)]
    offered = [p for p in offered if _asked(form, p.path)]
    if gathered.formats:
        offered += _taken_back(form, draft, offered, {**found.places, "image_data": images})
    offered += following.skeletons(form, apply(draft, offered))
    return (*offered, *following.proposals(form, apply(draft, offered)))


def obvious(draft: Draft) -> tuple[Proposal, ...]:
    """What needs no headers and leaves no choice: the associations of data sets where there is one biosample, one
    specimen and one image acquisition."""
    return tuple(folders.associations(draft))


def apply(draft: Draft, offered: Iterable[Proposal]) -> Draft:
    """The draft with every proposal that no person's word stands against; nothing changes where nothing is new."""
    for proposal in offered:
        record = _RECORD.fullmatch(proposal.path)
        if proposal.path.startswith("files["):
            draft = _assigned(draft, proposal)
        elif record and proposal.value is None:
            gone = only_offered(draft, proposal.path)
            draft = draft.remove_record(record[1], int(record[2])) if gone else draft
        elif draft.get(proposal.path) != proposal.value and not draft.is_persons(proposal.path):
            draft = _answered(draft, proposal)
    return draft


def _answered(draft: Draft, proposal: Proposal) -> Draft:
    """The answer; what refers to a record goes along with its new name."""
    name = _NAME.fullmatch(proposal.path)
    if name and proposal.value:
        return draft.rename_record(name[1], int(name[2]), name[3], proposal.value, proposal.origin)
    return draft.answer(proposal.path, proposal.value, proposal.origin)


@dataclass(frozen=True, slots=True)
class Renewal:
    """An answer that changed because the files did; ``after`` is None where no header says it any more."""

    path: str
    before: Any
    after: Any
    file: str | None = None


def renewals(draft: Draft, offered: Iterable[Proposal]) -> tuple[Renewal, ...]:
    """What :func:`apply` will change of the answers that headers gave before, for telling people."""
    told = ((p, draft.get(p.path)) for p in offered if not p.path.startswith("files["))
    return tuple(
        Renewal(p.path, old, p.value, p.origin.file)
        for p, old in told
        if not paths.is_empty(old) and old != p.value and _of_headers(draft, p.path) and not draft.is_persons(p.path)
    )


def _of_headers(draft: Draft, path: str) -> bool:
    origin = draft.origin(path)
    return origin is None or origin.kind is OriginKind.HEADER


def _asked(form: Form, path: str) -> bool:
    return path.startswith("files[") or form.field(path) is not None


def _assigned(draft: Draft, proposal: Proposal) -> Draft:
    """A chosen folder gets its data set where it has none yet (``files[0].study_component``)."""
    at = int(paths.parse(proposal.path)[1])
    if at >= len(draft.files) or draft.files[at].study_component or draft.files[at].annotations:
        return draft
    groups = list(draft.files)
    groups[at] = replace(groups[at], study_component=str(proposal.value))
    return replace(draft, files=tuple(groups))


def _taken_back(
    form: Form, draft: Draft, offered: list[Proposal], found: Mapping[str, tuple[Place, ...]]
) -> Iterator[Proposal]:
    """Answers that only headers gave and none gives now, then records that have lost all their files."""
    proposed = {p.path for p in offered}
    gone = {f"{m}[{at}]" for m, filled in found.items() for at in orphans(draft, m, filled)}
    for path, origin in draft.origins.items():
        record = next((r for r in gone if path.startswith(f"{r}.")), None)
        stale = origin.kind is OriginKind.HEADER and path not in proposed and not draft.is_persons(path)
        if stale and record is None and form.field(path):
            yield Proposal(path, None, origin)
    for module, filled in found.items():
        for at in orphans(draft, module, filled):
            yield Proposal(f"{module}[{at}]", None, Origin(OriginKind.HEADER))


# --- image data, specimen, biosample ---------------------------------------------------------------------------------


def _image_places(draft: Draft, gathered: Gathered) -> tuple[Place, ...]:
    ranked = gathered.by_format()[:MOST_RECORDS]
    names = {id(group): name for name, group in ranked}
    return places(draft, "image_data", [g for _, g in ranked], lambda g: names[id(g)], "format_and_compression")


def _image_data(gathered: Gathered, found: tuple[Place, ...]) -> Iterator[Proposal]:
    names = {id(group): name for name, group in gathered.formats.items()}
    for place in found:
        group = place.group
        if name := _with_compression(names[id(group)], group):
            yield Proposal(f"{place.path}.format_and_compression", name, header(group.source()), group.files)
        yield from _tallied(f"{place.path}.dimension_extents", group.tally("extents"), dict)
        yield from _tallied(f"{place.path}.pixel_voxel_size", group.tally("pixel_size"), _in_um)
        if extent := _field_of_view(group):
            source = group.source("pixel_size", "extents")
            yield Proposal(f"{place.path}.size_description", extent, header(source), group.files)
        if stored := _stored(group):
            source = group.source("pixel_type", "channels")
            yield Proposal(f"{place.path}.channel_information", stored, header(source), group.files)


def _with_compression(name: str, group: Group) -> str:
    """``OME-TIFF, LZW``: the compression where all files share it."""
    said = group.tally("compression").agreed()
    return f"{name}, {said}" if name and said and str(said).casefold() not in name.casefold() else name


def _stored(group: Group) -> list[str]:
    """How values and channels are stored, where all files agree: ``uint16``, ``order XYCZT``."""
    kind, order = group.tally("pixel_type").agreed(), group.tally("dimension_order").agreed()
    said = ", ".join(filter(None, (str(kind or ""), f"order {order}" if order else "")))
    return [said] if said and order else []


def _in_um(sizes: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    return {**dict(sizes), "unit": "µm"}


def _field_of_view(group: Group) -> str:
    """How much one image shows, where all files agree on size and pixel size."""
    extents, sizes = group.tally("extents").agreed(), group.tally("pixel_size").agreed()
    if not extents or not sizes:
        return ""
    counts, steps = dict(extents), dict(sizes)
    sides = [wording.number(counts[a] * steps[a]) for a in "xyz" if a in counts and a in steps]
    return f"{' × '.join(sides)} µm" if len(sides) > 1 else ""


def _specimen(form: Form, draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    """The channels, where there is only one specimen that they can belong to."""
    ranked = gathered.channel_sets.ranked()
    if not ranked or len(items(draft.get("specimen"))) > 1:
        return
    first, *rest = ranked
    channels, files = first.value, first.files
    if all(len(one.value) == 1 for one in ranked):  # a file for each channel
        by_file = sorted(ranked[:_MOST_CHANNELS], key=lambda one: one.source.file)
        channels, files, rest = tuple(one.value[0] for one in by_file), sum(one.files for one in ranked), []
    others = tuple((_rows(form, one.value), one.files, one.source.file) for one in rest)
    yield Proposal("specimen[0].channels", _rows(form, channels), header(first.source), files, others)


def _rows(form: Form, channels: tuple[Channel, ...]) -> list[dict[str, str]]:
    grid = form.field("specimen.channels")
    columns = {f.key for f in grid.subfields} if grid else set()
    return [{k: v for k, v in _row(c, at).items() if k in columns} for at, c in enumerate(channels)]


_MECHANISMS = {
    "fluorescence": "fluorescence",
    "brightfield": "transmitted light, bright field",
    "phase": "phase contrast",
    "dic": "differential interference contrast",
    "darkfield": "dark field",
}


def _row(channel: Channel, at: int) -> dict[str, str]:
    """A channel as the header names it; a dye only where the header says one, or the name can mean nothing else."""
    dye = channel.fluorophore or dye_of(channel.name or "") or ""
    row = {
        "channel_label": prose.called(channel, at),
        "channel_content": "" if without_dye(dye) else dye or channel.metal or "",
        "signal_contrast_mechanism": _MECHANISMS.get((channel.contrast or "").casefold(), ""),
        "metal": channel.metal or "",
    }
    return {k: v for k, v in row.items() if v}


def _biosample(draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    """Time lapses vary in time; said where there is only one biosample that it can be about."""
    if gathered.series and len(items(draft.get("biosample"))) <= 1:
        first = gathered.series.ranked()[0]
        yield Proposal("biosample[0].experimental_variable", ["Time"], header(first.source), first.files)


# --- profiles --------------------------------------------------------------------------------------------------------


def _of_study(form: Form, draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    """Modules that speak of the whole study: the headers of all files together; and the plates of a screen."""
    groups = gathered.ranked() or tuple(g for _, g in gathered.by_format())
    for module in details.modules(form):
        if not module.repeats:
            yield from (t.proposal(module.key) for t in details.told(module, groups))
    plates = gathered.plates
    if form.module("high_content_screening") and plates and len(items(draft.get("high_content_screening"))) <= 1:
        yield from _screen(draft, plates)


def _screen(draft: Draft, plates: Tally) -> Iterator[Proposal]:
    """How many plates there are, where there is one data set that they can belong to."""
    source, record = plates.ranked()[0].source, "high_content_screening[0]"
    components = [r.get("name") for r in items(draft.get("study_component")) if isinstance(r, Mapping)]
    if len(components) == 1 and components[0]:
        yield Proposal(f"{record}.study_component", components[0], header(source))
    if plates.complete:
        yield Proposal(f"{record}.plates", len(plates.values()), header(source), len(plates.values()))


def _tallied(path: str, tally: Tally, shaped: Any) -> Iterator[Proposal]:
    """The value that most files say, and the others."""
    ranked = tally.ranked()
    if ranked:
        others = tuple((shaped(one.value), one.files, one.source.file) for one in ranked[1:])
        yield Proposal(path, shaped(ranked[0].value), header(ranked[0].source), ranked[0].files, others)
