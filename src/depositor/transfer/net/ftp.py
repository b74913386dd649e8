"""Whether an FTP route works as a whole: the sign-in, and the second line that carries the data."""

from __future__ import annotations

from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Retryable, Side
from depositor.transfer.ftp.wire import FtpPlace, Wire
from depositor.transfer.net import line as net_line
from depositor.transfer.net import names as net_names
from depositor.transfer.net import problems as net_problems
from depositor.transfer.net import web


def reach(place: FtpPlace, timeouts: web.Timeouts) -> None:
    """Sign in and list the folder over a passive data line. Retryable ``port.ftp-data`` where only that line does not
    come about, which is what firewalls do that know port 21 alone."""
    wire = Wire(place, timeouts)
    try:
        wire.fetch("LIST")
    except Retryable as error:
        if error.problem.side is not Side.NETWORK:
            raise
        raise Retryable(_data_blocked(place.host)) from error
    finally:
        wire.close()


def reach_port(host: str, port: int, seconds: float) -> None:
    """Whether the port is open, without a sign-in. Retryable with the words that IT needs where it is not."""
    found = net_names.look_up(host, Cancel())
    if not found.all:
        raise net_problems.no_name(host, found.failure, net_names.name_servers())
    try:
        net_line.connect_any(found.all, port, Cancel(), seconds).close()
    except OSError as error:
        raise net_problems.port(host, port, net_line.meaning(error)) from error


def _data_blocked(host: str) -> Problem:
    text = msg("port.ftp-data", "The sign-in at {host} works, but the line that carries the data does not.", host=host)
    advice = msg(
        "port.ftp-data.advice",
        "Ask IT: “Please allow passive FTP to {host}: TCP to port 21 and to ports from 1024 upwards.”",
        host=host,
    )
    return Problem("port.ftp-data", Side.NETWORK, text, advice, actions=("retry", "copy-report"))
