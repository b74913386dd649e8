"""Is this an ORCID iD, a ROR id, a DOI ...? Pure functions on texts, each with the rule's source."""

from __future__ import annotations

import datetime as dt
import re

_ORCID = re.compile(r"(?:https?://(?:www\.)?orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)
_ROR = re.compile(r"(?:https?://(?:www\.)?ror\.org/)?0([0-9a-hjkmnp-tv-z]{6})(\d{2})/?", re.IGNORECASE)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.\d{4,9}(?:\.\d+)*/\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]]+@(?:[\w-]+\.)+[^\W\d_][\w-]+", re.UNICODE)
_URL = re.compile(r"(?:https?|ftps?)://[^\s/$.?#][^\s]*", re.IGNORECASE)
_CURIE = re.compile(r"[A-Za-z][\w.-]*[:_][\w.-]+|https?://\S+")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def is_orcid_shape(text: str) -> bool:
    """Four groups of four digits (the last may be X), alone or as an orcid.org address."""
    return _ORCID.fullmatch(text.strip()) is not None


def is_orcid(text: str) -> bool:
    """Shape and check digit (ISO 7064 MOD 11-2; support.orcid.org, structure of the identifier)."""
    found = _ORCID.fullmatch(text.strip())
    if not found:
        return False
    digits = found[1].replace("-", "").upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return digits[-1] == ("X" if rest == 10 else str(rest))


def is_ror(text: str) -> bool:
    """Shape and check digits (ISO 7064 MOD 97-10 over Crockford's base 32; ror.readme.io, identifier)."""
    found = _ROR.fullmatch(text.strip())
    if not found:
        return False
    number = 0
    for letter in found[1].lower():
        number = number * 32 + _CROCKFORD.index(letter)
    return 98 - (number * 100) % 97 == int(found[2])


def is_doi(text: str) -> bool:
    """``10.`` registrant ``/`` suffix, alone, with ``doi:`` or as an address (DOI handbook 2.2)."""
    return _DOI.fullmatch(text.strip()) is not None


def is_pmid(text: str) -> bool:
    """One to eight digits."""
    return re.fullmatch(r"[1-9]\d{0,7}", text.strip(), re.ASCII) is not None


def is_email(text: str) -> bool:
    """Something, one ``@``, a host with a dot: what every archive's form accepts."""
    return _EMAIL.fullmatch(text.strip()) is not None


def is_url(text: str) -> bool:
    """A web or FTP address with its beginning (``https://``)."""
    return _URL.fullmatch(text.strip()) is not None


def is_term_id(text: str) -> bool:
    """A compact identifier (``FBbi:00000251``) or an address."""
    return _CURIE.fullmatch(text.strip()) is not None


def day(text: object) -> dt.date | None:
    """A day as ``2027-01-31``, or None."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip(), re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def is_moment(text: str) -> bool:
    """A day, or a day and a time, in ISO 8601."""
    try:
        dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True
