"""The papers of a submission: documents before the commit, receipt, page and proofs after it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor import __version__
from depositor.bundle import documents, manifest, methods, naming, proofs, receipt_page
from depositor.bundle.documents import Sealed
from depositor.draft.capabilities import Capabilities
from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side
from depositor.draft.submission import Receipt, Role
from depositor.session import ethics_report
from depositor.session.documents import write_bytes, write_json
from depositor.session.receipts import problem_from_json
from depositor.session.seal import MISSING
from depositor.session.sending.ledger import Ledger

if TYPE_CHECKING:
    from depositor.archives.ports import Answer
    from depositor.session.language import Language

OWN_NAMES = "names-on-this-computer.tsv"  # tells which patient's file became which: for the depositor's eyes alone
_LISTED = 100  # names of replaced files in a receipt; the count is always whole
_PRINT_S = 60.0  # how long Qt may take to draw the page


class Papers:
    """Writes into the submission's folder: ``documents/``, ``receipt.json``, ``receipt.html``, ``receipt.pdf``,
    ``proofs.tsv``, and, which are never sent, the report on personal data (``ethics-report.*``) and the list of old and
    new names (:data:`OWN_NAMES`)."""

    def __init__(self, ledger: Ledger, capabilities: Capabilities, language: Language) -> None:
        self._ledger = ledger
        self._capabilities = capabilities
        self._language = language
        self.folder = ledger.folder / "documents"

    def write(self) -> list[tuple[Path, str]]:
        """Make every document of the archive; those that are sent, with their names there."""
        path, digest = manifest.write(self._ledger.files(Role.DATA), self.folder)
        self._ledger.conclude("manifest", {"sha256": digest})
        sealed = self.sealed()
        sent: dict[str, Path] = {}
        for name in self._capabilities.documents:
            made = documents.write(name, sealed, self.folder)
            if name in self._capabilities.sent_documents:
                sent.update((p.relative_to(self.folder).as_posix(), p) for p in made)
        if "manifest" in self._capabilities.sent_documents:
            sent[path.name] = path
        return [(p, name) for name, p in sorted(sent.items())]

    def sealed(self, answer: Answer | None = None) -> Sealed:
        """The submission as the documents see it, with what the archive answered where it did."""
        return Sealed(
            self._ledger.submission(),
            self._capabilities,
            self._ledger.files,
            accession=answer.accession if answer else None,
            url=answer.url if answer else None,
        )

    def receipt(self, answer: Answer, finished: str) -> Receipt:
        """Write the receipt, its page and the proofs; the Receipt."""
        folder = self._ledger.folder
        proof_path, totals = proofs.write_proofs(self._ledger.held(), folder, self.sealed().told())
        if "methods" in self._capabilities.documents:  # now with the accession
            documents.write("methods", self.sealed(answer), folder)
        submission = self._ledger.submission()
        files, _, total, _ = self._ledger.totals()
        receipt = Receipt(
            submission=self._ledger.id,
            receipt=str(folder / "receipt.json"),
            archive=self._capabilities.id,
            accession=answer.accession,
            url=answer.url,
            state=answer.state,
            files=self._count(Role.DATA),
            bytes=total - self._bytes(Role.DOCUMENT),
            bytes_sent=self._ledger.bytes_sent,
            manifest_sha256=self._ledger.manifest or "",
            started=self._ledger.started,
            finished=finished,
            license=submission.document.get("license"),
            proofs=str(proof_path),
            title=_title(submission.document),
            problems=tuple(self._problems()),
            more=self._more(answer, files, totals),
        )
        self.publish(receipt)
        ethics_report.finish(folder, receipt.manifest_sha256, self._language)
        return receipt

    def publish(self, receipt: Receipt) -> None:
        """Write the receipt's files anew, as when the archive's answer changed."""
        data = receipt.as_json()
        data["citation"] = "" if self._not_published else receipt_page.citation(data, self._capabilities.name)
        write_json(Path(receipt.receipt), data)
        language = self._language
        page = receipt_page.html(
            data, language.say, self._capabilities, language=language.code, right_to_left=language.direction == "rtl"
        )
        target = self._ledger.folder / "receipt.html"
        write_bytes(target, page.encode())
        print_page(target, self._ledger.folder / "receipt.pdf")

    def _more(self, answer: Answer, files: int, totals: proofs.Totals) -> dict[str, Any]:
        submission = self._ledger.submission()
        document = submission.document
        study = (document.get("metadata") or {}).get("study") or {}
        names = [str(a.get("name") or "") for a in study.get("author") or () if isinstance(a, dict)]
        return {
            "archive_name": self._capabilities.name,
            "archive_kind": self._capabilities.kind,
            "authors": [n for n in names if n],
            "documents": files - self._count(Role.DATA),
            "checksums": totals.as_json(),
            "proved": totals.proved_json(),
            "versions": {"Depositor": __version__, **({"archive": answer.version} if answer.version else {})},
            "profiles": list(document.get("profiles") or ()),
            "release_date": document.get("release_date"),
            "revision": submission.revision,
            "next": self._language.say(self._capabilities.next_steps),
            "correct": self._language.say(self._capabilities.correct),
            "availability": ""
            if self._not_published
            else methods.availability(answer.accession, answer.url, self._capabilities.name, document.get("license")),
            "renamed": self._renamed(),
            "replaced": {"count": len(taken := self._ledger.replaced()), "files": list(taken[:_LISTED])},
            "page": str(self._ledger.folder / "receipt.html"),
            "privacy_report": self._report(),
            "log": list(answer.log),
        }

    @property
    def _not_published(self) -> bool:
        """Nothing to copy into a paper: the practice archive's address leads nowhere from any other computer, and what
        lies in somebody's storage is handed over, not published."""
        return self._capabilities.kind in ("practice", "protocol")

    def _renamed(self) -> dict[str, Any]:
        """How many files have another name at the archive, the list of those whose old name may be told, and the one of
        all of them, which stays here: without it nobody could say later which file became which."""
        path, own = self.folder / naming.RENAMES, self._ledger.folder / OWN_NAMES
        told = self.sealed().told()
        shown = sum(1 for f in self._ledger.files(Role.DATA) if told(f) != f.name)
        pairs = ((f.origin, f.name) for f in self._ledger.files(Role.DATA))
        count = naming.write_own_names(pairs, own)
        return {
            "count": shown,
            "list": str(path) if path.exists() else None,
            "all": count,
            "own_list": str(own) if count else None,
        }

    def _report(self) -> str | None:
        """Where the report on personal data lies; submissions that were sealed by earlier versions have none."""
        path = self._ledger.folder / f"{ethics_report.NAME}.json"
        return str(path) if path.exists() else None

    def _problems(self) -> Iterator[Problem]:
        missing = self._ledger.step(MISSING).outcome
        yield from map(problem_from_json, missing["problems"] if missing else ())
        first = next(self._ledger.skipped(), None)
        if first:
            yield replace(_left_out(self._ledger.count("skipped")), path=first.origin)

    def _count(self, role: Role) -> int:
        return sum(1 for _ in self._ledger.files(role))

    def _bytes(self, role: Role) -> int:
        return sum(f.size for f in self._ledger.files(role))


def print_page(page: Path, target: Path) -> bool:
    """Draw a page as PDF with Qt, in a process of its own; False where this installation has no window part."""
    if importlib.util.find_spec("PySide6") is None:
        return False
    line = [sys.executable, "-m", "depositor.gui.print_receipt", str(page), str(target)]
    if getattr(sys, "frozen", False):
        line = [sys.executable, "--print-receipt", str(page), str(target)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(line, env=environment, capture_output=True, timeout=_PRINT_S, check=False)
        return done.returncode == 0
    return False


def _title(document: Any) -> str:
    study = (document.get("metadata") or {}).get("study") or {}
    return str(study.get("title") or "")


def _left_out(number: int) -> Problem:
    return Problem(
        "deposit.left-out",
        Side.COMPUTER,
        msgn("deposit.left-out", "{n} file was left out by choice.", "{n} files were left out by choice.", number),
        msg("deposit.left-out.advice", "If the archive needs it after all, send a new revision with it."),
    )
