"""Requests and answers of SFTP inside one channel of SSH: gathered on their way out, sorted on their way in."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from depositor.draft.problem import NeedsUser, Retryable
from depositor.transfer import problems
from depositor.transfer.sftp import problems as sftp_problems
from depositor.transfer.sftp.packets import string, strings

if TYPE_CHECKING:
    import paramiko

OK, END, NO_FILE, DENIED, FAILURE, NO_SPACE, QUOTA = 0, 1, 2, 3, 4, 14, 15
LINE_LOST = (6, 7)
IS_STATUS, EXTENDED, IS_EXTENDED = 101, 200, 201

_VERSION, _INIT, _IS_VERSION = 3, 1, 2
_PLAIN_BLOCK = 32 << 10  # what every server must take
_LARGEST_BLOCK = 256 << 10
_LARGEST_PACKET = 1 << 20
_RECEIVE = 64 << 10


class Denial(Exception):
    """The server answered something else than yes: ``code`` (SSH_FX_*) and its own words."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


class SftpTalk:
    """One SFTP session in a channel. For one thread. Raises Denial, and what the channel raises."""

    def __init__(self, channel: paramiko.Channel, host: str) -> None:
        self._channel, self._host = channel, host
        self._number = 0
        self._received = bytearray()
        self._answers: dict[int, tuple[int, bytes]] = {}
        self._ignored: set[int] = set()
        self._waiting: list[bytes] = []
        self._gathered = 0
        self.extensions: frozenset[bytes] = frozenset()
        self.block = _PLAIN_BLOCK
        self._hello()

    # --- requests and answers --------------------------------------------------------------------------------------

    def take(self, number: int) -> None:
        """Wait for a plain yes."""
        self._expect(number, IS_STATUS)

    def settle(self, *numbers: int | None) -> None:
        """Wait for answers that may as well be no."""
        for number in numbers:
            if number is not None:
                self._wait(number)

    def ignore(self, number: int) -> None:
        """An answer that may come whenever it likes."""
        self._ignored.add(number)

    def _hello(self) -> None:
        """Version and extensions; a subsystem that is not there closes the channel, or talks nonsense."""
        import paramiko

        try:
            self._channel.invoke_subsystem("sftp")
            self._send(struct.pack(">BI", _INIT, _VERSION))
            self._flush()
            kind, data = self._packet()
        except (paramiko.SSHException, EOFError) as error:
            transport = self._channel.get_transport()
            if transport is not None and transport.is_active():
                raise NeedsUser(sftp_problems.no_sftp(self._host)) from error
            raise
        if kind != _IS_VERSION or len(data) < 4:
            raise NeedsUser(sftp_problems.no_sftp(self._host))
        self.extensions = frozenset(strings(data[4:])[::2])
        self._limits()

    def _limits(self) -> None:
        """How large a write may be: fewer and larger ones cost less on both sides."""
        if b"limits@openssh.com" not in self.extensions:
            return
        number = self._post(EXTENDED, string(b"limits@openssh.com"))
        try:
            most, most_read, most_write = struct.unpack_from(">3Q", self._expect(number, IS_EXTENDED))
        except (Denial, struct.error):
            return
        told = [n for n in (most and most - 1024, most_read, most_write) if n > 0]
        self.block = max(min([*told, _LARGEST_BLOCK]), _PLAIN_BLOCK) if told else _PLAIN_BLOCK

    def _post(self, kind: int, *fields: bytes) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._send(struct.pack(">BI", kind, self._number), *fields)
        return self._number

    def _send(self, *fields: bytes) -> None:
        """Gathered until somebody waits, or a packet of SSH is full: several requests cost as much as one then."""
        length = sum(len(field) for field in fields)
        self._waiting += [struct.pack(">I", length), *fields]
        self._gathered += 4 + length
        if self._gathered >= _PLAIN_BLOCK:
            self._flush()

    def _flush(self) -> None:
        packets, self._waiting, self._gathered = b"".join(self._waiting), [], 0
        at = 0
        while at < len(packets):
            at += self._channel.send(packets[at : at + _PLAIN_BLOCK])

    def _expect(self, number: int, wanted: int) -> bytes:
        kind, data = self._wait(number)
        if kind == wanted and kind != IS_STATUS:
            return data
        if kind != IS_STATUS or len(data) < 4:
            raise Retryable(problems.odd_answer(self._host))
        code = int.from_bytes(data[:4], "big")
        if code != OK or wanted != IS_STATUS:
            raise Denial(code, next(iter(strings(data[4:])), b"").decode("utf-8", "replace"))
        return data

    def _wait(self, number: int) -> tuple[int, bytes]:
        while number not in self._answers:
            self._flush()
            self._receive()
        return self._answers.pop(number)

    def _is_here(self, number: int) -> bool:
        """True where the answer can be had without waiting."""
        self._flush()
        while number not in self._answers and (self._has_packet() or self._channel.recv_ready()):
            self._receive()
        return number in self._answers

    def _receive(self) -> None:
        kind, data = self._packet()
        if len(data) < 4:
            raise Retryable(problems.odd_answer(self._host))
        number = int.from_bytes(data[:4], "big")
        if number in self._ignored:
            self._ignored.discard(number)
        else:
            self._answers[number] = (kind, data[4:])

    def _has_packet(self) -> bool:
        return len(self._received) >= 4 and len(self._received) >= 4 + int.from_bytes(self._received[:4], "big")

    def _packet(self) -> tuple[int, bytes]:
        while not self._has_packet():
            data = self._channel.recv(_RECEIVE)
            if not data:
                raise EOFError
            self._received += data
            if len(self._received) >= 4 and int.from_bytes(self._received[:4], "big") > _LARGEST_PACKET:
                raise Retryable(problems.odd_answer(self._host))
        end = 4 + int.from_bytes(self._received[:4], "big")
        if end == 4:
            raise Retryable(problems.odd_answer(self._host))
        kind, data = self._received[4], bytes(self._received[5:end])
        del self._received[:end]
        return kind, data
