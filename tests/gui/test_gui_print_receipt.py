"""A receipt as PDF, drawn by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = "<html><head><title>Receipt ä</title></head><body><h1>S-PRACTICE1</h1><p>{}</p></body></html>"


def draw(*arguments: str) -> int:
    environ = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    line = [sys.executable, "-m", "depositor.gui.print_receipt", *arguments]
    return subprocess.run(line, env=environ, capture_output=True, timeout=120, check=False).returncode


def test_a_page_becomes_a_pdf(tmp_path: Path) -> None:
    source, target = tmp_path / "receipt.html", tmp_path / "receipt.pdf"
    source.write_text(PAGE.format("word " * 3000), "utf-8")
    assert draw(str(source), str(target)) == 0
    content = target.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 2
    assert [p.name for p in tmp_path.iterdir()] == ["receipt.html", "receipt.pdf"] or len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("broken", ["missing", "no folder", "not text"])
def test_what_cannot_be_drawn_leaves_nothing_behind(tmp_path: Path, broken: str) -> None:
    source, target = tmp_path / "receipt.html", tmp_path / "receipt.pdf"
    if broken != "missing":
        source.write_bytes(b"\xff\xfe\xff" if broken == "not text" else b"<p>x</p>")
    if broken == "no folder":
        target = tmp_path / "gone" / "receipt.pdf"
    assert draw(str(source), str(target)) == 1
    assert not target.exists()


def test_wrong_use_is_told_by_the_exit_code() -> None:
    assert draw("one") == 2
