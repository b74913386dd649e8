"""Numbers that states give: the published examples pass, one wrong digit does not."""

from __future__ import annotations

import random
from collections.abc import Callable

import planted_texts
import pytest

from depositor.privacy.kinds import Kind
from depositor.privacy.words import national, patterns

# Published examples: NHS data dictionary, Rijksoverheid test number, Wikipedia articles and the agencies' own papers.
EXAMPLES: list[tuple[Callable[[str], bool], str]] = [
    (national.nhs_number, "943 476 5919"),
    (national.bsn, "111222333"),
    (national.dni, "12345678Z"),
    (national.dni, "X1234567L"),
    (national.personnummer, "811228-9874"),
    (national.pesel, "44051401359"),
    (national.nir, "2 55 08 14 168 025 38"),
    (national.codice_fiscale, "RSSMRA85T10A562S"),
    (national.chinese, "11010519491231002X"),
    (national.cpf, "111.444.777-35"),
    (national.ean, "756.9217.0769.85"),
    (national.kvnr, "A123456780"),
    (national.hetu, "131052-308T"),
    (national.belgian, "85.07.30-033.28"),
    (national.iban, "GB82 WEST 1234 5698 7654 32"),
    (national.aadhaar, "2341 2341 2346"),
    (national.luhn, "4111 1111 1111 1111"),
]


@pytest.mark.parametrize(("check", "number"), EXAMPLES, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_the_published_example_passes_and_a_wrong_digit_does_not(check: Callable[[str], bool], number: str) -> None:
    assert check(number)
    at = max(i for i, c in enumerate(number[:-1]) if c.isdecimal())
    wrong = str((int(number[at]) + 1) % 10)
    assert not check(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(("kind", "make", "templates"), planted_texts.NUMBERS[:14])
def test_numbers_beside_their_name(kind: str, make: Callable[[random.Random], str], templates: tuple[str, ...]) -> None:
    number = make(random.Random(kind))
    text = templates[0].replace("{v}", number)
    assert any(h.kind is Kind.NATIONAL_NUMBER for h in patterns.hits(text))


@pytest.mark.parametrize(
    "text",
    ["cat. no. 12345678Z", "catalogue 710-545-152", "lot 143287", "plate 12345678", "0000-0002-1825-0097",
     "12345678901",
     "1.2.840.113619.2.55.3", "2023-06-17 10:33", "EAN 4006381333931", "111-22", "123-45-67890"],
)  # fmt: skip
def test_product_numbers_are_nobodys(text: str) -> None:
    assert [h for h in patterns.hits(text) if h.kind is Kind.NATIONAL_NUMBER] == []
