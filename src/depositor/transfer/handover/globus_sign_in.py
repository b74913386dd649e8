"""Signing in to Globus as a native app: a page in the browser, a code that is pasted back, a refresh token to keep.

Tokens are given to the caller, who keeps them in the key store of the system; they are written nowhere here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from depositor.draft.problem import NeedsUser
from depositor.transfer.handover import problems
from depositor.transfer.handover.globus_wire import TRANSFER, GlobusAccount, once_more, sdk, told, transport

if TYPE_CHECKING:
    from depositor.transfer.handover.globus_wire import Session


def data_access(collection: str) -> str:
    """The scope by which a mapped collection lets this program read and write for the user."""
    return f"{TRANSFER}[*https://auth.globus.org/scopes/{collection}/data_access]"


class SignIn:
    """One sign-in. ``address`` is for the browser; :meth:`account` takes the code that its last page shows.

    ``scopes``: what to ask for; those that a refused call named, else Globus Transfer itself.
    """

    def __init__(self, client: str | None, session: Session, scopes: Sequence[str] = ()) -> None:
        if not client:
            raise NeedsUser(problems.globus_no_client())
        self._client = client
        self._auth = sdk().NativeAppAuthClient(client, transport=transport(session), retry_config=once_more())
        with told():
            self._auth.oauth2_start_flow(
                requested_scopes=list(scopes) or TRANSFER, refresh_tokens=True, prefill_named_grant="Depositor"
            )
            self.address: str = self._auth.oauth2_get_authorize_url()

    def account(self, code: str) -> GlobusAccount:
        """Exchange the code. NeedsUser where Globus does not take it."""
        try:
            with told():
                answer = self._auth.oauth2_exchange_code_for_tokens(code.strip())
                tokens = answer.by_resource_server["transfer.api.globus.org"]
        except NeedsUser:
            raise NeedsUser(problems.globus_code()) from None
        return GlobusAccount(self._client, str(tokens.get("refresh_token") or tokens["access_token"]))
