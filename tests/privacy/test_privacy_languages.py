"""Texts in many languages and forms: identifiers of people who do not exist are found, words of the field are not."""

from __future__ import annotations

from collections import Counter

import planted_texts
import pytest

from depositor.draft.finding import Level
from depositor.privacy import examine, judge
from depositor.privacy.kinds import Kind

SEEDS = (101, 102)
FEWEST = {"name of a file": 0.75, "field of a name": 0.9, "staff in a sentence": 0.9, "patient in a sentence": 0.9}


@pytest.fixture(scope="module")
def counts() -> tuple[Counter[str], Counter[str], list[planted_texts.Case]]:
    total, found = Counter[str](), Counter[str]()
    missed: list[planted_texts.Case] = []
    for seed in SEEDS:
        for case in planted_texts.planted(seed):
            total[case.kind] += 1
            if planted_texts.found(case):
                found[case.kind] += 1
            else:
                missed.append(case)
    return total, found, missed


def test_each_kind_is_found(counts: tuple[Counter[str], Counter[str], list[planted_texts.Case]]) -> None:
    total, found, missed = counts
    poor = [kind for kind in total if found[kind] < FEWEST.get(kind, 0.95) * total[kind]]
    assert not poor, [c for c in missed if c.kind in poor]


def test_nearly_all_is_found(counts: tuple[Counter[str], Counter[str], list[planted_texts.Case]]) -> None:
    total, found, missed = counts
    assert found.total() >= 0.98 * total.total(), missed


@pytest.mark.parametrize("case", planted_texts.decoys(), ids=lambda c: f"{c.place}:{c.text[:40]}")
def test_words_of_the_field_are_nobody(case: planted_texts.Case) -> None:
    assert [(judge.kind_in_key(f.key), f.evidence) for f in planted_texts.alarms(case)] == []


def _told(metadata: dict[str, object]) -> set[tuple[str | None, Kind | None]]:
    return {(f.location, judge.kind_in_key(f.key)) for f in examine.answers(metadata)}


def test_facts_together_give_one_advice_for_an_answer() -> None:
    found = examine.answers({"biosample": [{"description": "patient 3, 62-year-old woman from Bamberg"}]})
    together = [f for f in found if judge.kind_in_key(f.key) is Kind.COMBINATION]
    assert [(f.location, f.level) for f in together] == [("biosample[0].description", Level.ADVICE)]


def test_facts_of_one_record_count_together() -> None:
    record = {"title": "S2", "age": "45", "sex": "female", "description": "from Coburg, a rare lymphoma"}
    assert ("biosample[0].description", Kind.COMBINATION) in _told({"biosample": [record]})
    assert not any(k is Kind.COMBINATION for _l, k in _told({"biosample": [{"sex": "female"}, {"age": "45"}]}))


def test_authors_may_be_named_elsewhere_and_others_not() -> None:
    told = _told(
        {
            "study": {
                "author": [{"first_name": "Heike", "last_name": "Ostermark"}],
                "description": "Imaged by Heike Ostermark.",
            },
            "specimen": [{"preparation": "Stained by Dr. Tunde Olusanya with May-Grünwald"}],
        }
    )
    assert told == {("specimen[0].preparation", Kind.STAFF_NAME)}


@pytest.mark.parametrize(
    "text",
    [
        "mice, female, 8 weeks old, from Jackson",
        "HeLa cells, 2023-06-17",
        "Female Wistar rats",
        "8 years of study in Munich",
    ],
)
def test_animals_and_methods_are_no_combination(text: str) -> None:
    assert not any(k is Kind.COMBINATION for _l, k in _told({"biosample": [{"description": text}]}))
