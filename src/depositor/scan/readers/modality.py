"""Terms for imaging methods, only where the words of a header leave no choice.

Words are those of OME (``AcquisitionMode``, ``ContrastMethod``), which other readers translate to. FBbi has no term for
wide field as such: there the contrast decides. Terms: Biological Imaging Methods Ontology (FBbi), CC BY 4.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from depositor.draft.facts import Channel

FLUORESCENCE = "FBbi:00000246"
BRIGHT_FIELD = "FBbi:00000243"
CONFOCAL = "FBbi:00000251"
POINT_CONFOCAL = "FBbi:00000252"
SPINNING_DISK = "FBbi:00000253"
MULTI_PHOTON = "FBbi:00000255"
LIGHT_SHEET = "FBbi:00000369"
STED = "FBbi:00000334"

_MODES = {
    "LaserScanningConfocalMicroscopy": POINT_CONFOCAL,
    "LaserScanningMicroscopy": POINT_CONFOCAL,
    "LCM": POINT_CONFOCAL,
    "SpinningDiskConfocal": SPINNING_DISK,
    "SlitScanConfocal": "FBbi:00000392",
    "MultiPhotonMicroscopy": MULTI_PHOTON,
    "StructuredIllumination": "FBbi:00000332",
    "TotalInternalReflection": "FBbi:00000617",
    "TIRF": "FBbi:00000617",
    "FluorescenceLifetime": "FBbi:00000368",
    "NearFieldScanningOpticalMicroscopy": "FBbi:00000348",
    "PALM": "FBbi:00000335",
    "STORM": "FBbi:00000336",
    "STED": STED,
    "SPIM": LIGHT_SHEET,
    "BrightField": BRIGHT_FIELD,
}
_CONTRASTS = {
    "Brightfield": BRIGHT_FIELD,
    "Phase": "FBbi:00000247",
    "DIC": "FBbi:00000245",
    "PolarizedLight": "FBbi:00000248",
    "Darkfield": "FBbi:00000244",
}


def of_channel(channel: Channel) -> str | None:
    """The term of one channel. Transmitted light beside a confocal is no confocal image: such a contrast counts more
    than the mode of the stand; wide-field fluorescence is fluorescence microscopy."""
    told = _CONTRASTS.get(channel.contrast or "")
    if told or channel.mode not in ("WideField", None):
        return told or _MODES.get(channel.mode or "")
    emits = channel.illumination == "Epifluorescence" and bool(channel.emission_nm or channel.fluorophore)
    lit = channel.contrast == "Fluorescence" or (channel.mode == "WideField" and channel.contrast is None and emits)
    return FLUORESCENCE if lit else None


def of(channels: Iterable[Channel]) -> str | None:
    """The one term that all channels share which name a mode or a contrast; None where they differ."""
    found = {of_channel(c) for c in channels if c.mode or c.contrast}
    return found.pop() if len(found) == 1 else None


def shared_mode(channels: Iterable[Channel]) -> str | None:
    """The acquisition mode that all channels share which say anything."""
    found = {c.mode for c in channels if c != Channel()}
    return found.pop() if len(found) == 1 else None
