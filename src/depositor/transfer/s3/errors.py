"""What an S3 service's error codes mean
(https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; radosgw and others add a few)."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable
from dataclasses import dataclass

from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Refused, Retryable, Side
from depositor.transfer import errors, problems

_SKEW = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class S3Error:
    """An answer that tells of an error. ``code`` is empty where there was no XML; ``detail`` names a region, ``date``
    is the server's clock."""

    status: int
    code: str = ""
    text: str = ""
    detail: str = ""
    after: float | None = None
    date: str = ""

    @property
    def expired_address(self) -> bool:
        """A signed address whose time is over."""
        return self.status == 403 and self.code in ("AccessDenied", "") and "expired" in self.text.lower()


def told(error: S3Error, host: str) -> DepositError:
    """The DepositError for an answer."""
    if error.expired_address:
        return Retryable(address_expired(host), 0.0)
    if error.code == "RequestTimeTooSkewed":
        return NeedsUser(clock(host, error.date))
    if error.code == "NotImplemented" or error.status == 501:
        return Refused(problems.refused(host, 501))
    if error.code == "PermanentRedirect" or (error.status == 301 and error.detail):
        return NeedsUser(other_region(host, error.detail))
    for kind, codes in _KINDS:
        if error.code in codes:
            made = codes[error.code](host)
            return Retryable(made, error.after) if kind is Retryable else kind(made)
    return errors.of_status(error.status, host, error.after)


def clock(host: str, date: str = "") -> Problem:
    """``date``: what the server's clock says, as its answer has it."""
    text = msg("s3.clock", "The clock of this computer differs too much from that of {host}.", host=host)
    theirs = _time(date)
    if theirs is not None:
        text = msg(
            "s3.clock.both",
            "The clock of this computer says {ours}, that of {host} says {theirs} (both in UTC).",
            ours=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M"),
            theirs=theirs.strftime("%Y-%m-%d %H:%M"),
            host=host,
        )
    advice = msg("s3.clock.advice", "Set date, time and time zone right (best: automatically), then go on.")
    return Problem("computer.clock", Side.COMPUTER, text, advice, actions=("retry",))


def differs(date: str) -> bool:
    """Whether the clock here is so far from the server's that it takes no signature of ours."""
    theirs = _time(date)
    return theirs is not None and abs(theirs - dt.datetime.now(dt.UTC)) > _SKEW


def _time(date: str) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(date).astimezone(dt.UTC)
    except (TypeError, ValueError):
        return None


def keys_expired(host: str) -> Problem:
    text = msg("s3.keys-expired", "The time of your access keys for {host} is over.", host=host)
    advice = msg("s3.keys-expired.advice", "Ask for new ones and enter them, then go on; what was sent stays there.")
    return Problem("archive.sign-in", Side.ARCHIVE, text, advice, actions=("sign-in",))


def account_closed(host: str) -> Problem:
    text = msg("s3.account-closed", "{host} has closed your account, perhaps only for a while.", host=host)
    advice = msg("s3.account-closed.advice", "Ask whoever runs it to open it, then go on; what was sent stays there.")
    return Problem("archive.account-closed", Side.ARCHIVE, text, advice, actions=("retry",))


def address_expired(host: str) -> Problem:
    text = msg("s3.address-expired", "The address that {host} gave for this piece is out of date.", host=host)
    advice = msg("s3.address-expired.advice", "A new one is asked for; you need not do anything.")
    return Problem("archive.address-expired", Side.ARCHIVE, text, advice, actions=("retry",))


def no_bucket(host: str) -> Problem:
    text = msg("s3.no-bucket", "{host} has no bucket of this name.", host=host)
    advice = msg("s3.no-bucket.advice", "Check the name of the bucket in the archive's settings, then go on.")
    return Problem("archive.no-bucket", Side.ARCHIVE, text, advice, actions=("retry",))


def other_region(host: str, region: str) -> Problem:
    text = msg("s3.region", "This bucket lies in another region than {host} ({region}).", host=host, region=region)
    advice = msg("s3.region.advice", "Enter the address of that region in the archive's settings, then go on.")
    return Problem("archive.region", Side.ARCHIVE, text, advice, actions=("retry",))


def parts_refused(host: str) -> Problem:
    text = msg("s3.parts", "{host} does not take pieces of the size in which this file was sent.", host=host)
    advice = msg(
        "s3.parts.advice", "Ask the archive which sizes its storage takes, and tell us; or leave the file out."
    )
    return Problem("archive.parts", Side.ARCHIVE, text, advice, actions=("retry", "skip"))


_Makers = dict[str, Callable[[str], Problem]]

_USER: _Makers = {
    "ExpiredToken": keys_expired,
    "TokenRefreshRequired": keys_expired,
    "UserSuspended": account_closed,  # Ceph
    "AccountProblem": account_closed,
    "NoSuchBucket": no_bucket,
    "InvalidBucketName": no_bucket,
    **dict.fromkeys(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity", "NotSignedUp"),
        problems.sign_in,
    ),
    **dict.fromkeys(
        ("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageFull"),
        problems.quota,
    ),
}
_AGAIN: _Makers = {
    **dict.fromkeys(
        ("SlowDown", "ServiceUnavailable", "Busy", "RequestLimitExceeded", "Throttling", "TooManyRequests"),
        problems.busy,
    ),
    "ThrottlingException": problems.busy,
    "TemporaryRedirect": problems.busy,  # a bucket of today, whose address is not known everywhere yet
    "InternalError": problems.broken,
    "RequestTimeout": problems.silent,
    "IncompleteBody": problems.dropped,
    "NoSuchUpload": problems.upload_lost,
    "InvalidPart": problems.upload_lost,
    "InvalidPartOrder": problems.upload_lost,
    "OperationAborted": problems.locked,
    "ConditionalRequestConflict": problems.locked,
    **dict.fromkeys(
        ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"), problems.checksum
    ),
}
_NEVER: _Makers = {
    "EntityTooLarge": problems.too_large,
    "EntityTooSmall": parts_refused,
    "KeyTooLongError": problems.name_refused,
    "InvalidURI": problems.name_refused,
    "XMinioInvalidObjectName": problems.name_refused,
    "PreconditionFailed": problems.conflict,
    "InvalidObjectState": problems.conflict,
    "ObjectLocked": problems.conflict,
}
_KINDS: tuple[tuple[type[DepositError], _Makers], ...] = ((NeedsUser, _USER), (Retryable, _AGAIN), (Refused, _NEVER))
