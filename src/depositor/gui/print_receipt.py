"""Draws a receipt as PDF: ``python -m depositor.gui.print_receipt receipt.html receipt.pdf``; needs no display."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

USAGE, FAILED = 2, 1


def main(argv: Sequence[str]) -> int:
    """Draw ``argv[0]`` (HTML) into ``argv[1]`` (PDF). 0 when the PDF is there, whole; otherwise none is left behind."""
    if len(argv) != 2:
        return USAGE
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    source, target = Path(argv[0]), Path(argv[1])
    try:
        page = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return FAILED
    return 0 if draw(page, target) else FAILED


def draw(page: str, target: Path) -> bool:
    """Draw an HTML page on A4; the file appears only once it is whole."""
    from PySide6.QtCore import QMarginsF, QSizeF
    from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPdfWriter, QTextDocument

    app = QGuiApplication.instance() or QGuiApplication(["print-receipt"])
    beside = target.with_name(f".{target.name}.part")
    writer = QPdfWriter(str(beside))
    writer.setCreator("Depositor")
    writer.setResolution(300)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(18, 18, 18, 18), QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDefaultFont(QFont("sans-serif", 10))
    document.setHtml(page)
    area = writer.pageLayout().paintRectPixels(writer.resolution())
    document.setPageSize(QSizeF(area.size()))
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    document.print_(writer)
    del writer
    return _kept(beside, target) if app is not None else False


def _kept(beside: Path, target: Path) -> bool:
    try:
        if beside.stat().st_size < 100 or beside.read_bytes()[:5] != b"%PDF-":
            beside.unlink(missing_ok=True)
            return False
        beside.replace(target)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
