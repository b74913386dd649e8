"""Keys of servers: asked about once, kept, refused when they change, given by whoever runs a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session import host_keys
from depositor.session.store import Store

PIN = "SHA256:" + "a" * 43
OTHER = "SHA256:" + "b" * 43
ENDPOINT = "sftp://ada@Host.Example.org:2222/in"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "depositor.sqlite")


def shows(fingerprint: str, code: str = host_keys.UNKNOWN) -> host_keys.Shown:
    text = msg("x", "{host} {fingerprint} {kind}", host="host.example.org", fingerprint=fingerprint, kind="ssh-ed25519")
    found = host_keys.shown(Problem(code, Side.ARCHIVE, text, msg("y", "Look.")))
    assert found is not None
    return found


def test_nobody_is_known_at_first(store: Store) -> None:
    assert host_keys.known(store, "sftp", {})("host.example.org", 2222) == ()
    assert host_keys.accepted(store) == ()


def test_what_was_accepted_is_known_under_its_host_and_port_alone(store: Store) -> None:
    key = host_keys.accept(store, ENDPOINT, PIN, shows(PIN))
    pins = host_keys.known(store, "sftp", {})
    assert key.place == "host.example.org:2222"
    assert list(pins("host.example.org", 2222)) == [f"ssh-ed25519 {PIN}"]
    assert pins("host.example.org", 22) == ()
    host_keys.forget(store, key.place)
    assert pins("host.example.org", 2222) == ()


def test_another_fingerprint_than_the_one_shown_is_not_taken(store: Store) -> None:
    with pytest.raises(NeedsUser) as caught:
        host_keys.accept(store, ENDPOINT, OTHER, shows(PIN))
    assert caught.value.problem.code == "host-key.other"
    assert host_keys.accepted(store) == ()


@pytest.mark.parametrize("text", ["", "yes", "MD5:00:11", "SHA256:short", PIN + "x"])
def test_what_is_no_fingerprint_is_not_taken(store: Store, text: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        host_keys.accept(store, ENDPOINT, text)
    assert caught.value.problem.code == "host-key.none"


def test_a_fingerprint_alone_holds_for_every_kind_of_key(store: Store) -> None:
    host_keys.accept(store, "sftp://host/in", "a" * 43 + "=")
    pins = host_keys.known(store, "sftp", {})("host", 22)
    assert f"ssh-ed25519 {PIN}" in pins
    assert f"ssh-rsa {PIN}" in pins


def test_a_batch_brings_its_own_and_nothing_else_counts(store: Store) -> None:
    host_keys.accept(store, "sftp://host/in", PIN)
    pins = host_keys.known(store, "my-place", {"DEPOSITOR_HOST_KEY_MY_PLACE": f"{OTHER}, {'c' * 43}"})("host", 22)
    assert f"ssh-ed25519 {OTHER}" in pins
    assert not [pin for pin in pins if PIN in pin]


def test_only_problems_about_keys_are_questions() -> None:
    text, advice = msg("x", "Full."), msg("y", "Free some.")
    assert host_keys.shown(Problem("archive.quota", Side.ARCHIVE, text, advice)) is None
    assert shows(PIN, host_keys.CHANGED).changed
    assert not shows(PIN).changed
