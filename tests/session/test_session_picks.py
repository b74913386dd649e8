"""What was chosen before is remembered, and never in the way."""

from __future__ import annotations

from pathlib import Path

from depositor.session.picks import Picks


def test_the_latest_choice_comes_first_and_survives(tmp_path: Path) -> None:
    picks = Picks(tmp_path / "picks.json")
    for chosen in ("a", "b", "a"):
        picks.note("organisms", chosen)
    assert Picks(tmp_path / "picks.json").recent("organisms") == ("a", "b")
    assert picks.recent("imaging-methods") == ()


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    picks = Picks(tmp_path / "picks.json")
    for n in range(250):
        picks.note("organisms", str(n))
    assert len(picks.recent("organisms")) == 200
    assert picks.recent("organisms")[0] == "249"


def test_a_damaged_file_counts_as_empty_and_a_missing_folder_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "picks.json").write_bytes(b'{"organisms": [1, {"x": 2}, "a"], "y": 3}')
    assert Picks(tmp_path / "picks.json").recent("organisms") == ("a",)
    (tmp_path / "picks.json").write_bytes(b"\xff\xfe")
    assert Picks(tmp_path / "picks.json").recent("organisms") == ()
    lost = Picks(tmp_path / "none" / "picks.json")
    lost.note("organisms", "a")
    assert lost.recent("organisms") == ("a",)
