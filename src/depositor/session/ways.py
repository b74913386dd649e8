"""Ways of imaging: what each one adds to the form, which of them the files speak of, and choosing them.

A suggestion is never put in by itself. It rests on what headers say (a dye, a dose, a plate, a range of m/z), and tells
how many image sets said so; a format alone counts only where it is made for one way of imaging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.facts import Electrons, FileFacts, ImageFacts
from depositor.draft.message import Message, msg
from depositor.draft.paths import is_empty
from depositor.form.fields import Asked, Field, Form

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_MOST = 5_000  # image sets that are looked at: more would only say the same again
_CRYO, _VOLUME, _LIGHT, _SCREEN = "cryo-em", "volume-em", "light-microscopy", "high-content-screening"
_SLIDES, _TISSUE, _IONS, _MEDICAL = "histology-wsi", "multiplexed-tissue", "mass-spec-imaging", "medical-imaging"
_LIVE = "live-imaging"
_FORMATS = {"Aperio SVS": _SLIDES, "Hamamatsu NDPI": _SLIDES, "3DHISTECH MRXS": _SLIDES, "imzML": _IONS}
_METALS = ("Imaging mass cytometry", "Imaging mass cytometry text")
_SCANNERS = frozenset(("CT", "MR", "PT", "US", "NM", "CR", "DX", "MG", "XA"))


@dataclass(frozen=True, slots=True)
class Way:
    """One way of imaging. ``parts`` are the modules that it adds to the form, ``questions`` the number of questions
    beyond those that are asked without it; ``seen`` image sets speak of it; ``kept`` is True where the draft has
    answers in the parts that it brings."""

    id: str
    name: Message
    summary: Message
    chosen: bool
    parts: tuple[Message, ...]
    questions: int
    seen: int = 0
    kept: bool = False


def ways(opened: OpenDraft, seen: Counter[str] | None = None) -> tuple[Way, ...]:
    """All of them, those that are chosen or that the files speak of first."""
    from depositor.form import profiles

    draft, counted = opened.draft, seen or Counter()
    capabilities = opened.capabilities
    archive = capabilities.profile if capabilities else None
    found = [_way(p, draft, archive, counted[p.id]) for p in profiles.available()]
    return tuple(sorted(found, key=lambda w: (not w.chosen, -w.seen)))


def _way(info: object, draft: Draft, archive: str | None, seen: int) -> Way:
    from depositor.form import profiles

    assert isinstance(info, profiles.ProfileInfo)
    others = tuple(p for p in draft.profiles if p != info.id)
    without, with_it = profiles.load(others, archive), profiles.load((*others, info.id), archive)
    known = {m.key for m in without.modules}
    new = [m for m in with_it.modules if m.key not in known]
    return Way(
        info.id,
        info.name,
        info.summary,
        info.id in draft.profiles,
        tuple(m.label for m in new),
        _number(with_it) - _number(without),
        seen,
        any(not is_empty(draft.get(m.key)) for m in new),
    )


def choose(opened: OpenDraft, ids: Sequence[str]) -> None:
    """Ask for these ways of imaging from now on. No answer goes: those of a way that is chosen no more wait for it.
    Ids that this program does not know stay."""
    from depositor.form import profiles

    known = {p.id for p in profiles.available()}
    strangers = tuple(p for p in opened.draft.profiles if p not in known)
    wanted = (*dict.fromkeys(ids), *strangers)
    opened.update(msg("change.profiles", "Ways of imaging"), lambda draft: replace(draft, profiles=wanted))


def seen_in(opened: OpenDraft) -> Counter[str]:
    """How many image sets speak of each way of imaging. Reads the inventory: not for the window's thread."""
    found = counted(islice(opened.inventory().facts(), _MOST))
    groups = sum(1 for group in opened.draft.files if group.annotations)
    return found + Counter({"ai-ready": groups})


def counted(facts: Iterable[FileFacts]) -> Counter[str]:
    """The same, of facts."""
    found: Counter[str] = Counter()
    for one in facts:
        found.update(set(_of_file(one)))
    return found


def _of_file(facts: FileFacts) -> Iterator[str]:
    if facts.format in _FORMATS:
        yield _FORMATS[facts.format]
        return
    if facts.format in _METALS:
        yield _TISSUE
        return
    for image in facts.images:
        yield from _of_image(image)


def _of_image(image: ImageFacts) -> Iterator[str]:
    if _is_light(image):
        yield _LIGHT
        if (image.size_t or 1) > 1 and image.time_increment_s:
            yield _LIVE
    if image.plate or (image.well and image.field):
        yield _SCREEN
    if image.ions:
        yield _IONS
    if image.medical or (image.modality or "") in _SCANNERS:
        yield _MEDICAL
    if image.stain:
        yield _SLIDES
    if any(c.metal for c in image.channels):
        yield _TISSUE
    if image.electrons:
        yield from _of_electrons(image, image.electrons)


def _is_light(image: ImageFacts) -> bool:
    dyes = any(c.fluorophore or c.excitation_nm or c.emission_nm for c in image.channels)
    lens = image.objective is not None and bool(image.objective.magnification)
    return not (image.electrons or image.stain) and (dyes or lens or image.lifetime is not None)


def _of_electrons(image: ImageFacts, electrons: Electrons) -> Iterator[str]:
    """A dose or a series of tilts is only told of where it matters; a dwell time and slices make a volume."""
    if electrons.dose_e_per_a2 or electrons.frame_dose_e_per_a2 or electrons.tilts:
        yield _CRYO
    elif electrons.dwell_us and (image.size_z or 1) > 1:
        yield _VOLUME


def _number(form: Form) -> int:
    """The questions that a form asks at first, without more detail."""
    return sum(_asked(field) for module in form.modules for field in module.fields)


def _asked(field: Field) -> int:
    if field.asked is not Asked.FORM or field.const or field.tier > 1:
        return 0
    return sum(map(_asked, field.subfields)) or 1
