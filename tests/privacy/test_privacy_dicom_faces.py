"""From which DICOM files a face could be rebuilt; and which only sound as if."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import planted_dicom as made
import pytest

from depositor.draft.finding import Finding
from depositor.privacy import judge
from depositor.privacy.checks.dicom import DICOM
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import PUBLIC

FINE: dict[str, Any] = {"SliceThickness": "1.0", "PixelSpacing": ["4.0", "4.0"]}  # 64 pixels of 4 mm: a head's width


def faces(path: Path, **values: Any) -> list[Finding]:
    found = DICOM.run(made.saved(made.pictured(**{**FINE, **values}), path / "a.dcm"), "a.dcm").findings
    return [f for f in found if judge.kind_in_key(f.key) in (Kind.FACE, Kind.FACE_REMOVED)]


HEADS: list[dict[str, Any]] = [
    {"BodyPartExamined": "HEAD"},
    {"BodyPartExamined": "BRAIN", "Modality": "MR"},
    {"BodyPartExamined": "HEADNECK"},
    {"StudyDescription": "CT HEAD W/O CONTRAST"},
    {"SeriesDescription": "t1_mprage_sag_p2_iso", "Modality": "MR"},
    {"ProtocolName": "Schädel nativ"},
    {"StudyDescription": "IRM CERVEAU / ENCÉPHALE", "Modality": "MR"},
    {"StudyDescription": "PET/CT Whole Body", "Modality": "PT"},
    {"StudyDescription": "TC cráneo"},
    {"StudyDescription": "頭部単純CT"},
    {"BodyPartExamined": "HEAD", "BurnedInAnnotation": "NO", "PatientIdentityRemoved": "YES"},
]
OTHERS: list[dict[str, Any]] = [
    {},
    {"BodyPartExamined": "ABDOMEN"},
    {"BodyPartExamined": "HIP", "StudyDescription": "femoral head necrosis"},
    {"StudyDescription": "MRI pancreas head", "Modality": "MR"},
    {"StudyDescription": "Head first supine, chest"},
    {"StudyDescription": "PET skull base to thigh", "Modality": "PT"},
    {"BodyPartExamined": "CHEST", "ProtocolName": "ThoraxFace-to-Face"},
    {"BodyPartExamined": "HEAD", "SliceThickness": "6.0"},
    {"BodyPartExamined": "HEAD", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
    {"BodyPartExamined": "HEAD", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
    {"BodyPartExamined": "HEAD", "Modality": "US"},
    {"BodyPartExamined": "HEAD", "Modality": "CR"},
    {"BodyPartExamined": "BRAIN", "PixelSpacing": ["0.3", "0.3"]},  # 2 cm: an animal
    {"BodyPartExamined": "BRAIN", "PatientSpeciesDescription": "Mus musculus"},
]
DEFACED: list[dict[str, Any]] = [
    {"BodyPartExamined": "HEAD", "RecognizableVisualFeatures": "NO"},
    {"SeriesDescription": "T1 brain defaced", "Modality": "MR"},
    {"BodyPartExamined": "HEAD", "DeidentificationMethod": "CTP; mri_reface 0.3"},
    {
        "BodyPartExamined": "HEAD",
        "DeidentificationMethodCodeSequence": [made.code("Clean Recognizable Visual Features Option", "113102")],
    },
]


@pytest.mark.parametrize("values", HEADS)
def test_a_head_is_told(values: dict[str, Any], tmp_path: Path) -> None:
    found = faces(tmp_path, SpecificCharacterSet="ISO_IR 192", **values)
    assert [judge.kind_in_key(f.key) for f in found] == [Kind.FACE]
    assert found[0].level == "warning"
    assert not PUBLIC.wants(found[0])  # nothing here removes a face: it stays to be decided


@pytest.mark.parametrize("values", OTHERS)
def test_what_shows_no_face_is_not(values: dict[str, Any], tmp_path: Path) -> None:
    assert faces(tmp_path, **values) == []


@pytest.mark.parametrize("values", DEFACED)
def test_what_was_defaced_is_told_with_the_evidence(values: dict[str, Any], tmp_path: Path) -> None:
    found = faces(tmp_path, **values)
    assert [judge.kind_in_key(f.key) for f in found] == [Kind.FACE_REMOVED]
    assert found[0].level == "info"
    assert ";" in (found[0].evidence or "")


def test_all_slices_of_a_series_tell_the_same(tmp_path: Path) -> None:
    """So that they are one group, with one decision."""
    told = {faces(tmp_path, BodyPartExamined="HEAD", InstanceNumber=n, SliceLocation=n)[0].evidence for n in range(3)}
    assert told == {"CT, HEAD, 1 mm"}


def test_an_enhanced_object_is_told_by_its_groups(tmp_path: Path) -> None:
    from pydicom.sequence import Sequence

    anatomy = made.item(AnatomicRegionSequence=Sequence([made.code("Head", "69536005", "SCT")]))
    measures = made.item(SliceThickness="0.8", PixelSpacing=["4.0", "4.0"])
    shared = made.item(FrameAnatomySequence=Sequence([anatomy]), PixelMeasuresSequence=Sequence([measures]))
    many = made.pictured(
        SharedFunctionalGroupsSequence=Sequence([shared]), NumberOfFrames=40, PixelData=bytes(64 * 64 * 2 * 40)
    )
    found = DICOM.run(made.saved(many, tmp_path / "a.dcm"), "a.dcm").findings
    assert [f.evidence for f in found if judge.kind_in_key(f.key) is Kind.FACE] == ["CT, HEAD, 0.8 mm"]
