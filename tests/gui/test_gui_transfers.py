"""The page of all transfers, the strip, the question at the end, and what is told to people who look elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSystemTrayIcon
from test_gui_send import ready_to_seal

from depositor.draft.message import Message
from depositor.draft.problem import Problem, Side
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.diagnose.dialog import RouteDialog
from depositor.gui.diagnose.network import NetworkDialog
from depositor.gui.leaving import SETTING, Leave, LeaveDialog
from depositor.gui.transfers_page.page import TransfersPage
from depositor.gui.transfers_page.past import Past
from depositor.gui.widgets.host_key import HostKeyDialog
from depositor.gui.widgets.ways import ways
from depositor.session.desk import Desk
from depositor.session.sending.transfers import Stand

ROWS = 3000


def many(desk: Desk, rows: int = ROWS) -> str:
    """A paused submission of many files: each tenth failed, the first half is there."""
    from depositor.transfer.problems import file_changed

    why = json.dumps(file_changed("x").as_stored())
    title = json.dumps({"metadata": {"study": {"title": "Many files"}}})
    with desk.store.transaction() as db:
        db.execute(
            "INSERT INTO submission (id, draft_id, archive, endpoint, revision, sealed_at, document, stage, folder, "
            "files, bytes, paused) VALUES ('many','d','practice','',1,'2026-11-21T10:00:00Z',?,'sending','',?,?,1)",
            (title, rows, rows * 20),
        )
        for n in range(1, rows + 1):
            state = "failed" if n % 10 == 0 else "verified" if n <= rows // 2 else "waiting"
            name = f"plate/Zelle_{n:05}.tif"
            db.execute(
                "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, "
                "state, problem) VALUES ('many',?,?,?,?,20,1,1,'data',?,?)",
                (n, f"/x/{name}", name, name, state, why if state == "failed" else None),
            )
    return "many"


def sealed(driver: Driver, *, slow: int = 0) -> str:
    """The example, sealed; ``slow``: kB per second."""
    ready_to_seal(driver)
    driver.window.workspace.desk.settings.set("speed_limit", slow)
    return str(driver.window.workspace.work.seal().id)


def page_of(driver: Driver) -> TransfersPage:
    driver.window.show_transfers()
    found = driver.window.all_transfers
    assert found is not None
    return found


def sending(driver: Driver, submission_id: str) -> None:
    transfers = driver.window.transfers
    transfers.start(submission_id)
    driver.until(lambda: transfers.known(submission_id) and transfers.known(submission_id).progress.bytes_done)


def test_an_empty_page_says_so_and_leads_back(driver: Driver) -> None:
    driver.new_draft()
    driver.window.show_step(StepId.ARCHIVE)
    page = page_of(driver)
    driver.until(lambda: "Nothing was sent yet" in driver.texts())
    assert driver.window.isVisible()
    page.close_button.click()
    assert driver.window.current is StepId.ARCHIVE


def test_a_transfer_is_paused_gone_on_with_and_done(driver: Driver) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    page = page_of(driver)
    driver.until(lambda: page._cards.get(made) and page._cards[made].found.stand is Stand.SENDING)
    card = page._cards[made]
    assert card.head.text() == "2 of 4: sending the files"
    assert "1 transfer is running" in page._summary.text()
    card.toggle.click()
    driver.until(lambda: page._cards[made].found.stand is Stand.PAUSED and not driver.window.transfers.running)
    assert card.head.text() == "Paused"
    assert page._cards[made] is card, "a card stays while its group changes"
    driver.window.workspace.desk.settings.set("speed_limit", 0)
    card.toggle.click()
    driver.until(lambda: page._cards[made].found.stand is Stand.ACCEPTED)
    driver.until(lambda: any("Done (1)" in text for text in driver.texts()))
    assert card.head.text() == "There, and public"


def test_all_rest_and_go_on(driver: Driver) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    page = page_of(driver)
    page.pause_all.click()
    driver.until(lambda: page._cards.get(made) and page._cards[made].found.stand is Stand.RESTING)
    driver.until(lambda: page.pause_all.text() == "&Go on with all")
    assert driver.window.workspace.desk.conductor.paused_all
    page.pause_all.click()
    driver.until(lambda: page._cards[made].found.stand is Stand.SENDING)


def test_preferred_transfers_keep_it(driver: Driver) -> None:
    submission_id = many(driver.window.workspace.desk)
    driver.window.transfers.prefer(submission_id, 1)
    driver.until(lambda: driver.window.workspace.desk.conductor.priority(submission_id) == 1)


# --- the files -------------------------------------------------------------------------------------------------------


def details_of_many(driver: Driver) -> TransfersPage:
    submission_id = many(driver.window.workspace.desk)
    driver.window.show_transfers(submission_id)
    page = driver.window.all_transfers
    assert page is not None
    driver.until(lambda: page.details.files.model.rowCount() == ROWS)
    return page


def test_the_files_are_paged_filtered_and_searched(driver: Driver) -> None:
    pane = details_of_many(driver).details.files
    model = pane.model
    pane.table.scrollToBottom()
    driver.until(lambda: model.index(ROWS - 2, 0).data() == f"plate/Zelle_{ROWS - 1:05}.tif")
    assert model.index(ROWS - 2, 2).data() == "waiting"
    pane.filter.setCurrentIndex(1)
    driver.until(lambda: model.rowCount() == ROWS // 10)
    assert "The file has changed" in model.index(0, 4).data()
    assert pane.filter.itemText(1) == "Failed (300)"
    pane.search.setText("ZELLE_0001")
    driver.until(lambda: not pane.looking and model.rowCount() == 1)
    assert pane.told.text() == "1 file found"
    pane.filter.setCurrentIndex(0)
    driver.until(lambda: model.rowCount() == 10)


def test_what_changes_meanwhile_is_seen_without_losing_the_place(driver: Driver) -> None:
    page = details_of_many(driver)
    pane, desk = page.details.files, driver.window.workspace.desk
    pane.filter.setCurrentIndex(2)
    driver.until(lambda: pane.model.rowCount() == ROWS // 2 - ROWS // 20)
    pane.table.selectRow(5)
    with desk.store.transaction() as db:
        db.execute("UPDATE submission_file SET state='verified', proof='digest' WHERE state='waiting' AND seq>2000")
    pane._counted = 0.0
    pane.renew()
    driver.until(lambda: pane.model.rowCount() == 450)
    assert [index.row() for index in pane.table.selectionModel().selectedRows()] == [5]


def test_live_rows_show_how_far_they_are(driver: Driver) -> None:
    pane = details_of_many(driver).details.files
    pane.set_moving({1: 5, 2: 20, ROWS: 1})
    assert pane.model.index(0, 2).data() == "sent and proved"
    pane.filter.setCurrentIndex(2)
    driver.until(lambda: pane.model.row(0) is not None and pane.model.row(0).value.state == "waiting")
    first = pane.model.row(0).value.seq
    pane.set_moving({first: 5})
    assert pane.model.index(0, 2).data() == "being sent, 25%"
    pane.set_moving(None)
    assert pane.model.index(0, 2).data() == "waiting"


def test_rows_are_copied_with_the_keyboard(driver: Driver) -> None:
    pane = details_of_many(driver).details.files
    pane.filter.setCurrentIndex(1)
    driver.until(lambda: pane.model.rowCount() == 300)
    pane.table.setFocus()
    pane.table.selectAll()
    QGuiApplication.clipboard().clear()
    QTest.keyClick(pane.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: QGuiApplication.clipboard().text().count("\n") == 299)
    assert QGuiApplication.clipboard().text().startswith("plate/Zelle_00010.tif\t20\tfailed")


def test_a_report_for_the_help_desk_names_no_file(driver: Driver) -> None:
    pane = details_of_many(driver).details.files
    driver.until(lambda: pane._buttons["report"].isEnabled())
    pane._buttons["report"].click()
    driver.until(lambda: "failed files: 300" in QGuiApplication.clipboard().text())
    assert "Zelle" not in QGuiApplication.clipboard().text()


def with_a_changed_file(driver: Driver) -> tuple[str, Path]:
    made = sealed(driver)
    files = [file for file, _ in driver.window.workspace.desk.deposit(made).files()]
    victim = Path(next(f.source for f in files if f.name.endswith("greenZstack.tif")))
    with driver.window.workspace.desk.store.transaction() as db:
        db.execute("UPDATE submission_file SET mtime_ns=mtime_ns-1 WHERE source=?", (str(victim),))
    driver.window.transfers.start(made)
    driver.until(lambda: driver.window.transfers.known(made) and driver.window.transfers.known(made).problem)
    driver.until(lambda: not driver.window.bridge.busy)
    driver.window.show_transfers(made)
    page = driver.window.all_transfers
    assert page is not None
    driver.until(lambda: page.details.found and page.details.found.stand is Stand.FAILED_FILES)
    driver.until(lambda: page.details.files.model.rowCount() == 1)
    page.details.files.table.selectRow(0)
    return made, victim


@pytest.mark.parametrize("what", ["replace", "skip"])
def test_failed_files_are_settled_and_the_rest_goes_on(
    driver: Driver, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = with_a_changed_file(driver)
    asked: list[str] = []
    monkeypatch.setattr(dialogs, "ask", lambda _parent, title, *_: bool(asked.append(title)) or True)
    page = driver.window.all_transfers
    assert page is not None
    page.details.files._buttons[what].click()
    driver.until(lambda: driver.window.transfers.known(made).receipt is not None)
    receipt = driver.window.transfers.known(made).receipt
    assert asked == [{"replace": "Take 1 file as it is now?", "skip": "Leave 1 file out?"}[what]]
    assert [p.code for p in receipt.problems] == ([] if what == "replace" else ["deposit.left-out"])


def test_settling_waits_for_a_running_transfer_and_starts_it_again(driver: Driver) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    seen: list[bool] = []
    run = driver.window.transfers.known(made).run
    driver.window.transfers.settle(made, lambda _: seen.append(run.running), lambda _: None)
    driver.until(lambda: seen and driver.window.transfers.known(made).running)
    assert seen == [False]
    assert not driver.window.workspace.desk.submission(made).paused


def stopped_at(desk: Desk, problem: Problem) -> None:
    """A submission that stands still because of ``problem``."""
    many(desk)
    with desk.store.transaction() as db:
        sql = "UPDATE submission SET paused=0, problem=?, endpoint='sftp://me@files.example.org/in'"
        db.execute(sql, (json.dumps(problem.as_stored()),))
        db.execute("UPDATE submission_file SET state='waiting' WHERE state='failed'")


def key_asked_about(driver: Driver) -> HostKeyDialog:
    page = page_of(driver)
    driver.until(lambda: "many" in page._cards)
    assert page._cards["many"].toggle.text() == "Look at its key …"
    page._cards["many"].toggle.click()
    driver.until(lambda: [d for d in driver.window.findChildren(HostKeyDialog) if d.isVisible()])
    return driver.window.findChildren(HostKeyDialog)[-1]


def test_the_key_of_a_server_is_looked_at_before_it_is_accepted(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.transfer.sftp.problems import host_key_unknown

    desk, fingerprint = driver.window.workspace.desk, "SHA256:" + "a" * 43
    stopped_at(desk, host_key_unknown("files.example.org", "ssh-ed25519", fingerprint))
    started: list[str] = []
    monkeypatch.setattr(driver.window.transfers, "start", started.append)
    asked = key_asked_about(driver)
    assert any(fingerprint in label.text() for label in asked.findChildren(QLabel))
    asked.accept_key.click()
    driver.until(lambda: started == ["many"])
    kept = desk.store.connection().execute("SELECT place, pin FROM host_key").fetchone()
    assert tuple(kept) == ("files.example.org:22", f"ssh-ed25519 {fingerprint}")


def test_a_key_that_changed_is_not_accepted_by_a_click_alone(driver: Driver) -> None:
    from depositor.transfer.sftp.problems import host_key_changed

    desk, fingerprint = driver.window.workspace.desk, "SHA256:" + "b" * 43
    stopped_at(desk, host_key_changed("files.example.org", "ssh-ed25519", fingerprint))
    asked = key_asked_about(driver)
    assert not asked.accept_key.isEnabled()
    asked.told.setText(fingerprint)
    assert asked.accept_key.isEnabled()


# --- ways out --------------------------------------------------------------------------------------------------------


def test_a_problem_is_shown_with_what_helps_against_it(driver: Driver) -> None:
    from depositor.transfer.http.problems import proxy_sign_in

    stopped_at(driver.window.workspace.desk, proxy_sign_in("proxy.example.org:3128"))
    page = page_of(driver)
    driver.until(lambda: "many" in page._cards)
    ways = page._cards["many"].ways
    driver.until(ways.isVisible)
    assert [w for w, b in ways.buttons.items() if b.isVisible()] == ["proxy-sign-in", "diagnose"]
    ways.buttons["diagnose"].click()
    driver.until(lambda: [d for d in driver.window.findChildren(RouteDialog) if d.isVisible()])
    driver.window.findChildren(RouteDialog)[-1].close()
    ways.buttons["proxy-sign-in"].click()
    driver.until(lambda: [d for d in driver.window.findChildren(NetworkDialog) if d.isVisible()])
    driver.window.findChildren(NetworkDialog)[-1].close()


def test_what_rests_for_all_goes_on_from_the_place_that_says_so(driver: Driver) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    page = page_of(driver)
    page.pause_all.click()
    driver.until(lambda: page._cards.get(made) and page._cards[made].found.stand is Stand.RESTING)
    driver.until(page._cards[made].ways.buttons["resume-all"].isVisible)
    page._cards[made].ways.buttons["resume-all"].click()
    driver.until(lambda: not driver.window.workspace.desk.conductor.paused_all)
    driver.until(lambda: page._cards[made].found.stand is Stand.SENDING)
    assert not page._cards[made].ways.isVisible()


@pytest.mark.parametrize(
    ("side", "actions", "archive", "expected"),
    [
        (Side.NETWORK, (), "practice", ("diagnose",)),
        (Side.NETWORK, (), "", ()),
        (Side.COMPUTER, ("settings",), "practice", ("settings",)),
        (Side.PROGRAM, ("copy-report", "retry"), "practice", ("copy-report",)),
        (Side.ARCHIVE, ("accept-host-key", "retry"), "practice", ()),
    ],
)
def test_what_helps_follows_from_the_problem(
    side: Side, actions: tuple[str, ...], archive: str, expected: tuple[str, ...]
) -> None:
    assert ways(Problem("x", side, Message("x", "x"), Message("x", "x"), actions=actions), archive) == expected


# --- strip, title, keys ----------------------------------------------------------------------------------------------


def test_the_strip_sums_up_and_opens_the_page(driver: Driver) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    strip = driver.window.strip
    button = strip._rows[0]._open
    driver.until(lambda: "1 transfer is running" in button.text())
    driver.until(lambda: driver.window.windowTitle()[0].isdigit())
    button.click()
    assert driver.window.stack.currentWidget() is driver.window.all_transfers
    driver.window.transfers.pause(made)
    driver.until(lambda: not driver.window.transfers.running)
    assert not strip._rows[0].isVisible()
    assert not driver.window.windowTitle()[0].isdigit()


def test_the_page_is_reached_and_used_by_keyboard(driver: Driver) -> None:
    many(driver.window.workspace.desk)
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow)
    QTest.keyClick(driver.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    page = driver.window.all_transfers
    assert page is not None
    driver.until(lambda: "many" in page._cards and page._cards["many"].more.isVisible())
    page.first_control().setFocus()
    driver.tab_to(lambda w: w is page._cards["many"].more)
    driver.press(Qt.Key.Key_Space)
    driver.until(lambda: page.details.files.model.rowCount() == ROWS)
    assert QApplication.focusWidget() is page.details.back
    driver.tab_to(lambda w: w is page.details.files.table)
    driver.press(Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: page.details.files.table.currentIndex().row() == ROWS - 1)


# --- the end of the window -------------------------------------------------------------------------------------------


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[LeaveDialog], object]) -> list[LeaveDialog]:
    asked: list[LeaveDialog] = []

    def exec_(dialog: LeaveDialog) -> int:
        asked.append(dialog)
        answer(dialog)
        return 0

    monkeypatch.setattr(LeaveDialog, "exec", exec_)
    return asked


def test_closing_asks_and_staying_keeps_sending(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    asked = answering(monkeypatch, lambda dialog: dialog.stay.click())
    driver.window.close()
    assert driver.window.isVisible()
    assert driver.window.transfers.running
    assert not asked[0].background.isVisibleTo(asked[0]), "offscreen has no tray"


def test_pausing_is_remembered_if_wished(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    asked = answering(monkeypatch, lambda dialog: (dialog.remember.setChecked(True), dialog.pause.click()))
    assert driver.window.leaving.may_close()
    assert driver.window.leaving.may_close()
    assert len(asked) == 1
    assert driver.window.workspace.desk.settings.get(SETTING) == Leave.PAUSE


def test_in_the_background_the_window_is_gone_and_sending_goes_on(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    asked = answering(monkeypatch, lambda dialog: dialog.background.click())
    driver.window.close()
    assert asked[0].background.isVisibleTo(asked[0])
    assert not driver.window.isVisible()
    assert driver.window.transfers.running
    driver.window.answer_call([])
    assert driver.window.isVisible()
    assert QApplication.quitOnLastWindowClosed()


def test_nobody_is_asked_at_a_log_out(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sealed(driver, slow=20)
    sending(driver, made)
    asked = answering(monkeypatch, lambda dialog: None)
    driver.window.leaving._log_out(None)  # type: ignore[arg-type]
    driver.until(lambda: not driver.window.transfers.running)
    driver.window.close()
    assert not asked
    assert not driver.window.workspace.desk.submission(made).paused, "the next start goes on"


def test_notices_come_for_what_matters_and_can_be_switched_off(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _, title, text, kind: told.append((title, text)))
    monkeypatch.setattr(type(driver.window), "isActiveWindow", lambda _: False)
    made = sealed(driver)
    driver.window.transfers.start(made)
    driver.until(lambda: driver.window.transfers.known(made) and driver.window.transfers.known(made).receipt)
    assert [text for _, text in told] == ["There, and public"]
    driver.window.workspace.desk.settings.set("notifications", False)
    driver.window.notices._ended(made)
    assert len(told) == 1


# --- rules -----------------------------------------------------------------------------------------------------------


def test_the_curve_since_the_start_stays_small() -> None:
    past = Past()
    for second in range(5000):
        past.add(float(second), second * 1000)
    assert 100 < len(past.speeds()) <= 240
    assert all(abs(speed - 1000) < 1 for speed in past.speeds())


def test_a_pause_leaves_no_dent_in_the_curve() -> None:
    past = Past()
    for second in (*range(10), *range(3600, 3610)):
        past.add(float(second), min(second, 10) * 1000 + max(0, second - 3600) * 1000)
    assert min(past.speeds()) > 900
