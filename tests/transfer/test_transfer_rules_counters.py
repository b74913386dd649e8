"""What the engine counts, and the rules for lines and lengths of parts that follow from it."""

from __future__ import annotations

import itertools
import random

import pytest

from depositor.draft.submission import SubmissionFile
from depositor.transfer.counters import Counters
from depositor.transfer.pace import Pace
from depositor.transfer.parts.adapting import Handful, LineCount, PartLength, lines_for_parts
from depositor.transfer.parts.memory import Memory
from depositor.transfer.ports import FileProgress, PartPlan

MIB = 1 << 20


class Clock:
    now = 100.0

    def timer(self) -> float:
        return self.now


# --- counters --------------------------------------------------------------------------------------------------------


def test_the_snapshot_tells_what_each_file_does() -> None:
    clocks = Clock()
    counters = Counters((3, 1, 3_000, 1_000), (0, 0), clocks.timer)
    file = SubmissionFile(7, "/x", "x", "x.tif", 1_500, 0)
    counters.start(file)
    counters.at(7, 500)
    with counters.reading(7):
        assert counters.snapshot(None, paused=False).active == (FileProgress(7, "x.tif", 1_500, 500, checking=True),)
    counters.moved(7, 600)
    clocks.now += 1
    counters.sample(waiting=False)
    seen = counters.snapshot(None, paused=False)
    assert (seen.bytes_done, seen.bytes_sent, seen.speed, seen.curve) == (2_100, 600, 600.0, (600.0,))
    assert seen.remaining_s is None
    assert counters.snapshot(None, paused=True).speed == 0
    counters.end(file, done=False)  # left for another run: what the other side has of it is not counted as done
    assert counters.snapshot(None, paused=False).bytes_done == 1_000


def test_what_an_earlier_run_left_half_sent_counts_once() -> None:
    counters = Counters((2, 0, 3_000, 0), (0, 0), held={7: 900, 8: 100})
    assert counters.snapshot(None, paused=False).bytes_done == 1_000
    counters.start(SubmissionFile(7, "/x", "x", "x.tif", 1_500, 0))
    assert counters.snapshot(None, paused=False).bytes_done == 1_000
    counters.at(7, 0)  # the other side lost it
    assert counters.snapshot(None, paused=False).bytes_done == 100


def test_the_curve_holds_a_minute() -> None:
    clocks = Clock()
    counters = Counters((1, 0, 10**9, 0), (0, 0), clocks.timer)
    for second in range(100):
        counters.moved(0, second)
        clocks.now += 1
        counters.sample(waiting=False)
    curve = counters.snapshot(None, paused=False).curve
    assert len(curve) == 60
    assert curve[-1] == 99


def test_what_broke_off_does_not_count_as_there() -> None:
    counters = Counters((2, 0, 3_000, 0), (1, 700))
    counters.start(SubmissionFile(7, "/x", "x", "x.tif", 1_500, 0))
    counters.moved(7, 1_000)
    counters.lost(7, 600)
    counters.count_lines(2)
    seen = counters.snapshot(None, paused=False)
    counters.count_lines(-2)
    assert (seen.bytes_done, seen.bytes_sent, seen.lines) == (400, 1_000, 2)
    counters.end(SubmissionFile(7, "/x", "x", "x.tif", 1_500, 0), done=False, failed=True)
    seen = counters.snapshot(None, paused=False)
    assert (seen.files_failed, seen.failed_bytes, seen.lines) == (2, 2_200, 0)


# --- how large a part is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_line", "most", "least_s", "most_s"),
    [(100e3, 32 * MIB, 5, 21), (1e6, 32 * MIB, 5, 20), (3e6, 32 * MIB, 5, 20), (20e3, 32 * MIB, 0, 60)],
)
def test_a_part_takes_some_seconds_on_a_slow_line(per_line: float, most: int, least_s: float, most_s: float) -> None:
    length = PartLength(most)
    for _ in range(20):
        length.measured(per_line)
    assert least_s <= length.now / per_line <= most_s


def test_a_part_is_large_on_a_fast_line_and_never_larger_than_allowed() -> None:
    length = PartLength(48 * MIB)
    for _ in range(20):
        length.measured(500e6)
    assert length.now == 48 * MIB
    assert PartLength(100_000).now == 100_000


def test_the_length_does_not_swing_on_an_uneven_line() -> None:
    chance, length, changes = random.Random(1), PartLength(64 * MIB), 0
    for _ in range(200):
        before = length.now
        changes += length.measured(1.6e6 * chance.uniform(0.8, 1.25)) != before
    assert changes <= 2


# --- how many lines --------------------------------------------------------------------------------------------------


def after(count: LineCount, rate_of: dict[int, float] | float, times: int, seed: int = 1) -> list[int]:
    """The lines used over ``times`` measurements of a line that gives ``rate_of[lines]``, with a tenth of noise."""
    chance, used = random.Random(seed), []
    for _ in range(times):
        rate = rate_of if isinstance(rate_of, float) else rate_of[count.now]
        used.append(count.measured(rate * chance.uniform(0.96, 1.04)))
    return used


def test_lines_grow_while_each_one_more_brings_something() -> None:
    count = LineCount(12)
    assert count.now == 4
    after(count, {n: min(n, 9) * 1e6 for n in range(1, 13)}, 40)
    assert count.now in (9, 10)


def test_lines_come_to_rest_where_the_line_is_full() -> None:
    used = after(LineCount(16), 5e6, 300)
    assert set(used[40:]) <= {4, 5}
    assert sum(a != b for a, b in itertools.pairwise(used[150:])) <= 6  # trials, ever rarer


def test_a_busy_archive_halves_the_lines_once_however_many_say_so() -> None:
    count = LineCount(8)
    after(count, {n: n * 1e6 for n in range(1, 9)}, 10)
    assert count.now == 8
    for _ in range(8):
        count.busy()
    assert count.now == 4
    assert set(after(count, 4e6, 8)) == {4}  # patience first
    count.busy()
    after(count, 2e6, 1)
    count.busy()
    assert count.now == 1


def test_few_lines_carry_parts_where_the_line_is_slow() -> None:
    assert lines_for_parts(100e3, 5 * MIB, 8) == 1
    assert lines_for_parts(600e3, 5 * MIB, 8) == 2
    assert lines_for_parts(50e6, 32 * MIB, 8) == 8
    assert lines_for_parts(0.0, 5 * MIB, 8) == 1


def test_nothing_is_learnt_at_rest_or_under_a_limit() -> None:
    clock = Clock()
    pace = Pace(8, 32 * MIB, clock.timer)
    for second in range(1, 60):
        clock.now += 1
        pace.tick(second * 50_000_000, 0, 4, resting=False, limited=True)
    assert pace.lines == 4
    assert pace.part == 32 * MIB
    for _ in range(60):
        clock.now += 1
        pace.tick(60 * 50_000_000, 0, 0, resting=True, limited=False)
    assert (pace.lines, pace.part, pace.part_lines()) == (4, 32 * MIB, 4)
    for second in range(1, 30):
        clock.now += 1
        pace.tick(second * pace.lines * 10_000_000, 0, pace.lines, resting=False, limited=False)
    assert pace.lines > 4


def test_a_handful_is_what_takes_half_a_second() -> None:
    handful = Handful(64)
    assert handful.now == 4
    handful.took(4, 0.001)
    assert handful.now == 16  # not all at once: it was but a glimpse
    handful.took(16, 0.004)
    assert handful.now == 64
    handful.took(64, 60.0)
    assert handful.now == 1
    assert Handful(3).now == 3


# --- memory and plans ------------------------------------------------------------------------------------------------


def test_memory_is_bounded_but_nobody_starves() -> None:
    memory = Memory(100)
    assert memory.take(60)
    assert not memory.take(60)
    assert memory.take(40)
    memory.give(60)
    memory.give(40)
    assert memory.take(500)  # larger than all of it: alone
    assert not memory.take(1)


def test_a_plan_covers_a_file_without_a_gap() -> None:
    for plan in (PartPlan(1_000, 300), PartPlan(900, 300), PartPlan(1_000, 1, (0, 10, 999)), PartPlan(0, 5)):
        spans = [plan.span(n) for n in range(1, plan.count + 1)]
        assert [offset for offset, _ in spans] == [sum(n for _, n in spans[:i]) for i in range(len(spans))]
        assert sum(length for _, length in spans) == plan.size
    for number in (0, 5):
        with pytest.raises(IndexError):
            PartPlan(1_000, 300).span(number)
