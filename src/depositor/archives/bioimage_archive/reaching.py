"""Whether the ways to the archive are open, one by one; nothing is left behind there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from depositor.archives import hand_over
from depositor.archives.bioimage_archive import answers, problems
from depositor.archives.bioimage_archive.account import Account
from depositor.archives.ports import Credentials, RouteCheck
from depositor.draft.message import Message, msg
from depositor.draft.problem import DepositError, NeedsUser, Retryable
from depositor.transfer.net import web


class Reaching:
    """The ways of one account: HTTPS, the sign-in, and what large deposits take."""

    def __init__(
        self, account: Account, credentials: Credentials, settings: Mapping[str, Any], patience: web.Timeouts
    ) -> None:
        self._account, self._given, self._settings, self._patience = account, credentials, settings, patience

    def checks(self, sign_in: Callable[[], object]) -> Iterator[RouteCheck]:
        """Each way with what it takes; ``sign_in`` is only tried where there is something to sign in with."""
        given = self._given
        yield _timed(msg("bia.route.web", "Reach the archive (HTTPS)"), self._reach)
        if given.token or given.password:
            yield _timed(msg("bia.route.account", "Sign in and submit to BioImages"), sign_in)
        if hand_over.wanted(given):
            yield _timed(msg("bia.route.aspera", "Reach the place for large deposits (Aspera)"), self._reach_aspera)
        elif given.bulk:
            yield _timed(msg("bia.route.ftp", "Sign in for large deposits (FTP)"), self._sign_in_ftp)
        else:
            yield _timed(msg("bia.route.ftp-port", "Reach the place for large deposits (FTP)"), self._reach_ftp)

    def bulk(self) -> None:
        """Whether the way for large deposits can be told from the account. The archive has no Globus collection."""
        if not hand_over.wanted(self._given):
            self._account.ftp()
        elif hand_over.aspera_place(self._given) is None:
            raise NeedsUser(problems.no_globus())

    def _reach(self) -> None:
        """Any answer of the archive itself will do, also its wish for a sign-in."""
        answer = self._account.wire.ask("GET", "/auth/profile")
        error = answers.meaning(answer, self._account.host) if answer.status_code >= 300 else None
        if isinstance(error, Retryable):
            raise error

    def _reach_aspera(self) -> None:
        """The program is here, and the port for the sign-in is open; UDP shows only when something is sent."""
        from depositor.transfer.net.ftp import reach_port

        self.bulk()
        hand_over.route(self._given, self._settings, label="Depositor").check()
        place = hand_over.aspera_place(self._given)
        assert place is not None
        reach_port(place.host, place.port, self._patience.connect)

    def _reach_ftp(self) -> None:
        from depositor.transfer.net.ftp import reach_port

        reach_port(self._account.ftp_host, 21, self._patience.connect)

    def _sign_in_ftp(self) -> None:
        from depositor.transfer.net.ftp import reach

        reach(self._account.ftp(), self._patience)


def _timed(name: Message, call: Callable[[], object]) -> RouteCheck:
    began = time.monotonic()
    try:
        call()
    except DepositError as error:
        return RouteCheck(name, ok=False, problem=error.problem)
    return RouteCheck(name, ok=True, seconds=time.monotonic() - began)
