"""Writing a cleaned DICOM file: preamble and file meta of our own, the header, and long values from file to file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import depositor
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.remedies.dicom import comments
from depositor.privacy.remedies.dicom.reading import PIXEL_DATA, UNDEFINED, Long, Opened, fragments

# Made once for this program with uuid4, as PS3.5 B.2 allows.
IMPLEMENTATION = "2.25.213862711957349031962834059173560127493"
BLOCK = 4 * 1024 * 1024

Stream = Callable[[BinaryIO], None]  # writes one whole element


def write(target: Path, opened: Opened, streams: dict[int, Stream], syntax: str | None = None) -> None:
    """Write ``opened`` to ``target``; ``streams`` write the values that are not in its dataset."""
    import pydicom
    from pydicom.filewriter import write_file_meta_info

    mode = pydicom.config.settings.writing_validation_mode
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    try:
        with target.open("w+b") as file, dicom_tree.quietly():
            file.write(bytes(128) + b"DICM")
            write_file_meta_info(file, _meta(opened, syntax or opened.syntax), enforce_standard=False)
            _elements(file, opened, streams)
    finally:
        pydicom.config.settings.writing_validation_mode = mode


def _meta(opened: Opened, syntax: str) -> Any:
    from pydicom.dataset import FileMetaDataset

    old, dataset = getattr(opened.dataset, "file_meta", None) or {}, opened.dataset
    meta: Any = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\x00\x01"
    sop = str(dataset.get("SOPClassUID", "") or old.get("MediaStorageSOPClassUID", "") or "")
    if sop:
        meta.MediaStorageSOPClassUID = sop
    if dataset.get("SOPInstanceUID"):
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = f"DEPOSITOR {depositor.__version__}"[:16]
    return meta


def _elements(file: BinaryIO, opened: Opened, streams: dict[int, Stream]) -> None:
    from pydicom.filebase import DicomIO
    from pydicom.filewriter import write_data_element

    dataset = opened.dataset
    out: Any = DicomIO(file)
    out.is_implicit_VR, out.is_little_endian = opened.implicit, opened.little
    encoding = dataset.get("SpecificCharacterSet", "iso8859") or "iso8859"
    for tag in sorted({int(t) for t in list(dataset.keys())} | set(streams)):
        if tag in streams:
            streams[tag](file)
        else:
            write_data_element(out, _writable(opened, tag), encoding)


def _writable(opened: Opened, tag: int) -> Any:
    """The element as it lies in the file, or decoded where the file was not written as its transfer syntax says."""
    from pydicom.filewriter import correct_ambiguous_vr_element

    element: Any = opened.dataset.get_item(tag)
    if opened.implicit or getattr(element, "VR", None):
        return element
    return correct_ambiguous_vr_element(opened.dataset[tag], opened.dataset, opened.little)


def copied(opened: Opened, long: Long, mask: Callable[[bytes], bytes] | None = None) -> Stream:
    """A stream that writes ``long`` as it is in the original; ``mask`` changes blocks of plain pixel data."""

    def stream(file: BinaryIO) -> None:
        with opened.path.open("rb") as source:
            if long.length == UNDEFINED:
                head(file, opened, long.tag, long.vr, UNDEFINED)
                items(file, (_fragment(source, at, length, opened) for at, length in fragments(source, long)))
            else:
                _plain(file, source, opened, long, mask)

    return stream


def _plain(file: BinaryIO, source: BinaryIO, opened: Opened, long: Long, mask: Callable[[bytes], bytes] | None) -> None:
    length = min(long.length, source.seek(0, 2) - long.offset)
    head(file, opened, long.tag, long.vr, length + length % 2)
    for block in _piece(source, long.offset, length):
        file.write(mask(block) if mask else block)
    file.write(bytes(length % 2))


def _piece(source: BinaryIO, offset: int, length: int) -> Iterable[bytes]:
    source.seek(offset)
    while length > 0 and (block := source.read(min(BLOCK, length))):
        length -= len(block)
        yield block


def _fragment(source: BinaryIO, offset: int, length: int, opened: Opened) -> Iterable[bytes]:
    """One fragment in blocks; telling comments stand at its start."""
    for number, block in enumerate(_piece(source, offset, length)):
        yield comments.without(block, opened.tells) if opened.tells and not number else block


def items(file: BinaryIO, pieces: Iterable[Iterable[bytes]]) -> None:
    """Write fragments of packed pixel data with the mark of their end; each piece is one fragment in blocks."""
    for blocks in pieces:
        at = file.tell()
        file.write(b"\xfe\xff\x00\xe0\x00\x00\x00\x00")
        length = 0
        for block in blocks:
            length += file.write(block)
        if length % 2:
            length += file.write(b"\0")
        file.seek(at + 4)
        file.write(length.to_bytes(4, "little"))
        file.seek(0, 2)
    file.write(b"\xfe\xff\xdd\xe0\x00\x00\x00\x00")


def head(file: BinaryIO, opened: Opened, tag: int, vr: str | None, length: int) -> None:
    """Tag, form and length of an element as the file's encoding writes them."""
    order: Any = "little" if opened.little else "big"
    file.write((tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order))
    if opened.implicit:
        file.write(length.to_bytes(4, order))
    else:
        name = (vr or (("OB" if length == UNDEFINED else "OW") if tag == PIXEL_DATA else "UN")).encode("ascii")
        file.write(name + b"\0\0" + length.to_bytes(4, order))
