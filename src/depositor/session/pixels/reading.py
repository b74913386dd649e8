"""What a worker process does for the pictures of one file: decode them, read the text, say what was not looked at."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.privacy.kinds import Kind
from depositor.privacy.pixels.judging import Seen
from depositor.privacy.pixels.ports import Picture, TextReader
from depositor.scan.frames.base import Amount, Frame, Frames, Risk

if TYPE_CHECKING:
    from depositor.privacy.pixels.ports import Line

READ = "depositor.session.pixels.reading:pictures"
LAID = "depositor.session.pixels.reading:shows_text"
BUDGET_S = 40.0  # after that a call gives back what it has, and goes on with the next one: a person may want to stop
MOST = {Risk.LOW: 24, Risk.MIDDLE: 200}  # like pictures of one folder or series that are read; of high risk all
_LOW_EDGE = 1280  # pixels: pictures that rarely hold text are looked at no larger
_SEEDS = frozenset(
    {
        Kind.PATIENT_NAME,
        Kind.PATIENT_NUMBER,
        Kind.NATIONAL_NUMBER,
        Kind.BIRTH_DATE,
        Kind.PATIENT_CONTACT,
        Kind.CASE_NUMBER,
        Kind.PERSON_NAME,
        Kind.STAFF_NAME,
        Kind.INSTITUTION,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The text in the pictures of one file. ``state``: read, none (there is no picture), skipped (one of many like
    it), missing (no engine). ``after``: where to go on, None at the end. ``seeds``: what the header says of persons.
    ``sources`` were looked at; ``undecoded`` pictures could not be."""

    state: str
    seen: tuple[Seen, ...] = ()
    seeds: tuple[tuple[str, str], ...] = ()
    medical: bool = False
    total: int = 0
    taken: int = 0
    laid_over: int = 0
    reduced: int = 1
    undecoded: int = 0
    sources: tuple[str, ...] = ()
    after: int | None = None


def pictures(path: Path, shown: str, place: tuple[int, int], amount: str, first: int = 0, cache: str = "") -> Reading:
    """Read the pictures of one file from the ``first`` on, as long as the budget lasts. ``place``: this is the n-th of
    so many like files. Never raises for bad input."""
    from depositor.privacy.pixels import engine

    _step_back()
    try:
        found = _frames(path, Amount(amount))
    except (
        Exception
    ):  # decoders of foreign formats raise anything; that there is a picture is told by the header's check
        return Reading("read", undecoded=1)
    if found is None or not found.pictures:
        return Reading("none")
    if amount != Amount.ALL and not is_read(found.risk, place):
        return Reading("skipped", medical=found.medical, total=place[1], taken=MOST[found.risk])
    reader = engine.reader()
    if reader is None:
        return Reading("missing")
    return _read(path, shown, found, reader, first, cache)


def is_read(risk: Risk, place: tuple[int, int]) -> bool:
    """True for all of a few; of many like pictures for the first, the last and some evenly between."""
    from depositor.scan.frames.base import evenly

    number, total = place
    return risk not in MOST or total <= MOST[risk] or number in _spread(total, MOST[risk], evenly)


@functools.lru_cache(maxsize=64)
def _spread(total: int, count: int, evenly: Any) -> frozenset[int]:
    return frozenset(evenly(total, count))


def shows_text(paths: Sequence[Path]) -> bool:
    """True where text stands in one of the slices of a series, or where that cannot be told: laid over each other the
    brightest and the darkest values of all of them are read."""
    from depositor.privacy.pixels import engine, look
    from depositor.scan.frames import contrast
    from depositor.scan.frames.base import projections

    _step_back()
    reader = engine.reader()
    if reader is None:
        return False
    try:
        laid = projections(lambda n: _first_values(paths[n]), range(len(paths)))[:2]
        views = [v for frame in laid for v in contrast.views(frame.load())]
        return any(look.read(Picture("pixels", None, v), reader) for v in views)
    except Exception:  # a slice that cannot be decoded: each one is then looked at for itself
        return True


def _first_values(path: Path) -> Any:
    found = _frames(path, Amount.SAMPLE)
    if found is None or not found.pictures:
        raise ValueError("no picture")
    return found.pictures[0].load()


def _frames(path: Path, amount: Amount) -> Frames | None:
    from depositor.scan.frames import read

    return read.frames(path, amount)


def _read(path: Path, shown: str, found: Frames, reader: TextReader, first: int, cache: str) -> Reading:
    from depositor.session.pixels.cache import Texts

    begun = time.monotonic()
    seen: list[Seen] = []
    undecoded, after = 0, None
    with Texts(cache, reader.name) as texts:
        for number, frame in enumerate(found.pictures[first:], first):
            if number > first and time.monotonic() - begun > BUDGET_S:
                after = number
                break
            try:
                seen += _seen(frame, found, reader, texts)
            except Exception:  # of a strange picture; the others go on
                undecoded += 1
    told = tuple(s for s in seen if s.lines)
    return Reading(
        "read",
        told,
        _seeds(path, shown) if told else (),
        found.medical,
        found.total,
        found.taken,
        found.laid_over,
        found.reduced,
        undecoded,
        tuple(sorted({s.source for s in seen})),
        after,
    )


def _seen(frame: Frame, found: Frames, reader: TextReader, texts: Any) -> Iterator[Seen]:
    """What stands in one picture, in one or two contrasts."""
    from depositor.privacy.pixels import lines as geometry
    from depositor.privacy.pixels import look
    from depositor.scan.frames import contrast

    values = frame.load()
    small = found.risk is Risk.LOW and not found.medical and frame.source == "pixels"
    step = -(-max(values.shape[:2]) // _LOW_EDGE) if small else 1
    every: list[Line] = []
    for view in contrast.views(values):
        pixels = look.shrunk(view, step) if step > 1 else view
        picture = Picture(frame.source, frame.number, pixels, frame.scale * step, frame.turned)
        every += texts.of(picture, functools.partial(look.read, picture, reader))
    height, width = (round(n * frame.scale) for n in values.shape[:2])
    yield Seen(frame.source, frame.number, tuple(geometry.distinct(every)), width, height)


def _seeds(path: Path, shown: str) -> tuple[tuple[str, str], ...]:
    """What the header of the file says of persons, to be looked for in its pictures."""
    from depositor.privacy import examine, judge

    found = ((judge.kind_in_key(f.key), f.evidence) for f in examine.file(path, shown).findings)
    return tuple(dict.fromkeys((str(kind), text) for kind, text in found if kind in _SEEDS and text))


def together(parts: Sequence[Reading]) -> Reading:
    """The readings of one file, which came in several calls, as one."""
    from dataclasses import replace

    seen = tuple(itertools.chain.from_iterable(p.seen for p in parts))
    seeds = tuple(dict.fromkeys(itertools.chain.from_iterable(p.seeds for p in parts)))
    sources = tuple(sorted({s for p in parts for s in p.sources}))
    undecoded = sum(p.undecoded for p in parts)
    return replace(parts[0], seen=seen, seeds=seeds, sources=sources, undecoded=undecoded, after=None)


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """As it is stored: only what :func:`reading_from_json` cannot know."""
    from depositor.session.pixels.cache import lines_to_json

    seen = [[s.source, s.frame, s.width, s.height, lines_to_json(s.lines)] for s in reading.seen]
    seeds = [list(pair) for pair in reading.seeds]
    return {"state": reading.state, "medical": reading.medical, "seen": seen, "seeds": seeds}


def reading_from_json(data: Mapping[str, Any]) -> Reading:
    """What was read, for judging it anew; how much was looked at is told in the gaps that were stored then."""
    from depositor.session.pixels.cache import lines_from_json

    seen = tuple(Seen(s[0], s[1], lines_from_json(s[4]), s[2], s[3]) for s in data["seen"])
    seeds = tuple((str(kind), str(text)) for kind, text in data["seeds"])
    return Reading(data["state"], seen, seeds, medical=bool(data["medical"]))


@functools.cache
def _step_back() -> None:
    """Reading pictures takes all there is: what a person does at the same time goes first."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(10)
