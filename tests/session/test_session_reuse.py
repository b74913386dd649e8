"""Templates, what is remembered, and parts of another deposit: on disk, in drafts, undone."""

import json

import pytest

from depositor.draft.answer import OriginKind
from depositor.draft.draft import FileGroup
from depositor.draft.problem import Damaged, NeedsUser
from depositor.session.home import Home
from depositor.session.reuse import defaults, take_over, templates


def described(desk, title="Mitosis"):
    opened = desk.new_draft("practice")
    opened.edit("study.title", title)
    opened.edit("study.author", [{"name": "Ada Lovelace", "email": "ada@example.org"}])
    opened.edit("study.keywords", ["mitosis"])
    opened.edit("specimen[0].title", "Fixed")
    opened.edit("specimen[0].preparation_method", "Fixed in PFA")
    return opened


# --- templates ------------------------------------------------------------------------------------------------------


def test_a_template_is_kept_listed_used_and_removed(desk):
    opened = described(desk)
    opened.set_files([FileGroup("/data/secret")])
    path = templates.put(desk.home, templates.make(opened, "Usual / fixed"))
    assert "secret" not in path.read_text("utf-8")
    assert "Lovelace" not in path.read_text("utf-8")
    (saved,) = templates.saved(desk.home)
    begun = templates.begin(desk, saved.template)
    assert begun.draft.get("specimen[0].preparation_method") == "Fixed in PFA"
    assert begun.draft.origin("specimen[0].preparation_method").kind is OriginKind.TEMPLATE
    assert (begun.draft.archive, begun.draft.title, begun.draft.files) == ("practice", "", ())
    assert begun.undo()
    assert begun.draft.get("specimen") is None
    templates.remove(path)
    assert templates.saved(desk.home) == ()


def test_two_templates_of_one_name_are_two(desk):
    opened = described(desk)
    one, two = (templates.put(desk.home, templates.make(opened, "Usual")) for _ in range(2))
    assert one != two
    assert len(templates.saved(desk.home)) == 2


def test_a_damaged_template_is_listed_with_its_problem(desk):
    path = templates.put(desk.home, templates.make(described(desk), "Usual"))
    path.write_text("{", "utf-8")
    (saved,) = templates.saved(desk.home)
    assert (saved.template, saved.problem.code) == (None, "shared.unreadable")
    with pytest.raises(Damaged):
        templates.read(path)


def test_a_template_for_an_archive_that_is_not_here_still_begins(desk):
    template = templates.Template("T", archive="elsewhere", metadata={"specimen": [{"title": "A"}]})
    assert templates.begin(desk, template).draft.archive is None


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_nothing_is_remembered_before_it_was_switched_on(desk):
    described(desk).close()
    assert not (desk.home.settings / "remembered.json").exists()
    assert desk.new_draft().draft.metadata == {}


def test_what_a_person_typed_about_herself_is_offered_in_the_next_deposit(desk):
    defaults.switch(desk.home, on=True)
    described(desk).close()
    begun = desk.new_draft()
    assert begun.draft.get("study.author") == [{"name": "Ada Lovelace", "email": "ada@example.org"}]
    origin = begun.draft.origin("study.author")
    assert (origin.kind, origin.key, origin.confirmed) == (OriginKind.DEFAULT, "remembered", False)
    assert begun.draft.archive == "practice"
    assert begun.draft.get("study.keywords") is None  # of one study: only where she ticked it
    defaults.use(desk.home, "keywords", used=True)
    assert desk.new_draft().draft.get("study.keywords") == ["mitosis"]
    assert begun.draft.license is None


def test_switching_off_forgets_everything_at_once(desk):
    defaults.switch(desk.home, on=True)
    described(desk).close()
    defaults.switch(desk.home, on=False)
    assert "Ada" not in (desk.home.settings / "remembered.json").read_text("utf-8")
    described(desk).close()
    assert defaults.load(desk.home).values == {}


def test_one_thing_can_be_forgotten(desk):
    defaults.switch(desk.home, on=True)
    described(desk).close()
    defaults.forget(desk.home, "author")
    assert desk.new_draft().draft.get("study.author") is None
    assert defaults.load(desk.home).values["archive"] == "practice"


def test_what_the_program_offered_is_not_learnt_as_hers(desk):
    defaults.switch(desk.home, on=True)
    opened = desk.new_draft("practice")
    templates.use(opened, templates.Template("T", metadata={"study": {"author": [{"name": "Somebody Else"}]}}))
    opened.close()
    assert "author" not in defaults.load(desk.home).values


def test_she_is_found_again_among_many_authors(desk):
    defaults.switch(desk.home, on=True)
    described(desk).close()
    opened = desk.new_draft()
    opened.edit("study.author", [{"name": "Chief"}, {"name": "Ada Lovelace", "email": "new@example.org"}])
    opened.close()
    assert defaults.load(desk.home).values["author"]["email"] == "new@example.org"


@pytest.mark.parametrize("text", ["", "[]", '{"on": 3, "values": [], "used": {}}', '{"values": {"x": 1}}'])
def test_a_damaged_memory_counts_as_none(tmp_path, text):
    home = Home.at(tmp_path).create()
    (home.settings / "remembered.json").write_text(text, "utf-8")
    found = defaults.load(home)
    assert (found.on, dict(found.values)) == (None, {})


# --- parts of another deposit ---------------------------------------------------------------------------------------


def test_records_are_taken_over_and_a_persons_word_only_where_she_agreed(desk):
    described(desk, "Old").close()
    opened = desk.new_draft()
    opened.edit("specimen[0].title", "Fixed")
    opened.edit("specimen[0].preparation_method", "My own")
    (source,) = take_over.sources(desk, opened.id)
    draft = take_over.load(desk, source)
    assert draft.title == "Old"
    chosen = [c for c in take_over.choices(opened, draft) if c.path in ("specimen[0]", "study.keywords")]
    steps = take_over.plan(opened, chosen)
    assert [(s.path, s.own, s.persons) for s in steps] == [
        ("study.keywords", None, False),
        ("specimen[0].preparation_method", "My own", True),
    ]
    assert take_over.take(opened, chosen, draft) == 1
    assert opened.draft.get("specimen[0].preparation_method") == "My own"
    assert opened.draft.origin("study.keywords").key == "Old"
    take_over.take(opened, chosen, draft, {"specimen[0].preparation_method"})
    assert opened.draft.get("specimen[0].preparation_method") == "Fixed in PFA"
    assert opened.undo()
    assert opened.undo()
    assert opened.draft.get("study.keywords") is None


def test_a_record_of_another_name_is_added(desk):
    other, opened = described(desk, "Old"), desk.new_draft()
    opened.edit("specimen[0].title", "Frozen")
    chosen = [c for c in take_over.choices(opened, other.draft) if c.path == "specimen[0]"]
    take_over.take(opened, chosen, other.draft)
    assert [s["title"] for s in opened.draft.get("specimen")] == ["Frozen", "Fixed"]


def test_references_that_lead_nowhere_are_told(desk):
    other, opened = described(desk), desk.new_draft()
    other.edit("study_component", [{"name": "Set", "associations": [{"specimen": "Fixed"}]}])
    chosen = [c for c in take_over.choices(opened, other.draft) if c.path == "study_component[0]"]
    take_over.take(opened, chosen, other.draft)
    assert take_over.dangling(opened) == ("study_component[0].associations[0].specimen",)


def test_a_document_is_a_source_too(desk, tmp_path):
    described(desk).save(tmp_path / "x.depositor.json")
    assert take_over.of_document(tmp_path / "x.depositor.json").title == "Mitosis"
    with pytest.raises(NeedsUser):
        take_over.of_document(tmp_path / "y.depositor.json")


def test_a_submission_whose_draft_went_is_a_source(desk, ready):
    sealed = ready.seal()
    draft_id = ready.id
    ready.close()
    opened = desk.new_draft()
    assert [s.kind for s in take_over.sources(desk, opened.id)] == ["draft"]
    desk.discard(draft_id)
    (source,) = take_over.sources(desk, opened.id)
    assert (source.kind, source.id) == ("submission", sealed.id)
    assert (
        take_over.load(desk, source).title
        == json.loads(json.dumps(dict(sealed.document)))["metadata"]["study"]["title"]
    )
