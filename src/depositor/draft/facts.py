"""What the header of an image file says. A fact that is not there is None: nothing is ever guessed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from depositor.draft.problem import Problem


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; wavelengths in nm, exposure in s, colour as #RRGGBB.

    ``emission_from_nm`` and ``emission_to_nm`` bound the detection band; ``metal`` is a mass tag (``Yb171``);
    ``laser_percent`` the power or attenuation as the program at the microscope shows it.
    """

    name: str | None = None
    fluorophore: str | None = None
    excitation_nm: float | None = None
    emission_nm: float | None = None
    exposure_s: float | None = None
    color: str | None = None
    contrast: str | None = None
    mode: str | None = None
    illumination: str | None = None
    emission_from_nm: float | None = None
    emission_to_nm: float | None = None
    filter: str | None = None
    detector: str | None = None
    gain: float | None = None
    binning: str | None = None
    laser_percent: float | None = None
    pinhole_um: float | None = None
    metal: str | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """The lens: magnification as engraved, numerical aperture, immersion medium, correction (``PlanApo``), working
    distance in micrometres, and the refractive index of the medium."""

    model: str | None = None
    magnification: float | None = None
    na: float | None = None
    immersion: str | None = None
    manufacturer: str | None = None
    correction: str | None = None
    working_distance_um: float | None = None
    refractive_index: float | None = None


@dataclass(frozen=True, slots=True)
class LightSource:
    """A laser, LED or lamp: wavelength in nm, power in mW."""

    kind: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    wavelength_nm: float | None = None
    power_mw: float | None = None


@dataclass(frozen=True, slots=True)
class Electrons:
    """How an electron (or ion) microscope was set. Angles in degrees; doses in electrons per square angstrom, of the
    whole exposure and of one frame; defocus in micrometres, negative below focus."""

    voltage_kv: float | None = None
    magnification: float | None = None
    mode: str | None = None  # TEM, STEM, SEM, EELS ... as the header says it
    dose_e_per_a2: float | None = None
    frame_dose_e_per_a2: float | None = None
    frames: int | None = None
    tilt_deg: float | None = None
    tilt_min_deg: float | None = None
    tilt_max_deg: float | None = None
    tilt_step_deg: float | None = None
    tilts: int | None = None
    tilt_axis_deg: float | None = None
    defocus_um: float | None = None
    spot_size: float | None = None
    slit_ev: float | None = None
    cs_mm: float | None = None
    dwell_us: float | None = None
    beam_current_na: float | None = None
    working_distance_mm: float | None = None
    exposure_s: float | None = None
    camera_length_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Ions:
    """Mass spectrometry imaging: polarity, range of m/z, and how ions were made and told apart."""

    polarity: str | None = None
    mz_min: float | None = None
    mz_max: float | None = None
    source: str | None = None
    analyzer: str | None = None
    matrix: str | None = None
    spectrum: str | None = None  # profile or centroid; continuous or processed


@dataclass(frozen=True, slots=True)
class Medical:
    """How a medical scanner was set: field in tesla, times in milliseconds, tube in kV and mA, dose (CTDIvol) in mGy,
    thickness of a slice in micrometres. Nothing of the patient but the part of the body."""

    field_strength_t: float | None = None
    sequence: str | None = None
    repetition_ms: float | None = None
    echo_ms: float | None = None
    inversion_ms: float | None = None
    flip_angle_deg: float | None = None
    tube_kv: float | None = None
    tube_ma: float | None = None
    ctdi_mgy: float | None = None
    slice_thickness_um: float | None = None
    kernel: str | None = None
    tracer: str | None = None
    contrast_agent: str | None = None
    body_part: str | None = None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Fluorescence lifetime: the bins of the decay, the time they span in nanoseconds, pulses of the laser in MHz."""

    bins: int | None = None
    range_ns: float | None = None
    repetition_mhz: float | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Around the sample: degrees Celsius, percent, hectopascal."""

    temperature_c: float | None = None
    co2_percent: float | None = None
    o2_percent: float | None = None
    humidity_percent: float | None = None
    pressure_hpa: float | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An instrument or detector as its header names it. Serial numbers stay out: they lead to a place."""

    manufacturer: str | None = None
    model: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image of a file: sizes in pixels, pixel sizes in micrometres, times in seconds, dates in ISO 8601.

    ``modality`` is the header's own word; ``modality_id`` the term that the header names or that the format leaves no
    choice about (``FBbi:00000257`` for a scanning electron microscope's TIFF), never a guess. ``levels`` counts the
    resolutions of a pyramid; ``stage_um`` is the position (x, y, z) of the stage.

    ``keys`` names the native key each fact came from (``{"pixel_size_x_um": "Pixels@PhysicalSizeX"}``): the origin
    that the form shows.
    """

    name: str | None = None
    size_x: int | None = None
    size_y: int | None = None
    size_z: int | None = None
    size_c: int | None = None
    size_t: int | None = None
    pixel_type: str | None = None
    pixel_size_x_um: float | None = None
    pixel_size_y_um: float | None = None
    pixel_size_z_um: float | None = None
    time_increment_s: float | None = None
    acquired: str | None = None
    modality: str | None = None
    modality_id: str | None = None
    significant_bits: int | None = None
    dimension_order: str | None = None
    compression: str | None = None
    levels: int | None = None
    stage_um: tuple[float | None, ...] = ()
    description: str | None = None
    plate: str | None = None
    well: str | None = None
    field: str | None = None
    software: str | None = None
    channels: tuple[Channel, ...] = ()
    objective: Objective | None = None
    instrument: Device | None = None
    detector: Device | None = None
    light_sources: tuple[LightSource, ...] = ()
    electrons: Electrons | None = None
    ions: Ions | None = None
    environment: Environment | None = None
    medical: Medical | None = None
    lifetime: Lifetime | None = None
    stain: str | None = None
    keys: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file, or one object such as an OME-Zarr folder, says of itself; ``reader`` is None if none knows it."""

    path: str
    format: str | None = None
    reader: str | None = None
    images: tuple[ImageFacts, ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape of the contract; absent facts are left out of ``images`` where None."""
        return {
            "path": self.path,
            "format": self.format,
            "reader": self.reader,
            "images": [plain(i) for i in self.images],
            "problems": [p.as_json() for p in self.problems],
        }


def plain(value: Any) -> Any:
    """A dataclass as JSON values, without the fields that say nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: plain(v) for name, v in pairs if v is not None and v != () and v != {}}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value
