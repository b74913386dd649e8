"""Problems of proxies and of HTTP uploads, in words for people."""

from __future__ import annotations

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side


def proxy_sign_in(host: str) -> Problem:
    text = msg(
        "network.proxy-sign-in",
        "On the way to {host}, the proxy of your network asks for a name and a password.",
        host=host,
    )
    advice = msg(
        "network.proxy-sign-in.advice",
        "Enter them in the menu Edit, Network settings; they are kept in the key store of this computer.",
    )
    return Problem("network.proxy-sign-in", Side.NETWORK, text, advice, actions=("proxy-sign-in", "retry"))


def assembling(host: str) -> Problem:
    text = msg("archive.assembling", "{host} has all of the file and is still putting it together.", host=host)
    advice = msg("archive.assembling.advice", "Nothing is lost, and nothing need be sent again. We keep asking.")
    return Problem("archive.assembling", Side.ARCHIVE, text, advice, actions=("retry",))


def taken(host: str) -> Problem:
    text = msg("archive.taken", "{host} holds another file under this name already.", host=host)
    advice = msg(
        "archive.taken.advice", "Nothing was overwritten. Look at what is there, then remove it or leave this file out."
    )
    return Problem("archive.conflict", Side.ARCHIVE, text, advice, actions=("retry", "skip"))


def insecure(host: str) -> Problem:
    text = msg("archive.insecure", "{host} wants the file to be sent over an open line.", host=host)
    advice = msg(
        "archive.insecure.advice", "Nothing was sent. Tell the archive's help desk that its upload address is not safe."
    )
    return Problem("archive.insecure", Side.ARCHIVE, text, advice, actions=("skip",))


def empty_file(host: str) -> Problem:
    text = msg("archive.empty-file", "{host} does not take files without content.", host=host)
    advice = msg("archive.empty-file.advice", "Leave the file out; all other files go on.")
    return Problem("archive.empty-file", Side.ARCHIVE, text, advice, actions=("skip",))


def too_many_parts(host: str) -> Problem:
    text = msg("archive.too-many-parts", "{host} cuts the file into more pieces than can be sent.", host=host)
    advice = msg("archive.too-many-parts.advice", "Ask the archive for a route for files of this size.")
    return Problem("archive.too-large", Side.ARCHIVE, text, advice, actions=("skip",))
