"""What must fit together within one way of imaging: electrons, ions, plates, patients, living things, tables.

Each rule is one function of the draft. None stops a deposit; the profile of an archive does that.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.form.fields import Form
from depositor.form.rules.remarks import Record, number, records_of, remark
from depositor.form.rules.shapes import day
from depositor.form.spots import items, name_of

_SWAPPED = msg("form.range.advice", "Are the two swapped?")


def findings(form: Form, draft: Draft, today: dt.date) -> Iterator[Finding]:
    """What is worth a second look in the modules of profiles that the form has."""
    for module, rule in _RULES.items():
        if form.module(module):
            for path, record in records_of(draft, module):
                yield from rule(record, path)
    patients = draft.get("medical_imaging")
    if form.module("medical_imaging") and isinstance(patients, Mapping):
        yield from _patients(patients, "medical_imaging")
    if form.module("volume_em"):
        yield from _slices(draft)
    if form.module("high_content_screening"):
        yield from _plate_columns(draft)
    yield from _told_twice(form, draft)
    yield from _in_future(draft, today)


# --- electrons, ions -------------------------------------------------------------------------------------------------


def _cryo(record: Record, path: str) -> Iterator[Finding]:
    yield from _range(record, path, "defocus_min", "defocus_max")
    yield from _range(record, path, "tilt_min", "tilt_max")
    total, frame, frames = (number(record, k) for k in ("total_dose", "frame_dose", "frames"))
    tilted = record.get("technique") in ("tomography", "subtomogram averaging")
    if total and frame and frames and not tilted and abs(frame * frames - total) > 0.2 * total:
        summed = round(frame * frames, 2)
        said = msg(
            "form.dose", "Doses do not add up: the frames together get {sum}, not {total}.", sum=summed, total=total
        )
        why = msg("form.dose.why", "Programs weight frames by their dose.")
        advice = msg("form.dose.advice", "Look at dose of a frame, number of frames and total dose.")
        yield remark("dose", Level.ADVICE, said, why, advice, f"{path}.total_dose")


def _slices(draft: Draft) -> Iterator[Finding]:
    """Slice thickness in nanometres against the depth of a voxel in micrometres, where there is one of each; and a
    volume has more than one slice."""
    volumes, images = tuple(records_of(draft, "volume_em")), tuple(records_of(draft, "image_data"))
    if len(volumes) != 1 or len(images) != 1:
        return
    path, image = images[0]
    thick, deep = number(volumes[0][1], "slice_thickness"), number(image.get("pixel_voxel_size"), "z")
    if thick and deep and abs(thick / 1000 - deep) > 0.05 * deep:
        said = msg("form.slice", "A slice is {thick} nm thick, a voxel {deep} µm deep.", thick=thick, deep=deep)
        why = msg("form.slice.why", "In a raw volume the two are the same.")
        advice = msg("form.slice.advice", "Look at the units: 8 nm are 0.008 µm. Fine for volumes that were resampled.")
        yield remark("slice", Level.WARNING, said, why, advice, f"{path}.pixel_voxel_size.z")
    if number(image.get("dimension_extents"), "z") == 1:
        said = msg("form.one-slice", "The headers tell of single slices.")
        why = msg("form.one-slice.why", "Readers want to know how many slices the volume has.")
        advice = msg("form.one-slice.advice", "If each slice is a file, write the number of slices as planes.")
        yield remark("one-slice", Level.ADVICE, said, why, advice, f"{path}.dimension_extents.z")


def _ions(record: Record, path: str) -> Iterator[Finding]:
    yield from _range(record, path, "mz_min", "mz_max")


def _range(record: Record, path: str, low: str, high: str) -> Iterator[Finding]:
    below, above = number(record, low), number(record, high)
    if below is not None and above is not None and below > above:
        said = msg("form.range", "The lower end ({low}) is above the upper end ({high}).", low=below, high=above)
        why = msg("form.range.why", "A range goes from the smaller to the larger number.")
        yield remark("range", Level.WARNING, said, why, _SWAPPED, f"{path}.{low}")


# --- plates ----------------------------------------------------------------------------------------------------------

_ROWS = {"6": (2, 3), "12": (3, 4), "24": (4, 6), "48": (6, 8), "96": (8, 12), "384": (16, 24), "1536": (32, 48)}
_WELL = re.compile(r"\b([A-Z]{1,2})(\d{1,2})\b")
_COLUMNS = ("plate", "well", "field")


def _screen(record: Record, path: str) -> Iterator[Finding]:
    controls = tuple(items(record.get("controls")))
    kinds = {row.get("control_type") for row in controls if isinstance(row, Mapping)}
    if controls and not kinds & {"negative control", "empty well", "unknown control"}:
        said = msg("form.controls", "There is no negative control among the control wells.")
        why = msg("form.controls.why", "Effects are measured against it.")
        advice = msg("form.controls.advice", "Add the wells that nothing, or only the solvent, was put into.")
        yield remark("controls", Level.ADVICE, said, why, advice, f"{path}.controls")
    size = _ROWS.get(str(record.get("plate_format") or ""))
    for at, row in enumerate(controls if size else ()):
        wells = row.get("wells") if isinstance(row, Mapping) else None
        outside = next(_outside(wells, size), None) if isinstance(wells, str) and size else None
        if outside:
            said = msg(
                "form.well", "A plate of {n} wells has no well {well}.", n=str(record["plate_format"]), well=outside
            )
            why = msg("form.well.why", "Programs look for the control there.")
            advice = msg("form.well.advice", "Look at the name of the well, and at the number of wells.")
            yield remark("well", Level.WARNING, said, why, advice, f"{path}.controls[{at}].wells")


def _outside(wells: str, size: tuple[int, int]) -> Iterator[str]:
    for letters, digits in _WELL.findall(wells.upper()):
        row = ord(letters[-1]) - 64 + (26 if len(letters) > 1 else 0)
        if row > size[0] or not 1 <= int(digits) <= size[1]:
            yield f"{letters}{digits}"


def _plate_columns(draft: Draft) -> Iterator[Finding]:
    """Which plate, well and field a file shows is a column of the file list."""
    names = {str(c.get("name")).casefold() for c in draft.columns if isinstance(c, Mapping)}
    lacking = [c for c in _COLUMNS if not any(c in name for name in names)]
    if draft.files and lacking:
        said = msg("form.plate-columns", "The file list does not say which plate, well and field a file shows.")
        why = msg("form.plate-columns.why", "Without these columns nobody can tell which reagent an image is about.")
        advice = msg("form.plate-columns.advice", "Add the columns Plate, Well and Field from the names of the files.")
        yield remark("plate-columns", Level.WARNING, said, why, advice, "high_content_screening")


# --- patients, slides ------------------------------------------------------------------------------------------------


def _patients(record: Record, path: str) -> Iterator[Finding]:
    for few, many in (("subjects", "studies"), ("studies", "series")):
        less, more = number(record, few), number(record, many)
        if less and more and more < less:
            said = msg(
                "form.cohort", "There are fewer examinations or series ({more}) than {less}.", more=more, less=less
            )
            why = msg("form.cohort.why", "Each person has at least one examination, and each of these one series.")
            yield remark("cohort", Level.WARNING, said, why, _SWAPPED, f"{path}.{many}")
    if record.get("species") == "people":
        yield from _kept(record, path)


def _kept(record: Record, path: str) -> Iterator[Finding]:
    why = msg("form.identity.why", "Together with other facts they can tell who somebody is.")
    if record.get("dates") == "kept":
        said = msg("form.identity.dates", "The dates of the examinations are still in the files.")
        advice = msg("form.identity.dates.advice", "Shift them by the same number of days for all files of a person.")
        yield remark("identity.dates", Level.WARNING, said, why, advice, f"{path}.dates")
    if record.get("defaced") == "kept":
        said = msg("form.identity.faces", "Faces can be seen in these images.")
        advice = msg("form.identity.faces.advice", "Remove them, or make sure that consent and ethics board allow it.")
        yield remark("identity.faces", Level.WARNING, said, why, advice, f"{path}.defaced")


def _slides(record: Record, path: str) -> Iterator[Finding]:
    if record.get("label_removed") is False:
        said = msg("form.labels", "The pictures of the labels are still in the slide files.")
        why = msg("form.labels.why", "Labels carry names and numbers of patients.")
        advice = msg("form.labels.advice", "Have them taken out on the page of privacy.")
        yield remark("labels", Level.WARNING, said, why, advice, f"{path}.label_removed")


# --- all modules -----------------------------------------------------------------------------------------------------


def _told_twice(form: Form, draft: Draft) -> Iterator[Finding]:
    """Two records of facts about the same image acquisition, and two channels of one name and cycle."""
    for module in form.modules:
        if module.repeats and module.name_key is None and module.field("image_acquisition"):
            seen: set[str] = set()
            for path, record in records_of(draft, module.key):
                name = record.get("image_acquisition")
                if isinstance(name, str) and name in seen:
                    said = msg("form.told-twice", "“{name}” has two of these entries.", name=name)
                    advice = msg("form.told-twice.advice", "Choose another image acquisition, or remove one entry.")
                    yield remark("told-twice", Level.ADVICE, said, _TWICE, advice, f"{path}.image_acquisition")
                seen |= {name} if isinstance(name, str) else set()
    for path, record in records_of(draft, "specimen"):
        yield from _channels(record, path)


_TWICE = msg("form.told-twice.why", "Where two tell different things, nobody knows which to believe.")


def _channels(record: Record, path: str) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for at, row in enumerate(items(record.get("channels"))):
        label = row.get("channel_label") if isinstance(row, Mapping) else None
        if isinstance(label, str) and label.strip():
            sign = (label.strip(), str(row.get("cycle")), str(row.get("sub_cycle")))
            if sign in seen:
                said = msg("form.channel-twice", "Two channels are called {record}.", record=name_of(row, at))
                why = msg("form.channel-twice.why", "In the file the name leads to one channel.")
                advice = msg("form.channel-twice.advice", "Name them as the file does, or tell the cycles apart.")
                yield remark("channel-twice", Level.ADVICE, said, why, advice, f"{path}.channels[{at}].channel_label")
            seen.add(sign)


def _in_future(draft: Draft, today: dt.date) -> Iterator[Finding]:
    """Images and versions were made before they are deposited."""
    told = [(f"{path}.acquired", record.get("acquired")) for path, record in records_of(draft, "light_microscopy")]
    for path, value in (*told, ("version.timestamp", draft.get("version.timestamp"))):
        when = day(value[:10]) if isinstance(value, str) else None
        if when and when > today + dt.timedelta(days=1):  # it may be tomorrow elsewhere
            said = msg("form.future", "{date} is still to come.", date=when.isoformat())
            why = msg("form.future.why", "This is the day on which something was made.")
            advice = msg("form.future.advice", "Look at year and month.")
            yield remark("future", Level.WARNING, said, why, advice, path)


def _living(record: Record, path: str) -> Iterator[Finding]:
    co2 = number(record, "co2")
    if co2 is not None and 0 < co2 < 0.03:
        said = msg("form.co2", "There is less CO₂ than in any air: {co2} %.", co2=co2)
        why = msg("form.co2.why", "Some programs tell shares as 0.05 instead of 5 %.")
        advice = msg("form.co2.advice", "Write percent.")
        yield remark("co2", Level.ADVICE, said, why, advice, f"{path}.co2")


_RULES: dict[str, Callable[[Record, str], Iterator[Finding]]] = {
    "cryo_em": _cryo,
    "mass_spec_imaging": _ions,
    "high_content_screening": _screen,
    "histology_wsi": _slides,
    "live_imaging": _living,
}
