"""One window per home."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from depositor.gui.instance import Instance


def test_a_second_start_hands_its_paths_over(tmp_path: Path, qtbot: QtBot) -> None:
    first, second = Instance(tmp_path), Instance(tmp_path)
    try:
        assert first.first()
        assert not second.first()
        qtbot.waitUntil(lambda: first.listening)
        with qtbot.waitSignal(first.asked, timeout=10_000) as asked:
            assert second.hand_over([str(tmp_path / "größe 画像")])
        assert asked.args == [[str(tmp_path / "größe 画像")]]
    finally:
        first.close()


def test_the_next_start_is_first_again(tmp_path: Path, qtbot: QtBot) -> None:
    first = Instance(tmp_path)
    assert first.first()
    first.close()
    again = Instance(tmp_path)
    assert again.first()
    again.close()


def test_two_homes_do_not_know_each_other(tmp_path: Path, qtbot: QtBot) -> None:
    one, other = Instance(tmp_path / "a"), Instance(tmp_path / "b")
    assert one.first()
    assert other.first()
    one.close()
    other.close()


def test_nobody_there_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    assert not Instance(tmp_path).hand_over(["x"])
