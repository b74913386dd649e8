"""Each kind of field: what is shown is what the document holds, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.draft import Draft
from depositor.form import profiles
from depositor.gui.form.choices import ChoiceEditor, ManyChoicesEditor, ReferenceEditor
from depositor.gui.form.editors import Editor, NumberEditor, TextEditor
from depositor.gui.form.make import Maker
from depositor.gui.form.records import RecordsEditor
from depositor.gui.form.rows import RowsEditor
from depositor.gui.form.taborder import chain, stops
from depositor.gui.form.terms import TermEditor, TermsEditor
from depositor.gui.form.wording import Wording
from depositor.session import language, renaming
from depositor.session.forms import Field, Form, Kind

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NAMES = {"biosample": ["Yeast", "Mouse"], "specimen": ["On agarose"], "image_acquisition": ["Confocal"]}
TERM = {"id": "FBbi:00000251", "label": "confocal microscopy"}
AUTHOR = {
    "name": "Josiah Carberry",
    "orcid": "0000-0002-1825-0097",
    "role": ["data analyst", "tea maker"],
    "credit": ["Investigation"],
    "affiliation": [{"name": "Example Institute", "country": "GB"}, {"name": "Second Institute"}],
    "homepage": "kept although no question asks for it",
}
SAMPLES: dict[Kind, tuple[Any, Any]] = {  # one answer, several answers
    Kind.TEXT: ("mitosis", ["mitosis", "condensin"]),
    Kind.LONG_TEXT: ("Cells were fixed.\nAnd mounted.", ["Deconvolved", "Stitched"]),
    Kind.NUMBER: (0.1032456789, None),
    Kind.YEAR: (2026, None),
    Kind.DATE: ("2027-01-31", None),
    Kind.DATETIME: ("2027-01-31T10:00:00", None),
    Kind.BOOLEAN: (False, None),
    Kind.TERM: (TERM, [TERM, {"label": "an own word"}]),
    Kind.TEXT_OR_TERM: ("Embryonic fibroblasts", [{"id": "GO:0000278", "label": "mitotic cell cycle"}, "growth"]),
    Kind.TAXON: ({"id": "NCBITaxon:4896", "label": "Schizosaccharomyces pombe"}, [{"id": "X:1", "label": "Y"}]),
    Kind.EMAIL: ("a@example.org", None),
    Kind.DOI: ("10.5281/zenodo.6028097", None),
    Kind.URL: ("https://example.org", ["https://example.org/1", "https://example.org/2"]),
    Kind.ORCID: ("0000-0002-1825-0097", None),
    Kind.PMID: ("123", None),
    Kind.ROR: ("https://ror.org/02catss52", None),
    Kind.REFERENCE: ("Mouse", None),
    Kind.PERSON: (AUTHOR, [AUTHOR, {"name": "Second Author"}]),
    Kind.ORGANISATION: ({"name": "Example", "country": "DE"}, [{"name": "Example"}, {"name": "Other"}]),
}


def form() -> Form:
    return profiles.load(("light-microscopy",), "practice")


def fields() -> Iterator[Field]:
    """Every field that a person fills in, of all modules."""
    yield from (f for f in form().fields() if not f.computed and f.const is None and f.kind is not Kind.FILE)


def sample(field: Field) -> Any:
    if field.kind is Kind.ENUM:
        options = [o.value for o in field.choices] or ["GB" if field.vocabulary == "countries" else "Investigation"]
        return options[:2] if field.many else options[-1]
    if field.kind in (Kind.GRID, Kind.ASSOCIATIONS):
        first = {f.key: sample(f) for f in field.subfields}
        return [first, {field.subfields[0].key: sample(field.subfields[0])}]
    if field.kind is Kind.RECORD:
        record = {f.key: sample(f) for f in field.subfields if not f.computed and f.const is None}
        return [record] if field.many else record
    if field.kind is Kind.REFERENCE:
        return (NAMES.get(field.refers_to or "") or ["Named elsewhere"])[-1]
    return SAMPLES[field.kind][1 if field.many else 0]


@pytest.fixture
def maker() -> Maker:
    language.use("en")
    return Maker(lambda module: NAMES.get(module, ()))


@pytest.mark.parametrize("path", sorted({f.path for f in fields()}))
def test_what_is_shown_is_what_the_document_holds(qtbot: QtBot, maker: Maker, path: str) -> None:
    field = form().field(path)
    assert field is not None
    editor = maker.make(field)
    qtbot.addWidget(editor)
    heard: list[Any] = []
    editor.changed.connect(lambda: heard.append(1))
    assert editor.value() is None
    editor.show_value(sample(field))
    assert editor.value() == sample(field)
    editor.show_value(None)
    assert editor.value() is None
    assert not heard, "showing is no change"


def _shown(qtbot: QtBot, editor: Editor) -> Editor:
    holder = QWidget()
    QVBoxLayout(holder).addWidget(editor)
    holder.resize(900, 600)
    qtbot.addWidget(holder)
    holder.show()
    qtbot.waitExposed(holder)
    holder.activateWindow()
    editor.setFocus()
    editor.setProperty("holder", True)
    editor._kept = holder  # type: ignore[attr-defined]
    return editor


@pytest.mark.parametrize(
    ("typed", "value"),
    [("63", 63), ("1.4", 1.4), ("0,3", 0.3), ("1e", "1e"), ("nan", "nan"), ("", None), ("many", "many")],
)
def test_a_number_as_people_type_it(qtbot: QtBot, typed: str, value: Any) -> None:
    editor = NumberEditor("", "nm")
    qtbot.addWidget(editor)
    QTest.keyClicks(editor.line, typed)
    assert editor.value() == value
    editor.show_value(editor.value())
    assert editor.line.text() == typed


def test_a_text_grows_with_what_is_in_it(qtbot: QtBot) -> None:
    editor = TextEditor()
    _shown(qtbot, editor)
    before = editor.text.height()
    QTest.keyClicks(editor.text, "one")
    for _ in range(5):
        QTest.keyClick(editor.text, Qt.Key.Key_Return)
        QTest.keyClicks(editor.text, "more")
    qtbot.waitUntil(lambda: editor.text.height() > before * 1.8)


def _has_keyboard(editor: TermsEditor) -> bool:
    """A window of an earlier test that goes late takes the keyboard along: ask again until it is here."""
    editor.window().activateWindow()
    editor.line.setFocus()
    return editor.line.hasFocus()


def test_terms_are_chosen_with_down_and_enter(qtbot: QtBot) -> None:
    editor = TermsEditor(Wording("organisms"), "")
    _shown(qtbot, editor)
    qtbot.waitUntil(lambda: _has_keyboard(editor))
    QTest.keyClicks(editor.line, "house mou")
    assert editor.value() == ["house mou"], "what is typed is part of the answer at once"
    qtbot.waitUntil(lambda: editor.line.choosing)
    popup = QApplication.activePopupWidget() or editor.line
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: editor.value() == [{"id": "NCBITaxon:10090", "label": "Mus musculus"}])
    assert not editor.line.text()


def test_free_words_stay_free_words(qtbot: QtBot) -> None:
    editor = TermsEditor(Wording("organisms"), "")
    _shown(qtbot, editor)
    for words in ("an alga nobody named", "an alga nobody named", "another"):
        QTest.keyClicks(editor.line, words)
        QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.value() == ["an alga nobody named", "another"]


def test_a_code_is_shown_by_its_name(qtbot: QtBot) -> None:
    editor = TermEditor(Wording("countries", coded=True), "")
    qtbot.addWidget(editor)
    editor.show_value("GB")
    assert editor.line.text() == "United Kingdom"
    assert editor.value() == "GB"
    editor.line.end(False)
    QTest.keyClicks(editor.line, "x")
    assert editor.value() == "United Kingdomx"


def test_an_open_choice_takes_other_words_and_no_hint_becomes_a_value(qtbot: QtBot, maker: Maker) -> None:
    field = form().field("light_microscopy.immersion")
    assert field is not None
    editor = maker.make(field)
    assert isinstance(editor, ChoiceEditor)
    qtbot.addWidget(editor)
    line = editor.combo.lineEdit()
    assert line is not None
    assert editor.value() is None
    QTest.keyClicks(line, "Honey")
    assert (editor.value(), editor.combo.count()) == ("Honey", 8)
    editor.show_value("WaterDipping")
    assert (editor.value(), line.text()) == ("WaterDipping", "Water, dipping")


def test_many_choices_keep_words_that_are_no_option(qtbot: QtBot, maker: Maker) -> None:
    field = form().field("study.author.role")
    assert field is not None
    editor = maker.make(field)
    assert isinstance(editor, ManyChoicesEditor)
    qtbot.addWidget(editor)
    editor.show_value(["data analyst", "tea maker"])
    box = editor.box("investigator")
    assert box is not None
    box.click()
    assert editor.value() == ["data analyst", "investigator", "tea maker"]


def test_a_reference_whose_record_is_gone_stays_visible(qtbot: QtBot) -> None:
    editor = ReferenceEditor()
    qtbot.addWidget(editor)
    editor.offer(["Yeast"], "Not said")
    editor.show_value("Mouse")
    editor.offer(["Yeast", "Fly"], "Not said")
    assert editor.value() == "Mouse"
    assert editor.combo.currentText() == "Mouse"


def test_persons_are_added_moved_and_removed(qtbot: QtBot, maker: Maker) -> None:
    field = form().field("study.author")
    assert field is not None
    editor = maker.make(field)
    assert isinstance(editor, RecordsEditor)
    _shown(qtbot, editor)
    editor.show_value([{"name": "First"}, {"name": "Second", "orcid": "x"}])
    QTest.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    third = editor.row(2)
    assert third is not None
    name = third.editor("name")
    assert name is not None
    QTest.keyClicks(name.focusProxy(), "Third")
    assert [a["name"] for a in editor.value()] == ["First", "Second", "Third"]
    editor.cards[2].buttons.up.click()
    editor.cards[0].buttons.away.click()
    assert editor.value() == [{"name": "Third"}, {"name": "Second", "orcid": "x"}]


def test_rows_are_added_and_removed_and_become_blocks_where_it_is_narrow(qtbot: QtBot) -> None:
    maker = Maker(lambda _: ("GFP", "DAPI", "Cy5"))
    field = form().field("study_component.associations")
    assert field is not None
    editor = maker.make(field)
    assert isinstance(editor, RowsEditor)
    holder = _shown(qtbot, editor)._kept  # type: ignore[attr-defined]
    editor.show_value([{"biosample": "GFP", "own": 1}, {"biosample": "DAPI"}])
    first, second = editor.cell(0, "biosample"), editor.cell(0, "specimen")
    assert first is not None
    assert second is not None
    qtbot.waitUntil(lambda: first.y() == second.y() and first.x() != second.x())
    holder.resize(300, 600)
    qtbot.waitUntil(lambda: first.x() == second.x() and first.y() != second.y())
    editor._rows[1].away.click()
    assert editor.value() == [{"biosample": "GFP", "own": 1}]
    editor.add.click()
    cell = editor.cell(1, "biosample")
    assert cell is not None
    QTest.keyClicks(cell.focusProxy(), "C")
    assert editor.value() == [{"biosample": "GFP", "own": 1}, {"biosample": "Cy5"}]


def test_the_tab_key_goes_as_one_reads(qtbot: QtBot, maker: Maker) -> None:
    field = form().field("study.author")
    assert field is not None
    editor = maker.make(field)
    assert isinstance(editor, RecordsEditor)
    _shown(qtbot, editor)
    editor.show_value([{"name": "First"}, {"name": "Second"}])
    found = stops(editor)
    chain(found)
    assert found[-1] is editor.add
    lines = [w for w in found if isinstance(w, QLineEdit) and w.accessibleName().endswith(": Name")]
    assert [w.text() for w in lines if "Authors" in w.accessibleName()] == ["First", "Second"]


def test_a_day_is_chosen_in_the_calendar(qtbot: QtBot) -> None:
    from depositor.gui.form.dates import DateEditor

    editor = DateEditor()
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.changed):
        editor.choose(QDate(2027, 1, 31))
    assert editor.value() == "2027-01-31"


def test_identifiers_read_from_the_left_in_every_language(qtbot: QtBot, maker: Maker) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        for path, left in (("study.author.orcid", True), ("study.author.name", False)):
            field = form().field(path)
            assert field is not None
            editor = maker.make(field)
            qtbot.addWidget(editor)
            line = editor.focusProxy()
            assert line is not None
            assert (line.layoutDirection() is Qt.LayoutDirection.LeftToRight) is left
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


# --- names that are typed letter by letter ---------------------------------------------------------------------------


def _draft() -> Draft:
    return Draft(
        "d",
        metadata={
            "image_acquisition": [{"title": "Cells"}, {"title": "Cells 2"}],
            "study_component": [
                {"name": "A", "associations": [{"image_acquisition": "Cells"}, {"image_acquisition": "Cells 2"}]}
            ],
            "light_microscopy": [{"image_acquisition": "Cells 2"}, {"image_acquisition": "Cells"}],
        },
    )


def test_a_name_is_typed_over_that_of_another_record_without_mixing_them_up() -> None:
    draft, whole = _draft(), form()
    module = whole.module("image_acquisition")
    assert module is not None
    now = renaming.begin(whole, draft, module, 1)
    for typed in ("Cells ", "Cells", "", "C", "Cells 3"):
        assert now.goes_on(draft, "image_acquisition[1].title")
        draft, now = now.renamed(draft, typed or None)
    assert [r["image_acquisition"] for r in draft.get("study_component[0].associations")] == ["Cells", "Cells 3"]
    assert [r["image_acquisition"] for r in draft.get("light_microscopy")] == ["Cells 3", "Cells"]
    assert draft.get("image_acquisition[1].title") == "Cells 3"


def test_another_change_of_the_name_begins_anew() -> None:
    draft, whole = _draft(), form()
    module = whole.module("image_acquisition")
    assert module is not None
    draft, now = renaming.begin(whole, draft, module, 1).renamed(draft, "Other")
    assert not now.goes_on(_draft(), "image_acquisition[1].title")
    assert not now.goes_on(draft, "image_acquisition[0].title")
