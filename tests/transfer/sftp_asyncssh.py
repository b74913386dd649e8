"""An SFTP server of asyncssh in a process of its own: ``python sftp_asyncssh.py '{"folder": ..., ...}'``.

Prints its port. Keys: ``folder``; ``host_key`` (file); ``port``; ``keys`` (authorized_keys file); ``password``;
``questions`` ([[text, visible, answer], ...], asked one by one); ``both`` (password and then the questions);
``deny`` (names of operations that are forbidden); ``full`` (a write fails once a file is so large).
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import asyncssh

GIVEN: dict[str, Any] = json.loads(sys.argv[1])
DENY = frozenset(GIVEN.get("deny", ()))


class Guard(asyncssh.SSHServer):  # type: ignore[misc]
    def connection_made(self, conn: Any) -> None:
        self.conn = conn
        self.asked = 0

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return "password" in GIVEN

    def validate_password(self, username: str, password: str) -> bool:
        return bool(username == "dep" and password == GIVEN["password"])

    def kbdint_auth_supported(self) -> bool:
        return "questions" in GIVEN

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        self.asked = 0
        return self._next()

    def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        wanted = GIVEN["questions"][self.asked][2]
        if list(responses) != [wanted]:
            return False
        self.asked += 1
        return self._next() if self.asked < len(GIVEN["questions"]) else True

    def _next(self) -> Any:
        text, visible, _ = GIVEN["questions"][self.asked]
        return ("Second factor", "Please prove who you are.", "", [(text, visible)])


class Files(asyncssh.SFTPServer):  # type: ignore[misc]
    def __init__(self, chan: Any) -> None:
        super().__init__(chan, chroot=GIVEN["folder"])

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if "read" in DENY and pflags & asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("A drop box.")
        if "open" in DENY:
            raise asyncssh.SFTPPermissionDenied("Not here.")
        return super().open(path, pflags, attrs)

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        if "full" in GIVEN and offset + len(data) > GIVEN["full"]:
            raise asyncssh.SFTPFailure("No space left on device")
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._may("rename")
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._may("rename")
        return super().posix_rename(oldpath, newpath)

    def _may(self, what: str) -> None:
        if what in DENY:
            raise asyncssh.SFTPPermissionDenied("Not allowed.")


async def main() -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        GIVEN.get("port", 0),
        server_factory=Guard,
        server_host_keys=[GIVEN["host_key"]],
        authorized_client_keys=GIVEN.get("keys"),
        sftp_factory=Files,
        process_factory=None,
        gss_host=None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
