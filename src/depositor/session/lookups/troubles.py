"""What can go wrong with a look-up. Nothing depends on one: the advice is always to go on by hand."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side

_BY_HAND = msg("lookup.by-hand", "You can go on and type it yourself; try the look-up again later.")


def switched_off() -> Problem:
    return Problem(
        "lookup.off",
        Side.COMPUTER,
        msg("lookup.off", "Looking up is switched off: Depositor works offline."),
        msg("lookup.off.advice", "Switch “Work offline” off in the settings, or type the answer yourself."),
    )


def slow(name: str) -> Problem:
    text = msg("lookup.slow", "{service} did not answer in time.", service=name)
    return Problem("lookup.slow", Side.NETWORK, text, _BY_HAND, actions=("retry",))


def no_way(name: str) -> Problem:
    text = msg("lookup.no-way", "{service} could not be reached. This computer may be offline.", service=name)
    return Problem("lookup.no-way", Side.NETWORK, text, _BY_HAND, actions=("retry",))


def untrusted(name: str) -> Problem:
    text = msg("lookup.untrusted", "No secure connection to {service} could be made.", service=name)
    advice = msg(
        "lookup.untrusted.advice",
        "Check date and time of this computer. If they are right, ask your IT support about certificates.",
    )
    return Problem("lookup.untrusted", Side.NETWORK, text, advice, actions=("retry",))


def portal(name: str) -> Problem:
    return Problem(
        "lookup.portal",
        Side.NETWORK,
        msg("lookup.portal", "Something between here and {service} answers in its place.", service=name),
        msg("lookup.portal.advice", "Often this is the log-in page of a guest network: open a web page once."),
        actions=("retry",),
    )


def busy(name: str) -> Problem:
    text = msg("lookup.busy", "{service} has too much to do at the moment.", service=name)
    return Problem("lookup.busy", Side.ARCHIVE, text, _BY_HAND, actions=("retry",))


def broken(name: str) -> Problem:
    text = msg("lookup.broken", "{service} has a problem of its own at the moment.", service=name)
    return Problem("lookup.broken", Side.ARCHIVE, text, _BY_HAND, actions=("retry",))


def refused(name: str) -> Problem:
    text = msg("lookup.refused", "{service} does not answer this question.", service=name)
    return Problem("lookup.refused", Side.ARCHIVE, text, _BY_HAND)


def odd(name: str) -> Problem:
    text = msg("lookup.odd", "{service} answered something that Depositor does not understand.", service=name)
    return Problem("lookup.odd", Side.ARCHIVE, text, _BY_HAND)


def nothing_to_ask() -> Problem:
    return Problem(
        "lookup.empty",
        Side.COMPUTER,
        msg("lookup.empty", "There is nothing to look for yet."),
        msg("lookup.empty.advice", "Type at least three letters, or an identifier."),
    )


def needs_identifier() -> Problem:
    return Problem(
        "lookup.identifier",
        Side.COMPUTER,
        msg("lookup.identifier", "This can only be looked up by an identifier."),
        msg("lookup.identifier.advice", "Paste a DOI, a PubMed id or an RRID, whichever this field is about."),
    )
