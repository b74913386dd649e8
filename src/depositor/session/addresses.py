"""Addresses of storage of one's own: what they look like, and whether one is right."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from depositor.draft.capabilities import Capabilities
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.home import Home

_LOCAL = ("localhost", "127.0.0.1", "::1")
_OPEN = ("ftp", "http", "dav")


def announce(home: Home) -> None:
    """Let the places count whose descriptions lie in the settings folder. Reads nothing yet."""
    from depositor.archives import given

    given.announce(home.settings)


def left_out() -> tuple[Problem, ...]:
    """Why descriptions of places could not be used."""
    from depositor.archives import given

    return given.problems()


def asked(capabilities: Capabilities | None) -> bool:
    """Whether an archive is a place whose address only the user knows."""
    return capabilities is not None and capabilities.kind == "protocol"


def example(capabilities: Capabilities) -> str:
    """What an address looks like there."""
    from depositor.archives.generic.address import FORMS

    return FORMS[capabilities.protocols[0]].example


def problem(capabilities: Capabilities, text: str) -> Problem | None:
    """What is wrong with an address; None where it can be used."""
    from depositor.archives.generic.address import parse

    try:
        parse(capabilities.protocols[0], text, capabilities.name)
    except NeedsUser as error:
        return error.problem
    return None


def warning(capabilities: Capabilities, text: str) -> Message | None:
    """What one should know of an address that can be used: whether others on the way can read along."""
    parts = urlsplit(text.strip())
    if parts.scheme.lower() not in _OPEN or (parts.hostname or "") in _LOCAL:
        return None
    return msg(
        "place.open-line",
        "Nothing is encrypted on the way to this address, your password neither. Ask whether there is a safe one.",
    )


def needed(desk: Desk, capabilities: Capabilities | None) -> str:
    """The address that holds now, empty where the archive has one of its own. NeedsUser where there is none, or where
    it cannot be used."""
    if capabilities is None or not asked(capabilities):
        return ""
    text = desk.settings.endpoint(capabilities.id) or capabilities.endpoint
    wrong = problem(capabilities, text)
    if wrong is not None:
        raise NeedsUser(wrong)
    return text


def wanting(desk: Desk, capabilities: Capabilities | None) -> Message | None:
    """What is missing or wrong in the address that holds now; None where it can be used, or where none is asked for."""
    try:
        needed(desk, capabilities)
    except NeedsUser as error:
        return error.problem.message
    return None
