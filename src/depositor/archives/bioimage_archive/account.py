"""The account: sign in, keep the token for this run, and say what the account may do."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from depositor.archives.bioimage_archive import answers, problems
from depositor.archives.ports import Credentials
from depositor.archives.wire import Maker, Wire, json_of
from depositor.draft.problem import NeedsUser
from depositor.transfer.ftp.carrier import FtpPlace
from depositor.transfer.net import web

if TYPE_CHECKING:
    import requests

COLLECTION = "BioImages"
FTP_HOST = "ftp-private.ebi.ac.uk"
# The archive has two generations of accounts, each with a shared FTP user; their passwords are shown to whoever signed
# in, and are never part of this program.
_FTP_USERS = {"ftp": "bs-upload", "nfs": "bsftp"}


@dataclass(frozen=True, slots=True)
class Profile:
    """What the archive says of an account. ``secret`` is the path of the user's space and as good as a password."""

    name: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    upload_type: str = "ftp"


class Account:
    """Signed-in requests; may be used from any thread. The sign-in happens at the first that needs one, and once more
    where the archive forgot it."""

    def __init__(self, endpoint: str, credentials: Credentials, make: Maker, patience: web.Timeouts) -> None:
        self._credentials = credentials
        self._guard = threading.Lock()
        self._profile: Profile | None = None
        self._wires = threading.local()
        self._make, self._patience, self._endpoint = make, patience, endpoint
        self._all: list[Wire] = []

    def profile(self) -> Profile:
        """Sign in, or what is known since. NeedsUser where the archive does not accept the account."""
        with self._guard:
            if self._profile is None:
                self._profile = self._sign_in()
            return self._profile

    def headers(self) -> Mapping[str, str]:
        """What signs a request."""
        return {"X-Session-Token": self.profile().token}

    def call(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        fine: frozenset[int] = frozenset(),
        headers: Mapping[str, str] | None = None,
        data: str | None = None,
    ) -> requests.Response:
        """A signed-in request that must succeed, or be answered with a status in ``fine`` by the archive itself."""
        for last in (False, True):
            signed = {**self.headers(), **(headers or {})}
            answer = self.wire.ask(method, path, content, headers=signed, data=data)
            if answer.status_code < 300 or (answer.status_code in fine and not answers.is_page(answer)):
                return answer
            error = answers.meaning(answer, self.host)
            if last or error.problem.code != "archive.sign-in" or not self._credentials.password:
                raise error
            self._forget()
        raise AssertionError

    def json(self, method: str, path: str, content: Any = None) -> Any:
        """The JSON that a signed-in request gives."""
        return json_of(self.call(method, path, content), self.host)

    def collections(self) -> tuple[str, ...]:
        """The collections that the account may submit to."""
        found = self.json("GET", "/collections")
        return tuple(str(c.get("accno")) for c in found if isinstance(c, dict)) if isinstance(found, list) else ()

    @property
    def ftp_host(self) -> str:
        """Where large deposits go, when nobody set another place."""
        return FTP_HOST

    def ftp(self) -> FtpPlace:
        """Where bulk transfers go. NeedsUser where its password is not known yet."""
        bulk, profile = self._credentials.bulk, self.profile()
        if not bulk:
            raise NeedsUser(problems.bulk_password())
        if "://" not in bulk:
            user = _FTP_USERS.get(profile.upload_type, _FTP_USERS["ftp"])
            return FtpPlace(FTP_HOST, 21, user, bulk, f"/{profile.secret}")
        parts = urlsplit(bulk)
        root = f"{parts.path.rstrip('/')}/{profile.secret}"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        tls = "explicit" if parts.scheme == "ftps" else "no"
        return FtpPlace(parts.hostname or FTP_HOST, parts.port or 21, user, password, root, tls)

    @property
    def wire(self) -> Wire:
        """A line for this thread; requests' sessions are not for several at once."""
        wire: Wire | None = getattr(self._wires, "wire", None)
        if wire is None:
            wire = self._wires.wire = Wire(lambda: self._endpoint, self._make, self._patience)
            self._all.append(wire)
        return wire

    @property
    def host(self) -> str:
        return web.host_of(self._endpoint)

    def close(self) -> None:
        for wire in self._all:
            wire.close()
        self._all.clear()
        self._wires = threading.local()

    def _forget(self) -> None:
        with self._guard:
            self._profile = None

    def _sign_in(self) -> Profile:
        given = self._credentials
        if given.token and not given.password:
            answer = self.wire.ask("GET", "/auth/profile", headers={"X-Session-Token": given.token})
            answers.must(answer, self.host)
            return _profile(json_of(answer, self.host), given.token)
        if not given.user or not given.password:
            raise NeedsUser(problems.no_account())
        answer = self.wire.ask("POST", "/auth/login", {"login": given.user, "password": given.password})
        if answer.status_code in (400, 401):  # the code answers 401, the published description says 400
            raise NeedsUser(problems.sign_in())
        answers.must(answer, self.host)
        return _profile(json_of(answer, self.host), None)


def _profile(content: Any, token: str | None) -> Profile:
    """Retryable problems are those of the JSON; a profile without a token or a space is none."""
    found = content if isinstance(content, dict) else {}
    token = str(found.get("sessid") or token or "")
    if not token:
        raise NeedsUser(problems.sign_in())
    name = str(found.get("fullname") or found.get("username") or found.get("email") or "")
    return Profile(
        name, token, str(found.get("secret") or "").strip("/"), str(found.get("uploadType") or "ftp").lower()
    )
