"""Small CZI and LIF files with pixels, made as the formats' descriptions say."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

NAME = "KOWALCZYK, HALINA"
OWNER = "Dr. Henrike Wolffersdorff"


def written(shape: tuple[int, ...], *, text: str = NAME, seed: int = 1) -> Any:
    """Planes (t, c, z, y, x) of noise; in each plane of the first channel and time stands a text."""
    pixels = np.random.default_rng(seed).integers(5, 60, shape, dtype="uint8")
    picture = Image.new("L", (shape[-1], shape[-2]), 0)
    ImageDraw.Draw(picture).text((12, 10), text, fill=250, font=ImageFont.load_default(size=18))
    return np.maximum(pixels, np.asarray(picture)) if text else pixels


def czi(path: Path, pixels: Any, note: str = "", channel: str = "Wolffersdorff 488") -> Path:
    """Planes (t, c, z, y, x) of 8 bit as a CZI of one tile each, 0.25 µm a pixel, and an owner's name."""
    out, entries = bytearray(544), []
    for (t, c, z), _ in np.ndenumerate(pixels[..., 0, 0]):
        plane = pixels[t, c, z]
        sizes = {"X": (0, plane.shape[1]), "Y": (0, plane.shape[0]), "C": (c, 1), "Z": (z, 1), "T": (t, 1)}
        entry = struct.pack("<2siqiiB5xi", b"DV", 0, len(out), 0, 0, 0, len(sizes))
        for axis, (start, size) in sizes.items():
            entry += struct.pack("<4siifi", axis.encode().ljust(4, b"\0"), start, size, 0.0, size)
        entries.append(entry)
        head = struct.pack("<iiq", 0, 0, plane.size) + entry
        out += _segment(b"ZISRAWSUBBLOCK", head.ljust(256, b"\0") + plane.tobytes())
    at = len(out)
    listed = struct.pack("<i", len(entries)).ljust(128, b"\0") + b"".join(entries)
    out += _segment(b"ZISRAWDIRECTORY", listed)
    xml = _CZI.format(owner=OWNER, note=note, channel=channel).encode()
    metadata = len(out)
    out += _segment(b"ZISRAWMETADATA", struct.pack("<ii", len(xml), 0).ljust(256, b"\0") + xml)
    header = bytearray(512)
    header[0:4], header[52:68] = struct.pack("<i", 1), struct.pack("<qq", at, metadata)
    out[:544] = _segment(b"ZISRAWFILE", bytes(header))
    path.write_bytes(out)
    return path


_CZI = """<ImageDocument><Metadata><Information>
<Document><UserName>{owner}</UserName><Comment>{note}</Comment></Document>
<Image><PixelType>Gray8</PixelType><Dimensions><Channels><Channel Id="Channel:0" Name="DAPI"/>
<Channel Id="Channel:1" Name="{channel}"/></Channels></Dimensions></Image></Information>
<Scaling><Items><Distance Id="X"><Value>2.5E-07</Value></Distance><Distance Id="Y"><Value>2.5E-07</Value></Distance>
<Distance Id="Z"><Value>1E-06</Value></Distance></Items></Scaling></Metadata></ImageDocument>"""


def _segment(name: bytes, data: bytes) -> bytes:
    return name.ljust(16, b"\0") + struct.pack("<qq", len(data), len(data)) + data


def lif(path: Path, *series: Any) -> Path:
    """Each of ``series`` (t, c, z, y, x; 8 bit) as an image of a LIF, 0.5 µm a pixel, 3 µm a slice."""
    root = "".join(_series(f"Series {n}", n, pixels) for n, pixels in enumerate(series))
    xml = f'<LMSDataContainerHeader Version="2"><Element Name="p"><Children>{root}</Children></Element>'
    out = bytearray(_block(xml + "</LMSDataContainerHeader>"))
    for n, pixels in enumerate(series):
        name = f"Block_{n}"
        head = b"\x2a" + struct.pack("<Q", pixels.size) + b"\x2a" + struct.pack("<I", len(name))
        head += name.encode("utf-16-le")
        out += struct.pack("<II", 0x70, len(head)) + head + pixels.tobytes()
    path.write_bytes(out)
    return path


def _block(xml: str) -> bytes:
    raw = xml.encode("utf-16-le")
    body = b"\x2a" + struct.pack("<I", len(raw) // 2) + raw
    return struct.pack("<II", 0x70, len(body)) + body


def _series(name: str, number: int, pixels: Any) -> str:
    """The axes as they lie in the block: x, y, z, c, t."""
    times, channels, slices, rows, columns = pixels.shape
    steps = {"1": (columns, 1, columns * 5e-7), "2": (rows, columns, rows * 5e-7)}
    steps["3"] = (slices, rows * columns, (slices - 1) * 3e-6)
    steps["4"] = (times, rows * columns * slices * channels, (times - 1) * 2.0)
    axes = "".join(
        f'<DimensionDescription DimID="{axis}" NumberOfElements="{count}" BytesInc="{step}" Length="{length}" '
        f'Unit="{"s" if axis == "4" else "m"}"/>'
        for axis, (count, step, length) in steps.items()
    )
    listed = "".join(
        f'<ChannelDescription DataType="0" Resolution="8" BytesInc="{c * rows * columns * slices}" LUTName="Green"/>'
        for c in range(channels)
    )
    return (
        f'<Element Name="{name}"><Data><Image><ImageDescription><Channels>{listed}</Channels>'
        f"<Dimensions>{axes}</Dimensions></ImageDescription></Image></Data>"
        f'<Memory Size="{pixels.size}" MemoryBlockID="Block_{number}"/></Element>'
    )
