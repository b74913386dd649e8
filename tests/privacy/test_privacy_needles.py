"""Many byte strings are found at once, wherever they lie, and values that come together are found as before."""

from __future__ import annotations

import io
import random

import pytest

from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known, known_from
from depositor.privacy.texts import needles
from depositor.privacy.texts.needles import Needles


def standing(raw: bytes, wanted: set[bytes], size: int) -> set[tuple[int, bytes]]:
    searched = Needles(wanted)
    return {
        (window.begin + at, needle)
        for window in needles.windows(io.BytesIO(raw), size, searched.longest)
        for at, needle in searched.starts(window.raw, window.length)
    }


@pytest.mark.parametrize("shortest", [4, 5, 6, 7, 11])
@pytest.mark.parametrize("size", [32, 57, 1 << 20])
def test_every_place_is_found(shortest: int, size: int) -> None:
    chance = random.Random(shortest)
    wanted = {chance.randbytes(chance.randrange(shortest, shortest + 20)) for _ in range(40)} | {b"\0" * shortest}
    raw = b"".join(chance.choice([*wanted, chance.randbytes(3), b"\0"]) for _ in range(300))
    expected = {(at, n) for n in wanted for at in range(len(raw)) if raw.startswith(n, at)}
    assert standing(raw, wanted, size) == expected


def test_what_two_lessons_teach_is_found_as_if_taught_at_once() -> None:
    many = known_from([(Kind.PATIENT_NAME, "Wojciechowska, Halina"), (Kind.PATIENT_NUMBER, "HX-7730214")])
    few = known_from([(Kind.STAFF_NAME, "Okonkwo, Chidi"), (Kind.BIRTH_DATE, "1961-05-03")])
    text = "seen by okonkwo on 3.5.1961: HALINA WOJCIECHOWSKA, hx 7730214"
    at_once = Known({**few.terms, **many.terms})
    assert list((many | few).hits(text)) == list(at_once.hits(text)) != []
    assert list((many | few).raw_hits(text.encode())) == list(at_once.raw_hits(text.encode())) != []
    assert (many | many) is many
