"""The file protocol inside SSH, version 3, as deposits need it: many writes under way at once, and nothing else.

draft-ietf-secsh-filexfer-02, and the extensions in OpenSSH's ``PROTOCOL`` (posix-rename, fsync, statvfs, limits).
Written here because the window of writes under way must be known exactly: what the server has not confirmed counts as
not there.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence

from depositor.transfer.sftp.packets import Seen, attributes, entries, first_string, string, strings
from depositor.transfer.sftp.talk import (
    DENIED,
    END,
    EXTENDED,
    FAILURE,
    IS_EXTENDED,
    LINE_LOST,
    NO_FILE,
    NO_SPACE,
    QUOTA,
    Denial,
    SftpTalk,
)

__all__ = ["DENIED", "END", "FAILURE", "LINE_LOST", "NO_FILE", "NO_SPACE", "QUOTA", "Denial", "SftpWire"]

WINDOW = 4 << 20  # so many bytes may be under way unconfirmed; more than OpenSSH lets into its own window (2 MiB)
SUM_PACE = 50_000_000  # bytes per second that a slow server may take for the sum of a file
READ, WRITE, CREATE, TRUNCATE = 1, 2, 8, 16

_OPEN, _CLOSE, _READ, _WRITE, _FSETSTAT, _OPENDIR, _READDIR = 3, 4, 5, 6, 10, 11, 12
_REMOVE, _MKDIR, _RMDIR, _STAT, _RENAME = 13, 14, 15, 17, 18
_IS_HANDLE, _IS_DATA, _IS_NAMES, _IS_ATTRIBUTES = 102, 103, 104, 105
_HAS_TIMES = 8


class SftpWire(SftpTalk):
    """One SFTP session in a channel. For one thread. Raises Denial, and what the channel raises.

    ``post_*`` send a request and return its number; :meth:`take` waits for its answer. The others do both.
    """

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
        self.take(self.post_remove(path))

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
        """:meth:`post_rename`, and wait for the yes."""
        self.take(self.post_rename(path, final))

    def post_rename(self, path: str, final: str) -> int:
        """Rename in one step, over what stands there where the server can do that."""
        old, new = string(path.encode()), string(final.encode())
        if b"posix-rename@openssh.com" in self.extensions:
            return self._post(EXTENDED, string(b"posix-rename@openssh.com"), old, new)
        return self._post(_RENAME, old, new)

    def post_remove(self, path: str) -> int:
        return self._post(_REMOVE, string(path.encode()))

    def post_sync(self, handle: bytes) -> int | None:
        """Bring a file to the server's disk; None where the server does not offer that."""
        if b"fsync@openssh.com" not in self.extensions:
            return None
        return self._post(EXTENDED, string(b"fsync@openssh.com"), string(handle))

    def free(self, path: str) -> int | None:
        """Bytes that we may still write where ``path`` lies; None where the server does not tell."""
        if b"statvfs@openssh.com" not in self.extensions:
            return None
        try:
            number = self._post(EXTENDED, string(b"statvfs@openssh.com"), string(path.encode()))
            _, fragment, _, _, available = struct.unpack_from(">5Q", self._expect(number, IS_EXTENDED))
        except (Denial, struct.error):
            return None
        return int(fragment * available)

    def check_file(self, path: str, size: int) -> str | None:
        """The SHA-256 of the whole file as the server computes it; None where it does not offer that
        (draft-ietf-secsh-filexfer-extensions-00, 3). proftpd can do it and does not say so."""
        if b"check-file" not in self.extensions and "mod_sftp" not in self._server():
            return None
        wanted = (string(b"check-file-name"), string(path.encode()), string(b"sha256"), struct.pack(">QQI", 0, 0, 0))
        usual = self._channel.gettimeout()
        self._channel.settimeout((usual or 0) + size / SUM_PACE)
        try:
            answer = self._expect(self._post(EXTENDED, *wanted), IS_EXTENDED)
        except Denial:
            return None
        finally:
            self._channel.settimeout(usual)
        return answer[-32:].hex() if b"sha256" in strings(answer) and len(answer) >= 32 + 10 else None

    def _server(self) -> str:
        transport = self._channel.get_transport()
        return "" if transport is None else str(transport.remote_version)

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

    def write_small(self, handle: bytes, data: bytes, mtime_s: int, *, sync: bool) -> None:
        """Write a file whole and set its time, to the disk where ``sync`` asks for it, on one way there and back. The
        handle stays open. Denial of the first of these that matters."""
        at = range(0, len(data), self.block)
        writes = [self.post_write(handle, offset, data[offset : offset + self.block]) for offset in at]
        synced, times = self.post_sync(handle) if sync else None, self.post_times(handle, mtime_s)
        denials = [denial for number in (*writes, synced) if number and (denial := self._denied(number))]
        self.settle(times)
        if denials:
            raise denials[0]

    def read_small(self, handle: bytes, size: int) -> bytes | None:
        """What the open file holds, with the byte behind it where there is one, and close it, on one way there and
        back; None where the server does not give it."""
        at = range(0, size, self.block)
        reads = [self.post_read(handle, offset, min(self.block, size - offset)) for offset in at]
        behind, close = self.post_read(handle, size, 1), self.post_close(handle)
        back = [self._answer_to_read(number) for number in (*reads, behind)]
        return b"".join(back) if self._denied(close) is None and all(back[:-1]) else None

    def _denied(self, number: int) -> Denial | None:
        try:
            self.take(number)
        except Denial as denial:
            return denial
        return None

    def _answer_to_read(self, number: int) -> bytes:
        """Empty where nothing came back."""
        try:
            return first_string(self._expect(number, _IS_DATA))
        except Denial:
            return b""

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
