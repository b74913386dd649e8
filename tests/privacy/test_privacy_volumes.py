"""Volumes: what headers, extensions and attributes tell, and how it is taken out of a copy."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import planted_dicom as made
import pytest

from depositor.draft.finding import Finding
from depositor.privacy import clean, examine, judge
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import PUBLIC

HEAD = ((176, 256, 256), (1.0, 0.9, 0.9))
NO_HEAD = ((30, 40, 30), (1.0, 1.0, 1.0))


def nifti(
    path: Path,
    grid: tuple[tuple[int, ...], tuple[float, ...]] = NO_HEAD,
    extensions: tuple[tuple[int, bytes], ...] = (),
    *,
    magic: bytes = b"n+1\0",
    **fields: str,
) -> Path:
    """A NIfTI-1 or Analyze header with texts."""
    head = bytearray(348)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<4h", head, 40, 3, *grid[0])
    struct.pack_into("<4f", head, 76, 1.0, *grid[1])
    head[123] = 2
    places = {"data_type": 4, "db_name": 14, "descrip": 148, "aux_file": 228, "intent_name": 328, "patient_id": 283}
    for name, text in {**fields}.items():
        raw = text.encode()
        head[places[name] : places[name] + len(raw)] = raw
    head[344:348] = magic
    body = b""
    for code, raw in extensions:
        size = (len(raw) + 8 + 15) // 16 * 16
        body += struct.pack("<ii", size, code) + raw.ljust(size - 8, b"\0")
    if magic == b"n+1\0":
        struct.pack_into("<f", head, 108, 352.0 + len(body))
    raw = bytes(head) + (b"\1\0\0\0" if extensions else bytes(4)) + body + bytes(4096)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def look(path: Path) -> tuple[Finding, ...]:
    return examine.file(path, path.name).findings


def told(path: Path) -> dict[str, tuple[Kind | None, str]]:
    return {f.location or "": (judge.kind_in_key(f.key), f.evidence or "") for f in look(path)}


def copied(path: Path, folder: Path) -> Path:
    """A cleaned copy, in which the check finds nothing any more."""
    folder.mkdir()
    done = clean.clean(path, folder / path.name, look(path), PUBLIC.fresh(), shown=path.name)
    assert done.path is not None, (done.problems, [f.location for f in done.left])
    return done.path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_with_all_its_extensions(name: str, tmp_path: Path) -> None:
    dicom = made.bare(
        made.plain(PatientName="Wolska^Zuzanna", PatientBirthDate="19620817"),
        tmp_path / "dicom",
        implicit=False,
        little=True,
    )
    afni = b'<AFNI_attributes><AFNI_atr atr_name="HISTORY_NOTE">"[jzawadzka@ws12: Tue] 3dcalc"</AFNI_atr>'
    extensions = ((2, dicom.read_bytes()), (4, afni), (6, b"seen by Dr. Jagoda Zawadzka"))
    path = nifti(tmp_path / name, extensions=extensions, db_name="PL-8831207", descrip="Mrs Zuzanna Wolska 1962")
    found = told(path)
    assert found["nifti:extension:0:(0010,0010)"] == (Kind.PATIENT_NAME, "Wolska^Zuzanna")
    assert found["nifti:extension:0:(0010,0030)"] == (Kind.BIRTH_DATE, "19620817")
    assert found["nifti:extension:1:history:0:user name"] == (Kind.USER_NAME, "jzawadzka")
    assert "Zawadzka" in found["nifti:extension:2"][1] or "Zawadzka" in str(found)
    assert found["nifti:descrip"][0] is Kind.PATIENT_NAME
    copy = copied(path, tmp_path / "out").read_bytes()
    plain = gzip.decompress(copy) if name.endswith("gz") else copy
    for value in (b"Wolska", b"19620817", b"jzawadzka", b"Zawadzka"):
        assert value not in plain
    assert plain[-4096:] == bytes(4096)


def test_analyze_keeps_what_nifti_took_for_other_things(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a.hdr", magic=b"\0\0\0\0", patient_id="PL88312", descrip="FLASH")
    assert told(path)["analyze:patient_id"] == (Kind.PATIENT_NUMBER, "PL88312")
    assert not any(loc.startswith("analyze") for loc in told(nifti(tmp_path / "b.nii", patient_id="PL88312")))


@pytest.mark.parametrize("detached", [False, True])
def test_nrrd_with_keys_of_dicom_and_lists_of_files(detached: bool, tmp_path: Path) -> None:
    text = (
        "NRRD0005\n# by Jagoda Zawadzka\ntype: short\ndimension: 3\nsizes: 8 8 8\nencoding: raw\n"
        "content: scan of Mrs Wolska\nDICOM_0010_0010:=Wolska^Zuzanna\n0010|0030:=19620817\nDICOM_0008_0070:=GE\n"
        + ("data file: LIST\n/home/jzawadzka/a0.raw\n" if detached else "\n")
    )
    path = tmp_path / ("a.nhdr" if detached else "a.nrrd")
    path.write_bytes(text.encode() + (b"" if detached else bytes(1024)))
    found = told(path)
    assert found["nrrd:8:DICOM_0010_0010"][0] is Kind.PATIENT_NAME
    assert found["nrrd:9:0010|0030"] == (Kind.BIRTH_DATE, "19620817")
    assert "nrrd:10:DICOM_0008_0070" not in found
    assert not detached or "jzawadzka" in found["nrrd:12:data file"][1]
    copy = copied(path, tmp_path / "out").read_bytes()
    assert b"Wolska" not in copy
    assert b"jzawadzka" not in copy
    assert len(copy) == path.stat().st_size


@pytest.mark.parametrize("name", ["a.mhd", "a.mha"])
def test_metaimage_in_one_file_and_in_two(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(
        b"ObjectType = Image\nNDims = 3\nComment = patient Zuzanna Wolska\n0010|0010 = Wolska^Zuzanna\n"
        b"DimSize = 4 4 4\nElementType = MET_UCHAR\nElementDataFile = " + (b"LOCAL\n" + bytes(64))
    )
    assert examine.check_for(path, path.read_bytes()).id == "nrrd"
    assert {"nrrd:3:Comment", "nrrd:4:0010|0010"} <= told(path).keys()
    assert b"Wolska" not in copied(path, tmp_path / "out").read_bytes()


def _name(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">i", len(raw)) + raw.ljust((len(raw) + 3) // 4 * 4, b"\0")


def _texts(**values: str) -> bytes:
    out = struct.pack(">ii", 12, len(values)) if values else bytes(8)
    for key, value in values.items():
        raw = value.encode()
        out += _name(key) + struct.pack(">ii", 2, len(raw)) + raw.ljust((len(raw) + 3) // 4 * 4, b"\0")
    return out


def minc(path: Path) -> Path:
    raw = b"CDF\1" + bytes(4) + struct.pack(">ii", 10, 1) + _name("zspace") + struct.pack(">i", 4)
    raw += _texts(ident="jzawadzka:ws12.szpital:2013.08.13:6987:1", history="Tue>>> mincresample /home/jzawadzka/a.mnc")
    raw += struct.pack(">ii", 11, 2)
    patient = _texts(full_name="Wolska Zuzanna", identification="PL-8831207", birthdate="1962-08-17", sex="female__")
    study = _texts(attending_physician="Nowak", institution="Szpital Miejski")
    for variable, values in (("patient", patient), ("study", study)):
        raw += _name(variable) + struct.pack(">i", 0) + values + struct.pack(">iii", 4, 4, 4000)
    path.write_bytes(raw + bytes(64))
    return path


def test_minc_is_read_attribute_by_attribute(tmp_path: Path) -> None:
    path = minc(tmp_path / "a.mnc")
    found = told(path)
    assert found["netcdf:patient:full_name"] == (Kind.PATIENT_NAME, "Wolska Zuzanna")
    assert found["netcdf:patient:identification"] == (Kind.PATIENT_NUMBER, "PL-8831207")
    assert found["netcdf:patient:birthdate"] == (Kind.BIRTH_DATE, "1962-08-17")
    assert found["netcdf:study:institution"][0] is Kind.INSTITUTION
    assert found["netcdf:ident:user name"] == (Kind.USER_NAME, "jzawadzka")
    assert found["netcdf:ident:host name"][0] is Kind.HOST
    assert any(kind is Kind.USER_PATH for kind, _ in found.values())
    assert "netcdf:patient:sex" not in found
    copy = copied(path, tmp_path / "out").read_bytes()
    assert b"Wolska" not in copy
    assert b"jzawadzka" not in copy
    assert b"female" in copy
    assert len(copy) == path.stat().st_size


def test_a_par_header_tells_its_patient(tmp_path: Path) -> None:
    path = tmp_path / "a.PAR"
    path.write_text(
        "# === DATA DESCRIPTION FILE ====\n#\n# Dataset name: C:\\\\Export\\wolska_1\n#\n"
        ".    Patient name                       :   Wolska Zuzanna\n"
        ".    Examination name                   :   Head of Mrs Wolska\n"
        ".    Examination date/time              :   2014.02.14 / 09:00:57\n",
        "utf-8",
    )
    kinds = [kind for kind, _ in told(path).values()]
    assert kinds.count(Kind.PATIENT_NAME) >= 2


@pytest.mark.parametrize(
    ("name", "grid", "kind"),
    [
        ("sub-01_T1w.nii", HEAD, Kind.FACE),
        ("sub-01_ses-2_acq-3d_FLAIR.nii", HEAD, Kind.FACE),
        ("patient7_head_ct.nii", HEAD, Kind.FACE),
        ("sub-01_desc-defaced_T1w.nii", HEAD, Kind.FACE_REMOVED),
        ("T1_brain_defaced.nii", HEAD, Kind.FACE_REMOVED),
        ("sub-01_T1w.nii", NO_HEAD, None),  # a piece, or an animal
        ("sub-01_T1w.nii", ((256, 256, 24), (0.9, 0.9, 6.0)), None),  # slices too thick
        ("mouse_brain.nii", HEAD, None),
        ("MNI152_T1_1mm_brain.nii", HEAD, None),
        ("sub-01_task-rest_bold.nii", HEAD, None),
        ("liver_ct.nii", HEAD, None),
        ("femoral_head.nii", HEAD, None),
        ("volume.nii", HEAD, None),
    ],
)
def test_heads_are_told_by_name_and_grid(
    name: str, grid: tuple[tuple[int, ...], tuple[float, ...]], kind: Kind | None, tmp_path: Path
) -> None:
    found = [k for k, _ in told(nifti(tmp_path / name, grid)).values() if k in (Kind.FACE, Kind.FACE_REMOVED)]
    assert found == ([kind] if kind else [])
