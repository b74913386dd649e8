"""The file protocol inside SSH, version 3, as deposits need it: many writes under way at once, and nothing else.

draft-ietf-secsh-filexfer-02, and the extensions in OpenSSH's ``PROTOCOL`` (posix-rename, fsync, statvfs, limits).
Written here because the window of writes under way must be known exactly: what the server has not confirmed counts as
not there.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from depositor.draft.problem import NeedsUser, Retryable
from depositor.transfer import problems, sftp_problems
from depositor.transfer.sftp_packets import Seen, attributes, entries, first_string, string, strings

if TYPE_CHECKING:
    import paramiko

WINDOW = 4 << 20  # so many bytes may be under way unconfirmed; more than OpenSSH lets into its own window (2 MiB)
SUM_PACE = 50_000_000  # bytes per second that a slow server may take for the sum of a file
READ, WRITE, CREATE, TRUNCATE = 1, 2, 8, 16

_VERSION = 3
_INIT, _OPEN, _CLOSE, _READ, _WRITE, _FSETSTAT, _OPENDIR, _READDIR = 1, 3, 4, 5, 6, 10, 11, 12
_REMOVE, _MKDIR, _RMDIR, _STAT, _RENAME, _EXTENDED = 13, 14, 15, 17, 18, 200
_IS_VERSION, _IS_STATUS, _IS_HANDLE, _IS_DATA, _IS_NAMES, _IS_ATTRIBUTES, _IS_EXTENDED = (
    *(2, 101, 102, 103, 104, 105, 201),
)
_HAS_TIMES = 8
_PLAIN_BLOCK = 32 << 10  # what every server must take
_LARGEST_BLOCK = 256 << 10
_LARGEST_PACKET = 1 << 20
_RECEIVE = 64 << 10

OK, END, NO_FILE, DENIED, FAILURE, NO_SPACE, QUOTA = 0, 1, 2, 3, 4, 14, 15
LINE_LOST = (6, 7)


class Denial(Exception):
    """The server answered something else than yes: ``code`` (SSH_FX_*) and its own words."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


class SftpWire:
    """One SFTP session in a channel. For one thread. Raises Denial, and what the channel raises.

    ``post_*`` send a request and return its number; :meth:`take` waits for its answer. The others do both.
    """

    def __init__(self, channel: paramiko.Channel, host: str) -> None:
        self._channel, self._host = channel, host
        self._number = 0
        self._received = bytearray()
        self._answers: dict[int, tuple[int, bytes]] = {}
        self._ignored: set[int] = set()
        self.extensions: frozenset[bytes] = frozenset()
        self.block = _PLAIN_BLOCK
        self._hello()

    # --- files -----------------------------------------------------------------------------------------------------

    def post_open(self, path: str, flags: int) -> int:
        return self._post(_OPEN, string(path.encode()), struct.pack(">II", flags, 0))

    def open(self, path: str, flags: int) -> bytes:
        """The handle of a file."""
        return self.handle(self.post_open(path, flags))

    def handle(self, number: int) -> bytes:
        """The handle that a :meth:`post_open` brings."""
        return first_string(self._expect(number, _IS_HANDLE))

    def post_close(self, handle: bytes) -> int:
        return self._post(_CLOSE, string(handle))

    def post_write(self, handle: bytes, offset: int, data: bytes) -> int:
        return self._post(_WRITE, string(handle), struct.pack(">QI", offset, len(data)), data)

    def post_read(self, handle: bytes, offset: int, length: int) -> int:
        return self._post(_READ, string(handle), struct.pack(">QI", offset, length))

    def post_times(self, handle: bytes, seconds: int) -> int:
        """Set the time of the last change; the protocol has 32 bits for it."""
        seconds = min(max(seconds, 0), 2**32 - 1)
        return self._post(_FSETSTAT, string(handle), struct.pack(">III", _HAS_TIMES, seconds, seconds))

    def post_stat(self, path: str) -> int:
        return self._post(_STAT, string(path.encode()))

    def stat(self, path: str) -> Seen | None:
        """None where there is nothing of this name."""
        return self.seen(self.post_stat(path))

    def seen(self, number: int) -> Seen | None:
        """What a :meth:`post_stat` brings."""
        try:
            data = self._expect(number, _IS_ATTRIBUTES)
        except Denial as denial:
            if denial.code == NO_FILE:
                return None
            raise
        return attributes(data)

    def post_mkdir(self, path: str) -> int:
        return self._post(_MKDIR, string(path.encode()), struct.pack(">I", 0))

    def remove(self, path: str) -> None:
        self.take(self._post(_REMOVE, string(path.encode())))

    def remove_folder(self, path: str) -> None:
        self.take(self._post(_RMDIR, string(path.encode())))

    def listed(self, path: str) -> Iterator[tuple[str, Seen]]:
        """What lies directly in a folder, links followed not, without ``.`` and ``..``."""
        handle = first_string(self._expect(self._post(_OPENDIR, string(path.encode())), _IS_HANDLE))
        try:
            while True:
                yield from entries(self._expect(self._post(_READDIR, string(handle)), _IS_NAMES))
        except Denial as denial:
            if denial.code != END:
                raise
        finally:
            self.ignore(self.post_close(handle))

    def rename(self, path: str, final: str) -> None:
        """Rename in one step, over what stands there where the server can do that."""
        old, new = string(path.encode()), string(final.encode())
        if b"posix-rename@openssh.com" in self.extensions:
            self.take(self._post(_EXTENDED, string(b"posix-rename@openssh.com"), old, new))
            return
        self.take(self._post(_RENAME, old, new))

    def post_sync(self, handle: bytes) -> int | None:
        """Bring a file to the server's disk; None where the server does not offer that."""
        if b"fsync@openssh.com" not in self.extensions:
            return None
        return self._post(_EXTENDED, string(b"fsync@openssh.com"), string(handle))

    def free(self, path: str) -> int | None:
        """Bytes that we may still write where ``path`` lies; None where the server does not tell."""
        if b"statvfs@openssh.com" not in self.extensions:
            return None
        try:
            number = self._post(_EXTENDED, string(b"statvfs@openssh.com"), string(path.encode()))
            _, fragment, _, _, available = struct.unpack_from(">5Q", self._expect(number, _IS_EXTENDED))
        except (Denial, struct.error):
            return None
        return int(fragment * available)

    def check_file(self, path: str, size: int) -> str | None:
        """The SHA-256 of the whole file as the server computes it; None where it does not offer that
        (draft-ietf-secsh-filexfer-extensions-00, 3)."""
        if b"check-file" not in self.extensions:
            return None
        wanted = (string(b"check-file-name"), string(path.encode()), string(b"sha256"), struct.pack(">QQI", 0, 0, 0))
        usual = self._channel.gettimeout()
        self._channel.settimeout((usual or 0) + size / SUM_PACE)
        try:
            answer = self._expect(self._post(_EXTENDED, *wanted), _IS_EXTENDED)
        except Denial:
            return None
        finally:
            self._channel.settimeout(usual)
        return answer[-32:].hex() if b"sha256" in strings(answer) and len(answer) >= 32 + 10 else None

    def write_all(self, handle: bytes, offset: int, blocks: Iterator[bytes]) -> Iterator[int]:
        """Write ``blocks`` from ``offset`` on with a window of writes under way; yields how far all is confirmed."""
        under_way: deque[tuple[int, int]] = deque()
        confirmed = at = offset
        for block in blocks:
            under_way.append((self.post_write(handle, at, block), at + len(block)))
            at += len(block)
            before = confirmed
            while under_way and (at - confirmed > WINDOW or self._is_here(under_way[0][0])):
                number, confirmed = under_way.popleft()
                self.take(number)
            if confirmed > before:
                yield confirmed
        for number, confirmed in under_way:
            self.take(number)
            yield confirmed

    def read_all(self, handle: bytes, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes at each (offset, length); fewer where the file ends before."""
        pieces = [(o, [(at, min(self.block, o + n - at)) for at in range(o, o + n, self.block)]) for o, n in spans]
        asked = [[(self.post_read(handle, *piece), *piece) for piece in some] for _, some in pieces]
        return [b"".join(self._read_on(handle, *one) for one in some) for some in asked]

    def _read_on(self, handle: bytes, number: int, offset: int, length: int) -> bytes:
        """A server may give less than was asked for; ask for the rest."""
        data = bytearray()
        while True:
            try:
                piece = first_string(self._expect(number, _IS_DATA))
            except Denial as denial:
                if denial.code == END:
                    return bytes(data)
                raise
            data += piece
            if len(data) >= length or not piece:
                return bytes(data)
            number = self.post_read(handle, offset + len(data), length - len(data))

    def close(self) -> None:
        """Close the channel; the line stands."""
        self._channel.close()

    # --- requests and answers --------------------------------------------------------------------------------------

    def take(self, number: int) -> None:
        """Wait for a plain yes."""
        self._expect(number, _IS_STATUS)

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
        number = self._post(_EXTENDED, string(b"limits@openssh.com"))
        try:
            most, most_read, most_write = struct.unpack_from(">3Q", self._expect(number, _IS_EXTENDED))
        except (Denial, struct.error):
            return
        told = [n for n in (most and most - 1024, most_read, most_write) if n > 0]
        self.block = max(min([*told, _LARGEST_BLOCK]), _PLAIN_BLOCK) if told else _PLAIN_BLOCK

    def _post(self, kind: int, *fields: bytes) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._send(struct.pack(">BI", kind, self._number), *fields)
        return self._number

    def _send(self, *fields: bytes) -> None:
        length = sum(len(field) for field in fields)
        packet = b"".join((struct.pack(">I", length), *fields))
        at = 0
        while at < len(packet):
            at += self._channel.send(packet[at : at + _PLAIN_BLOCK])

    def _expect(self, number: int, wanted: int) -> bytes:
        kind, data = self._wait(number)
        if kind == wanted and kind != _IS_STATUS:
            return data
        if kind != _IS_STATUS or len(data) < 4:
            raise Retryable(problems.odd_answer(self._host))
        code = int.from_bytes(data[:4], "big")
        if code != OK or wanted != _IS_STATUS:
            raise Denial(code, next(iter(strings(data[4:])), b"").decode("utf-8", "replace"))
        return data

    def _wait(self, number: int) -> tuple[int, bytes]:
        while number not in self._answers:
            self._receive()
        return self._answers.pop(number)

    def _is_here(self, number: int) -> bool:
        """True where the answer can be had without waiting."""
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
