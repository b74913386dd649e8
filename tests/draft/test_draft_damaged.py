"""Whatever a document holds, it opens as far as possible or is told to be none."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.document import from_document, to_document
from depositor.draft.problem import Damaged

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
_PART = _ANY | st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("path", "choice", "finding", "exclude", "why", "kind", "file"), _ANY)
    )
)
_KEYS = (
    "archive",
    "profiles",
    "license",
    "files",
    "columns",
    "metadata",
    "origins",
    "decisions",
    "confirmed",
    "dismissed",
)


@given(st.fixed_dictionaries({"depositor": st.just(1)}, optional=dict.fromkeys(_KEYS, _PART)))
@settings(max_examples=150, deadline=None)
def test_any_document_opens_and_can_be_written_again(data):
    draft = from_document(data, "x")
    again = to_document(draft)
    assert from_document(again, "x") == draft


@given(_ANY)
@settings(max_examples=100, deadline=None)
def test_anything_else_is_told_to_be_no_document(data):
    with contextlib.suppress(Damaged):
        from_document(data, "x")


def test_origins_and_decisions_of_odd_shapes():
    data = {"depositor": 1, "origins": {"a": {"kind": [], "file": {}}}, "decisions": [{"choice": []}, {"choice": {}}]}
    draft = from_document(data, "x")
    assert draft.origins["a"].file is None
    assert draft.decisions == ()
