"""Small files in the formats of microscope makers, made here: the parts that a check reads, with texts of one's own."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

Texts = dict[str, str]
DEFAULT: Texts = {"user": "mkowalski7", "name": "Agnieszka Wójcik", "path": "C:\\Users\\mkowalski7\\scan 3\\a.raw"}


def czi_segment(name: bytes, data: bytes, room: int | None = None) -> bytes:
    """One segment; ``room`` is what it has, the data what it uses."""
    size = -(-max(room or 0, len(data)) // 32) * 32
    return name.ljust(16, b"\0") + struct.pack("<qq", size, len(data)) + data.ljust(size, b"\0")


def czi_xml(xml: bytes) -> bytes:
    return struct.pack("<ii", len(xml), 0) + bytes(248) + xml


def _entry(name: bytes, form: bytes, position: int) -> bytes:
    return (b"A1".ljust(12, b"\0") + struct.pack("<qi", position, 0) + bytes(16) + form.ljust(8, b"\0")).ljust(
        48, b"\0"
    ) + name.ljust(80, b"\0")


def czi(texts: Texts = DEFAULT, label: bytes = b"\xff\xd8 label \xff\xd9") -> bytes:
    """Metadata, a deleted older version of them, texts of a subblock, an event list, and a label."""
    document = (
        f"<ImageDocument><Metadata><Information><Document><UserName>{texts['user']}</UserName></Document>"
        f"<User><DisplayName>{texts['name']}</DisplayName></User></Information>"
        f"<Experiment><AutoSave><StorageFolder>{texts['path']}</StorageFolder></AutoSave></Experiment>"
        "</Metadata></ImageDocument>"
    ).encode()
    tags = f"<METADATA><Tags><Operator>{texts['name']}</Operator></Tags></METADATA>".encode()
    pixels = bytes(range(256))
    block = struct.pack("<iiq", len(tags), 0, len(pixels))
    block += (b"DV" + struct.pack("<iqii", 0, 0, 0, 0) + bytes(6) + struct.pack("<i", 0)).ljust(240, b"\0")
    parts = [
        czi_segment(b"ZISRAWMETADATA", czi_xml(document), 4096),
        czi_segment(b"ZISRAWSUBBLOCK", block + tags + pixels),
        czi_segment(b"DELETED", czi_xml(document)),
    ]
    at = 544 + sum(map(len, parts[:3]))
    events = struct.pack("<iidii", 0, 1, 0.0, 0, 40) + texts["path"].encode()
    for name, form, data in ((b"Label", b"JPG", label), (b"EventList", b"CZEVL", events)):
        head = struct.pack("<i", len(data)) + bytes(12) + _entry(name, form, at)
        parts.append(czi_segment(b"ZISRAWATTACH", head.ljust(256, b"\0") + data))
    places = [at, at + len(parts[3])]
    listed = _entry(b"Label", b"JPG", places[0]) + _entry(b"EventList", b"CZEVL", places[1])
    directory = at + len(parts[3]) + len(parts[4])
    parts.append(czi_segment(b"ZISRAWATTDIR", struct.pack("<i", 2) + bytes(252) + listed))
    head = bytearray(512)
    struct.pack_into("<qqi", head, 52, 0, 544, 0)
    struct.pack_into("<q", head, 72, directory)
    return czi_segment(b"ZISRAWFILE", bytes(head)) + b"".join(parts)


def leica_block(xml: str) -> bytes:
    text = xml.encode("utf-16-le")
    return struct.pack("<iiBi", 0x70, len(text) + 5, 0x2A, len(xml)) + text


def _leica_xml(texts: Texts) -> str:
    return (
        f'<LMSDataContainerHeader><Element Name="{texts["name"]} scan"><Attachment Name="HardwareSetting" '
        f'UserSettingName="{texts["user"]}" UserName="{texts["user"]}" Path="{texts["path"]}"/></Element>'
        "</LMSDataContainerHeader>"
    )


def lif(texts: Texts = DEFAULT) -> bytes:
    return leica_block(_leica_xml(texts)) + b"\x70\0\0\0" + bytes(range(200))


def lof(texts: Texts = DEFAULT) -> bytes:
    name = "LMS_Object_File".encode("utf-16-le")
    pixels = bytes(range(128))
    head = struct.pack("<iiBi", 0x70, len(name) + 24, 0x2A, 15) + name
    head += b"\x2a" + struct.pack("<i", 2) + b"\x2a" + struct.pack("<i", 0) + b"\x2a" + struct.pack("<Q", len(pixels))
    return head + pixels + leica_block(_leica_xml(texts))


def _lite(kind: int, name: str, value: bytes) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return bytes((kind, len(text) // 2)) + text + value


def _lite_text(name: str, text: str) -> bytes:
    return _lite(8, name, (text + "\0").encode("utf-16-le"))


def nd2(texts: Texts = DEFAULT) -> bytes:
    """Texts in a tree of values, XML in a chunk, and the map at the end."""
    items = _lite_text("TextInfoItem_4", texts["name"]) + _lite_text("TextInfoItem_5", f"by {texts['path']}")
    head = _lite(11, "SLxImageTextInfo", b"")
    level = head + struct.pack("<IQ", 2, len(head) + 12 + len(items)) + items + bytes(16)
    xml = f'<?xml version="1.0"?><variant><UserName value="{texts["user"]}"/></variant>'.encode()
    out, listed = b"", b""
    chunks = ((b"ImageTextInfoLV!", level), (b"CustomDataVar|AppInfo_V1_0!", xml), (b"ImageDataSeq|0!", bytes(64)))
    for name, data in chunks:
        listed += name + struct.pack("<QQ", len(out), len(data))
        out += b"\xda\xce\xbe\x0a" + struct.pack("<IQ", len(name), len(data)) + name + data
    signature = b"ND2 CHUNK MAP SIGNATURE 0000001!"
    place = len(out)
    listed += signature + struct.pack("<QQ", place, 0)
    mapped = b"\xda\xce\xbe\x0a" + struct.pack("<IQ", 16, len(listed)) + b"ND2 FILEMAP SIGN" + listed
    return out + mapped + signature + struct.pack("<Q", place)


def _dm_text(name: bytes, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    form = struct.pack(">4sIIII", b"%%%%", 3, 20, 4, len(raw) // 2)
    return b"\x15" + struct.pack(">H", len(name)) + name + form + raw


def dm3(texts: Texts = DEFAULT) -> bytes:
    pixels = b"\x15" + struct.pack(">H", 4) + b"Data" + struct.pack(">4sIIII", b"%%%%", 3, 20, 10, 64) + bytes(64)
    tags = _dm_text(b"Operator", texts["name"]) + _dm_text(b"Source", texts["path"]) + pixels
    body = b"\x01\x00" + struct.pack(">I", 3) + tags
    return struct.pack(">III", 3, len(body), 1) + body + bytes(8)


def emi(texts: Texts = DEFAULT) -> bytes:
    data = f"<Data><Label>User</Label><Value>{texts['user']}</Value></Data>"
    xml = f"<ObjectInfo><Root>{data}</Root></ObjectInfo>".encode()
    return b"JK\0\x02" + bytes(20) + texts["path"].encode() + bytes(12) + xml + bytes(64)


def ser(texts: Texts = DEFAULT) -> bytes:
    return b"II\x97\x01\x20\x02\x20\x41\0\0" + bytes(200)


def fcs(texts: Texts = DEFAULT) -> bytes:
    pairs = {"$OP": texts["name"], "$SRC": "liver", "$FIL": texts["path"], "EXPORT USER NAME": texts["user"]}
    pairs |= {"$TOT": "4", "$PAR": "1", "$BYTEORD": "1,2,3,4", "$DATATYPE": "I", "$MODE": "L", "$NEXTDATA": "0"}
    pairs |= {"$P1B": "16", "$P1R": "1024", "$P1N": "FSC-A", "$P1E": "0,0"}
    text = "/" + "".join(f"{k}/{v.replace('/', '//')}/" for k, v in pairs.items())
    raw = text.encode()
    begin, end = 256, 256 + len(raw) - 1
    head = f"FCS3.1    {begin:>8}{end:>8}{end + 1:>8}{end + 8:>8}{0:>8}{0:>8}".encode()
    return head.ljust(256) + raw + struct.pack("<4H", 1, 2, 3, 4)


def mcd(texts: Texts = DEFAULT) -> bytes:
    slide = f"<Filename>{texts['path']}</Filename><UserName>{texts['user']}</UserName>"
    xml = f"<MCDSchema><Slide>{slide}</Slide></MCDSchema>"
    return b"\x00\x01\x00\x00\x00\xff\xff\xff\xff" + b"MCDHeader" + bytes(300) + xml.encode("utf-16-le")


def sdt(texts: Texts = DEFAULT) -> bytes:
    info = f"*IDENTIFICATION\r\n  Author    : {texts['name']}\r\n*END\r\n".encode()
    setup = f"*SETUP\r\n #PR [PR_PFNAME,S,{texts['path']}]\r\n*END\r\n".encode()
    at = 42 + len(info)
    head = struct.pack("<hihihihIihhHIHH", 1, 42, len(info), at, len(setup), 0, 0, 0, 0, 0, 0, 0x5555, 0, 0, 0)
    return head + info + setup + bytes(128)


def obf(texts: Texts = DEFAULT) -> bytes:
    about = f"<root><user>{texts['user']}</user></root>".encode()
    name = f"{texts['name']} stack".encode()
    more = f"<doc><path>{texts['path']}</path></doc>".encode()
    at = 26 + len(about)
    stack = struct.pack("<16sII", b"OMAS_BF_STACK\n\xff\xff", 6, 2) + bytes(300)
    stack += struct.pack("<IIIIIQQQ", 1, 0, 0, len(name), len(more), 0, 16, 0)
    return b"OMAS_BF\n\xff\xff" + struct.pack("<IQI", 2, at, len(about)) + about + stack + name + more + bytes(16)


def spe(texts: Texts = DEFAULT) -> bytes:
    head = bytearray(4100)
    head[20:29] = b"12Mar2024"
    head[200:280] = f"measured by {texts['name']}".encode().ljust(80, b"\0")
    xml = f'<SpeFormat><User name="{texts["user"]}" path="{texts["path"]}"/></SpeFormat>'.encode()
    struct.pack_into("<Q", head, 678, 4164)
    struct.pack_into("<f", head, 1992, 3.0)
    return bytes(head) + bytes(64) + xml


def dv(texts: Texts = DEFAULT) -> bytes:
    head = bytearray(1024)
    head[96:98] = b"\xa0\xc0"
    head[224:304] = f"file {texts['path']}".encode().ljust(80)
    return bytes(head) + bytes(64)


def oir(texts: Texts = DEFAULT) -> bytes:
    xml = f'<?xml version="1.0"?><l:properties><b:userName>{texts["user"]}</b:userName></l:properties>'
    more = f'<?xml version="1.0"?><a><creator>{texts["name"]}</creator><p>{texts["path"]}</p></a>'
    return b"OLYMPUSRAWFORMAT" + bytes(80) + xml.encode() + bytes(40) + bytes(range(256)) + more.encode() + b"\0\1\2"


def vsi(texts: Texts = DEFAULT) -> bytes:
    """A TIFF of one empty directory, with texts behind it at an odd place."""
    head = b"II*\0" + struct.pack("<IHI", 8, 0, 0)
    return head + bytes(5) + f"{texts['path']}\0".encode() + bytes(8) + f"Name: {texts['path']}".encode("utf-16-le")


def ole(streams: dict[str, bytes], free: bytes = b"") -> bytes:
    """A compound file of version 3 whose streams all lie in sectors of 512 bytes; ``free`` stands in deleted ones."""
    fat: list[int] = [0xFFFFFFFD]
    body, entries = b"", []
    for name, data in streams.items():
        padded = data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0")
        start, count = len(fat), len(padded) // 512
        fat += [start + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
        body += padded
        entries.append((name, 2, start, max(len(data), 4096)))
    for at in range(0, len(free), 512):
        fat.append(0xFFFFFFFF)
        body += free[at : at + 512].ljust(512, b"\0")
    directory = len(fat)
    records = [("Root Entry", 5, 0xFFFFFFFE, 0), *entries]
    raw = b""
    for number, (name, kind, start, size) in enumerate(records):
        text = (name + "\0").encode("utf-16-le")
        right = number + 1 if 0 < number < len(records) - 1 else 0xFFFFFFFF
        child = 1 if number == 0 else 0xFFFFFFFF
        raw += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
        raw += bytes(36) + struct.pack("<IQ", start, size)
    raw = raw.ljust(-(-len(raw) // 512) * 512, b"\0")
    count = len(raw) // 512
    fat += [directory + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
    body += raw
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + b"\xff" * 432
    return head + struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff") + body


def oib(texts: Texts = DEFAULT) -> bytes:
    main = f"[File Info]\r\nUserName='{texts['user']}'\r\nDataName='{texts['path']}'\r\n[ColorLUTData]\r\n"
    settings = b"\xff\xfe" + (main + f"UserComment='{texts['name']}'\r\n").encode("utf-16-le")
    names = b"\xff\xfe" + "[OibSaveInfo]\r\nMainFileName=Stream00001\r\n".encode("utf-16-le")
    free = f"deleted: {texts['path']} ".encode("utf-16-le")
    return ole({"OibInfo.txt": names, "Stream00001": settings.replace(b"[\0C\0o\0l", b"[\0A\0o\0l")}, free)


def zattrs(texts: Texts = DEFAULT) -> bytes:
    told = {"omero": {"name": f"scan of {texts['name']}"}, "creator": {"user": texts["user"], "path": texts["path"]}}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


MAKERS: dict[str, tuple[str, Callable[[Texts], bytes]]] = {
    "czi": ("czi", czi),
    "lif": ("lif", lif),
    "lof": ("lof", lof),
    "nd2": ("nd2", nd2),
    "gatan": ("dm3", dm3),
    "emi": ("emi", emi),
    "fcs": ("fcs", fcs),
    "mcd": ("mcd", mcd),
    "sdt": ("sdt", sdt),
    "obf": ("obf", obf),
    "spe": ("spe", spe),
    "deltavision": ("dv", dv),
    "oir": ("oir", oir),
    "compound": ("oib", oib),
    "vsi": ("vsi", vsi),
    "zarr": ("zattrs", zattrs),
}
"""Id of the check -> ending and maker."""


def made(check: str, folder: Path, texts: Texts = DEFAULT) -> Path:
    """The sample for a check, written to ``folder``."""
    ending, make = MAKERS[check]
    path = folder / (".zattrs" if ending == "zattrs" else f"made.{ending}")
    path.write_bytes(make(texts))
    return path
