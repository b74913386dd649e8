"""What is done with a file of a kind that no check knows: its raw bytes are searched for mails and folder paths."""

from __future__ import annotations

import os
from pathlib import Path

from depositor.privacy import judge, patterns
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.known import NOTHING_KNOWN, Known

WINDOW = 4 * 1024 * 1024  # bytes that are searched at the start and at the end of the file


class Unknown:
    """Finds little and says so: every file it looks at is reported as not checked."""

    id = "bytes"

    def claims(self, path: Path, head: bytes) -> bool:
        return True

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        size = path.stat().st_size
        with path.open("rb") as file:
            blocks = [(0, file.read(WINDOW))]
            if size > WINDOW:
                start = max(WINDOW, size - WINDOW)
                file.seek(start, os.SEEK_SET)
                blocks.append((start, file.read(WINDOW)))
        spots = [spot for start, block in blocks for spot in _spots(start, block)]
        remark = remarks.unknown(shown) if size else remarks.empty(shown)
        return Examination(judge.findings(self.id, shown, spots, known), (remark,))


def _spots(start: int, block: bytes) -> list[Spot]:
    """One spot per mail or user path, so that neighbouring bytes are no evidence; UTF-16 text is looked at too."""
    out: list[Spot] = []
    for encoding, step in (("latin-1", 1), ("utf-16-le", 2)):
        text = (
            block.decode(encoding, "replace") if step == 1 else block[: len(block) // 2 * 2].decode(encoding, "replace")
        )
        for run in patterns.READABLE.finditer(text):
            for hit in patterns.sure_hits(run[0]):
                if run[0][hit.start : hit.end].isascii() and run[0][hit.end - 1].islower():
                    at = start + (run.start() + hit.start) * step
                    out.append(Spot(f"byte:{at}", "", run[0][hit.start : hit.end], hit.kind, ()))
    return out


UNKNOWN = Unknown()
