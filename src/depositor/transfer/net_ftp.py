"""Whether an FTP route works as a whole: the sign-in, and the second line that carries the data."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Retryable, Side
from depositor.transfer import web
from depositor.transfer.ftp_wire import FtpPlace, Wire


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


def _data_blocked(host: str) -> Problem:
    text = msg("port.ftp-data", "The sign-in at {host} works, but the line that carries the data does not.", host=host)
    advice = msg(
        "port.ftp-data.advice",
        "Ask IT: “Please allow passive FTP to {host}: TCP to port 21 and to ports from 1024 upwards.”",
        host=host,
    )
    return Problem("port.ftp-data", Side.NETWORK, text, advice, actions=("retry", "copy-report"))
