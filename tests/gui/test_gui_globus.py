"""Signing in to Globus in the window, with its own library against the strict stand-in of its token service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPushButton
from test_gui_transfers import page_of, stopped_at

from depositor.draft.problem import Problem
from depositor.gui.widgets.globus_sign_in import GlobusSignInDialog
from depositor.gui.widgets.ways import Ways
from depositor.session import globus_account, language
from depositor.transfer.handover import problems

if TYPE_CHECKING:
    from PySide6.QtCore import QUrl

pytest.importorskip("globus_sdk")
TESTS = Path(__file__).parents[1]
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
VARIABLES = ("DEPOSITOR_USER_GLOBUS", "DEPOSITOR_TOKEN_GLOBUS")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser was asked to open."""
    pages: list[str] = []

    def open_url(url: QUrl) -> bool:
        pages.append(url.toString(url.ComponentFormattingOption.FullyEncoded))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(open_url))
    return pages


@pytest.fixture
def globus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(TESTS / "transfer"))
    from globus_standin import StandIn

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with StandIn(tmp_path / "there", tmp_path) as standin:
        monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_TRANSFER", standin.url)
        monkeypatch.setenv("GLOBUS_SDK_SERVICE_URL_AUTH", standin.url)
        yield standin


def asked(driver: Driver, problem: Problem | None = None, submission: str = "") -> GlobusSignInDialog:
    dialog = GlobusSignInDialog(driver.window, driver.window.workspace, problem, submission)
    dialog.open()
    driver.until(lambda: not driver.window.bridge.busy)
    return dialog


def with_page(driver: Driver, dialog: GlobusSignInDialog) -> GlobusSignInDialog:
    dialog.client.setText(CLIENT)
    dialog.client.textEdited.emit(CLIENT)
    dialog.page.click()
    driver.until(dialog.code.isEnabled)
    return dialog


def cut(label: QLabel) -> bool:
    return label.isVisible() and label.wordWrap() and label.height() < label.heightForWidth(label.width())


def test_a_sign_in_from_the_page_to_the_token(driver: Driver, globus: Any, opened: list[str]) -> None:
    desk = driver.window.workspace.desk
    dialog = asked(driver, problems.globus_sign_in())
    assert dialog.client_hint.isVisible()
    assert "has none of its own" in dialog.client_hint.text()
    assert not dialog.page.isEnabled()
    with_page(driver, dialog)
    assert opened == [dialog.address.text()]
    assert opened[0].startswith(f"{globus.url}v2/oauth2/authorize?")
    assert f"client_id={CLIENT}" in opened[0]
    assert not dialog.go.isEnabled()
    dialog.code.setText(" the-code ")
    dialog.remember.setChecked(False)
    with driver.qtbot.waitSignal(dialog.kept):
        dialog.go.click()
    known = desk.accounts.credentials("globus")
    assert (known.user, known.token) == (CLIENT, "refresh-token-of-ada")
    assert asked(driver).client.text() == CLIENT, "the next time it is known"


def test_a_code_that_globus_refuses_is_told_in_the_dialog_and_can_be_mended(
    driver: Driver, globus: Any, opened: list[str]
) -> None:
    dialog = with_page(driver, asked(driver))
    dialog.code.setText("another")
    dialog.go.click()
    driver.until(lambda: dialog.said.head.text() == "Globus did not take this code.")
    assert dialog.isVisible()
    assert dialog.code.selectedText() == "another"
    assert driver.window.workspace.desk.accounts.source("globus") is None
    dialog.page.click()
    assert opened[0] == opened[1], "the code belongs to the page that was opened first"
    dialog.code.setText("the-code")
    with driver.qtbot.waitSignal(dialog.kept):
        dialog.go.click()


def test_another_number_needs_another_page(driver: Driver, globus: Any, opened: list[str]) -> None:
    dialog = with_page(driver, asked(driver))
    dialog.code.setText("the-code")
    assert dialog.go.isEnabled()
    dialog.client.setFocus()
    driver.press(Qt.Key.Key_9)
    assert not dialog.go.isEnabled()
    assert not dialog.address.isVisible()
    driver.press(Qt.Key.Key_Return)
    driver.until(lambda: len(opened) == 2)
    assert f"client_id={dialog.client.text()}" in opened[1]
    assert opened[0] != opened[1]


def test_the_address_can_be_copied_instead(driver: Driver, globus: Any, opened: list[str]) -> None:
    dialog = asked(driver)
    dialog.client.setText(CLIENT)
    dialog.client.textEdited.emit(CLIENT)
    dialog.copy.click()
    driver.until(dialog.code.isEnabled)
    assert QGuiApplication.clipboard().text() == dialog.address.text()
    assert "code_challenge" in dialog.address.text()
    assert opened == []


def test_cancel_closes_at_once_and_nothing_is_kept(
    driver: Driver, globus: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    token = globus.token

    def slow(form: dict[str, str]) -> Any:
        reached.set()
        assert go_on.wait(60)
        return token(form)

    monkeypatch.setattr(globus, "token", slow)
    dialog = with_page(driver, asked(driver))
    dialog.code.setText("the-code")
    kept: list[int] = []
    dialog.kept.connect(lambda: kept.append(1))
    dialog.go.click()
    driver.until(reached.is_set)
    driver.press(Qt.Key.Key_Escape)
    assert not [d for d in driver.window.findChildren(GlobusSignInDialog) if d.isVisible()]
    go_on.set()
    driver.until(lambda: not driver.window.bridge.busy)
    assert globus.refreshed == 1, "Globus did answer"
    assert driver.window.workspace.desk.accounts.source("globus") is None
    assert kept == []


def test_a_computer_without_a_key_store_says_that_it_holds_for_now(
    driver: Driver, globus: Any, opened: list[str]
) -> None:
    told: list[Problem] = []
    driver.window.workspace.trouble.disconnect()
    driver.window.workspace.trouble.connect(told.append)
    dialog = with_page(driver, asked(driver))
    dialog.remember.setChecked(True)
    assert "key store" in dialog.where.text()
    dialog.code.setText("the-code")
    with driver.qtbot.waitSignal(dialog.kept):
        dialog.go.click()
    assert [p.code for p in told] == ["accounts.store-missing"]
    assert driver.window.workspace.desk.accounts.credentials("globus").token


def test_a_variable_that_names_another_sign_in_is_told(
    driver: Driver, globus: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Problem] = []
    driver.window.workspace.trouble.disconnect()
    driver.window.workspace.trouble.connect(told.append)
    monkeypatch.setenv("DEPOSITOR_TOKEN_GLOBUS", "an-old-one")
    dialog = with_page(driver, asked(driver))
    dialog.remember.setChecked(False)
    dialog.code.setText("the-code")
    with driver.qtbot.waitSignal(dialog.kept):
        dialog.go.click()
    assert [p.code for p in told] == ["globus.variable"]


def test_a_consent_is_asked_for_by_its_name(
    driver: Driver, globus: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which scopes a deposit wants is asked of Globus in tests/archives."""
    wanted: list[str] = []

    def scopes(_: object, submission: str) -> tuple[str, ...]:
        wanted.append(submission)
        return ("urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/x/data_access]",)

    monkeypatch.setattr(globus_account, "scopes_wanted", scopes)
    with_page(driver, asked(driver, problems.globus_sign_in(), "many"))
    assert "data_access" not in opened[0]
    with_page(driver, asked(driver, problems.globus_consent(), "many"))
    assert "data_access" in opened[1]
    assert wanted == ["many"]


def test_what_stands_in_the_way_before_the_page_is_told_in_the_dialog(
    driver: Driver, globus: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "globus_sdk", None)
    dialog = asked(driver)
    dialog.client.setText(CLIENT)
    dialog.client.textEdited.emit(CLIENT)
    dialog.page.click()
    driver.until(dialog.said.isVisible)
    driver.until(lambda: dialog.said.head.text() == "This installation has no part for Globus.")
    assert 'pip install "depositor[globus]"' in dialog.said.text.text()
    assert dialog.page.isEnabled()
    assert opened == []


def test_keyboard_alone_signs_in(driver: Driver, globus: Any, opened: list[str]) -> None:
    dialog = asked(driver)
    dialog.activateWindow()
    driver.until(dialog.isActiveWindow)
    assert QApplication.focusWidget() is dialog.client
    driver.qtbot.keyClicks(dialog.client, CLIENT)
    driver.press(Qt.Key.Key_Return)
    driver.until(lambda: QApplication.focusWidget() is dialog.code)
    driver.tab_to(lambda w: w is dialog.remember)
    if dialog.remember.isChecked():
        driver.press(Qt.Key.Key_Space)
    driver.tab_to(lambda w: w is dialog.code)
    driver.qtbot.keyClicks(dialog.code, "the-code")
    with driver.qtbot.waitSignal(dialog.kept):
        driver.press(Qt.Key.Key_Return)


@pytest.mark.parametrize("code", ["en", "de", "xx", "xx-rtl"])
def test_everything_has_a_name_and_its_words_fit(driver: Driver, globus: Any, opened: list[str], code: str) -> None:
    language.use(code)
    dialog = with_page(driver, asked(driver, problems.globus_consent()))
    for kind in (QLineEdit, QPushButton):
        for part in dialog.findChildren(kind):
            assert part.accessibleName() or getattr(part, "text", str)(), part
    for button in dialog.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
    driver.until(lambda: not [label.text() for label in dialog.findChildren(QLabel) if cut(label)])
    most = 0.9 * dialog.screen().availableSize().height() - 1
    driver.until(lambda: dialog.height() >= most or dialog._area.verticalScrollBar().maximum() == 0)


def test_on_a_small_screen_the_field_of_the_code_is_in_sight(driver: Driver, globus: Any, opened: list[str]) -> None:
    dialog = asked(driver, problems.globus_consent())
    dialog.setMaximumHeight(dialog.fontMetrics().height() * 22)
    with_page(driver, dialog)
    seen = dialog._area.viewport()
    driver.until(lambda: dialog._area.verticalScrollBar().maximum() > 0)
    driver.until(lambda: seen.rect().contains(dialog.code.mapTo(seen, dialog.code.rect().bottomLeft())))


def test_no_two_parts_have_the_same_key(driver: Driver, globus: Any) -> None:
    dialog = asked(driver)
    words = [w.text() for kind in (QLabel, QAbstractButton) for w in dialog.findChildren(kind)]
    keys = [text.split("&")[1][0].lower() for text in words if "&" in text]
    assert len(keys) == 7
    assert len(set(keys)) == 7, keys


# --- from where it is offered ----------------------------------------------------------------------------------------


def test_a_deposit_that_waits_for_it_offers_it_and_goes_on(
    driver: Driver, globus: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_at(driver.window.workspace.desk, problems.globus_sign_in())
    started: list[str] = []
    monkeypatch.setattr(driver.window.transfers, "start", started.append)
    page = page_of(driver)
    driver.until(lambda: "many" in page._cards)
    ways = page._cards["many"].ways
    driver.until(ways.isVisible)
    assert [w for w, b in ways.buttons.items() if b.isVisible()] == ["globus-sign-in"]
    ways.buttons["globus-sign-in"].click()
    (dialog,) = driver.window.findChildren(GlobusSignInDialog)
    assert dialog._submission == "many"
    with_page(driver, dialog)
    dialog.remember.setChecked(False)
    dialog.code.setText("the-code")
    dialog.go.click()
    driver.until(lambda: started == ["many"])


def test_what_rests_at_globus_itself_is_helped_on_its_page(driver: Driver, opened: list[str]) -> None:
    shown = Ways(driver.window.workspace)
    driver.qtbot.addWidget(shown)
    shown.show_problem(problems.inactive(), "webdav", "many")
    assert shown.buttons["globus-sign-in"].isHidden()
    shown.buttons["globus-page"].click()
    assert opened == ["https://app.globus.org/activity"]
