"""What can go wrong with storage of one's own, in words for people."""

from __future__ import annotations

from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side

_ADDRESS = ("choose-address",)


def no_address(name: str, example: str) -> Problem:
    text = msg("place.no-address", "{name} has no address yet.", name=name)
    advice = msg(
        "place.no-address.advice", "Enter the one that you were given; it looks like {example}", example=example
    )
    return Problem("place.no-address", Side.COMPUTER, text, advice, actions=_ADDRESS)


def not_whole(example: str) -> Problem:
    text = msg("place.address.port", "This is not a whole address.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def no_computer(example: str) -> Problem:
    text = msg("place.address.host", "The address does not name a computer.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def with_password(example: str) -> Problem:
    text = msg("place.address.password", "A password has no place in an address; enter it below.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def with_name(example: str) -> Problem:
    text = msg("place.address.user", "A name has no place in this address; enter it below.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def odd_folder(example: str) -> Problem:
    text = msg("place.address.path", "The folder in the address is not a plain one.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def with_fragment(example: str) -> Problem:
    text = msg("place.address.fragment", "There is something behind a # in the address.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def no_bucket(example: str) -> Problem:
    text = msg("place.address.bucket", "The address does not name a bucket.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def odd_query(example: str) -> Problem:
    text = msg("place.address.query", "What stands behind the ? in the address is not known.")
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def no_scheme(names: str, example: str) -> Problem:
    text = msg("place.address.begin", "The address must begin with one of: {names}", names=names)
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def other_scheme(names: str, scheme: str, example: str) -> Problem:
    text = msg(
        "place.address.scheme",
        "Addresses of this kind begin with one of: {names}. This one begins with {scheme}://",
        names=names,
        scheme=scheme,
    )
    return Problem("place.bad-address", Side.COMPUTER, text, _looks_like(example), actions=_ADDRESS)


def _looks_like(example: str) -> Message:
    return msg("place.bad-address.advice", "A whole address looks like {example}", example=example)


def no_account(host: str) -> Problem:
    text = msg("place.no-account", "{host} needs to know who you are.", host=host)
    advice = msg("place.no-account.advice", "Enter what you were given for signing in there.")
    return Problem("place.no-account", Side.ARCHIVE, text, advice, actions=("sign-in",))


def taken(url: str) -> Problem:
    text = msg("place.taken", "Something else lies where this deposit should go.")
    advice = msg("place.taken.advice", "It was left as it is. Choose another folder in the address.")
    return Problem("place.taken", Side.ARCHIVE, text, advice, url, _ADDRESS)


def gone(url: str) -> Problem:
    text = msg("place.gone", "The folder of this deposit is not there any more.")
    advice = msg(
        "place.gone.advice", "Ask whoever runs the place. If it was deleted, seal the draft again and send it anew."
    )
    return Problem("place.gone", Side.ARCHIVE, text, advice, url)


def missing(name: str, count: int) -> Problem:
    text = msg("place.missing", "{n} of the files that were sent are not there any more.", n=count)
    advice = msg(
        "place.missing.advice",
        "Somebody may have moved or deleted them. Ask whoever runs the place, or seal the draft again and send it "
        "anew.",
    )
    return Problem("place.missing", Side.ARCHIVE, text, advice, name, ("retry",))


def differs(name: str, count: int) -> Problem:
    text = msg("place.differs", "{n} of the files that were sent are not there as they were sent.", n=count)
    advice = msg(
        "place.differs.advice",
        "Something changed them after they arrived. Ask whoever runs the place, or seal the draft again and send it "
        "anew. Your own files are untouched.",
    )
    return Problem("place.differs", Side.ARCHIVE, text, advice, name, ("retry",))


def complete(url: str) -> Problem:
    text = msg("place.complete", "The deposit is complete; it is not deleted from here.")
    advice = msg("place.complete.advice", "Ask whoever runs the place if it should go.")
    return Problem("place.complete", Side.ARCHIVE, text, advice, url)


def not_given_back(host: str) -> Problem:
    text = msg("place.not-given-back", "{host} does not give back what it took.", host=host)
    advice = msg("place.not-given-back.advice", "So only the sizes can be compared. Ask whoever runs it for more.")
    return Problem("place.not-given-back", Side.ARCHIVE, text, advice)


def not_tus(host: str) -> Problem:
    text = msg("place.not-tus", "At this address of {host} nobody speaks tus.", host=host)
    advice = msg("place.not-tus.advice", "Compare the address with the one that you were given, also its end.")
    return Problem("place.not-tus", Side.ARCHIVE, text, advice, actions=_ADDRESS)


def no_such_place(host: str) -> Problem:
    text = msg("place.no-such", "{host} has no folder of this name, and does not let us make one.", host=host)
    advice = msg("place.no-such.advice", "Compare the address with the one that you were given.")
    return Problem("place.no-such", Side.ARCHIVE, text, advice, actions=_ADDRESS)


def no_notes() -> Problem:
    text = msg("place.no-notes", "This computer cannot note where the files go.")
    advice = msg(
        "place.no-notes.advice", "Is its disk full? Free some space, then go on; nothing that was sent is lost."
    )
    return Problem("place.no-notes", Side.COMPUTER, text, advice, actions=("retry",))
