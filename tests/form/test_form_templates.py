"""Templates: what stays serves the next deposit, and nothing personal is in it, whatever the form holds."""

import json

import pytest
from form_drafts import complete, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.draft.problem import Damaged
from depositor.form.fields import Field, Form, Kind
from depositor.form.profiles import available, load
from depositor.form.reuse import templates

FORM = load(tuple(p.id for p in available()), "bioimage-archive")


def made(given_draft, kept=None):
    return templates.make(FORM, given_draft, "Usual", "2026-01-02T03:04:05Z", kept)


def as_text(template):
    return json.dumps(template.as_json(), ensure_ascii=False).casefold()


def full():
    return from_document(complete(), "d")


def test_methods_stay_and_the_study_goes():
    found = made(full()).metadata
    assert "title" not in found.get("study", {})
    assert "author" not in found.get("study", {})
    assert found["specimen"][0]["preparation_method"] == full().get("specimen[0].preparation_method")
    assert found["biosample"][0]["organism"] == full().get("biosample[0].organism")


def test_decisions_files_licence_and_statements_are_no_part_of_a_template():
    document = {**complete(), "confirmed": ["human-consent"], "decisions": []}
    keys = made(from_document(document, "d")).as_json().keys()
    assert not keys & {"files", "decisions", "confirmed", "license", "release_date", "columns", "origins", "extra"}


def test_every_piece_says_why_it_is_left_out():
    for piece in templates.pieces(FORM, full()):
        assert piece.kept is (piece.why is None)
        assert not (piece.kept and piece.never)


def test_authors_stay_only_where_the_person_ticked_them_and_files_never():
    paths = {p.path for p in templates.pieces(FORM, full())}
    template = made(full(), paths)
    assert template.metadata["study"]["author"]
    assert "annotation_id" not in json.dumps(template.metadata)


def test_a_text_that_mentions_an_author_or_the_title_is_left_out():
    given_draft = draft(
        study={"title": "Mitosis of HeLa", "author": [{"name": "Ada Lovelace", "last_name": "Lovelace"}]},
        specimen=[
            {"title": "A", "preparation_method": "Fixed by A. LOVELACE.", "growth_protocol": "DMEM"},
            {"title": "B", "preparation_method": "As in “mitosis of hela”.", "growth_protocol": "RPMI"},
        ],
    )
    found = made(given_draft).metadata["specimen"]
    assert found == [{"title": "A", "growth_protocol": "DMEM"}, {"title": "B", "growth_protocol": "RPMI"}]


def test_what_the_files_said_is_left_to_the_next_files():
    header = Origin(OriginKind.HEADER, "secret folder/a.czi", "czi", "key")
    given_draft = draft(image_acquisition=[{"title": "Axio", "imaging_method": [{"id": "FBbi:1", "label": "x"}]}])
    given_draft = given_draft.answer("image_acquisition[0].imaging_instrument", "Axio", header)
    given_draft = given_draft.answer("image_acquisition[0].image_acquisition_parameters", "488 nm", header)
    given_draft = given_draft.confirm("image_acquisition[0].image_acquisition_parameters")
    (record,) = made(given_draft).metadata["image_acquisition"]
    assert set(record) == {"title", "imaging_method", "image_acquisition_parameters"}
    assert "secret" not in as_text(made(given_draft))


def test_nothing_refers_to_a_record_that_was_left_out():
    given_draft = draft(
        study={"author": [{"name": "Mary Shelley"}]},
        study_component=[{"name": "Set", "associations": [{"biosample": "Frog", "specimen": "Mary Shelley's cut"}]}],
        biosample=[{"title": "Frog", "description": "From the pond"}],
        specimen=[{"title": "Mary Shelley's cut", "preparation_method": "cut"}],
    )
    found = made(given_draft).metadata
    assert found["specimen"] == [{"preparation_method": "cut"}] or "specimen" not in found
    assert "study_component" not in found or "shelley" not in json.dumps(found["study_component"]).casefold()


def test_a_template_fills_a_draft_and_waits_for_agreement_and_spares_what_was_typed():
    template = templates.from_json(json.loads(json.dumps(made(full()).as_json())))
    typed = Draft("new").answer("specimen[0].preparation_method", "My own")
    filled = templates.apply(typed, template)
    assert filled.get("specimen[0].preparation_method") == "My own"
    assert filled.get("biosample") == template.metadata["biosample"]
    origin = filled.origin("biosample[0].organism")
    assert (origin.kind, origin.key, origin.confirmed) == (OriginKind.TEMPLATE, "Usual", False)
    header = Origin(OriginKind.HEADER, "a.czi")
    path = "image_acquisition[0].imaging_instrument"
    assert filled.offer(path, "From the header", header).get(path) == "From the header"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "template.not-one"),
        ({"depositor_template": True}, "template.not-one"),
        ({"depositor_template": 1, "metadata": []}, "template.not-one"),
        ({"depositor_template": 9}, "template.too-new"),
    ],
)
def test_other_files_are_no_templates(data, code):
    with pytest.raises(Damaged) as caught:
        templates.from_json(data)
    assert caught.value.problem.code == code


# --- no marker survives ---------------------------------------------------------------------------------------------

MARK = "Quintessa Marlowe"
_PERSONAL = (Kind.PERSON, Kind.EMAIL, Kind.ORCID, Kind.DOI, Kind.PMID, Kind.DATE, Kind.DATETIME, Kind.FILE)


def value_of(field: Field, text: st.SearchStrategy[str]) -> st.SearchStrategy:
    """An answer of the field's kind whose texts may hold the mark."""
    if field.subfields:
        one = st.fixed_dictionaries({}, optional={f.key: value_of(f, text) for f in field.subfields})
    elif field.kind is Kind.NUMBER:
        one = st.integers(1, 99)
    elif field.kind in (Kind.TERM, Kind.TAXON):
        one = st.fixed_dictionaries({"id": st.just("X:1"), "label": text})
    else:
        one = text
    return st.lists(one, max_size=2) if field.many else one


def any_draft(form: Form) -> st.SearchStrategy:
    """A draft with the mark as an author, and with texts of which some mention her."""
    text = st.sampled_from(["plain", f"by {MARK}", f"({MARK.upper()})", "quintessa@example.org", "0000-0002-1825-0097"])
    modules = {}
    for module in form.modules:
        record = st.fixed_dictionaries({}, optional={f.key: value_of(f, text) for f in module.fields})
        modules[module.key] = st.lists(record, max_size=2) if module.repeats else record
    return st.fixed_dictionaries({}, optional=modules)


@settings(max_examples=40, deadline=None)
@given(any_draft(load(("light-microscopy",), "bioimage-archive")))
def test_no_name_address_or_id_of_a_person_survives_in_a_template(metadata):
    author = {"name": MARK, "email": "quintessa@example.org", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    study = {**metadata.get("study", {}), "author": [author]}
    given_draft = Draft("d", metadata={**metadata, "study": study})
    form = load(("light-microscopy",), "bioimage-archive")
    text = as_text(templates.make(form, given_draft, "T", "now"))
    for mark in (MARK.casefold(), "quintessa@example.org", "0000-0002-1825-0097"):
        assert mark not in text


def leaves_of_kinds(form, metadata):
    """The values of personal kinds in a tree."""
    for module in form.modules:
        rows = metadata.get(module.key, [])
        for row in rows if isinstance(rows, list) else [rows]:
            yield from _personal(module.fields, row)


def _personal(fields, row):
    for field in fields:
        value = row.get(field.key)
        if value is None:
            continue
        if field.kind in _PERSONAL:
            yield field.path
        rows = value if isinstance(value, list) else [value]
        for inner in (r for r in rows if isinstance(r, dict) and field.subfields):
            yield from _personal(field.subfields, inner)


@settings(max_examples=40, deadline=None)
@given(any_draft(FORM))
def test_no_answer_of_a_personal_kind_survives_in_a_template(metadata):
    template = templates.make(FORM, Draft("d", metadata=metadata), "T", "now")
    assert list(leaves_of_kinds(FORM, template.metadata)) == []
