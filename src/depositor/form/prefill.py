"""From file headers and folder names to values for the form, each with its origin. A person's word always stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.draft.facts import Channel, FileFacts
from depositor.form import folders, prose
from depositor.form.fields import Form
from depositor.form.gathering import Gathered, Group, Tally, gather, rounded
from depositor.form.matching import Place, places
from depositor.form.modalities import without_dye
from depositor.form.spots import items

_MOST_RECORDS = 8  # more ways of acquisition in one study are rare, and nobody wants to read fifty proposed records
_MOST_CHANNELS = 40


def proposals(form: Form, draft: Draft, facts: Iterable[FileFacts]) -> tuple[Proposal, ...]:
    """What the headers say to the questions of ``form``; ``facts`` are gone through once and not kept.

    Where headers disagree, the value that most files say is proposed, and ``others`` holds the rest with file counts.
    The same facts and draft give the same proposals; records that were filled before are found again.
    """
    gathered = gather(facts)
    found = [*folders.proposals(draft), *_acquisitions(form, draft, gathered)]
    found += [*_image_data(draft, gathered), *_specimen(draft, gathered), *_biosample(draft, gathered)]
    found += obvious(apply(draft, found))
    return tuple(p for p in found if p.path.startswith("files[") or form.field(p.path))


def obvious(draft: Draft) -> tuple[Proposal, ...]:
    """What needs no headers and leaves no choice: the associations of data sets where there is one biosample, one
    specimen and one image acquisition. Cheap; worth asking whenever a record gets its name."""
    return tuple(folders.associations(draft))


def apply(draft: Draft, offered: Iterable[Proposal]) -> Draft:
    """The draft with every proposal that no person's word stands against; nothing changes where nothing is new."""
    for proposal in offered:
        if proposal.path.startswith("files["):
            draft = _assigned(draft, proposal)
        elif draft.get(proposal.path) != proposal.value:
            draft = draft.offer(proposal.path, proposal.value, proposal.origin)
    return draft


def _assigned(draft: Draft, proposal: Proposal) -> Draft:
    """A chosen folder gets its data set where it has none yet (``files[0].study_component``)."""
    at = int(paths.parse(proposal.path)[1])
    if at >= len(draft.files) or draft.files[at].study_component or draft.files[at].annotations:
        return draft
    groups = list(draft.files)
    groups[at] = replace(groups[at], study_component=str(proposal.value))
    return replace(draft, files=tuple(groups))


# --- image acquisition -----------------------------------------------------------------------------------------------


def _acquisitions(form: Form, draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    groups = gathered.ranked()[:_MOST_RECORDS]
    found = places(draft, "image_acquisition", groups, prose.instrument)
    names = _names(draft, found)
    for place in found:
        yield from _acquisition(place, names[place.path])
    if form.module("light_microscopy"):
        for place in places(draft, "light_microscopy", groups, lambda _: ""):
            yield from _details(draft, place, found, names)


def _names(draft: Draft, found: tuple[Place, ...]) -> dict[str, str]:
    """A name for each record, different from those of all others: what the record is called, else one from facts."""
    own = {p.path for p in found}
    records = enumerate(items(draft.get("image_acquisition")))
    others = (r.get("title") for at, r in records if isinstance(r, Mapping) and f"image_acquisition[{at}]" not in own)
    taken = {title for title in others if isinstance(title, str)}
    out: dict[str, str] = {}
    for place in found:
        name, number = prose.title(place.group), 2
        while name and name in taken:
            name, number = f"{prose.title(place.group)} ({number})", number + 1
        taken.add(name)
        out[place.path] = name
    return out


def _acquisition(place: Place, name: str) -> Iterator[Proposal]:
    group, methods = place.group, place.group.signature.methods
    offers: dict[str, tuple[Any, tuple[str, ...]]] = {
        "title": (name, ("instrument",)),
        "imaging_method": ([{"id": i, "label": label} for i, label in methods], ("modality", "channels")),
        "imaging_instrument": (prose.instrument(group), ("instrument", "objective", "detector")),
        "image_acquisition_parameters": (prose.parameters(group), ("channels", "pixel_size_x_um")),
    }
    for key, (value, facts) in offers.items():
        if value:
            yield _said(f"{place.path}.{key}", value, group, *facts)


def _details(
    draft: Draft, place: Place, acquisitions: tuple[Place, ...], names: Mapping[str, str]
) -> Iterator[Proposal]:
    """The same facts as values, for profiles that have a place for them."""
    group, lens = place.group, place.group.signature.objective
    home = next((a.path for a in acquisitions if a.group is group), None)
    called = draft.get(f"{home}.title") if home and draft.is_persons(f"{home}.title") else names.get(home or "")
    stand = group.signature.instrument
    single = {
        "microscope": (prose.device(stand), "instrument"),
        "objective": (prose.objective(lens), "objective"),
        "magnification": (rounded(lens.magnification) if lens else None, "objective"),
        "numerical_aperture": (rounded(lens.na) if lens else None, "objective"),
        "immersion": (lens.immersion if lens else None, "objective"),
        "channels": (_wavelengths(group), "channels"),
    }
    told = [_said(f"{place.path}.{key}", value, group, fact) for key, (value, fact) in single.items() if value]
    told += _tallied(f"{place.path}.detector", group, "detector", prose.detector_name)
    told += _tallied(f"{place.path}.time_interval", group, "time_increment_s")
    told += _tallied(f"{place.path}.software", group, "software")
    if told and called:
        yield _said(f"{place.path}.image_acquisition", called, group, "instrument")
    yield from told


def _wavelengths(group: Group) -> list[dict[str, Any]]:
    """A row for each channel of which a wavelength or exposure is known; only what all files agree on."""
    rows = []
    for name, alike in list(prose.channels(group).items())[:_MOST_CHANNELS]:
        facts = {
            "excitation": {rounded(c.excitation_nm) for c in alike},
            "emission": {rounded(c.emission_nm) for c in alike},
            "exposure": {rounded(c.exposure_s * 1000) if c.exposure_s else None for c in alike},
        }
        agreed = {k: v for k, values in facts.items() if len(values) == 1 and (v := next(iter(values)))}
        if agreed:
            rows.append({"channel_label": name, **agreed})
    return rows


# --- image data, specimen, biosample ---------------------------------------------------------------------------------


def _image_data(draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    groups = tuple(sorted(gathered.formats.values(), key=lambda g: -g.files))[:_MOST_RECORDS]
    formats = {id(g): name for name, g in gathered.formats.items()}
    for place in places(draft, "image_data", groups, lambda g: formats[id(g)], "format_and_compression"):
        group = place.group
        if formats[id(group)]:
            yield _said(f"{place.path}.format_and_compression", formats[id(group)], group)
        yield from _tallied(f"{place.path}.dimension_extents", group, "extents", dict, "size_x")
        yield from _tallied(f"{place.path}.pixel_voxel_size", group, "pixel_size", _in_um, "pixel_size_x_um")
        extent = _field_of_view(group)
        if extent:
            yield _said(f"{place.path}.size_description", extent, group, "pixel_size_x_um")


def _in_um(sizes: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    return {**dict(sizes), "unit": "µm"}


def _field_of_view(group: Group) -> str:
    """How much one image shows, where all files agree on size and pixel size."""
    extents, sizes = group.tally("extents").values(), group.tally("pixel_size").values()
    if len(extents) != 1 or len(sizes) != 1:
        return ""
    counts, steps = dict(extents[0]), dict(sizes[0])
    sides = [prose.number(counts[a] * steps[a]) for a in "xyz" if a in counts and a in steps]
    return f"{' × '.join(sides)} µm" if len(sides) > 1 else ""


def _specimen(draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    """The channels, where there is only one specimen that they can belong to."""
    ranked = gathered.channel_sets.ranked()
    if not ranked or len(items(draft.get("specimen"))) > 1:
        return
    if all(len(channels) == 1 for channels, _, _ in ranked):  # a file for each channel
        ranked = ((tuple(c for (c,), _, _ in ranked[:_MOST_CHANNELS]), sum(n for _, n, _ in ranked), ranked[0][2]),)
    (channels, files, first), *rest = ranked
    others = tuple((_rows(c), n, file) for c, n, file in rest)
    reader, keys = gathered.sources.get(first, (None, {}))
    origin = Origin(OriginKind.HEADER, first, reader, keys.get("channels"))
    yield Proposal("specimen[0].channels", _rows(channels), origin, files, others)


def _rows(channels: tuple[Channel, ...]) -> list[dict[str, str]]:
    return [_row(c, at) for at, c in enumerate(channels)]


_MECHANISMS = {
    "fluorescence": "fluorescence",
    "brightfield": "transmitted light, bright field",
    "phase": "phase contrast",
    "dic": "differential interference contrast",
    "darkfield": "dark field",
}


def _row(channel: Channel, at: int) -> dict[str, str]:
    """A channel as the header names it; a dye only where the header says one."""
    dye = channel.fluorophore or ""
    row = {
        "channel_label": channel.name or channel.fluorophore or f"Channel {at + 1}",
        "channel_content": "" if without_dye(dye) else dye,
        "signal_contrast_mechanism": _MECHANISMS.get((channel.contrast or "").casefold(), ""),
    }
    return {k: v for k, v in row.items() if v}


def _biosample(draft: Draft, gathered: Gathered) -> Iterator[Proposal]:
    """Time lapses vary in time; said where there is only one biosample that it can be about."""
    if gathered.series and len(items(draft.get("biosample"))) <= 1:
        _, files, first = gathered.series.ranked()[0]
        reader, keys = gathered.sources.get(first, (None, {}))
        origin = Origin(OriginKind.HEADER, first, reader, keys.get("size_t"))
        yield Proposal("biosample[0].experimental_variable", ["Time"], origin, files)


# --- origins ---------------------------------------------------------------------------------------------------------


def _said(path: str, value: Any, group: Group, *facts: str) -> Proposal:
    """A value that all files of a group say; its origin is the first of them, and the first key that is known."""
    native = next((group.keys[f] for f in facts if f in group.keys), None)
    return Proposal(path, value, Origin(OriginKind.HEADER, group.first, group.reader, native), group.files)


def _tallied(
    path: str, group: Group, name: str, shaped: Any = lambda value: value, fact: str | None = None
) -> Iterator[Proposal]:
    """The value that most files say, and the others."""
    tally: Tally = group.tally(name)
    ranked = [(shaped(value), files, first) for value, files, first in tally.ranked()]
    if ranked:
        value, files, first = ranked[0]
        origin = Origin(OriginKind.HEADER, first, group.reader, group.keys.get(fact or name))
        yield Proposal(path, value, origin, files, tuple(ranked[1:]))
