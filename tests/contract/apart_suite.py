"""What every carrier must do that takes parts in any order (:class:`~depositor.transfer.ports.SendsApart`)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pytest

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, DepositError, Problem, Retryable, Side
from depositor.draft.submission import SubmissionFile
from depositor.transfer.ports import Carrier, PartPlan, SendsApart, Upload

BROKEN = Problem("test.broken", Side.NETWORK, msg("test.broken", "Broken."), msg("test.broken.advice", "Wait."))
_SIZES = (3_000_001, 12_000_001, 24_000_001)  # until there are several parts: some servers want large ones
_WANTED = 600_000


class BytesBody:
    """A part of a file. ``break_at``: reading raises there, as when the user pauses or the line breaks."""

    def __init__(self, data: bytes, break_at: int | None = None) -> None:
        self._data, self._break_at, self._at = data, break_at, 0
        self.length = len(data)

    def __len__(self) -> int:
        return self.length

    @property
    def sha1(self) -> str:
        return self.digest("sha1")

    def digest(self, algorithm: str) -> str:
        return hashlib.new(algorithm, self._data, usedforsecurity=False).hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        if self._break_at is not None and self._at >= self._break_at:
            raise Retryable(BROKEN)
        most = 65536 if size < 0 else min(size, 65536)
        if self._break_at is not None:
            most = min(most, self._break_at - self._at)
        block = self._data[self._at : self._at + most]
        self._at += len(block)
        return block

    def rewind(self) -> None:
        self._at = 0


@dataclass(frozen=True)
class Cut:
    """A file that was begun in parts."""

    file: SubmissionFile
    data: bytes
    upload: Upload
    plan: PartPlan

    def body(self, number: int, break_at: int | None = None) -> BytesBody:
        offset, length = self.plan.span(number)
        return BytesBody(self.data[offset : offset + length], break_at)

    def send(self, carrier: Any, number: int) -> str:
        receipt = carrier.send_part(self.file, self.upload, number, self.body(number))
        assert isinstance(receipt, str)
        return receipt

    @property
    def numbers(self) -> list[int]:
        return list(range(1, self.plan.count + 1))


class ApartSuite:
    """Promises that are kept or do not apply: a carrier without parts skips them."""

    def file(self, name: str, data: bytes) -> SubmissionFile:
        raise NotImplementedError

    def cut(self, carrier: Carrier, name: str) -> Cut:
        if not isinstance(carrier, SendsApart):
            pytest.skip("this protocol has no parts in any order")
        for size in _SIZES:
            data = random.Random(size).randbytes(size)
            file = self.file(f"{name} {size}.tif", data)
            upload = carrier.begin(file)
            plan = None if upload.complete else carrier.plan(file, upload, _WANTED)
            if plan is not None and plan.count > 1:
                assert plan.size == size
                return Cut(file, data, upload, plan)
            if hasattr(carrier, "abandon"):
                carrier.abandon(file, upload.token)
        pytest.skip("this protocol sends such files in one piece here")

    def joined(self, carrier: Any, cut: Cut, receipts: Mapping[int, str]) -> None:
        upload = carrier.join(cut.file, cut.upload, receipts)
        assert upload.complete
        digest = hashlib.sha256(cut.data).hexdigest()
        held = carrier.finish(cut.file, upload, digest)
        assert (held.name, held.size) == (cut.file.name, cut.file.size)
        assert held.digests.get("sha256", digest) == digest

    # --- promises ----------------------------------------------------------------------------------------------------

    def test_parts_arrive_in_any_order_over_several_lines(self, place: Any) -> None:
        first, second = place.carrier(), place.carrier()
        cut = self.cut(first, "any order")
        numbers = cut.numbers[::-1]
        with ThreadPoolExecutor(2) as pool:
            lines = [
                pool.submit(lambda c, some: {n: cut.send(c, n) for n in some}, c, some)
                for c, some in ((first, numbers[::2]), (second, numbers[1::2]))
            ]
            receipts = {n: receipt for line in lines for n, receipt in line.result().items()}
        self.joined(first, cut, receipts)
        assert place.content(cut.file.name) == cut.data
        assert place.names().count(cut.file.name) == 1
        first.close()
        second.close()

    def test_a_part_that_is_sent_twice_counts_once(self, place: Any) -> None:
        carrier = place.carrier()
        cut = self.cut(carrier, "twice")
        receipts = {n: cut.send(carrier, n) for n in cut.numbers}
        receipts[1] = cut.send(carrier, 1)
        self.joined(carrier, cut, receipts)
        assert place.content(cut.file.name) == cut.data
        carrier.close()

    def test_after_a_kill_the_parts_that_are_there_need_not_be_sent_again(self, place: Any) -> None:
        carrier = place.carrier()
        cut = self.cut(carrier, "killed")
        kept = {n: cut.send(carrier, n) for n in cut.numbers[:-1]}
        carrier.close()
        again = cast(Any, place.carrier())
        found = again.find(cut.file, cut.upload.token)
        assert found is not None
        assert not found.complete
        assert again.plan(cut.file, found, _WANTED) == cut.plan
        held = again.held_parts(cut.file, found)
        assert held is None or {n: held.get(n) for n in kept} == kept
        later = Cut(cut.file, cut.data, found, cut.plan)
        self.joined(again, later, {**kept, cut.numbers[-1]: later.send(again, cut.numbers[-1])})
        assert place.content(cut.file.name) == cut.data
        again.close()

    def test_a_part_that_broke_off_is_not_held(self, place: Any) -> None:
        carrier = place.carrier()
        cut = self.cut(carrier, "broken")
        kept = {n: cut.send(carrier, n) for n in cut.numbers[1:]}
        with pytest.raises(DepositError):
            carrier.send_part(cut.file, cut.upload, 1, cut.body(1, break_at=len(cut.body(1)) * 2 // 3))
        carrier.close()
        again = cast(Any, place.carrier())
        found = again.find(cut.file, cut.upload.token)
        assert found is not None
        held = again.held_parts(cut.file, found)
        assert held is None or 1 not in held
        self.joined(again, cut, {1: cut.send(again, 1), **kept})
        assert place.content(cut.file.name) == cut.data
        again.close()

    def test_joining_twice_leaves_one(self, place: Any) -> None:
        """The crash between the answer and the journal."""
        carrier = place.carrier()
        cut = self.cut(carrier, "joined")
        receipts = {n: cut.send(carrier, n) for n in cut.numbers}
        carrier.join(cut.file, cut.upload, receipts)
        carrier.close()
        again = cast(Any, place.carrier())
        found = again.find(cut.file, cut.upload.token)
        if found is not None and found.complete:
            again.finish(cut.file, found, hashlib.sha256(cut.data).hexdigest())
        elif found is not None:
            self.joined(again, cut, receipts)
        else:
            pytest.fail("what was joined was forgotten")
        assert place.content(cut.file.name) == cut.data
        assert place.names().count(cut.file.name) == 1
        again.close()

    def test_a_spoiled_part_is_noticed(self, place: Any) -> None:
        """By a receipt that does not agree any more, by the join, or by the proof at the end. A place that can do it
        has ``spoil_part(name, token)``: it changes a byte of one part that is there."""
        carrier = place.carrier()
        cut = self.cut(carrier, "spoilt")
        receipts = {n: cut.send(carrier, n) for n in cut.numbers}
        if not hasattr(place, "spoil_part"):
            pytest.skip("parts cannot be spoilt here")
        place.spoil_part(cut.file.name, cut.upload.token)
        held = carrier.held_parts(cut.file, cut.upload)
        if held is None or dict(held) == receipts:
            with pytest.raises((Damaged, Retryable)) as caught:
                self.joined(carrier, cut, receipts)
            assert caught.value.problem.code in ("archive.differs", "archive.checksum", "archive.upload-lost")
        carrier.close()
