"""A place on disk whose parts come in any order, several at once: for the engine's own tests.

Each part is a file; joining writes them into one. It counts the bytes of each part that came, whoever died meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.problem import Damaged, DepositError, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.ports import Body, PartPlan, Upload


@dataclass
class ApartPlace:
    """Where it all lies. ``tells``: it can say which parts it holds; ``digests``: and what the whole file sums to.

    ``before`` and ``amid`` are called with the number of a part before it is taken, and when half of it is there.
    """

    root: Path
    tells: bool = True
    digests: bool = True
    before: Callable[[int], None] = lambda number: None
    amid: Callable[[int], None] = lambda number: None
    counting: threading.Lock = field(default_factory=threading.Lock)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        (self.root / "files").mkdir(parents=True, exist_ok=True)
        (self.root / "uploads").mkdir(exist_ok=True)

    def carrier(self) -> ApartCarrier:
        return ApartCarrier(self)

    # --- seen from behind ------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        files = self.root / "files"
        return sorted(p.relative_to(files).as_posix() for p in files.rglob("*") if p.is_file())

    def content(self, name: str) -> bytes | None:
        path = self.root / "files" / name
        return path.read_bytes() if path.is_file() else None

    def parts(self) -> list[Path]:
        """What lies there of uploads that were not joined."""
        return sorted(p for p in (self.root / "uploads").glob("*/*.part") if p.parent.suffix != ".gone")

    def received(self) -> int:
        """All bytes of parts that ever came, also of those that broke off."""
        return sum(size for _, size in self.came())

    def times(self) -> Counter[str]:
        """How often each part (upload/number) came whole."""
        return Counter(name for name, _ in self.came() if not name.endswith("~"))

    def came(self) -> list[tuple[str, int]]:
        log = self.root / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    def spoil(self, name: str, token: str) -> bool:
        """Turn a byte around in what is there of a file."""
        return _turn(self.root / "files" / name)

    def spoil_part(self, name: str, token: str) -> str:
        """Turn a byte around in the first of the parts that are there; its number."""
        part = min((self.root / "uploads" / token).glob("*.part"))
        assert _turn(part)
        return part.stem

    def note(self, name: str, size: int) -> None:
        with self.counting, (self.root / "log").open("a") as log:
            log.write(f"{name} {size}\n")


def _turn(path: Path) -> bool:
    if not path.is_file() or not path.stat().st_size:
        return False
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return True


class ApartCarrier:
    """One line to an :class:`ApartPlace`."""

    id = "apart"
    part_size: int | None = None
    resumable = True

    def __init__(self, place: ApartPlace) -> None:
        self._place = place
        self._files, self._uploads = place.root / "files", place.root / "uploads"

    def begin(self, file: SubmissionFile) -> Upload:
        token = hashlib.sha256(os.urandom(16)).hexdigest()[:12]
        (self._uploads / token).mkdir()
        if file.size == 0:
            self._done(file).parent.mkdir(parents=True, exist_ok=True)
            self._done(file).write_bytes(b"")
        return Upload(token, 0, file.size == 0)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        if (self._uploads / token).is_dir():
            return Upload(token)
        done = self._done(file)
        if (self._uploads / f"{token}.joined").exists() and done.exists() and done.stat().st_size == file.size:
            return Upload(token, file.size, complete=True)
        return None

    def plan(self, file: SubmissionFile, upload: Upload, wanted: int) -> PartPlan | None:
        return PartPlan(file.size, wanted)

    def held_parts(self, file: SubmissionFile, upload: Upload) -> Mapping[int, str] | None:
        if not self._place.tells:
            return None
        found = (self._uploads / upload.token).glob("*.part")
        return {int(p.stem): hashlib.md5(p.read_bytes(), usedforsecurity=False).hexdigest() for p in found}

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        """A file too small for parts: its only one."""
        self.send_part(file, upload, 1, body)
        return self.join(file, upload, {1: ""})

    def send_part(self, file: SubmissionFile, upload: Upload, number: int, body: Body) -> str:
        place, came = self._place, 0
        with place.counting:
            place.at_once += 1
            place.most_at_once = max(place.most_at_once, place.at_once)
        mine = self._uploads / upload.token / f"{number}.{threading.get_ident()}"
        try:
            place.before(number)
            with mine.open("wb") as out:
                while block := body.read(16_384):
                    out.write(block)
                    came += len(block)
                    if came >= body.length // 2 > came - len(block):
                        place.amid(number)
            mine.replace(self._uploads / upload.token / f"{number}.part")
        except FileNotFoundError as error:
            raise Retryable(problems.upload_lost("place")) from error
        finally:
            with place.counting:
                place.at_once -= 1
            place.note(f"{upload.token}/{number}" + ("" if came == body.length else "~"), came)
        return body.digest("md5")

    def join(self, file: SubmissionFile, upload: Upload, receipts: Mapping[int, str]) -> Upload:
        folder, done = self._uploads / upload.token, self._done(file)
        if not folder.is_dir():
            found = self.find(file, upload.token)
            if found is None:
                raise Retryable(problems.upload_lost("place"))
            return found
        done.parent.mkdir(parents=True, exist_ok=True)
        with (self._uploads / f"{upload.token}.whole").open("wb") as out:
            for number in sorted(receipts):
                out.write((folder / f"{number}.part").read_bytes())
        (self._uploads / f"{upload.token}.joined").touch()
        (self._uploads / f"{upload.token}.whole").replace(done)
        self._remove(folder)
        return Upload(upload.token, file.size, complete=True)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        done = self._done(file)
        digest = hashlib.sha256(done.read_bytes()).hexdigest()
        if self._place.digests and digest != sha256:
            raise Damaged(problems.differs("place"))
        return HeldFile(file.name, file.size, {"sha256": digest} if self._place.digests else {})

    def abandon(self, file: SubmissionFile, token: str) -> None:
        with contextlib.suppress(OSError, DepositError):
            self._remove(self._uploads / token)

    def close(self) -> None:
        """Nothing stays open."""

    def _done(self, file: SubmissionFile) -> Path:
        return self._files / file.name

    def _remove(self, folder: Path) -> None:
        """In one step, so that a kill leaves no half of it."""
        gone = folder.with_suffix(".gone")
        folder.replace(gone)
        for path in gone.iterdir():
            path.unlink()
        gone.rmdir()
