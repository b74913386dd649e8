"""The colours can be read, and sizes follow the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from depositor.gui import theme
from depositor.gui.theme import CONTRAST, DARK, LIGHT, Colors, style_sheet

GUI = Path(theme.__file__).parent
READ_ON = (
    *(("text", g) for g in ("window", "side", "surface", "raised", "accent_soft", "warn_soft", "bad_soft", "ok_soft")),
    *(("muted", g) for g in ("window", "side", "surface", "raised", "accent_soft", "warn_soft")),
    *(("accent", g) for g in ("window", "surface")),
    ("on_accent", "accent"),
    ("ok", "ok_soft"),
    ("warn", "warn_soft"),
    ("bad", "bad_soft"),
    ("warn", "side"),
    ("bad", "surface"),
)


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("colors", "least"), [(LIGHT, 4.5), (DARK, 4.5), (CONTRAST, 7.0)])
@pytest.mark.parametrize(("ink", "ground"), READ_ON)
def test_every_text_can_be_read(colors: Colors, least: float, ink: str, ground: str) -> None:
    assert contrast(getattr(colors, ink), getattr(colors, ground)) >= least


@pytest.mark.parametrize("colors", [LIGHT, DARK, CONTRAST])
def test_what_has_the_keyboard_stands_out(colors: Colors) -> None:
    assert contrast(colors.focus, colors.surface) >= 3
    assert contrast(colors.focus, colors.side) >= 3


def test_no_text_size_in_pixels_and_no_height_in_pixels() -> None:
    """A height may follow the text (its lines, its font), never a number that somebody wrote down."""
    assert "font-size" not in style_sheet(LIGHT)
    source = "\n".join(p.read_text("utf-8") for p in GUI.rglob("*.py"))
    assert not re.search(r"setFixed(Height|Size)\(\s*\d|setFixedSize|setPixelSize", source)


def test_the_sheet_is_whole() -> None:
    sheet = style_sheet(DARK)
    assert "%(" not in sheet
    assert sheet.count("{") == sheet.count("}")
    for path in re.findall(r'url\("([^"]+)"\)', sheet):
        assert Path(path).is_file()
