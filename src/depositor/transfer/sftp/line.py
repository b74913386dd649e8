"""A signed-in SSH connection: the server proves who it is, then we do. RFC 4251 to 4254, 4256 (keyboard-interactive).

Paramiko (LGPL) is used as a library that can be replaced; it is imported when the first connection is made.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import DepositError, NeedsUser, Problem, Refused, Retryable
from depositor.transfer import errors, problems
from depositor.transfer.net import web
from depositor.transfer.sftp import problems as sftp_problems

if TYPE_CHECKING:
    import paramiko

# The server of OpenSSH hears six attempts; one is kept for the password.
_MOST_AGENT_KEYS = 4
_TOO_MANY_S = 30.0
_ASKED_S = 300.0  # so long may a person take to answer a question of the server
_KEEP_ALIVE_S = 30
# Counter modes need a second pass for the authentication code, which the Galois modes have built in.
_FAST = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr", "aes192-ctr")
_LOG = "depositor.transfer.ssh"

Answer = Callable[[str, str, Sequence[tuple[str, bool]]], Sequence[str]]
Pins = Callable[[str, int], Sequence[str]]


def _nobody(_host: str, _port: int) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """Where to sign in, as whom, and how we know that it is the right server.

    ``root`` is the folder for all files; empty: where the server puts us. ``known(host, port)`` gives the host keys
    that the person accepted, each as :func:`pin_of` wrote it (``"ssh-ed25519 SHA256:..."``). Tried in this order:
    ``key_file`` (opened with ``passphrase``), the keys of a running ``agent``, ``password``, and the server's own
    questions: ``answer(title, instructions, [(question, visible), ...])`` gives the answers.
    """

    host: str
    port: int = 22
    user: str = ""
    root: str = ""
    password: str = field(default="", repr=False)
    key_file: Path | None = None
    passphrase: str = field(default="", repr=False)
    agent: bool = True
    answer: Answer | None = field(default=None, repr=False)
    known: Pins = _nobody


def pin_of(problem: Problem) -> str | None:
    """What to keep after a person accepted the host key of this problem (``archive.host-key`` or its change)."""
    if problem.code not in (sftp_problems.HOST_KEY, sftp_problems.HOST_KEY_CHANGED):
        return None
    return f"{problem.message.args['kind']} {problem.message.args['fingerprint']}"


class Line:
    """One signed-in connection. Everything that paramiko and the network raise comes out as a DepositError.

    Retryable where the line fails or the server has too many guests; NeedsUser where a person must sign in or accept
    a host key; Refused ``archive.host-key-changed``.
    """

    def __init__(self, place: SftpPlace, timeouts: web.Timeouts, lines: web.Lines) -> None:
        self._place, self._timeouts, self._lines = place, timeouts, lines
        self._socket: socket.socket | None = None
        self._transport: paramiko.Transport | None = None
        self._answered = False
        self._answer_next = _answers(place)
        try:
            with self.told():
                self._connect()
                self._prove_host()
                with self._within(_ASKED_S if place.answer else timeouts.idle):
                    self._sign_in()
        except DepositError:
            self.close()
            raise

    @property
    def stands(self) -> bool:
        """False once it is known that the line is dead."""
        return self._transport is not None and self._transport.is_active()

    def channel(self) -> paramiko.Channel:
        """A new channel whose calls end after the idle time-out."""
        assert self._transport is not None
        made = self._transport.open_session(timeout=self._timeouts.connect)
        made.settimeout(self._timeouts.idle)
        return made

    def close(self) -> None:
        """Close without ceremony."""
        self._shut()
        if self._transport is not None:
            self._transport.close()
        if self._socket is not None:
            self._socket.close()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Signing in has waits that know no end; the line is shut then."""
        watch = threading.Timer(seconds, self._shut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    # --- the three steps -------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        import paramiko

        logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)  # it would log names of hosts, and whole tracebacks
        place, patience = self._place, self._timeouts
        self._socket = socket.create_connection((place.host, place.port), patience.connect)
        self._lines.add(self._socket)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made = self._transport = _transport_class()(self._socket)
        made.set_log_channel(_LOG)
        made.banner_timeout = made.handshake_timeout = patience.connect
        made.auth_timeout = _ASKED_S if place.answer else patience.idle
        options = made.get_security_options()
        options.ciphers = [name for name in _FAST if name in options.ciphers]
        options.key_types = _known_first(tuple(options.key_types), self._pins())
        made.set_keepalive(_KEEP_ALIVE_S)
        try:
            made.start_client(timeout=patience.connect)
        except paramiko.SSHException as error:
            raise self._of_greeting(error) from error

    def _of_greeting(self, error: Exception) -> DepositError:
        """A server with too many guests hangs up before it says its name."""
        import paramiko

        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            return NeedsUser(sftp_problems.ciphers(self._place.host))
        if "banner" in str(error):
            return Retryable(problems.busy(self._place.host))
        return Retryable(problems.dropped(self._place.host))

    def _prove_host(self) -> None:
        assert self._transport is not None
        key, host = self._transport.get_remote_server_key(), self._place.host
        kind, fingerprint = key.get_name(), key.fingerprint
        pins = self._pins()
        if not pins:
            raise NeedsUser(sftp_problems.host_key_unknown(host, kind, fingerprint))
        if f"{kind} {fingerprint}" not in pins:
            raise Refused(sftp_problems.host_key_changed(host, kind, fingerprint))

    def _sign_in(self) -> None:
        """Try what we have until the server is content; some servers want two things."""
        import paramiko

        assert self._transport is not None
        denied = False
        for attempt in self._ways(self._transport):
            try:
                attempt()
            except paramiko.BadAuthenticationType:
                continue
            except paramiko.AuthenticationException as error:
                # Whoever hears a wrong answer may hang up without a word; a line that breaks looks the same.
                denied = denied or self._answered
                if "timeout" in str(error).lower():
                    raise Retryable(problems.silent(self._place.host)) from error
                if not self._transport.is_active() and not denied:
                    raise Retryable(problems.dropped(self._place.host)) from error
                denied = True
            if self._transport.is_authenticated():
                return
            if not self._transport.is_active():
                break  # the server has heard enough
        raise NeedsUser(problems.sign_in(self._place.host))

    def _ways(self, transport: paramiko.Transport) -> Iterator[Callable[[], object]]:
        place = self._place
        if place.key_file is not None:
            key = _key(place.key_file, place.passphrase)
            yield lambda: transport.auth_publickey(place.user, key)
        for agent_key in _agent_keys() if place.agent else ():
            yield lambda k=agent_key: transport.auth_publickey(place.user, k)  # type: ignore[misc]
        if place.password:
            yield lambda: transport.auth_password(place.user, place.password, fallback=False)
        if place.password or place.answer:
            yield lambda: transport.auth_interactive(place.user, self._answering)

    def _answering(self, title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        self._answered = self._answered or bool(questions)
        return self._answer_next(title, instructions, questions)

    def _pins(self) -> Sequence[str]:
        return self._place.known(self._place.host, self._place.port)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn what paramiko raises into DepositErrors."""
        import paramiko

        host = self._place.host
        try:
            yield
        except DepositError:
            raise
        except paramiko.ChannelException as error:  # an administrator's limit, or no room for one more
            raise Retryable(problems.busy(host), _TOO_MANY_S) from error
        except (paramiko.SSHException, EOFError) as error:
            raise Retryable(problems.dropped(host)) from error
        except OSError as error:
            raise errors.of_network(error, host) from error


def _transport_class() -> type[paramiko.Transport]:
    """The plain Transport asks for the service of signing in once per try, and strict servers hang up at the second.
    This one asks once, but would wait for the answer even after the line is dead."""
    import paramiko
    from paramiko.auth_handler import AuthOnlyHandler

    class Heard(AuthOnlyHandler):
        """Made to listen before it asks: an answer that came between the two would be waited for until the end."""

        _event: threading.Event | None = None
        _asking = False

        @property
        def auth_event(self) -> threading.Event | None:
            return self._event

        @auth_event.setter
        def auth_event(self, event: threading.Event | None) -> None:
            if not self._asking:
                self._event = event

        def send_auth_request(self, *arguments: Any) -> Any:
            self._event, self._asking = threading.Event(), True
            try:
                return super().send_auth_request(*arguments)
            finally:
                self._asking = False

    class Asking(paramiko.ServiceRequestingTransport):  # type: ignore[misc, name-defined]
        def get_auth_handler(self) -> Any:
            return Heard(self)

        def run(self) -> None:
            try:
                super().run()
            finally:
                self._service_userauth_accepted = True

    return Asking


def _known_first(kinds: tuple[str, ...], pins: Sequence[str]) -> tuple[str, ...]:
    """Ask for the kind of key that we know: a server has several, and another one would look like a stranger's."""
    wanted = {pin.partition(" ")[0] for pin in pins}

    def known(kind: str) -> bool:
        return kind in wanted or (kind.startswith("rsa-") and "ssh-rsa" in wanted)

    return tuple(sorted(kinds, key=lambda kind: not known(kind)))


def _key(path: Path, passphrase: str) -> paramiko.PKey:
    import paramiko

    try:
        return paramiko.PKey.from_path(path, passphrase.encode() if passphrase else None)  # type: ignore[arg-type]
    except OSError as error:
        raise NeedsUser(sftp_problems.key_file_missing(str(path))) from error
    except paramiko.PasswordRequiredException as error:
        raise NeedsUser(sftp_problems.passphrase(str(path))) from error
    except (paramiko.SSHException, ValueError, TypeError) as error:
        kind = sftp_problems.passphrase if passphrase or "passw" in str(error).lower() else sftp_problems.key_file_form
        raise NeedsUser(kind(str(path))) from error


def _agent_keys() -> Sequence[Any]:
    """Keys of a running ssh-agent (also Windows' own and Pageant); none where none runs."""
    import paramiko

    try:
        return paramiko.Agent().get_keys()[:_MOST_AGENT_KEYS]
    except (paramiko.SSHException, OSError):
        return ()


def _answers(place: SftpPlace) -> Callable[[str, str, list[tuple[str, bool]]], list[str]]:
    """Answer the server's questions: a single hidden one, asked first, is the password."""
    used = not place.password

    def answer(title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        nonlocal used
        if not questions:
            return []
        if not used and len(questions) == 1 and not questions[0][1]:
            used = True
            return [place.password]
        if place.answer is None:
            return [""] * len(questions)
        return list(place.answer(title, instructions, questions))

    return answer
