"""The page asks what applies, hides what few need until it is wanted, and never hides an answer."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depositor.draft.draft import Draft
from depositor.form import profiles
from depositor.gui.form.grid import GridEditor
from depositor.gui.form.module_view import ModuleView

FORM = profiles.load(("live-imaging", "multiplexed-tissue", "cryo-em"), "empiar")


def draft(**metadata: Any) -> Draft:
    return Draft("d", metadata=metadata)


@pytest.fixture
def view(qtbot: QtBot) -> ModuleView:
    made = ModuleView()
    qtbot.addWidget(made)
    return made


def open_at(view: ModuleView, key: str, given: Draft) -> None:
    module = FORM.module(key)
    assert module
    view.build(module, 0, given, lambda _: (), None)
    view.show_draft(given, (), {})


def shown(view: ModuleView) -> set[str]:
    return {row.field.key for row in view.rows.values() if not row.isHidden()}


def test_questions_come_and_go_with_the_answer_they_depend_on(view: ModuleView) -> None:
    given = draft(live_imaging=[{"temporal_resolution": "snapshots"}])
    open_at(view, "live_imaging", given)
    assert "cell_migration" in shown(view)
    assert not {"duration", "assay_type", "substrate"} & shown(view)
    moving = given.answer("live_imaging[0].cell_migration", True)
    view.show_draft(moving, (), {})
    assert {"assay_type", "substrate", "tissue", "interference"} <= shown(view)
    view.show_draft(moving.answer("live_imaging[0].tissue", "tail fin"), (), {})
    assert "substrate" not in shown(view)


def test_more_detail_is_shown_on_demand_and_stays_for_the_module(view: ModuleView) -> None:
    given = draft(cryo_em=[{"technique": "tomography"}])
    open_at(view, "cryo_em", given)
    assert "tilt_min" in shown(view)
    assert "spot_size" not in shown(view)
    assert view.detail
    view.detail.click()
    assert "spot_size" in shown(view)
    open_at(view, "cryo_em", given)
    assert "spot_size" in shown(view)
    assert view.detail
    view.detail.click()
    assert "spot_size" not in shown(view)


def test_an_answer_is_never_hidden(view: ModuleView) -> None:
    open_at(view, "cryo_em", draft(cryo_em=[{"technique": "single particle", "tilt_min": -60, "spot_size": 6}]))
    assert {"tilt_min", "spot_size"} <= shown(view)
    assert "tilt_max" not in shown(view)


def test_columns_of_a_grid_too(view: ModuleView) -> None:
    row = {"channel_label": "CD3", "uniprot_accession": "P07766"}
    open_at(view, "specimen", draft(specimen=[{"title": "A", "channels": [row]}]))
    grid = view.rows["specimen[0].channels"]
    keys = {f.key for f in grid.field.subfields}
    assert {"channel_label", "antibody_rrid", "uniprot_accession"} <= keys
    assert "vendor" not in keys
    assert isinstance(grid.editor, GridEditor)
    assert grid.editor.value() == [row]


def test_a_column_that_is_not_shown_keeps_its_answers(view: ModuleView) -> None:
    """Rows that a header brings later may tell more than the page shows."""
    given = draft(specimen=[{"title": "A"}])
    open_at(view, "specimen", given)
    told = [{"channel_label": "CD3", "vendor": "Maker"}]
    view.show_draft(given.answer("specimen[0].channels", told), (), {})
    assert view.rows["specimen[0].channels"].editor.value() == told


def test_a_module_without_detail_has_no_button(view: ModuleView) -> None:
    open_at(view, "biosample", draft(biosample=[{"title": "A"}]))
    assert view.detail is None


def test_a_jump_to_a_hidden_question_opens_it(view: ModuleView) -> None:
    open_at(view, "cryo_em", draft(cryo_em=[{"technique": "tomography"}]))
    view.show()
    target = view.put_keyboard("cryo_em[0].spot_size")
    assert "spot_size" in shown(view)
    row = view.rows["cryo_em[0].spot_size"]
    assert target
    assert row.isAncestorOf(target)


def test_what_has_the_keyboard_does_not_vanish(view: ModuleView, qtbot: QtBot) -> None:
    given = draft(live_imaging=[{"temporal_resolution": "time-lapse"}])
    open_at(view, "live_imaging", given)
    view.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.rows["live_imaging[0].duration"].editor.put_keyboard()
    assert QApplication.focusWidget()
    view.show_draft(given.answer("live_imaging[0].temporal_resolution", "snapshots"), (), {})
    assert "duration" in shown(view)
