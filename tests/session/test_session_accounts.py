"""Secrets: in the key store or for this session, and nowhere else."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from depositor.archives.ports import Credentials
from depositor.session import accounts as module
from depositor.session import logs
from depositor.session.accounts import NOTHING, Accounts
from depositor.session.home import Home

SECRET = "ZQXMARK-token"


class InMemory(KeyringBackend):
    """A key store that works."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.items:
            raise PasswordDeleteError
        del self.items[service, username]


class Locked(InMemory):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(SECRET)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(SECRET)


def test_the_environment_goes_first() -> None:
    given = {"DEPOSITOR_TOKEN_BIOIMAGE_ARCHIVE": SECRET, "DEPOSITOR_FTP_BIOIMAGE_ARCHIVE": "ftp://a:b@c/"}
    accounts = Accounts(given, InMemory)
    assert accounts.credentials("bioimage-archive") == Credentials(token=SECRET, bulk="ftp://a:b@c/")
    assert accounts.source("bioimage-archive") == "environment"
    assert accounts.credentials("empiar") == NOTHING


def test_one_item_per_archive_outlives_the_program() -> None:
    store = InMemory()
    mine = Credentials("me", "pass wörd", SECRET, "ftp://u:p@h:21/")
    assert Accounts({}, lambda: store).remember("empiar", mine) is None
    assert len(store.items) == 1
    assert Accounts({}, lambda: store).credentials("empiar") == mine


def test_for_this_session_only_never_reaches_the_store() -> None:
    store = InMemory()
    accounts = Accounts({}, lambda: store)
    accounts.remember("empiar", Credentials(token=SECRET), for_session_only=True)
    assert accounts.credentials("empiar").token == SECRET
    assert accounts.source("empiar") == "session"
    assert not store.items


def test_a_new_password_counts_at_once_over_a_stored_one() -> None:
    store = InMemory()
    Accounts({}, lambda: store).remember("empiar", Credentials("me", "old"))
    accounts = Accounts({}, lambda: store)
    assert accounts.credentials("empiar").password == "old"
    accounts.remember("empiar", Credentials("me", "new"), for_session_only=True)
    assert accounts.credentials("empiar").password == "new"


def test_forgotten_is_forgotten_everywhere() -> None:
    store = InMemory()
    accounts = Accounts({}, lambda: store)
    accounts.remember("empiar", Credentials(token=SECRET))
    assert accounts.forget("empiar") is None
    assert accounts.forget("empiar") is None
    assert accounts.credentials("empiar") == NOTHING
    assert not store.items


@pytest.mark.parametrize(
    ("store", "code"),
    [(Locked, "accounts.store-locked"), (None, "accounts.store-missing")],
)
def test_a_store_that_cannot_be_used_is_named_and_worked_around(
    store: type[InMemory] | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    accounts = Accounts({}, store)
    problem = accounts.remember("empiar", Credentials(token=SECRET))
    assert problem
    assert problem.code == code
    assert accounts.problem == problem
    assert SECRET not in repr(problem)
    assert accounts.credentials("empiar").token == SECRET, "signed in for this session all the same"


def test_a_store_that_waits_for_a_person_does_not_hold_us() -> None:
    gate = threading.Event()

    class Prompting(InMemory):
        def get_password(self, service: str, username: str) -> str | None:
            gate.wait()
            return None

    accounts = Accounts({}, Prompting, wait_s=0.05)
    assert accounts.credentials("empiar") == NOTHING
    assert accounts.problem
    assert accounts.problem.code == "accounts.store-silent"
    assert accounts.credentials("idr") == NOTHING  # not asked again: this returns at once
    gate.set()


def test_stores_that_write_plain_text_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = type("PlaintextKeyring", (InMemory,), {"__module__": "keyrings.alt.file"})
    for bad in (plain, keyring.backends.null.Keyring):
        monkeypatch.setattr(keyring, "get_keyring", bad)
        problem = Accounts({}).remember("empiar", Credentials(token=SECRET))
        assert problem
        assert problem.code == "accounts.store-missing"


def test_what_lies_in_the_store_may_be_damaged() -> None:
    store = InMemory()
    for text in ("{", "[]", '{"token": 5}', '"x"'):
        store.set_password(module.SERVICE, "empiar", text)
        assert Accounts({}, lambda: store).credentials("empiar") == NOTHING


def test_windows_takes_no_long_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    accounts = Accounts({}, InMemory)
    problem = accounts.remember("empiar", Credentials(token="x" * 1300))
    assert problem
    assert problem.code == "accounts.too-long"
    assert accounts.credentials("empiar").token


def test_no_secret_is_shown_or_logged(tmp_path: Path) -> None:
    home = Home.at(tmp_path).create()
    logs.start(home)
    try:
        accounts = Accounts({}, Locked)
        accounts.remember("empiar", Credentials("ZQXMARK-user", SECRET, SECRET, SECRET))
        assert SECRET not in repr(accounts.credentials("empiar"))
        assert "ZQXMARK" not in repr(accounts)
    finally:
        logs.stop()
    written = [p.read_text() for p in tmp_path.rglob("*") if p.is_file()]
    assert any("accounts.store-locked" in t for t in written)
    assert not any("ZQXMARK" in t for t in written)


def test_one_variable_completes_what_was_typed_and_hides_none_of_it() -> None:
    accounts = Accounts({"DEPOSITOR_FTP_BIOIMAGE_ARCHIVE": "ftp://u:p@h/"}, store=lambda: None)
    accounts.remember("bioimage-archive", Credentials("ada@example.org", "secret"), for_session_only=True)
    found = accounts.credentials("bioimage-archive")
    assert (found.user, found.password, found.bulk) == ("ada@example.org", "secret", "ftp://u:p@h/")
