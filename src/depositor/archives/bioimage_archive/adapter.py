"""The BioImage Archive as a member of the registry: the draft route, which its own web form takes too."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from depositor.archives import descriptor, hand_over, verify
from depositor.archives.bioimage_archive import problems
from depositor.archives.bioimage_archive.account import COLLECTION, Account
from depositor.archives.bioimage_archive.reaching import Reaching
from depositor.archives.bioimage_archive.remote import (
    HTTP_MOST_FILE,
    HTTP_MOST_TOTAL,
    Remote,
    Route,
    mark_of,
    root_of,
    route_for,
)
from depositor.archives.ports import Answer, Credentials, Deposit, RouteCheck
from depositor.archives.verify import Verdict
from depositor.archives.wire import json_of, maker, timeouts
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import HeldFile, Role, State
from depositor.transfer.handover.ports import HandOver
from depositor.transfer.ports import Carrier

ID = "bioimage-archive"
_PAGE = 50
_MOST_DRAFTS = 2000
_MOST_FINDINGS = 50
_NOT_THERE = frozenset({404})
_KEY = re.compile(r"[A-Za-z0-9-]{1,60}")


class BioImageArchive:
    """Settings for tests and special accounts: ``http_most_file``, ``http_most_total`` (bytes), ``ftp_options``."""

    def capabilities(self) -> Capabilities:
        return descriptor.capabilities(ID)

    def session(self, endpoint: str, credentials: Credentials, settings: dict[str, Any] | None = None) -> BiaSession:
        return BiaSession(endpoint or self.capabilities().endpoint, credentials, settings or {})


class BiaSession:
    """See :class:`~depositor.archives.ports.ArchiveSession`."""

    def __init__(self, endpoint: str, credentials: Credentials, settings: Mapping[str, Any]) -> None:
        self._endpoint, self._settings, self._credentials = endpoint.rstrip("/"), settings, credentials
        self._patience, self._make = timeouts(settings), maker(settings)
        self._account = Account(self._endpoint, credentials, self._make, self._patience)
        self._reaching = Reaching(self._account, credentials, settings, self._patience)

    # --- account and routes ------------------------------------------------------------------------------------------

    def sign_in(self) -> str:
        name = self._account.profile().name
        if COLLECTION not in self._account.collections():
            raise NeedsUser(problems.no_collection())
        return name

    def diagnose(self) -> tuple[RouteCheck, ...]:
        return tuple(self._reaching.checks(self.sign_in))

    # --- the draft ---------------------------------------------------------------------------------------------------

    def open(self, deposit: Deposit) -> str:
        route = self._route(deposit)
        if route == "ftp":
            self._reaching.bulk()  # without its password nobody should wait for a draft first
        root = root_of(deposit.submission)
        known = self._draft_of(deposit.submission.id)
        if known:
            return str(Remote(known[0], root, route, self._version(known[0])))
        if deposit.previous_remote:
            key = Remote.of(deposit.previous_remote).key
            after = self._version(key)
            self._account.call("GET", f"/submissions/drafts/{key}")  # the archive makes it from the stored study
            self._account.call("PUT", f"/submissions/drafts/{key}", self._page_tab(deposit, root, key))
            return str(Remote(key, root, route, after))
        made = self._account.json(
            "POST", f"/submissions/drafts?attachTo={COLLECTION}", self._page_tab(deposit, root, None)
        )
        return str(Remote(_key(made), root, route))

    def find(self, submission_id: str) -> str | None:
        found = self._draft_of(submission_id)
        if not found:
            return None
        return str(Remote(found[0], found[1], self._known_route(), self._version(found[0])))

    def carrier(self, remote: str, cancel: Cancel) -> Carrier:
        from depositor.archives.bioimage_archive.user_space import FtpUpload, HttpUpload
        from depositor.transfer.ftp.carrier import FtpOptions

        place = Remote.of(remote)
        if place.route == "ftp" and not hand_over.wanted(self._credentials):
            options = self._settings.get("ftp_options") or FtpOptions()
            return FtpUpload(self._account, place.root, self._patience, options)
        return HttpUpload(self._account, self._endpoint, place.root, self._patience, self._make)

    def hand_over(self, remote: str, role: Role) -> HandOver | None:
        """See :class:`~depositor.archives.ports.HandsOver`: what is too large for HTTP goes by Aspera, where the
        account names that route (``aspera://bs-upload:PASSWORD@fasp.ebi.ac.uk:33001/``); file lists go by HTTP. The
        archive lists sizes of what arrived."""
        place = Remote.of(remote)
        if role is not Role.DATA or place.route != "ftp" or not hand_over.wanted(self._credentials):
            return None
        self._reaching.bulk()
        sizes = lambda: {held.name: held.size for held in self.holdings(remote)}  # noqa: E731
        below = (self._account.profile().secret, place.root)
        return hand_over.route(self._credentials, self._settings, *below, label="Depositor", sizes=sizes)

    def check(self, remote: str, deposit: Deposit) -> tuple[Finding, ...]:
        """Compare sizes with what the archive lists, then let it check the file lists itself."""
        place = Remote.of(remote)
        found = list(itertools.islice(self._arrived(place, deposit), _MOST_FINDINGS))
        return tuple(found or self._file_lists(place, deposit))

    def commit(self, remote: str, deposit: Deposit) -> Answer:
        place = Remote.of(remote)
        if place.after or not deposit.previous_remote:
            answer = self.state(remote)
            if answer.state not in (State.DRAFT, State.FAILED):
                return answer
        key = place.key if deposit.previous_remote else None
        self._account.call("PUT", f"/submissions/drafts/{place.key}", self._page_tab(deposit, place.root, key))
        self._account.call(
            "POST", f"/submissions/drafts/{place.key}/submit", headers={"Submission_Type": "application/json"}
        )
        return self._submitted(remote)

    def state(self, remote: str) -> Answer:
        place = Remote.of(remote)
        found = self._study(place.key)
        if found is None or (place.after and self._earlier(place, found)):
            return Answer(State.DRAFT, url=self._edit_page(place.key))
        return self._answer(place.key, found)

    def holdings(self, remote: str) -> Iterator[HeldFile]:
        """What the user's space holds; the archive tells sizes but no digests."""
        from depositor.archives.bioimage_archive.user_space import listing

        for name, size in listing(self._account, Remote.of(remote).root):
            yield HeldFile(name, size)

    def withdraw(self, remote: str) -> None:
        from depositor.archives.bioimage_archive.user_space import remove

        place = Remote.of(remote)
        status = self._study(place.key)
        if status is None or place.after:  # of a revision only the draft goes: the study itself stays as it is
            self._account.call("DELETE", f"/submissions/drafts/{place.key}", fine=_NOT_THERE)
        elif str(status.get("status")).upper() == "PROCESSING":
            raise Refused(problems.handed_over())
        else:
            self._account.call("DELETE", f"/submissions/{place.key}")
        remove(self._account, place.root)

    def close(self) -> None:
        self._account.close()

    # --- parts -------------------------------------------------------------------------------------------------------

    def _route(self, deposit: Deposit) -> Route:
        most_file = int(self._settings.get("http_most_file") or HTTP_MOST_FILE)
        most_total = int(self._settings.get("http_most_total") or HTTP_MOST_TOTAL)
        largest = max((f.size for f in deposit.files()), default=0)
        return route_for(largest, deposit.submission.bytes, most_file, most_total)

    def _page_tab(self, deposit: Deposit, root: str, key: str | None) -> Any:
        from depositor.bundle.pagetab import pagetab
        from depositor.bundle.sealed import Sealed

        made = pagetab(Sealed(deposit.submission, deposit.capabilities, deposit.files, accession=key))
        kept = [a for a in made["attributes"] if a["name"] != "RootPath"]
        made["attributes"] = [*kept, {"name": "RootPath", "value": root}]
        return made

    def _draft_of(self, submission_id: str) -> tuple[str, str] | None:
        """(key, root) of the draft whose RootPath ends with the mark of the submission."""
        ending = f"-{mark_of(submission_id)}"
        return self._draft_with(lambda root: f"-{root}".endswith(ending))

    def _draft_with(self, wanted: Callable[[str], bool]) -> tuple[str, str] | None:
        """(key, root) of the first draft with such a RootPath."""
        for offset in range(0, _MOST_DRAFTS, _PAGE):
            page = self._account.json("GET", f"/submissions/drafts?limit={_PAGE}&offset={offset}")
            drafts = [d for d in page if isinstance(d, dict)] if isinstance(page, list) else []
            for draft in drafts:
                root = _root_path(draft.get("content"))
                if root and wanted(root):
                    return _key(draft), root
            if len(drafts) < _PAGE:
                return None
        return None

    def _known_route(self) -> Route:
        """A draft does not tell its route; a deposit that needs FTP was never begun without its password."""
        return "ftp" if self._credentials.bulk else "http"

    def _arrived(self, place: Remote, deposit: Deposit) -> Iterator[Finding]:
        expected = ((f.name, f.size, f.sha256 or "") for f in deposit.files())
        for found in verify.compare(self, str(place), expected):
            if found.verdict in (Verdict.MISSING, Verdict.DIFFERENT):
                text = msg("bia.not-arrived", "{name} is not at the archive as it was sent.", name=found.name)
                yield _finding(found.name, text, found.name)

    def _file_lists(self, place: Remote, deposit: Deposit) -> Iterator[Finding]:
        from depositor.bundle.file_lists import file_lists
        from depositor.bundle.sealed import Sealed

        sent = {f.name for f in deposit.files()}
        for made in file_lists(Sealed(deposit.submission, deposit.capabilities, deposit.files)):
            if made.name in sent:
                yield from self._file_list(place, made.name)

    def _file_list(self, place: Remote, name: str) -> Iterator[Finding]:
        form = urlencode({"fileListName": name, "rootPath": place.root})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            self._account.call("POST", "/submissions/fileLists/validate", headers=kind, data=form)
        except Refused as error:
            yield _finding(name, error.problem.message, name)

    def _study(self, key: str) -> Mapping[str, Any] | None:
        """What the archive says of a submitted study; None where nothing was submitted under the key."""
        answer = self._account.call("GET", f"/submissions/{key}", fine=_NOT_THERE)
        found = None if answer.status_code == 404 else json_of(answer, self._account.host)
        return found if isinstance(found, dict) and found.get("status") else None

    def _version(self, key: str) -> int:
        """The version of a study that is there, 1 where the archive does not tell; 0 where nothing was submitted."""
        found = self._study(key)
        version = found.get("version", 1) if found else 0
        return version if isinstance(version, int) else 1

    def _earlier(self, place: Remote, found: Mapping[str, Any]) -> bool:
        """Whether what is told is still the version that a revision follows: by its number, else by the draft, which
        is there until it is submitted."""
        if str(found.get("status")).upper() != "PROCESSED":
            return False
        version = found.get("version")
        if isinstance(version, int):
            return version <= place.after
        return self._draft_with(lambda root: root == place.root) is not None

    def _submitted(self, remote: str) -> Answer:
        """Right after the submit nothing may be visible yet; then "sent" is all that is known."""
        answer = self.state(remote)
        return Answer(State.SENT, url=answer.url) if answer.state is State.DRAFT else answer

    def _answer(self, key: str, found: Mapping[str, Any]) -> Answer:
        status = str(found.get("status")).upper()
        log = tuple(str(e) for e in found.get("errors") or ())
        if status == "INVALID":
            return Answer(State.FAILED, url=self._edit_page(key), log=log, problem=problems.refused(log))
        if status != "PROCESSED":  # the number is drawn already, but must not be cited yet
            return Answer(State.SENT, url=self._edit_page(key), log=log)
        version = str(found["version"]) if found.get("version") else None
        state = State.PUBLIC if _released(found.get("rtime")) else State.ACCEPTED
        return Answer(state, str(found.get("accno") or key), self._study_page(key), version, log)

    def _edit_page(self, key: str) -> str:
        return f"{self._endpoint.removesuffix('/api')}/edit/{key}"

    def _study_page(self, key: str) -> str:
        return f"{self._endpoint.partition('/submissions')[0]}/{COLLECTION}/studies/{key}"


def _key(draft: Any) -> str:
    key = str(draft.get("key", "")) if isinstance(draft, dict) else ""
    if not _KEY.fullmatch(key):
        raise Refused(problems.no_draft())
    return key


def _root_path(content: Any) -> str | None:
    attributes = content.get("attributes") if isinstance(content, dict) else None
    found = [a for a in attributes if isinstance(a, dict)] if isinstance(attributes, list) else []
    return next((str(a.get("value")) for a in found if a.get("name") == "RootPath" and a.get("value")), None)


def _released(rtime: Any) -> bool:
    """Whether a release time (ISO 8601, or seconds since 1970) has passed."""
    if isinstance(rtime, int | float) and rtime > 0:
        return float(rtime) <= time.time()
    try:
        when = dt.datetime.fromisoformat(str(rtime))
    except ValueError:
        return False
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)) <= dt.datetime.now(dt.UTC)


def _finding(key: str, message: Message, path: str) -> Finding:
    advice = msg("bia.objection.advice", "Mend this in the description or the files, then send it again.")
    return Finding(f"archive:{ID}:{key}", "archive", Level.BLOCKER, message, advice=advice, path=path)
