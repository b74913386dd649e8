"""Archives that greet first: does an FTP or SSH server answer at the port, and with which key?"""

from __future__ import annotations

from typing import Any

from depositor.draft.message import msg
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.line_steps import opened
from depositor.session.diagnosing.values import Facts, StepState, Told
from depositor.transfer.net import line as net_line
from depositor.transfer.net import problems as net_problems
from depositor.transfer.net.wait import within

_GREETING_S = 10.0
_KEY_S = 20.0


def greeting(bench: Bench) -> None:
    """Does the server speak the protocol that its address names?"""
    bench.step("greeting", msg("step.greeting", "The server's greeting"), lambda: _greeting(bench), needed=True)


def host_key(bench: Bench) -> None:
    """Which key does the SSH server show? Whether it is the right one a person knows, or the list of accepted ones."""
    bench.step("host-key", msg("step.host-key", "The server's key"), lambda: _key(bench))


def _greeting(bench: Bench) -> Told:
    place = bench.place
    try:
        said = within(_GREETING_S * 2, bench.cancel, lambda: _heard(bench))
    except OSError as error:
        raise net_problems.port(place.host, place.port, net_line.meaning(error)) from error
    wanted, begins = ("SSH", b"SSH-2.0-") if place.kind == "sftp" else ("FTP", b"220")
    if said.startswith(begins):
        facts: Facts = {"speaks": said[:60].decode("ascii", "replace") if place.kind == "sftp" else "220"}
        return Told(msg("greeting.good", "The server speaks {protocol}.", protocol=wanted), facts=facts)
    if not said and place.kind == "ftp":  # implicit TLS: the client begins
        return Told(msg("greeting.silent", "The server waits for us to begin."), StepState.NOTE)
    raise net_problems.stranger(place.host, wanted)


def _heard(bench: Bench) -> bytes:
    with opened(bench) as line:
        return net_line.greeting(line, _GREETING_S)


def _key(bench: Bench) -> Told:
    kind, fingerprint = within(_KEY_S, bench.cancel, lambda: _shown(bench))
    text = msg(
        "host-key.shown",
        "{kind}, {fingerprint}. Compare it with what the archive publishes.",
        kind=kind,
        fingerprint=fingerprint,
    )
    return Told(text, facts={"kind": kind, "fingerprint": fingerprint})


def _shown(bench: Bench) -> tuple[str, str]:
    """(kind, SHA-256 fingerprint as OpenSSH writes it) of the key that is shown; nobody signs in."""
    import base64
    import hashlib

    import paramiko

    transport: Any = paramiko.Transport(opened(bench))
    try:
        transport.start_client(timeout=_GREETING_S)
        key = transport.get_remote_server_key()
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode("ascii").rstrip("=")
        return str(key.get_name()), f"SHA256:{digest}"
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise net_problems.stranger(bench.place.host, "SSH") from error
    finally:
        transport.close()
