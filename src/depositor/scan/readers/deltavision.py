"""DeltaVision DV and R3D: planes in one of three orders, behind a header and an extended header of softWoRx."""

from __future__ import annotations

import struct
from pathlib import Path

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan.readers import packed, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_HEADER = 1024
_MODES = {0: "uint8", 1: "int16", 2: "float32", 4: "complex64", 6: "uint16", 7: "int32"}


class DeltaVisionReader:
    """DeltaVision DV and R3D: planes in one of three orders, sizes in micrometres, wavelengths in nm."""

    id = "deltavision"
    formats: tuple[str, ...] = ("DeltaVision",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return len(first_bytes) >= _HEADER and first_bytes[96:98] in (b"\xa0\xc0", b"\xc0\xa0")

    def read(self, path: Path) -> Reading:
        head = packed.first(path, _HEADER)
        if len(head) < _HEADER:
            raise Truncated("no header")
        order = "<" if head[96:98] == b"\xa0\xc0" else ">"
        x, y, planes, mode = struct.unpack(order + "4i", head[:16])
        times, waves = struct.unpack(order + "h", head[180:182])[0], struct.unpack(order + "h", head[196:198])[0]
        times, waves = max(times, 1), max(waves, 1)
        if not (0 < x < 1 << 20 and 0 < y < 1 << 20 and planes > 0) or planes % (times * waves):
            raise Implausible("impossible sizes")
        sizes = {"size_x": x, "size_y": y, "size_z": planes // (times * waves), "size_c": waves, "size_t": times}
        facts = with_facts(ImageFacts(), "DV header", **sizes, pixel_type=_MODES.get(mode))
        um = [sane.length_um(n, "um") for n in struct.unpack(order + "3f", head[40:52])]
        facts = with_facts(facts, "DV dx dy", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
        facts = with_facts(facts, "DV dz", pixel_size_z_um=um[2] if sizes["size_z"] > 1 else None)
        nm = struct.unpack(order + "5h", head[198:208])[:waves]
        each = _first_planes(path, head, order, planes, sizes)
        channels = tuple(_channel(n, each[c] if c < len(each) else None) for c, n in enumerate(nm))
        told = channels if waves <= 5 and all(c != Channel() for c in channels) else ()
        facts = with_facts(facts, "DV wave1..5", channels=told)
        if each and any(each[0][2:5]):
            facts = with_facts(facts, "DV extended header", stage_um=tuple(round(n, 4) for n in each[0][2:5]))
        return Reading("DeltaVision", (facts,))


def _channel(emission: int, plane: tuple[float, ...] | None) -> Channel:
    """A channel with exposure and excitation of its first plane, where both wavelengths of it agree with the header."""
    nm = sane.wavelength_nm(emission)
    if plane is None or nm is None or abs(plane[11] - nm) > 1:
        return Channel(emission_nm=nm)
    return Channel(
        excitation_nm=sane.wavelength_nm(round(plane[10], 3)), emission_nm=nm, exposure_s=sane.seconds(plane[8], "s")
    )


def _first_planes(path: Path, head: bytes, order: str, planes: int, sizes: dict[str, int]) -> list[tuple[float, ...]]:
    """The numbers of the first plane of each channel in the extended header of softWoRx: sensor, time, stage x, y, z,
    minimum, maximum, mean, exposure, neutral density, excitation, emission ... Empty where there is none."""
    length, integers, floats = *struct.unpack(order + "i", head[92:96]), *struct.unpack(order + "2h", head[128:132])
    section = 4 * (integers + floats)
    if floats < 13 or integers < 0 or length < section * planes or not 0 < section <= 4096:
        return []
    with path.open("rb") as file:
        file.seek(_HEADER)
        raw = file.read(min(section * planes, 1 << 20))
    step = {0: sizes["size_z"] * sizes["size_t"], 1: 1, 2: sizes["size_z"]}.get(
        struct.unpack(order + "h", head[182:184])[0]
    )
    if step is None:
        return []
    starts = [c * step * section + 4 * integers for c in range(sizes["size_c"])]
    rows = [raw[at : at + 52] for at in starts]
    return [struct.unpack(order + "13f", row) for row in rows if len(row) == 52]
