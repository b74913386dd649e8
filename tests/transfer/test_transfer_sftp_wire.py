"""The file protocol inside SSH against a scripted server, and the places that are read back."""

from __future__ import annotations

import struct

import pytest

from depositor.draft.problem import Retryable
from depositor.transfer import samples
from depositor.transfer.sftp import wire as sftp_wire


class Scripted:
    """A channel whose server answers what the test says."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers, self.sent = b"".join(answers), bytearray()

    def invoke_subsystem(self, name: str) -> None:
        assert name == "sftp"

    def send(self, data: bytes) -> int:
        taken = data[: max(1, len(data) // 2)]  # a channel may take a piece only
        self.sent += taken
        return len(taken)

    def recv(self, most: int) -> bytes:
        data, self._answers = self._answers[:3], self._answers[3:]
        return data

    def recv_ready(self) -> bool:
        return bool(self._answers)

    def get_transport(self) -> None:
        return None


def packet(kind: int, data: bytes) -> bytes:
    return struct.pack(">IB", len(data) + 1, kind) + data


def status(number: int, code: int) -> bytes:
    return packet(101, struct.pack(">II", number, code) + struct.pack(">I", 0) * 2)


VERSION = packet(2, struct.pack(">I", 3))


def test_answers_may_come_in_any_order_and_in_pieces() -> None:
    channel = Scripted([VERSION, status(3, 0), status(1, 0), status(2, 0)])
    wire = sftp_wire.SftpWire(channel, "host")  # type: ignore[arg-type]
    assert list(wire.write_all(b"h", 100, iter([b"a" * 10, b"b" * 20, b"c" * 30])))[-1] == 160


def test_only_what_stands_in_a_row_counts_as_confirmed() -> None:
    channel = Scripted([VERSION, status(2, 0), status(1, 4)])
    wire = sftp_wire.SftpWire(channel, "host")  # type: ignore[arg-type]
    with pytest.raises(sftp_wire.Denial) as caught:
        list(wire.write_all(b"h", 0, iter([b"a" * 10, b"b" * 20])))
    assert caught.value.code == sftp_wire.FAILURE


@pytest.mark.parametrize("answer", [b"\xff\xff\xff\xffx", b"\0\0\0\0", packet(101, b"ab")])
def test_nonsense_is_called_that(answer: bytes) -> None:
    wire = sftp_wire.SftpWire(Scripted([VERSION, answer]), "host")  # type: ignore[arg-type]
    with pytest.raises(Retryable) as caught:
        wire.take(wire.post_mkdir("x"))
    assert caught.value.problem.code == "archive.odd-answer"


@pytest.mark.parametrize("size", [0, 1, samples.WHOLE, samples.WHOLE + 1, 10**12])
def test_samples_lie_inside_and_hold_both_ends(size: int) -> None:
    found = samples.spans(size)
    assert all(offset >= 0 and offset + length <= size for offset, length in found)
    assert sum(length for _, length in found) <= max(samples.WHOLE, 6 * samples.SAMPLE)
    if size:
        assert found[0][0] == 0
        assert sum(found[-1]) == size
