"""What every carrier must do, executable. A new protocol begins by making this suite run against a real server.

Subclass :class:`CarrierSuite` and give a fixture ``place`` (a :class:`Place`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Protocol

import pytest
from apart_suite import BROKEN, ApartSuite, BytesBody

from depositor.draft.problem import Damaged, DepositError
from depositor.draft.submission import SubmissionFile
from depositor.transfer.ports import Carrier, CutsParts, Interruptible, OneRequest, Upload

__all__ = ["BROKEN", "BytesBody", "CarrierSuite", "Place"]


class Place(Protocol):
    """Where the carrier under test writes to, seen from behind."""

    def carrier(self) -> Carrier: ...

    def names(self) -> list[str]:
        """The names of what is completely there, one per object, sorted."""
        ...

    def content(self, name: str) -> bytes | None: ...

    def spoil(self, name: str, token: str) -> bool:
        """Change a byte of what is under way or there, behind the carrier's back; False where that cannot be done."""
        ...


class CarrierSuite(ApartSuite):
    """The promises of :class:`~depositor.transfer.ports.Carrier`."""

    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "source"
        self.folder.mkdir()
        self.made = 0

    def file(self, name: str, data: bytes) -> SubmissionFile:
        path = self.folder / f"{self.made}.bin"
        path.write_bytes(data)
        self.made += 1
        stat = path.stat()
        return SubmissionFile(self.made, str(path), name, name, len(data), stat.st_mtime_ns, stat.st_ino)

    def rest(self, carrier: Carrier, file: SubmissionFile, upload: Upload) -> Upload:
        """Send whatever is left, as the engine does."""
        data = Path(file.source).read_bytes()
        for _ in range(1000):
            if upload.complete:
                return upload
            length = file.size - upload.offset
            length = length if carrier.part_size is None else min(length, carrier.part_size)
            if isinstance(carrier, CutsParts):
                length = min(file.size - upload.offset, carrier.part_length(file, upload))
            upload = carrier.send(file, upload, BytesBody(data[upload.offset : upload.offset + length]))
        raise AssertionError("the upload never came to an end")

    def deposit(self, carrier: Carrier, file: SubmissionFile) -> Any:
        if isinstance(carrier, OneRequest) and file.size <= carrier.one_request:
            upload = carrier.begin_with(file, BytesBody(Path(file.source).read_bytes()))
        else:
            upload = carrier.begin(file)
        return carrier.finish(file, self.rest(carrier, file, upload), self.sha256(file))

    def sha256(self, file: SubmissionFile) -> str:
        return hashlib.sha256(Path(file.source).read_bytes()).hexdigest()

    # --- promises ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", [0, 1, 1000, 3_000_001])
    def test_bytes_arrive_as_they_were(self, place: Place, size: int) -> None:
        data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        file = self.file(f"folder/sub folder/{size} ä☃é.ome.tif", data)
        carrier = place.carrier()
        held = self.deposit(carrier, file)
        assert place.content(file.name) == data
        assert (held.name, held.size) == (file.name, size)
        assert held.digests.get("sha256", self.sha256(file)) == self.sha256(file)
        carrier.close()

    def test_many_files_through_one_carrier(self, place: Place) -> None:
        carrier = place.carrier()
        files = [self.file(f"many/{n:02d}.dcm", bytes([n]) * (n * 1000)) for n in range(12)]
        for file in files:
            self.deposit(carrier, file)
        assert place.names() == [f.name for f in files]
        carrier.close()

    def test_beginning_twice_leaves_one(self, place: Place) -> None:
        file = self.file("twice.tif", b"x" * 5000)
        first = place.carrier()
        first.begin(file)
        first.close()
        second = place.carrier()
        self.deposit(second, file)
        assert place.names() == ["twice.tif"]
        second.close()

    def test_a_broken_send_goes_on_from_what_the_server_says(self, place: Place) -> None:
        data = bytes(range(256)) * 12_000
        file = self.file("resumed.tif", data)
        carrier = place.carrier()
        upload = carrier.begin(file)
        length = len(data) if carrier.part_size is None else min(len(data), carrier.part_size)
        with pytest.raises(DepositError):
            carrier.send(file, upload, BytesBody(data[:length], break_at=length * 2 // 3))
        carrier.close()
        again = place.carrier()
        found = again.find(file, upload.token)
        if again.resumable and found is not None:
            assert found.offset <= length * 2 // 3
        if found is None:
            found = again.begin(file)
        again.finish(file, self.rest(again, file, found), self.sha256(file))
        assert place.content("resumed.tif") == data
        assert place.names().count("resumed.tif") == 1
        again.close()

    def test_what_is_complete_is_found_complete_or_sent_again(self, place: Place) -> None:
        """The crash between the last byte and the journal."""
        data = b"y" * 70_000
        file = self.file("complete.tif", data)
        carrier = place.carrier()
        upload = self.rest(carrier, file, carrier.begin(file))
        carrier.finish(file, upload, self.sha256(file))
        carrier.close()
        again = place.carrier()
        found = again.find(file, upload.token) or again.begin(file)
        again.finish(file, self.rest(again, file, found), self.sha256(file))
        assert place.content("complete.tif") == data
        assert place.names() == ["complete.tif"]
        again.close()

    def test_an_upload_nobody_knows_is_not_found(self, place: Place) -> None:
        file = self.file("unknown.tif", b"z" * 1000)
        carrier = place.carrier()
        token = carrier.begin(self.file("other.tif", b"z" * 1000)).token
        assert carrier.find(file, token.replace("other.tif", "unknown.tif").rstrip("/") + "0123456789") is None
        carrier.close()

    def test_what_was_spoilt_there_is_noticed(self, place: Place) -> None:
        file = self.file("spoilt.tif", b"s" * 100_000)
        carrier = place.carrier()
        upload = self.rest(carrier, file, carrier.begin(file))
        if not place.spoil("spoilt.tif", upload.token):
            pytest.skip("this protocol gives no digest to compare with")
        with pytest.raises(Damaged) as caught:
            carrier.finish(file, upload, self.sha256(file))
        assert caught.value.problem.code == "archive.differs"
        carrier.close()

    def test_closing_and_aborting_are_harmless(self, place: Place) -> None:
        carrier = place.carrier()
        if isinstance(carrier, Interruptible):
            carrier.abort()
        self.deposit(carrier, self.file("after abort.tif", b"a" * 100))
        carrier.close()
        if isinstance(carrier, Interruptible):
            carrier.abort()
        carrier.close()
        assert place.content("after abort.tif") == b"a" * 100
