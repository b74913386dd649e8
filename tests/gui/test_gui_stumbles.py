"""Where a newcomer stumbled once."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from gui_driving import Driver, widgets
from PySide6.QtGui import QColor, QDesktopServices, QFontMetrics, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from depositor import resources
from depositor.draft.finding import Choice
from depositor.draft.steps import StepId
from depositor.gui import dialogs, icons
from depositor.gui.steplist import _Places, _title_font
from depositor.gui.theme import DARK, LIGHT, Scheme
from depositor.gui.widgets.decide import Reason

PICTURES = resources.path("examples/images")
LETTER = re.compile(r"(?<!&)&([^\s&])")


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest, driver: Driver) -> Iterator[str]:
    """The window in one language and the other; in English again before it closes."""
    if request.param != "en":
        driver.window.looks.set_language(request.param)
        driver.until(lambda: driver.window.bottom.next.text() == "&Weiter")
    yield request.param
    driver.window.looks.set_language("en")
    driver.until(lambda: driver.window.bottom.next.text() == "&Next")


# --- the dialog of a decision ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "who", "missing", "first"),
    [
        (Choice.KEEP, "", "A reason and your name are missing.", "why"),
        (Choice.KEEP, "Ada", "A reason is missing.", "why"),
        (Choice.CLEAN, "", "Your name is missing.", "who"),
        (Choice.EXCLUDE, "Ada", "", "why"),
    ],
)
def test_a_decision_says_what_it_waits_for(driver: Driver, choice: Choice, who: str, missing: str, first: str) -> None:
    dialog = Reason(driver.window, choice, 2, who)
    assert dialog.missing.text() == missing
    assert dialog.agree.isEnabled() is not bool(missing)
    assert dialog.agree.accessibleDescription() == missing
    assert dialog.focusWidget() is getattr(dialog, first)
    assert "required" in dialog.who.accessibleName()
    assert ("required" in dialog.why.accessibleName()) is (choice is Choice.KEEP)
    dialog.deleteLater()


def test_nothing_is_missing_once_all_is_typed(driver: Driver) -> None:
    dialog = Reason(driver.window, Choice.KEEP, 1, "")
    dialog.why.setPlainText("the name of a mouse line")
    assert dialog.missing.text() == "Your name is missing."
    dialog.who.setText("Ada")
    assert not dialog.missing.text()
    dialog.deleteLater()


# --- large text ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("language")
def test_no_word_of_the_steps_is_cut_at_large_text(driver: Driver) -> None:
    window = driver.window
    window.looks.set_text_percent(200)
    driver.new_draft()
    driver.settled()
    window.resize(900, 700)
    driver.until(lambda: window.steps.width() >= window.steps.minimumSizeHint().width())
    QApplication.processEvents()
    option = _option(window.steps)
    for row in range(window.steps.count()):
        place = _Places(option, window.steps.model().index(row, 0), window.steps)
        titles, whys = QFontMetrics(_title_font(selected=True)), QFontMetrics(place.why_font)
        for word in window.steps.item(row).text().split():
            assert titles.horizontalAdvance(word) <= place.title.width(), word
        for word in place.why.split():
            assert whys.horizontalAdvance(word) <= place.reason.width(), word
        assert place.title.right() <= window.steps.viewport().width()
    window.looks.set_text_percent(100)


def _option(view: QWidget) -> object:
    from PySide6.QtWidgets import QStyleOptionViewItem

    option = QStyleOptionViewItem()
    option.initFrom(view)
    return option


# --- colours -------------------------------------------------------------------------------------------------------


def strongest(picture: QImage) -> str:
    """The colour that covers most of a picture."""
    points = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    seen = Counter(c.name() for x, y in points if (c := picture.pixelColor(x, y)).alpha() == 255)
    return seen.most_common(1)[0][0]


def test_an_icon_with_a_named_colour_follows_the_theme(driver: Driver) -> None:
    icon = icons.icon("attention", "bad")
    fixed = icons.icon("attention", "#123456")
    for scheme, colors in ((Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK), (Scheme.LIGHT, LIGHT)):
        driver.window.looks.set_scheme(scheme)
        assert strongest(icon.pixmap(64, 64).toImage()) == QColor(colors.bad).name()
        assert strongest(fixed.pixmap(64, 64).toImage()) == "#123456"


def test_the_icons_of_findings_are_renewed_with_the_theme(driver: Driver, study: Path) -> None:
    driver.new_draft()
    driver.add(study)
    driver.check_privacy()
    items = driver.window.page(StepId.PRIVACY).pane.tree
    driver.until(items.topLevelItemCount)
    number = items.topLevelItemCount()
    light = [items.topLevelItem(n).icon(0).pixmap(32, 32).toImage() for n in range(number)]
    driver.window.looks.set_scheme(Scheme.DARK)
    dark = [items.topLevelItem(n).icon(0).pixmap(32, 32).toImage() for n in range(number)]
    assert all(a != b for a, b in zip(light, dark, strict=True))
    driver.window.looks.set_scheme(Scheme.LIGHT)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(next(PICTURES.rglob("*.tif")), folder / "Meier_Hans_1961-04-12.tif")
    (folder / "notes.txt").write_text("notes", "utf-8")
    (folder / "empty.tif").touch()
    return folder


# --- the keyboard --------------------------------------------------------------------------------------------------


def letters(root: QWidget) -> Iterator[tuple[str, str]]:
    """(letter, text) of what Alt reaches in a window."""
    menus = [a.text() for a in root.menuBar().actions() if a.isVisible()]
    seen = [w.text() for w in widgets(root) if isinstance(w, QAbstractButton)]
    seen += [w.text() for w in widgets(root) if isinstance(w, QLabel) and w.buddy() is not None]
    for text in (*menus, *seen):
        if found := LETTER.search(text):
            yield found[1].lower(), text


@pytest.mark.usefixtures("language")
def test_no_letter_is_given_twice_on_a_page(driver: Driver) -> None:
    twice = clashes("home", driver)
    driver.new_draft()
    for step in StepId:
        driver.window.show_step(step)
        driver.settled()
        twice += clashes(str(step), driver)
    driver.add(PICTURES)
    twice += clashes("files with files", driver)
    driver.check_privacy()
    for step in StepId:
        driver.window.show_step(step)
        driver.settled()
        twice += clashes(f"{step}, filled", driver)
    assert not twice, "\n".join(twice)


def clashes(page: str, driver: Driver) -> list[str]:
    found: dict[str, list[str]] = {}
    for letter, text in letters(driver.window):
        found.setdefault(letter, []).append(text)
    return [f"{page}: {letter}: {texts}" for letter, texts in found.items() if len(texts) > 1]


def test_the_keyboard_goes_to_the_page_one_walks_to(driver: Driver) -> None:
    window = driver.window
    driver.new_draft()
    driver.add(PICTURES)
    window.activateWindow()
    driver.until(window.isActiveWindow)
    window.show_step(StepId.ARCHIVE)
    driver.until(lambda: window.page(StepId.ARCHIVE).cards)
    for go, steps in ((window.go_next, list(StepId)[1:4]), (window.go_back, list(StepId)[2::-1])):
        for step in steps:
            window.head.home.setFocus()
            go()
            assert window.current is step
            assert window.page(step).isAncestorOf(window.focusWidget()), step
    assert window.focusWidget() is window.page(StepId.ARCHIVE).cards["practice"][0].radio


def test_the_list_of_steps_keeps_the_keyboard_while_one_walks_in_it(driver: Driver) -> None:
    driver.new_draft()
    driver.window.activateWindow()
    driver.window.steps.setFocus()
    driver.window.show_step(StepId.REVIEW)
    assert driver.window.focusWidget() is driver.window.steps


@pytest.mark.parametrize("step", [StepId.FILES, StepId.RECEIPT])
def test_a_main_action_that_goes_away_does_not_give_the_keyboard_to_home(driver: Driver, step: StepId) -> None:
    from depositor.gui.pages.base import MainAction

    window = driver.window
    driver.new_draft()
    window.activateWindow()
    driver.until(window.isActiveWindow)
    page = window.page(step)
    window.show_step(step)
    page.main_action = lambda: MainAction("Do it", lambda: None)
    page.action_changed.emit()
    window.bottom.main.setFocus()
    page.main_action = lambda: None
    page.action_changed.emit()
    now = window.focusWidget()
    assert page.isAncestorOf(now) if step is StepId.FILES else now is window.steps


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_drop_area_stays_compact_where_nothing_is_chosen(driver: Driver) -> None:
    driver.new_draft()
    driver.window.resize(1100, 1000)
    driver.window.show_step(StepId.FILES)
    driver.settled()
    drop = driver.window.page(StepId.FILES).drop
    driver.until(lambda: drop.width() > 0)
    QApplication.processEvents()
    assert drop.height() <= drop.sizeHint().height() + drop.fontMetrics().height()


def test_only_images_are_counted_as_images(driver: Driver, study: Path) -> None:
    driver.new_draft()
    driver.add(study)
    found = driver.now.inventory
    assert (found.images, found.other_files) == (1, 2)
    driver.window.show_step(StepId.FILES)
    assert any("1 image set and 2 other files" in text for text in driver.texts())
    kinds = [r.texts[1] for r in _rows(driver)]
    assert "empty" in kinds
    assert kinds.count("image") == 1


def _rows(driver: Driver) -> list:
    model = driver.window.page(StepId.FILES).sets
    driver.until(lambda: model.rowCount() and all(model.row(n) for n in range(model.rowCount())))
    return [model.row(n) for n in range(model.rowCount())]


# --- the browser ---------------------------------------------------------------------------------------------------


def test_an_address_that_no_browser_takes_can_be_copied(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    assert not dialogs.open_address(driver.window, "https://example.org/S-1")
    (dialog,) = driver.window.findChildren(dialogs.NotOpened)
    assert any(label.text() == "https://example.org/S-1" for label in dialog.findChildren(QLabel))
    driver.until(lambda: dialog.focusWidget() is dialog.copy)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == "https://example.org/S-1"
    assert not dialog.isVisible()


def test_an_address_that_opens_says_nothing(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toString()) or True)
    assert dialogs.open_address(driver.window, "https://example.org/S-1")
    assert asked == ["https://example.org/S-1"]
    assert not driver.window.findChildren(dialogs.NotOpened)
