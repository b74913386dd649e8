"""The page to print and the file-by-file proof."""

from __future__ import annotations

import hashlib
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bundle_example import capabilities, sealed_study

from depositor.bundle import receipt_page
from depositor.bundle.proofs import write_proofs
from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side
from depositor.draft.submission import HeldFile, State

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

RECEIPT: dict[str, Any] = {
    "submission": "5f0c9e6a",
    "receipt": "/home/ada/receipt.json",
    "archive": "bioimage-archive",
    "accession": "S-BIAD2812",
    "url": "https://www.ebi.ac.uk/biostudies/BioImages/studies/S-BIAD2812",
    "state": "sent",
    "files": 9000,
    "bytes": 245_300_000_000,
    "bytes_sent": 245_400_000_000,
    "manifest_sha256": "ab" * 32,
    "started": "2026-11-21T12:00:00Z",
    "finished": "2026-11-21T18:30:00Z",
    "license": "CC-BY-4.0",
    "proofs": "/home/ada/proofs.tsv",
    "title": "Dividing cells",
    "authors": ["Carberry J", "Example A"],
    "release_date": "2027-06-30",
    "checksums": {"equal": 8999, "different": 0, "not_told": 1},
    "versions": {"Depositor": "0.1.0", "REMBI": "1.5"},
    "profiles": ["light-microscopy"],
    "problems": [],
}


def english(message: Message) -> str:
    return message.english()


class Reader(HTMLParser):
    """Text, open tags and addresses of a page."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self) -> None:
        super().__init__()
        self.text, self.open, self.hrefs, self.tags = "", [], [], set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [] if tag in self.VOID else [tag]
        self.hrefs += [v for k, v in attrs if k in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if "style" not in self.open[-1:] else ""


def read(receipt: dict[str, Any], **more: Any) -> Reader:
    reader = Reader()
    reader.feed(receipt_page.html(receipt, english, capabilities(), **more))
    assert reader.open == []
    return reader


def test_the_page_tells_all_that_a_receipt_holds() -> None:
    page = read(RECEIPT)
    for said in (
        *(
            "S-BIAD2812",
            "Dividing cells",
            "BioImage Archive",
            "245.3 GB",
            "9\u00a0000",
            "ab" * 32,
            "2027-06-30",
            "proofs.tsv",
        ),
        *(
            "2026-11-21 12:00:00 UTC",
            "2026-11-21 18:30:00 UTC",
            "Depositor 0.1.0",
            "REMBI 1.5",
            "next_steps",
            "correct",
        ),
        "8999 files have the same checksum",
        "For 1 file the archive tells no SHA-256 to compare",
        "The image data are available in the BioImage Archive under accession S-BIAD2812",
        "Carberry J, Example A (2027). Dividing cells. BioImage Archive. S-BIAD2812. https://www.ebi.ac.uk/",
    ):
        assert said in page.text, said
    assert "/home/ada" not in page.text
    assert RECEIPT["url"] in page.hrefs
    assert not page.tags & {"script", "img", "iframe", "link", "object"}


def test_sent_and_accepted_are_different_words() -> None:
    words = {state: receipt_page.state_words(state).english() for state in [*State, "odd"]}
    assert len(set(words.values())) == len(words)
    assert "has not yet said" in read(RECEIPT).text
    assert "has not yet said" not in read(RECEIPT | {"state": "accepted"}).text


def test_files_and_documents_are_counted_apart() -> None:
    assert "9\u00a0000 files and 5 documents" in read(RECEIPT | {"documents": 5}).text
    assert "1 file and 1 document" in read(RECEIPT | {"files": 1, "documents": 1}).text


def test_renamed_files_are_told_with_the_list_of_them() -> None:
    page = read(RECEIPT | {"renamed": {"count": 2, "list": "/home/ada/sub/documents/renames.tsv"}})
    assert "2 files have another name at the archive" in page.text
    assert "documents/renames.tsv" in page.text
    assert "/home/ada" not in page.text
    assert "another name" not in read(RECEIPT | {"renamed": {"count": 0, "list": None}}).text


def test_a_folder_accepts_nothing_and_practice_publishes_nothing() -> None:
    folder = read(RECEIPT | {"state": "accepted", "archive_kind": "folder"}).text
    assert "Complete: every file was read again and is as it was" in folder
    assert "holdings" not in folder
    practice = read(RECEIPT | {"state": "public", "archive_kind": "practice"}).text
    assert "nothing was published" in practice
    assert "whoever reaches" not in practice
    assert "ready to copy" not in practice
    assert "The image data are available" not in practice


@pytest.mark.parametrize("key", ["accession", "title", "url", "license", "started", "submission", "archive", "state"])
def test_nothing_from_outside_becomes_markup(key: str) -> None:
    evil = '"><script>alert(1)</script>&lt;'
    page = read(RECEIPT | {key: evil, "authors": [evil], "versions": {evil: evil}})
    assert "script" not in page.tags
    assert evil in page.text


def test_only_web_addresses_are_links() -> None:
    assert "javascript:x" not in read(RECEIPT | {"url": "javascript:x"}).hrefs


def test_problems_are_told_with_their_advice() -> None:
    made = Problem("a.b", Side.NETWORK, msg("a.b", "It <broke>."), msg("a.b.advice", "Mend it."), "raw/a.tif")
    for problem in (made, made.as_json()):
        page = read(RECEIPT | {"problems": [problem]})
        assert "It <broke>." in page.text
        assert "Mend it." in page.text
        assert "raw/a.tif" in page.text
    assert "50 more are in the receipt file." in read(RECEIPT | {"problems": [made] * 250}).text


def test_a_receipt_that_knows_little_is_still_a_page() -> None:
    page = read({"archive": "practice", "state": "draft", "accession": None})
    assert "no accession number yet" in page.text
    assert "Data availability" not in page.text
    assert "None" not in page.text


def test_the_page_speaks_the_users_language_and_direction() -> None:
    page = receipt_page.html(RECEIPT, lambda m: f"<<{m.id}>>", capabilities(), language="ar", right_to_left=True)
    assert '<html lang="ar" dir="rtl">' in page
    words = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert "&lt;&lt;receipt.heading&gt;&gt;" in words
    assert "Licence" not in words


def test_sizes_in_words() -> None:
    assert [receipt_page.size_words(n) for n in (0, 999, 1000, 1_500_000)] == ["0 B", "999 B", "1.0 kB", "1.5 MB"]


def test_qt_makes_a_pdf_of_it(tmp_path: Path, qapp: Any) -> None:
    from PySide6.QtGui import QPdfWriter, QTextDocument

    document = QTextDocument()
    document.setHtml(receipt_page.html(RECEIPT, english, capabilities()))
    writer = QPdfWriter(str(tmp_path / "receipt.pdf"))
    document.print_(writer)
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    assert "S-BIAD2812" in document.toPlainText()
    assert "@page" not in document.toPlainText()


def test_proofs_tell_file_by_file_what_each_side_says(tmp_path: Path) -> None:
    files = list(sealed_study(tmp_path).files())
    first, second, third, fourth, fifth = files
    md5 = hashlib.md5(b"x").hexdigest()
    held = [
        HeldFile(first.name, first.size, {"SHA-256": str(first.sha256).upper()}),
        HeldFile(second.name, second.size, {"sha256": "0" * 64}),
        HeldFile(third.name, third.size, {"md5": md5}),
        None,
        HeldFile(fifth.name, fifth.size + 1, {"sha256": str(fifth.sha256)}),
    ]
    path, totals = write_proofs(zip(files, held, strict=True), tmp_path / "out")
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert [r[7] for r in rows] == ["proved by", "digest", "digest", "digest", "", "digest"]
    assert [r[6] for r in rows] == ["equal", "yes", "no", "not told", "not told", "no"]
    assert rows[1] == [first.name, first.origin, str(first.size), first.sha256, first.sha256, "sha256", "yes", "digest"]
    assert rows[3][4:6] == [md5, "md5"]
    assert rows[4][4:6] == ["", ""]
    assert (totals.equal, totals.different, totals.not_told) == (1, 2, 2)
    assert fourth.name == rows[4][0]
