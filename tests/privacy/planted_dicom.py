"""DICOM files made for the tests, with an invented patient in the place that a test is about."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
ANONYMOUS = {"PatientName": "ANON", "PatientID": "SUBJ01"}


def plain(**values: Any) -> FileDataset:
    """A small CT slice without anything about a person, plus ``values`` by keyword."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = CT, "1.2.3.4", "CT"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.1"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    with pydicom.config.disable_value_validation():
        for keyword, value in {**ANONYMOUS, **values}.items():
            setattr(dataset, keyword, value)
    return dataset


def pictured(**values: Any) -> FileDataset:
    """The same with a picture of 64 x 64 words."""
    picture = {
        "Rows": 64,
        "Columns": 64,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "SamplesPerPixel": 1,
        "PixelRepresentation": 0,
        "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": bytes(64 * 64 * 2),
    }
    return plain(**{**picture, **values})


def item(**values: Any) -> Dataset:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
    return dataset


def code(meaning: str, value: str = "121106", scheme: str = "DCM") -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content(kind: str, concept: Dataset, **values: Any) -> Dataset:
    return item(RelationshipType="CONTAINS", ValueType=kind, ConceptNameCodeSequence=Sequence([concept]), **values)


def saved(dataset: Dataset, path: Path, *, syntax: str | None = None, behind: bytes = b"") -> Path:
    """``dataset`` as a file, with ``behind`` appended."""
    if syntax is not None:
        dataset.file_meta.TransferSyntaxUID = syntax
    with pydicom.config.disable_value_validation():
        dataset.save_as(path, enforce_file_format=True)
    if behind:
        with path.open("ab") as file:
            file.write(behind)
    return path


def bare(dataset: Dataset, path: Path, *, implicit: bool, little: bool) -> Path:
    """Without preamble and file meta, as old files are."""
    raw = io.BytesIO()
    body = Dataset()
    body.update({e.tag: e for e in dataset if e.tag.group > 2})
    body.save_as(raw, implicit_vr=implicit, little_endian=little, enforce_file_format=False)
    path.write_bytes(raw.getvalue())
    return path


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """One element as bytes, explicit and little: for what pydicom refuses to write."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in (b"OB", b"OW", b"UN", b"SQ", b"UT"):
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def implicit(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def sequence(*items: bytes) -> bytes:
    """The items of a sequence as bytes, with lengths."""
    return b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(i)) + i for i in items)


def uid() -> str:
    return str(generate_uid())


Make = Callable[[Path], Path]
