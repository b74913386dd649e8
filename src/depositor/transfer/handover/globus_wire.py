"""Talking to Globus: the library behind one door, its errors as ours.

The library's own variables hold: ``GLOBUS_SDK_ENVIRONMENT``, ``GLOBUS_SDK_SERVICE_URL_TRANSFER``, ``..._AUTH``,
``GLOBUS_SDK_HTTP_TIMEOUT``. The way out of the network (proxy, certificates) is that of all our HTTP.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable
from depositor.transfer import errors
from depositor.transfer.handover import problems

if TYPE_CHECKING:
    import requests
    from globus_sdk import GlobusAPIError, TransferClient
    from globus_sdk.transport import RequestsTransport

    Session = Callable[[], requests.Session]

TRANSFER = "urn:globus:auth:scope:transfer.api.globus.org:all"
HOST = "transfer.api.globus.org"
_MOST_WORDS = 300
_SOON_S = 15.0
_NO_GRANT = "invalid_grant"


@dataclass(frozen=True, slots=True)
class GlobusAccount:
    """``client``: the id of a native app. ``token``: a refresh token of that app, or an access token for Globus
    Transfer, which holds for two days."""

    client: str | None = None
    token: str | None = field(default=None, repr=False)


def sdk() -> Any:
    """The library. NeedsUser where the extra ``globus`` is not installed."""
    try:
        import globus_sdk
    except ImportError:
        raise NeedsUser(problems.globus_missing()) from None
    return globus_sdk


def client(account: GlobusAccount, session: Session) -> TransferClient:
    """A client for Globus Transfer. NeedsUser where the account is missing or was forgotten there."""
    library = sdk()
    if not account.token:
        raise NeedsUser(problems.globus_sign_in())
    authorizer = _authorizer(account, session)
    return library.TransferClient(
        authorizer=authorizer, transport=transport(session), retry_config=once_more(), app_name="Depositor"
    )


def transport(session: Session) -> RequestsTransport:
    """The library's, over our own session."""
    from globus_sdk.transport import RequestsTransport

    made = RequestsTransport()
    made.session = session()
    if made.verify_ssl is True and made.session.verify is not True:
        made.verify_ssl = made.session.verify
    return made


def once_more() -> Any:
    """A second try for a token that ran out; outages are waited for elsewhere."""
    from globus_sdk.transport import RetryConfig

    return RetryConfig(max_retries=1, backoff=lambda _: 0.0, max_sleep=0)


def _authorizer(account: GlobusAccount, session: Session) -> Any:
    """A token alone is an access token. With a client it is tried as a refresh token first: nobody can see which."""
    library = sdk()
    plain = library.AccessTokenAuthorizer(account.token)
    if not account.client:
        return plain
    auth = library.NativeAppAuthClient(account.client, transport=transport(session), retry_config=once_more())
    try:
        with told():
            return library.RefreshTokenAuthorizer(account.token, auth)
    except _Forgotten:
        return plain


class _Forgotten(NeedsUser):
    """The refresh token is none, or no longer one."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what the library raises inside into a DepositError."""
    library = sdk()
    try:
        yield
    except DepositError:
        raise
    except library.GlobusAPIError as error:
        raise meaning(error) from error
    except library.NetworkError as error:
        raise errors.of_network(error, HOST) from error
    except (library.GlobusError, ValueError, KeyError, TypeError) as error:
        raise Retryable(problems.globus_busy()) from error  # an answer that makes no sense


def meaning(error: GlobusAPIError) -> DepositError:
    """What a refusal of Globus means; the first that fits."""
    status, code, after = error.http_status, error.code or "", errors.retry_after(error.headers)
    info = error.info
    found: tuple[tuple[object, Callable[[], DepositError]], ...] = (
        (_says_no_grant(error), lambda: _Forgotten(problems.globus_sign_in())),
        (info.consent_required, lambda: NeedsUser(problems.globus_consent())),
        (info.authorization_parameters and status == 403, lambda: NeedsUser(problems.globus_identity())),
        (status == 401 or "Authentication" in code, lambda: NeedsUser(problems.globus_sign_in())),
        ("GCDisconnected" in code or "GCNotConnected" in code, lambda: Retryable(problems.personal_off(), _SOON_S)),
        ("GCPaused" in code, lambda: Retryable(problems.personal_paused(), _SOON_S)),
        ("TooMany" in code, lambda: Retryable(problems.globus_full(), after)),
        (status == 404, lambda: NeedsUser(problems.globus_no_collection())),
        (status == 403, lambda: NeedsUser(problems.globus_forbidden())),
        (status >= 500 or status in (409, 429), lambda: Retryable(problems.globus_busy(), after)),
    )
    return next((make() for fits, make in found if fits), Refused(problems.globus_refused(words_of(error))))


def words_of(error: GlobusAPIError) -> str:
    """What Globus said itself, in one line."""
    return " ".join((error.message or error.code or "").split())[:_MOST_WORDS]


def scopes_wanted(error: BaseException | None) -> tuple[str, ...]:
    """What a person must agree to, where that is why a call was refused; for the sign-in."""
    found = getattr(error, "__cause__", None)
    info = getattr(found, "info", None)
    wanted = getattr(getattr(info, "consent_required", None), "required_scopes", None)
    return tuple(str(scope) for scope in wanted or ())


def _says_no_grant(error: GlobusAPIError) -> bool:
    """OAuth's answers carry a plain word in ``error``."""
    data = error.raw_json or {}
    return isinstance(data, dict) and data.get("error") == _NO_GRANT
