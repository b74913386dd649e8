"""What SFTP servers mean by a refusal, and what a shell beside SFTP says of a file."""

from __future__ import annotations

import re
import shlex

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable
from depositor.draft.submission import SubmissionFile
from depositor.transfer import problems
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.line import Line
from depositor.transfer.sftp.wire import WINDOW, Denial, SftpWire

_SUM = re.compile(rb"^\\?([0-9a-f]{64})[ *]")
_FULL_WORDS = ("space", "quota", "full")


def of_write(
    wire: SftpWire, denial: Denial, file: SubmissionFile, path: str, host: str, *, name: bool = False
) -> DepositError:
    """What a refused open (``name``) or write means. OpenSSH says "failure" for a full disk too."""
    code = denial.code
    if code in sftp_wire.LINE_LOST:
        return Retryable(problems.dropped(host))
    if code in (sftp_wire.NO_SPACE, sftp_wire.QUOTA) or _is_full(wire, denial, file, path):
        return NeedsUser(problems.quota(host))
    if code == sftp_wire.DENIED:
        return Refused(problems.name_refused(host) if name else problems.forbidden(host))
    if name:
        return Refused(problems.name_refused(host))
    return Retryable(problems.broken(host))


def _is_full(wire: SftpWire, denial: Denial, file: SubmissionFile, path: str) -> bool:
    if denial.code != sftp_wire.FAILURE:
        return False
    if any(word in denial.words.lower() for word in _FULL_WORDS):
        return True
    free = wire.free(path.rpartition("/")[0] or ".")
    return free is not None and free < min(file.size, WINDOW)


def summed_by_command(line: Line, path: str, size: int, patience_s: float) -> str | None:
    """The sum as the server's own commands say it; None where they are not allowed or unknown there.

    OpenSSL uses what processors have for this and is four times as fast as many a ``sha256sum``, which some servers
    know without having a shell.
    """
    safe = shlex.quote(f"./{path}" if path.startswith("-") else path)
    for command in (f"openssl dgst -sha256 -r {safe} || sha256sum -- {safe}", f"sha256sum -- {safe}"):
        if not line.stands:
            return None
        found = _said(line, command, patience_s + size / sftp_wire.SUM_PACE)
        if found is not None:
            return found
    return None


def _said(line: Line, command: str, patience_s: float) -> str | None:
    """The sum in the answer to a command."""
    import paramiko

    output = b""
    channel = line.channel()
    try:
        channel.settimeout(patience_s)
        channel.exec_command(command)
        channel.shutdown_write()
        while len(output) < 4096 and (data := channel.recv(4096)):
            output += data
    except (paramiko.SSHException, EOFError):
        if not line.stands:
            raise
        return None  # the channel alone was closed: that is how some say no
    finally:
        channel.close()
    found = _SUM.match(output)
    return found.group(1).decode() if found else None
