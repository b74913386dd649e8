"""Identifiers and addresses: what is one and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor.form.rules import shapes

CASES: list[tuple[Callable[[str], bool], tuple[str, ...], tuple[str, ...]]] = [
    (
        shapes.is_orcid,
        (
            "0000-0002-1825-0097",
            "https://orcid.org/0000-0002-1694-233X",
            "0000-0002-1694-233x",
            " 0000-0001-5109-3700 ",
        ),
        ("0000-0002-1825-0098", "0000-0002-1694-2330", "0000000218250097", "orcid.org", "", "0000-0002-1825-009"),
    ),
    (
        shapes.is_ror,
        ("https://ror.org/02catss52", "02catss52", "https://ror.org/00k4n6c32", "https://ror.org/02mhbdp94"),
        ("https://ror.org/02catss53", "02catss5", "12catss52", "https://ror.org/02catsi52", "grid.5335.0"),
    ),
    (
        shapes.is_doi,
        (
            "10.1038/s41592-021-01166-8",
            "https://doi.org/10.6019/S-BIAD1",
            "doi:10.1000/182",
            "10.1002/(SICI)1097-0258(19)",
        ),
        ("s41592-021-01166-8", "10.1038", "10.1038/", "https://example.org/10.1038/x y"),
    ),
    (shapes.is_pmid, ("34021280", "1"), ("PMC8606015", "0123", "123456789", "12.5", "")),
    (
        shapes.is_email,
        ("a@example.org", "josiah.carberry+data@inst.example.org", "müller@universität.de"),
        ("a@b", "example.org", "a b@example.org", "a@@example.org", "a@example.", "<a@example.org>"),
    ),
    (
        shapes.is_url,
        ("https://example.org/code", "http://localhost:8080/x", "ftp://ftp.ebi.ac.uk/pub"),
        ("example.org/code", "https://", "https:// example.org", "mailto:a@example.org"),
    ),
    (
        shapes.is_term_id,
        ("FBbi:00000251", "CVCL_0030", "http://purl.obolibrary.org/obo/X_1"),
        ("confocal", "a b:1", ""),
    ),
    (
        lambda text: shapes.day(text) is not None,
        ("2027-01-31", "2028-02-29"),
        ("2027-02-29", "31.01.2027", "2027-1-31", "20270131", ""),
    ),
    (shapes.is_moment, ("2026-11-20T09:00:00Z", "2026-11-20"), ("yesterday", "")),
]


@pytest.mark.parametrize(("rule", "good", "bad"), CASES)
def test_a_shape_is_told_from_what_looks_like_it(
    rule: Callable[[str], bool], good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert [text for text in good if not rule(text)] == []
    assert [text for text in bad if rule(text)] == []


@given(st.integers(0, 10**15 - 1), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_of_an_orcid_is_always_found(number: int, at: int, shift: int) -> None:
    digits = f"{number:015d}"
    right = next(c for c in "0123456789X" if shapes.is_orcid(_grouped(digits + c)))
    wrong = digits[:at] + str((int(digits[at]) + shift) % 10) + digits[at + 1 :]
    assert not shapes.is_orcid(_grouped(wrong + right))


def _grouped(digits: str) -> str:
    return "-".join(digits[at : at + 4] for at in (0, 4, 8, 12))
