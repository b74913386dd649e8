"""Large files in pieces where the server writes a PUT with Content-Range to its place, as Apache's mod_dav does.

The protocol does not ask for that (RFC 9110, 14.5): others refuse it, and a third kind would replace the file by the
piece. It is tried on a file of two bytes, each time before a large file is begun.
"""

from __future__ import annotations

from depositor.draft.submission import SubmissionFile
from depositor.transfer.ports import Upload
from depositor.transfer.webdav.wire import WebdavWire

FROM = 64 << 20  # smaller files are sent again from their beginning
PART = 32 << 20
BACK_UP = 1 << 20  # the last bytes before a broken line may be anything
_MARK = "ranged\n"  # no name has a line break


def token_for(target: str) -> str:
    return _MARK + target


def is_ranged(token: str) -> bool:
    return token.startswith(_MARK)


def target_of(token: str) -> str:
    """The name that is written to; other tokens are that name."""
    return token.removeprefix(_MARK)


def headers(file: SubmissionFile, upload: Upload, length: int) -> dict[str, str]:
    """Nothing for the first piece: it makes the file."""
    if not upload.offset:
        return {}
    return {"Content-Range": f"bytes {upload.offset}-{upload.offset + length - 1}/{file.size}"}


def are_written_in_place(wire: WebdavWire, url: str) -> bool:
    """Write ``ab``, then a ``c`` behind the ``a`` and a ``d`` behind that; ``acd`` must have come of it."""
    pieces: tuple[tuple[bytes, dict[str, str]], ...] = (
        (b"ab", {}),
        (b"c", {"Content-Range": "bytes 1-1/3"}),
        (b"d", {"Content-Range": "bytes 2-2/3"}),
    )
    try:
        for data, range_ in pieces:
            if wire.ask("PUT", url, range_, data).status_code not in (200, 201, 204):
                return False
        answer = wire.ask("GET", url, {"Accept-Encoding": "identity"})
        return answer.status_code == 200 and answer.content == b"acd"
    finally:
        wire.ask("DELETE", url)
