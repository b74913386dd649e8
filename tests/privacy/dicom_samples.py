"""DICOM files made for the tests: an invented patient in many places, in a scan that is otherwise whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.99.7."
CT = "1.2.840.10008.5.1.4.1.1.2"
TOLD = ("Wiśniewska", "Żaneta", "PESEL-88", "7730412", "Mbeki", "Kraków", "Ewelina", "WS-RAD-07")


def item(**values: Any) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def code(value: str, scheme: str, meaning: str) -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def scan(number: int = 1, **values: Any) -> Dataset:
    """A CT slice of an invented patient, with names in headers, descriptions, sequences and private fields."""
    made = item(
        SpecificCharacterSet="ISO_IR 192",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        SOPClassUID=CT,
        SOPInstanceUID=f"{ROOT}1.{number}",
        StudyDate="20230617",
        SeriesDate="20230617",
        ContentDate="20230618",
        AcquisitionDateTime="20230617101500.25+0200",
        StudyTime="101500",
        SeriesTime="101510",
        ContentTime="102000",
        Modality="CT",
        Manufacturer="SIEMENS",
        ManufacturerModelName="Sensation 64",
        InstitutionName="Szpital Kraków",
        StationName="WS-RAD-07",
        ReferringPhysicianName="Mbeki^Thabo",
        OperatorsName="Ewelina^K",
        AccessionNumber="ACC7730412",
        StudyDescription="CT THORAX Wiśniewska",
        SeriesDescription="Thorax 5.0 B30f",
        ProtocolName="ThoraxRoutine",
        BodyPartExamined="CHEST",
        PatientName="Wiśniewska^Żaneta",
        PatientID="7730412",
        PatientBirthDate="19880229",
        PatientSex="F",
        PatientAge="035Y",
        PatientWeight="61",
        PatientComments="mieszka: Kraków",
        FilterType="BODY Wiśniewska",
        KVP="120",
        SliceThickness="5",
        ConvolutionKernel="B30f",
        StudyInstanceUID=ROOT + "2",
        SeriesInstanceUID=ROOT + "3",
        FrameOfReferenceUID=ROOT + "4",
        StudyID="PESEL-88",
        SeriesNumber="3",
        AcquisitionNumber="1",
        InstanceNumber=str(number),
        PositionReferenceIndicator="",
        ImagePositionPatient=["0", "0", "0"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        PatientPosition="HFS",
        BurnedInAnnotation="NO",
        RescaleIntercept="-1024",
        RescaleSlope="1",
    )
    made.RequestAttributesSequence = Sequence(
        [item(ScheduledProcedureStepDescription="Kontrola Wiśniewska", RequestedProcedureID="7730412")]
    )
    made.ReferencedImageSequence = Sequence([item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=f"{ROOT}1.9")])
    _private(made)
    _pixels(made)
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _private(made: Dataset) -> None:
    block = made.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x0D, "CS", "DIRECTIONAL")
    block.add_new(0x08, "CS", "WISNIEWSKA")
    other = made.private_block(0x0029, "Klinika Kraków", create=True)
    other.add_new(0x01, "LO", "Żaneta")


def _pixels(made: Dataset, value: int = 700) -> None:
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.Rows, made.Columns = 24, 32
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    ramp = (np.arange(24 * 32, dtype="<u2") + value).reshape(24, 32)
    made.PixelData = ramp.tobytes()


def write(made: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write ``made`` as a DICOM file with a meta header of its own; gives the path."""
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.get("SOPClassUID", CT)
    made.file_meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", ROOT + "1")
    made.file_meta.SourceApplicationEntityTitle = "WS-RAD-07"
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path
