"""Files that one instrument writes side by side are one set: tilt series and mdoc, EMI and SER, MCD and its texts."""

from __future__ import annotations

from pathlib import Path

from scan_instruments import emi, imc_text, mcd, ser
from scan_made import DATA, write

from depositor.draft.inventory import SetKind
from depositor.scan.grouping import Grouping

TILTS = (DATA / "em" / "tilt_series.mdoc").read_text()


def _sets(folder: Path) -> dict[str, tuple[SetKind, str]]:
    entries = [(p.name, p.stat().st_size, 0, 0) for p in sorted(folder.iterdir()) if p.is_file()]
    groups = Grouping(str(folder)).sort(entries)
    return {name: (group.kind, group.name) for name, group in groups.items()}


def test_a_tilt_series_its_mdoc_and_its_movies_are_one_set(tmp_path: Path) -> None:
    names = ["TS_01.mrc", "TS_01_000_0.0.mrc", "TS_01_001_3.0.mrc", "TS_01_002_-3.0.mrc"]
    for name in names:
        write(tmp_path / name, b"\0" * 2000)
    write(tmp_path / "TS_01.mrc.mdoc", TILTS)
    write(tmp_path / "other.mrc", b"\0" * 2000)
    found = _sets(tmp_path)
    assert {found[n] for n in (*names, "TS_01.mrc.mdoc")} == {(SetKind.COMPANION, "TS_01.mrc")}
    assert found["other.mrc"] == (SetKind.SINGLE, "other.mrc")


def test_an_mdoc_beside_one_movie_goes_with_it(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", b"II*\0" + b"\0" * 100)
    write(tmp_path / "a.tif.mdoc", (DATA / "em" / "frame_set_single.mdoc").read_text())
    assert set(_sets(tmp_path).values()) == {(SetKind.COMPANION, "a.tif")}


def test_an_mdoc_that_names_files_elsewhere_takes_nothing_along(tmp_path: Path) -> None:
    write(tmp_path / "TS_01.mdoc", TILTS)
    write(tmp_path / "b.mrc", b"\0" * 2000)
    found = _sets(tmp_path)
    assert found["b.mrc"] == (SetKind.SINGLE, "b.mrc")


def test_an_emi_leads_its_ser_files_and_no_others(tmp_path: Path) -> None:
    for name in ("a b_1.ser", "a b_2.ser", "a b_3.ser", "a_1.ser"):
        ser(tmp_path / name)
    emi(tmp_path / "a b.emi")
    found = _sets(tmp_path)
    assert {found[f"a b_{n}.ser"] for n in (1, 2, 3)} == {(SetKind.COMPANION, "a b.emi")}
    assert found["a_1.ser"] == (SetKind.SINGLE, "a_1.ser")


def test_the_texts_of_a_mass_cytometer_go_with_its_file(tmp_path: Path) -> None:
    mcd(tmp_path / "run.mcd")
    imc_text(tmp_path / "run_ROI_001_1.txt")
    write(tmp_path / "run_notes.txt", "to do")
    found = _sets(tmp_path)
    assert found["run_ROI_001_1.txt"] == (SetKind.COMPANION, "run.mcd")
    assert "run_notes.txt" not in found
