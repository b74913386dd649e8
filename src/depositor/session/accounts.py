"""Who signs in where. Secrets live in the environment, in this program's memory or in the key store of the system.

Never in a draft, a setting, a log or a report; Credentials show none in their ``repr``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from depositor.archives.ports import Credentials
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.session import logs
from depositor.session.settings import variable_part

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "Depositor"
PROXY = "proxy"
_PARTS = ("user", "password", "token", "bulk", "key_file")
_VARIABLES = {"user": "USER", "password": "PASSWORD", "token": "TOKEN", "bulk": "FTP", "key_file": "KEY_FILE"}
_WINDOWS_BYTES = 2560  # the most that the Windows credential store takes, counted as UTF-16
_WAIT_S = 60.0  # the store may ask a person for a password
NOTHING = Credentials()


class Accounts:
    """The credentials for each archive.

    Looked for in the environment (``DEPOSITOR_USER_``, ``_PASSWORD_``, ``_TOKEN_``, ``_FTP_``,
    ``_KEY_FILE_<ARCHIVE>``), in what was typed in this session, and in the key store. ``problem`` says why the key
    store cannot be used, once that is known.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        store: Callable[[], KeyringBackend] | None = None,
        wait_s: float = _WAIT_S,
    ) -> None:
        self.problem: Problem | None = None
        self._environ = environ
        self._session: dict[str, Credentials] = {}
        self._for_now: set[str] = set()  # typed for this session only
        self._find_store = store or _system_store
        self._wait_s = wait_s
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        return "Accounts()"

    def credentials(self, archive: str) -> Credentials:
        """How to sign in at ``archive``; empty ones where nothing is known.

        May take long, because the key store may ask for a password: not for the window's own thread.
        """
        given = self._from_environment(archive)
        if given.token or given.key_file or (given.user and given.password):
            return given  # whole: the key store, which may ask for a password, is left alone
        kept = self._kept(archive)
        return replace(kept, **{part: v for part in _PARTS if (v := getattr(given, part))})

    def proxy_sign_in(self, _host: str) -> tuple[str, str] | None:
        """User and password for the proxy of this network; None where none are known. They are kept like those of an
        archive called ``proxy`` (``DEPOSITOR_USER_PROXY``, ``DEPOSITOR_PASSWORD_PROXY``)."""
        known = self.credentials(PROXY)
        return (known.user, known.password or "") if known.user else None

    def keep_proxy_sign_in(self, user: str, password: str, *, for_session_only: bool = False) -> Problem | None:
        """Use these at the proxy from now on; without a user: none, and what was kept is forgotten. What it returns is
        as for :meth:`remember`."""
        if not user:
            return self.forget(PROXY)
        return self.remember(PROXY, Credentials(user, password), for_session_only=for_session_only)

    def source(self, archive: str) -> str | None:
        """Where they come from without asking the key store: ``environment``, ``session`` or None."""
        if self._from_environment(archive) != NOTHING:
            return "environment"
        return "session" if archive in self._session else None

    def remember(self, archive: str, credentials: Credentials, *, for_session_only: bool = False) -> Problem | None:
        """Use these from now on. None where they were kept as wished; else why they hold for this session only."""
        with self._guard:
            self._session[archive] = credentials
            (self._for_now.add if for_session_only else self._for_now.discard)(archive)
        if for_session_only:
            return None
        text = json.dumps({p: v for p in _PARTS if (v := getattr(credentials, p))})
        if sys.platform == "win32" and len(text.encode("utf-16-le")) > _WINDOWS_BYTES:
            return _too_long()
        _, problem = self._ask(lambda store: store.set_password(SERVICE, archive, text))
        return problem

    def reread(self, archive: str) -> None:
        """Look into the key store again before the next sign-in: another program may have renewed what it holds. What
        was typed for this session only stays."""
        with self._guard:
            known = self._session.get(archive)
            if archive in self._for_now or known is None:
                return
            del self._session[archive]
        if self._from_store(archive) == NOTHING:
            with self._guard:
                self._session.setdefault(archive, known)

    def forget(self, archive: str) -> Problem | None:
        """Take them out of this session and of the key store; the Problem of a store that would not."""
        with self._guard:
            self._session.pop(archive, None)

        def remove(store: KeyringBackend) -> None:
            if store.get_password(SERVICE, archive) is not None:
                store.delete_password(SERVICE, archive)

        _, problem = self._ask(remove)
        return problem

    def _kept(self, archive: str) -> Credentials:
        """What was typed in this session, else what the key store holds."""
        with self._guard:
            typed = self._session.get(archive)
        return typed or self._from_store(archive)

    def _from_environment(self, archive: str) -> Credentials:
        tail = variable_part(archive)
        found = {part: self._environ.get(f"DEPOSITOR_{name}_{tail}") or None for part, name in _VARIABLES.items()}
        return Credentials(**found)

    def _from_store(self, archive: str) -> Credentials:
        text, _ = self._ask(lambda store: store.get_password(SERVICE, archive))
        try:
            data = json.loads(text or "{}")
        except ValueError:
            return NOTHING
        if not isinstance(data, dict):
            return NOTHING
        found = Credentials(**{p: v for p in _PARTS if isinstance(v := data.get(p), str)})
        if found != NOTHING:
            with self._guard:
                self._session.setdefault(archive, found)
        return found

    def _ask(self, question: Callable[[KeyringBackend], Any]) -> tuple[Any, Problem | None]:
        """Ask the key store in a thread of its own, so that a prompt that nobody sees cannot hold us for ever.

        A store that once did not answer is not asked again in this session.
        """
        if self.problem and self.problem.code == "accounts.store-silent":
            return None, self.problem
        answer: list[Any] = []
        problems: list[Problem] = []

        def ask() -> None:
            try:
                answer.append(question(self._find_store()))
            except Unusable:
                problems.append(_missing())
            except Exception as error:
                problems.append(_told(error))

        thread = threading.Thread(target=ask, name="depositor-key-store", daemon=True)
        thread.start()
        thread.join(self._wait_s)
        self.problem = _silent() if thread.is_alive() else next(iter(problems), None)
        if self.problem:
            logs.event("accounts.store", code=self.problem.code)
        return (answer[0] if answer else None), self.problem


class Unusable(Exception):
    """There is no key store that keeps secrets secret."""


def _system_store() -> KeyringBackend:
    import keyring

    store = keyring.get_keyring()
    chained = getattr(store, "backends", None) or [store]
    usable: list[KeyringBackend] = [b for b in chained if not _refused(b)]
    if not usable:
        raise Unusable
    return usable[0]


def _refused(store: object) -> bool:
    """Back ends that write secrets as plain text, or keep none."""
    module = type(store).__module__
    return module.startswith(("keyrings.alt", "keyring.backends.fail", "keyring.backends.null")) or (
        "plaintext" in type(store).__name__.lower()
    )


def _told(error: Exception) -> Problem:
    """Backends raise what they like; the names of keyring's own errors tell which it was."""
    names = {c.__name__ for c in type(error).__mro__}
    if names & {"KeyringLocked", "InitError"}:
        return _locked()
    if "NoKeyringError" in names:
        return _missing()
    if "KeyringError" not in names:
        logs.event("accounts.store", exception=type(error).__name__)
    return _broken()


def _missing() -> Problem:
    return Problem(
        "accounts.store-missing",
        Side.COMPUTER,
        msg("accounts.store-missing", "This computer has no key store that could keep your password safe."),
        msg(
            "accounts.store-missing.advice", "You stay signed in until you close the program. Nothing is written down."
        ),
    )


def _locked() -> Problem:
    return Problem(
        "accounts.store-locked",
        Side.COMPUTER,
        msg("accounts.store-locked", "The key store of this computer is locked."),
        msg("accounts.store-locked.advice", "Unlock it and try again, or sign in for this session only."),
        actions=("retry", "sign-in"),
    )


def _silent() -> Problem:
    return Problem(
        "accounts.store-silent",
        Side.COMPUTER,
        msg("accounts.store-silent", "The key store of this computer does not answer."),
        msg(
            "accounts.store-silent.advice", "Perhaps it asks for its password in another window. Signing in works here."
        ),
        actions=("sign-in",),
    )


def _broken() -> Problem:
    return Problem(
        "accounts.store-failed",
        Side.COMPUTER,
        msg("accounts.store-failed", "The key store of this computer did not do what it was asked to."),
        msg("accounts.store-failed.advice", "You stay signed in until you close the program."),
        actions=("retry",),
    )


def _too_long() -> Problem:
    return Problem(
        "accounts.too-long",
        Side.COMPUTER,
        msg("accounts.too-long", "This token is too long for the key store of Windows."),
        msg("accounts.too-long.advice", "You stay signed in until you close the program."),
    )
