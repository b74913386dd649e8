"""What the worker does that leads a file in parts: it opens the file for others, sends parts itself, and joins them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from depositor.draft.problem import Stopped
from depositor.transfer.desk import Desk
from depositor.transfer.manners.gate import stopped_problem
from depositor.transfer.parts.apart import Apart
from depositor.transfer.parts.worker import PartWorker
from depositor.transfer.ports import Carrier, PartPlan, SendsApart, Upload
from depositor.transfer.source import Source

_SLICE_S = 0.1


def send_apart(
    desk: Desk, source: Source, upload: Upload, plan: PartPlan, carrier: Callable[[], Carrier]
) -> Upload | None:
    """Send the parts of a file that are not there yet, with the help of other workers, and join them. The complete
    upload; None where the other side has forgotten what it held. The digest of ``source`` is complete then.

    Raises what the carrier raises, Damaged where the file changed, Stopped when the run ends.
    """
    with desk.line():
        agreed = _agreed(desk, source, upload, plan, cast(SendsApart, carrier()))
    apart = Apart(desk, source, upload, plan, agreed)
    desk.counters.at(source.file.seq, apart.held)
    with _opened(apart) as summing:
        _all_parts(apart, PartWorker(apart, carrier, leads=True))
        if apart.lost:
            return None
        with desk.counters.reading(source.file.seq):
            _summed(apart, summing)
    source.check()
    with desk.line():
        return cast(SendsApart, carrier()).join(source.file, upload, apart.receipts)


def _agreed(desk: Desk, source: Source, upload: Upload, plan: PartPlan, carrier: SendsApart) -> Mapping[int, str]:
    """The parts that need not be sent: those of the journal that the other side does not deny."""
    ours = desk.journal.parts(desk.submission, source.file.seq)
    if not ours:
        return {}
    theirs = carrier.held_parts(source.file, upload)
    desk.gate.answered()
    known = {n: receipt for n, receipt in ours.items() if 1 <= n <= plan.count}
    return known if theirs is None else {n: r for n, r in known.items() if theirs.get(n) == r}


@contextlib.contextmanager
def _opened(apart: Apart) -> Iterator[threading.Thread | None]:
    """While others help; afterwards nobody reads the file any more."""
    summing = apart.follow()
    apart.desk.lanes.open(apart)
    try:
        yield summing
    finally:
        apart.desk.lanes.shut(apart)
        apart.end()
        if summing is not None:
            summing.join()


def _summed(apart: Apart, summing: threading.Thread | None) -> None:
    """Bring the digest to its end; one at a time, so that what one finds is not overtaken by the other."""
    gate = apart.desk.gate
    while apart.error is None and summing is not None and summing.is_alive():
        if gate.stopped:
            raise Stopped(stopped_problem())
        summing.join(_SLICE_S)
    if apart.error is not None:
        raise apart.error
    apart.sum_up(gate.check)


def _all_parts(apart: Apart, worker: PartWorker) -> None:
    """Until all parts are there, or the file failed, and nobody sends a part of it any more."""
    gate = apart.desk.gate
    while not (apart.complete or apart.failed) or apart.wait():
        if gate.stopped:
            raise Stopped(stopped_problem())
        worker.work()
        if not apart.offers:
            apart.wait()
