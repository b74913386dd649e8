"""A place on a tus server. tus lists nothing and gives nothing back: which uploads are ours is noted on this computer,
and the server is asked for each of them."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from depositor.archives.generic import problems
from depositor.archives.generic.address import Address
from depositor.archives.generic.ports import Around
from depositor.archives.generic.putting import put
from depositor.archives.generic.tus_notes import Note, Notes
from depositor.archives.ports import Credentials
from depositor.archives.wire import Wire
from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import errors
from depositor.transfer.ports import Body, Carrier, Upload
from depositor.transfer.tus.carrier import TusCarrier
from depositor.transfer.tus.wire import VERSION, TusOptions

if TYPE_CHECKING:
    import requests

_GONE = (403, 404, 410)
_MOST_TEXT = 256 << 10


class OnTus:
    """See :class:`~depositor.archives.generic.ports.Place`. Signs in by a token (Bearer), or by name and password."""

    lists = False

    def __init__(self, address: Address, credentials: Credentials, around: Around) -> None:
        self._address, self._around = address, around
        self._signed = _signature(credentials, address.user)
        self._user = credentials.user or address.user or address.host
        self._endpoint = address.url() + ("/" if around.options.get("slash") else "")
        self._wire = Wire(lambda: address.base, around.make, around.patience, lambda: self._signed)
        self._notes = Notes((around.notes or Path(tempfile.gettempdir(), "depositor-notes")) / "tus.sqlite")

    def account(self) -> str:
        """Make an upload of one byte and take it back, where the server can do that; else only ask what it offers."""
        answer = self._asked("OPTIONS", self._endpoint)
        if answer.status_code in (401, 403):
            raise NeedsUser(problems.no_account(self._address.host))
        if "Tus-Version" not in answer.headers and "Tus-Resumable" not in answer.headers:
            if answer.status_code >= 500 or answer.status_code == 429:
                raise errors.of_status(answer.status_code, self._address.host, errors.retry_after(answer.headers))
            raise NeedsUser(problems.not_tus(self._address.host))
        if "termination" in answer.headers.get("Tus-Extension", ""):
            self._try_creation()
        return self._user

    def folders(self) -> Iterator[str]:
        yield from self._notes.folders()

    def begin(self, folder: str) -> None:
        """The server decides where files lie; their path goes along with each."""

    def put(self, path: str, data: bytes) -> None:
        folder, _, name = path.rpartition("/")
        with contextlib.closing(self.carrier(folder)) as carrier:
            put(carrier, name, data)

    def get(self, path: str) -> bytes | None:
        """A small file of our own, as noted here, if the server has all of it."""
        found = self._notes.of(path)
        if found is None or found.text is None or self._offset(found.url) != found.size:
            return None
        return found.text

    def files(self, folder: str) -> Iterator[HeldFile]:
        for note in self._notes.below(folder):
            offset = self._offset(note.url)
            if offset is not None:
                yield HeldFile(note.path, offset, url=note.url)

    def digests(self, path: str) -> Mapping[str, str]:
        return {}

    def read(self, path: str, size: int) -> Iterator[bytes]:
        raise Refused(problems.not_given_back(self._address.host))

    def remove(self, folder: str) -> None:
        """End each upload (extension "termination"); a server without it forgets them when it likes."""
        for note in self._notes.below(folder):
            self._asked("DELETE", note.url)
        self._notes.forget(folder)

    def drop(self, path: str) -> None:
        note = self._notes.of(path)
        if note is not None:
            self._asked("DELETE", note.url)

    def tidy(self, folder: str) -> None:
        """A begun upload that is not needed stays with the server until it expires."""

    def carrier(self, folder: str) -> Carrier:
        def about(file: SubmissionFile) -> dict[str, str]:
            return {"relativePath": f"{folder}/{file.name}"}

        options = TusOptions(part_size=self._around.part_bytes, metadata=about)
        inner = (self._endpoint, lambda: self._signed, options, self._around.patience, self._around.make)
        return _Noting(self._notes, folder, *inner)

    def url(self, path: str) -> str:
        return self._endpoint

    def close(self) -> None:
        self._wire.close()
        self._notes.close()

    # --- parts -------------------------------------------------------------------------------------------------------

    def _try_creation(self) -> None:
        metadata = "filename " + base64.b64encode(b"depositor-test.txt").decode()
        made = self._asked("POST", self._endpoint, {"Upload-Length": "1", "Upload-Metadata": metadata})
        if made.status_code == 401:
            raise NeedsUser(problems.no_account(self._address.host))
        if made.status_code not in (200, 201):
            raise errors.of_status(made.status_code, self._address.host, errors.retry_after(made.headers))
        place = made.headers.get("Location", "")
        if place:
            self._asked("DELETE", urljoin(self._endpoint, place))

    def _offset(self, url: str) -> int | None:
        """How much the server holds of an upload; None for one that it does not know any more."""
        answer = self._asked("HEAD", url)
        if answer.status_code in _GONE:
            return None
        if answer.status_code not in (200, 204):
            raise errors.of_status(answer.status_code, self._address.host, errors.retry_after(answer.headers))
        value = answer.headers.get("Upload-Offset", "")
        return int(value) if value.isascii() and value.isdigit() else None

    def _asked(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """The uploads of some servers lie on another host; the sign-in is for this one alone."""
        sent = {"Tus-Resumable": VERSION, **(headers or {})}
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        path = url.removeprefix(origin) or "/"
        if (parts.hostname, parts.port) == (self._address.host, self._address.port):
            return self._wire.ask(method, path, headers=sent)
        other = Wire(lambda: origin, self._around.make, self._around.patience)
        with contextlib.closing(other):
            return other.ask(method, path, headers=sent)


class _Noting(TusCarrier):
    """Notes the address of each upload before the first byte goes, for nobody will tell it again."""

    def __init__(self, notes: Notes, folder: str, *inner: Any) -> None:
        super().__init__(*inner)
        self._kept, self._folder = notes, folder

    def begin(self, file: SubmissionFile) -> Upload:
        upload = super().begin(file)
        self._note(file, upload)
        return upload

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        upload = super().begin_with(file, body)
        self._note(file, upload)
        return upload

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        held = super().finish(file, upload, sha256)
        self._note(file, upload)  # parts that were joined have another address than the one that was begun
        return held

    def _note(self, file: SubmissionFile, upload: Upload) -> None:
        """Tokens of parts that are sent apart are no address; those have one once they are joined."""
        if not upload.token.startswith(("http://", "https://")):
            return
        path = f"{self._folder}/{file.name}"
        own = "/" not in path.partition("/")[2] and file.size <= _MOST_TEXT  # a paper beside the data
        text = Path(file.source).read_bytes() if own else None
        self._kept.add(Note(path, upload.token, file.size, text))


def _signature(credentials: Credentials, user: str) -> dict[str, str]:
    if credentials.token:
        return {"Authorization": f"Bearer {credentials.token}"}
    name = credentials.user or user
    if name and credentials.password:
        pair = base64.b64encode(f"{name}:{credentials.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}
