"""What is said of a file whose pictures were read: findings, and what is left that nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depositor.draft.finding import Finding, NotChecked
from depositor.draft.problem import Problem
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.pixels import judging, remarks
from depositor.privacy.pixels.likeness import Seeds
from depositor.session.pixels.crew import Asked
from depositor.session.pixels.reading import Reading

_TOO_SLOW = "worker.timeout"
OPEN = frozenset().union(*remarks.LIFTED.values())  # remarks of header checks that reading pictures may settle
_TEXT = remarks.LIFTED["pixels"]


def findings(shown: str, reading: Reading, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """What the text in the pictures tells; ``known``: what other files gave away."""
    if not reading.seen:
        return ()
    seeds = Seeds(((Kind(kind), text) for kind, text in reading.seeds), known.terms)
    return judging.findings(shown, reading.seen, medical=reading.medical, seeds=seeds, known=known)


def gaps(asked: Asked, answer: Reading | Problem, before: Sequence[NotChecked]) -> list[NotChecked]:
    """``before`` is what the check of the header left open: what was looked at now goes, what was not is added."""
    shown = asked.shown
    if isinstance(answer, Problem):
        slow = answer.code == _TOO_SLOW
        return [*_without(before, _TEXT), remarks.too_slow(shown) if slow else remarks.undecoded(shown)]
    if answer.state == "none":
        return list(before)
    if answer.state == "missing":
        return [*_without(before, _TEXT), remarks.not_installed(shown)]
    if answer.state == "skipped":
        said = (
            remarks.slice_laid(shown, asked.laid)
            if asked.laid
            else remarks.one_of_many(shown, answer.taken, answer.total)
        )
        return [*_without(before, _TEXT), said]
    looked = frozenset(i for s in answer.sources for i in remarks.LIFTED.get(s, ()))
    return [*_without(before, looked | (_TEXT if answer.undecoded else frozenset())), *_left(shown, answer)]


def is_whole(answer: Reading) -> bool:
    """True where every picture of the file was read for itself, in its full size."""
    whole = answer.taken == answer.total and answer.total > 0 and answer.reduced <= 1
    return answer.state == "read" and whole and not answer.undecoded and not answer.laid_over


def not_wanted(before: Sequence[NotChecked]) -> list[NotChecked]:
    """The person wants no pictures read: then that is the reason."""
    return [remarks.not_wanted(n.path) if n.why.id in _TEXT else n for n in before]


def _left(shown: str, answer: Reading) -> Iterator[NotChecked]:
    """Frames that were not looked at, pictures that were looked at small, and those that could not be decoded."""
    if answer.undecoded:
        yield remarks.undecoded(shown)
    if "label" in answer.sources or "macro" in answer.sources:
        yield remarks.bar_codes(shown)
    if answer.taken < answer.total and answer.laid_over:
        yield remarks.sampled_and_laid(shown, answer.taken, answer.total, answer.laid_over)
    elif answer.taken < answer.total:
        yield remarks.sampled(shown, answer.taken, answer.total)
    if answer.reduced > 1 and "pixels" in answer.sources:
        yield remarks.reduced(shown, answer.reduced)


def _without(before: Sequence[NotChecked], ids: frozenset[str]) -> list[NotChecked]:
    return [n for n in before if n.why.id not in ids]
