"""Signing in to Globus: a page in the browser, a code that is pasted back, a token in the key store.

Depositor has no client id of its own registered at Globus; a person, or an institute, brings one
(``DEPOSITOR_USER_GLOBUS``, or typed at the sign-in). ``DEPOSITOR_TOKEN_GLOBUS`` holds a refresh token of that client,
or an access token for two days.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from depositor.archives.ports import Credentials, HandsOver
from depositor.archives.wire import maker, timeouts
from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import Role
from depositor.session.sending.deposit import open_session
from depositor.session.sending.deposit_troubles import stopped
from depositor.session.sending.ledger import Ledger

if TYPE_CHECKING:
    from depositor.session.desk import Desk

ACCOUNT = "globus"


def known_client(desk: Desk) -> str | None:
    """The id of the native app that is known. May take long: the key store may ask for a password."""
    return desk.accounts.credentials(ACCOUNT).user


class GlobusSignIn:
    """``address`` is the page to open; :meth:`finish` takes the code that it shows at its end.

    ``client``: the id of a native app; None: the one that is known. ``scopes``: see :func:`scopes_wanted`. NeedsUser
    ``globus.no-client`` without an id, ``globus.missing`` without the extra.
    """

    def __init__(self, desk: Desk, client: str | None = None, scopes: tuple[str, ...] = ()) -> None:
        from depositor.transfer.handover.globus_sign_in import SignIn
        from depositor.transfer.net import web

        settings = {**desk.settings.for_archive(ACCOUNT), "proxy_sign_in": desk.accounts.proxy_sign_in}
        make, patience = maker(settings), timeouts(settings)
        known = client or desk.accounts.credentials(ACCOUNT).user
        self._desk = desk
        self._sign_in = SignIn(known, lambda: make(patience, web.Lines()), scopes)
        self.address = self._sign_in.address

    def finish(self, code: str, *, for_session_only: bool = False, cancel: Cancel | None = None) -> Problem | None:
        """Keep the sign-in. None where it was kept as wished; else why it holds for this session only, or not at all.
        Stopped, and nothing kept, where ``cancel`` was set while Globus was asked."""
        account = self._sign_in.account(code)
        if cancel:
            raise Stopped(stopped())
        known, accounts = Credentials(user=account.client, token=account.token), self._desk.accounts
        problem = accounts.remember(ACCOUNT, known, for_session_only=for_session_only)
        used = accounts.credentials(ACCOUNT)
        return problem if (used.user, used.token) == (known.user, known.token) else _variable_first()


def _variable_first() -> Problem:
    text = msg("globus.variable", "You are signed in, but a variable on this computer names another sign-in to Globus.")
    advice = msg(
        "globus.variable.advice",
        "That one is used as long as DEPOSITOR_USER_GLOBUS or DEPOSITOR_TOKEN_GLOBUS is set. Ask whoever set it.",
    )
    return Problem("globus.variable", Side.COMPUTER, text, advice)


def scopes_wanted(desk: Desk, submission_id: str) -> tuple[str, ...]:
    """What Globus wants a person to agree to for a deposit that waits for it (``globus.consent``); empty where nothing.
    Asks the network."""
    from depositor.transfer.handover.globus_wire import scopes_wanted as wanted

    ledger = Ledger(desk.store, submission_id)
    outcome = ledger.step("open").outcome
    if outcome is None:
        return ()
    with contextlib.closing(open_session(desk, ledger.archive, ledger.endpoint)) as session:
        route = session.hand_over(str(outcome["remote"]), Role.DATA) if isinstance(session, HandsOver) else None
        if route is None:
            return ()
        with contextlib.closing(route):
            try:
                route.check()
            except NeedsUser as error:
                return wanted(error)
    return ()
