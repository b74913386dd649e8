"""The test of the way in the window: live, to be stopped, read and copied; and the settings of a network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.draft.steps import StepId
from depositor.gui.diagnose.dialog import RouteDialog, show_route
from depositor.gui.diagnose.network import NetworkDialog
from depositor.gui.diagnose.step_list import StepRow
from depositor.session.diagnosing.values import Step, StepState

if TYPE_CHECKING:
    from depositor.gui.pages.archive import ArchivePage

TESTS = Path(__file__).parents[1]
BIA = "bioimage-archive"


@pytest.fixture(autouse=True)
def _straight(monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.archives.bioimage_archive import account

    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(account, "FTP_HOST", "127.0.0.1")


@pytest.fixture
def bia(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in of the archive, as its address for this desk."""
    monkeypatch.syspath_prepend(str(TESTS / "archives"))
    from bia_standin import StandIn

    (tmp_path / "archive").mkdir()
    with StandIn(tmp_path / "archive") as standin:
        driver.window.workspace.desk.settings.set("endpoints", {BIA: standin.url})
        yield standin


def page_with(driver: Driver, archive: str) -> ArchivePage:
    driver.new_draft(archive)
    driver.window.show_step(StepId.ARCHIVE)
    page: Any = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: archive in page.cards)
    driver.settled()
    return page


def finished(driver: Driver, dialog: RouteDialog) -> RouteDialog:
    driver.until(lambda: dialog.found is not None)
    return dialog


def test_the_test_is_offered_where_a_network_is_needed(driver: Driver, bia: Any) -> None:
    page = page_with(driver, "practice")
    assert not page._route.isVisible()
    before = len(bia.log)
    page._choose(page.cards[BIA][1])
    driver.settled()
    assert page._route.isVisible()
    assert "ten seconds" in page._route.told.text()
    assert len(bia.log) == before  # nobody was asked before the person wanted it


def test_steps_come_live_and_the_result_stays_on_the_page(driver: Driver, bia: Any) -> None:
    page = page_with(driver, BIA)
    page._route.button.click()
    (dialog,) = driver.window.findChildren(RouteDialog)
    finished(driver, dialog)
    names = [r.step.id for r in dialog.steps.rows]
    assert names[:4] == ["way", "proxy", "names", "port"]
    assert dialog.steps.rows[0].accessibleName().count("works") == 1
    assert "Port" in dialog.steps.accessibleDescription()
    driver.until(lambda: "Tested" in page._route.told.text())
    dialog.reject()


def test_everything_works_and_the_report_is_copied(driver: Driver) -> None:
    space = driver.window.workspace
    archive = space.desk.capabilities("practice")
    assert archive is not None
    dialog = finished(driver, RouteDialog(driver.window, space, archive))
    assert dialog.state.head.text() == "Everything works."
    assert dialog.upload.isVisibleTo(dialog)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "test of the way to Practice archive" in copied
    assert str(space.desk.home.state) not in copied
    dialog.reject()


def test_it_can_be_stopped_at_once_and_begun_again(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.session.diagnosing import line_steps, run

    held = threading.Event()
    way = line_steps.way

    def slow(bench: Any) -> None:
        while not bench.cancel.wait(0.01):
            if held.is_set():
                break
        way(bench)

    monkeypatch.setattr(line_steps, "way", slow)
    assert run.line_steps.way is slow
    space = driver.window.workspace
    space.desk.settings.set("endpoints", {BIA: "https://depositor-test.invalid/api"})
    archive = space.desk.capabilities(BIA)
    assert archive is not None
    dialog = RouteDialog(driver.window, space, archive)
    dialog.show()
    assert dialog.stop.isVisible()
    assert not dialog.again.isVisible()
    dialog.stop.click()
    driver.until(lambda: dialog.again.isVisible())
    assert dialog.state.head.text() == "Stopped."
    assert not dialog.copy.isEnabled()
    held.set()
    dialog.again.click()
    finished(driver, dialog)
    assert "does not work" in dialog.state.head.text()
    failed = next(r for r in dialog.steps.rows if r.step.state is StepState.FAILED)
    assert any(label.text().startswith("In the network:") for label in failed.findChildren(QLabel))
    dialog.reject()


def test_closing_it_stops_the_test(driver: Driver, bia: Any) -> None:
    space = driver.window.workspace
    archive = space.desk.capabilities(BIA)
    assert archive is not None
    dialog = show_route(driver.window, space, archive)
    assert show_route(driver.window, space, archive) is dialog  # one for each archive
    dialog.reject()
    driver.until(lambda: not driver.window.bridge.busy)


def test_all_of_it_by_keyboard(driver: Driver) -> None:
    space = driver.window.workspace
    archive = space.desk.capabilities("practice")
    assert archive is not None
    dialog = RouteDialog(driver.window, space, archive)
    dialog.show()
    finished(driver, dialog)
    reached = set()
    for _ in range(12):
        focused = dialog.focusWidget()
        reached.add(focused)
        driver.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    wanted = {dialog.steps, dialog.upload, dialog.again, dialog.copy, dialog.save, dialog.network, dialog.close_button}
    assert wanted <= reached
    driver.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_settings_of_a_network_hold_and_the_password_is_no_setting(driver: Driver, tmp_path: Path) -> None:
    desk = driver.window.workspace.desk
    dialog = NetworkDialog(driver.window, driver.window.workspace)
    driver.until(lambda: not driver.window.bridge.busy)
    dialog.proxy.setText("no address")
    dialog.keep.click()
    driver.until(lambda: dialog.trouble.isVisibleTo(dialog))
    dialog.proxy.setText("http://proxy.example.org:3128")
    dialog.user.setText("anna")
    dialog.password.setText("marker-secret")
    dialog.remember.setChecked(False)
    dialog.file.setText(str(tmp_path / "ca.pem"))
    with driver.qtbot.waitSignal(dialog.kept):
        dialog.keep.click()
    assert desk.settings.get("proxy") == "http://proxy.example.org:3128"
    assert desk.settings.get("ca_bundle") == str(tmp_path / "ca.pem")
    assert desk.accounts.proxy_sign_in("proxy.example.org") == ("anna", "marker-secret")
    assert "marker-secret" not in (desk.home.settings / "settings.json").read_text("utf-8")
    again = NetworkDialog(driver.window, driver.window.workspace)
    driver.until(lambda: again.user.text() == "anna")
    again.user.clear()
    with driver.qtbot.waitSignal(again.kept):
        again.keep.click()
    assert desk.accounts.proxy_sign_in("proxy.example.org") is None


@pytest.mark.parametrize("state", list(StepState))
def test_every_state_has_a_picture_and_words(qapp: Any, state: StepState) -> None:
    problem = Problem("x", Side.NETWORK, msg("x", "Broken"), msg("y", "Mend it"))
    row = StepRow(Step("x", msg("n", "A step"), state, msg("t", "Told"), 2.5, problem))
    assert row.accessibleName().startswith("A step: ")
    texts = [label.text() for label in row.findChildren(QLabel)]
    assert ("In the network: Mend it" in texts) is (state is StepState.FAILED)
    assert any("2.5" in t for t in texts)
    row.deleteLater()


@pytest.mark.parametrize(
    ("side", "running", "waits", "offered"),
    [
        (Side.NETWORK, False, False, True),
        (Side.NETWORK, True, True, True),
        (Side.NETWORK, False, True, False),
        (Side.ARCHIVE, False, False, False),
    ],
)
def test_a_sending_that_the_network_stops_offers_the_test(
    side: Side, running: bool, waits: bool, offered: bool
) -> None:
    from types import SimpleNamespace

    from depositor.gui.pages.send import _in_the_way
    from depositor.gui.widgets.ways import ways

    problem = Problem("x", side, msg("x", "Broken"), msg("y", "Mend it"))
    progress = SimpleNamespace(waiting=problem if waits else None)
    ends = {"running": running, "stopping": False, "receipt": None}
    found: Any = SimpleNamespace(problem=None if waits else problem, progress=progress, **ends)
    told = _in_the_way(found)
    assert (told is not None and "diagnose" in ways(told, "practice")) is offered
