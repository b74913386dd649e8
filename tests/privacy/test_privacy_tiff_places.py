"""Every place of a TIFF that can hold a name: in both byte orders and both widths, found, gone, and still a TIFF."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tiff_writer import ASCII, BYTES, LONG, Page, page, write

from depositor.privacy import examine
from depositor.privacy.clean import clean
from depositor.privacy.policy import PUBLIC

STAFF, PATIENT = "Zofia Kowalczyk", "Hiroshi Nakamura"
PIXELS = np.arange(64 * 64, dtype="u1").reshape(64, 64)
BYTE = 1


@dataclass
class Planted:
    """A page, what must go from it and what must stay."""

    page: Page
    gone: tuple[str, ...]
    stays: tuple[str, ...] = ()


def tagged(text: str | None = None, **codes: tuple[int, object]) -> Page:
    one = page(PIXELS, text=text)
    one.tags |= {int(code.removeprefix("t")): value for code, value in codes.items()}
    return one


def tags(order: str) -> Planted:
    one = tagged(
        f"Operator: {STAFF}\nFile: C:\\Users\\zkowalczyk\\Desktop\\run.tif",
        t315=(ASCII, "José García-Márquez; Łukasz Wiśniewski"),
        t269=(ASCII, "/home/lwisniewski/data/x.tif"),
        t305=(ASCII, "NIS-Elements 5.30"),
    )
    gone = (STAFF, "zkowalczyk", "García-Márquez", "Wiśniewski", "lwisniewski")
    return Planted(one, gone, ("NIS-Elements 5.30",))


def windows(order: str) -> Planted:
    wide = {
        "t40093": "中村 浩",
        "t40092": f"Patient: {PATIENT}, MRN 4471-9920",
        "t40091": "Figure 3 HeLa cells",
    }
    one = tagged(**{code: (BYTE, (text + "\0").encode("utf-16-le")) for code, text in wide.items()})
    return Planted(one, ("中村 浩", PATIENT), ("HeLa",))


def exif(order: str) -> Planted:
    one, block, position = tagged(), Page(), Page()
    wide = "utf-16-le" if order == "<" else "utf-16-be"
    maker = b"\1\2\3MakerNote owner " + STAFF.encode() + b"\0\xff\xfe mail zofia@klinika.example \0"
    block.tags |= {
        37510: (BYTES, b"UNICODE\0" + f"Patient {PATIENT} born 1961-02-17".encode(wide)),
        42032: (ASCII, STAFF),
        36867: (ASCII, "2023:05:14 10:11:12"),
        37500: (BYTES, maker),
    }
    position.tags |= {1: (ASCII, "N"), 2: (5, [50, 1, 4, 1, 30, 1]), 3: (ASCII, "E"), 4: (5, [19, 1, 56, 1, 1, 1])}
    one.others = {34665: block, 34853: position}
    return Planted(one, (PATIENT, STAFF, "zofia@klinika.example", "1961-02-17"), ("2023:05:14 10:11:12",))


def xmp(order: str) -> Planted:
    def field(name: str, text: str) -> str:
        return f"<dc:{name}><rdf:Seq><rdf:li>{text}</rdf:li></rdf:Seq></dc:{name}>"

    text = (
        '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>'
        f"{field('creator', STAFF)}{field('description', f'Biopsy of patient {PATIENT}')}"
        f"{field('format', 'image/tiff')}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return Planted(tagged(t700=(BYTE, text.encode())), (STAFF, PATIENT), ("image/tiff",))


def photoshop(order: str) -> Planted:
    def data_set(number: int, text: str) -> bytes:
        return b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text.encode()

    captions = data_set(80, STAFF) + data_set(120, f"Patient {PATIENT} at admission") + data_set(5, "Fig 1")
    small = struct.pack(">6I2H", 1, 160, 120, 480, 57_600, 40, 24, 1) + b"\xff\xd8small picture" + bytes(25)
    resources = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in ((1028, captions), (1036, small))
    )
    one = tagged(t33723=(BYTES, captions), t34377=(BYTES, resources))
    return Planted(one, (STAFF, PATIENT, "small picture"), ("Fig 1",))


def imagej(order: str) -> Planted:
    wide = "utf-16-le" if order == "<" else "utf-16-be"
    info = f"Operator: {STAFF}\nPath: /Users/zkowalczyk/Data\nLUT: Fire\n".encode(wide)
    labels = [f"slice {n} {STAFF if n == 1 else ''}".encode(wide) for n in range(3)]
    kinds = [(b"IJIJ", None), (b"info", 1), (b"labl", 3)]
    head = b"".join(
        (kind if order == ">" else kind[::-1]) + (b"" if count is None else struct.pack(order + "I", count))
        for kind, count in kinds
    )
    sizes = [len(head), len(info), *map(len, labels)]
    one = tagged("ImageJ=1.53t\nunit=um\n", t50838=(LONG, sizes), t50839=(BYTE, head + info + b"".join(labels)))
    return Planted(one, (STAFF, "zkowalczyk"), ("LUT: Fire", "slice 2", "unit=um"))


def programs(order: str) -> Planted:
    """Micro-Manager, FEI, ScanImage."""
    said = {"UserName": "hnakamura", "Prefix": "exp", "Comment": f"sample of {PATIENT}, DOB 17.02.1961", "Ch": "May"}
    one = tagged(
        "SI.VERSION = 2022\nSI.hScan2D.logFilePath = 'C:\\Users\\zkowalczyk\\Documents'\n",
        t51123=(ASCII, json.dumps(said)),
        t34680=(ASCII, "[User]\r\nUser=supervisor\r\nUserText=Kowalczyk, Zofia\r\n[Beam]\r\nHV=5000\r\n"),
    )
    one.below = [page(PIXELS[:32, :32], text=f"patient {PATIENT} level 2")]
    return Planted(one, ("hnakamura", PATIENT, "17.02.1961", "zkowalczyk", "Kowalczyk, Zofia"), ("HV=5000", "2022"))


def ome(order: str) -> Planted:
    text = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Experimenter ID="Experimenter:0" '
        'FirstName="Zofia" LastName="Kowalczyk" Email="zofia@klinika.example"/><Image ID="Image:0" '
        'Name="C:\\Users\\zkowalczyk\\Nakamura_Hiroshi.czi"><Description>MRN 4471-9920, Hiroshi Nakamura</Description>'
        '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="64" SizeY="64" SizeZ="1" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0:0" Name="Alexa Fluor 488 May-Grünwald"/><TiffData IFD="0" PlaneCount="1"/></Pixels>'
        "</Image></OME>"
    )
    gone = ("Kowalczyk", "zofia@klinika", "Nakamura", "zkowalczyk", "4471-9920")
    return Planted(tagged(text), gone, ("Alexa Fluor 488 May-Grünwald",))


def stands(raw: bytes, value: str) -> bool:
    return any(value.encode(encoding) in raw for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["classic", "big"])
@pytest.mark.parametrize(
    "plant", [tags, windows, exif, xmp, photoshop, imagej, programs, ome], ids=lambda p: p.__name__
)
def test_names_go_and_the_rest_stays(plant: Callable[[str], Planted], kind: str, order: str, tmp_path: Path) -> None:
    planted = plant(order)
    source = write(tmp_path / "in.tif", [planted.page], kind=kind, order=order)
    before = source.read_bytes()
    assert all(stands(before, value) for value in planted.gone)
    found = [f for f in examine.file(source, "in.tif").findings if PUBLIC.wants(f)]
    result = clean(source, tmp_path / "out" / "in.tif", found, PUBLIC)
    assert result.path, (result.problems, result.left)
    raw = result.path.read_bytes()
    assert len(raw) == len(before)
    assert [value for value in planted.gone if stands(raw, value)] == []
    assert [value for value in planted.stays if not stands(raw, value)] == []
    with tifffile.TiffFile(source) as old, tifffile.TiffFile(result.path) as new:
        assert new.flags == old.flags
        assert np.array_equal(old.pages[0].asarray(), new.pages[0].asarray())
