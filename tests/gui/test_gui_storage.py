"""Storage of one's own, from the window: its address, its keys, whether it is the right server, and the receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from test_gui_archives import _no_store, dialog, example_for, send_off, to_receipt

from depositor.draft.steps import StepId
from depositor.draft.submission import State

if TYPE_CHECKING:
    from depositor.gui.pages.archive import ArchivePage

TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _servers(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("archives", "transfer"):
        monkeypatch.syspath_prepend(str(TESTS / folder))
    desk = driver.window.workspace.desk
    desk.settings.set("remember_sign_in", False)
    monkeypatch.setattr(desk.accounts, "_find_store", _no_store)


@pytest.fixture
def bucket() -> Iterator[Any]:
    from generic_s3 import ListingS3

    with ListingS3() as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    from sftp_servers import AsyncSsh

    with AsyncSsh(tmp_path / "ssh") as server:
        yield server


def archive_page(driver: Driver, archive: str) -> ArchivePage:
    driver.new_draft(archive)
    driver.window.show_step(StepId.ARCHIVE)
    page: Any = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: page.cards and page._address.isVisible())
    return page


def type_address(driver: Driver, page: ArchivePage, text: str) -> None:
    page._address.line.setFocus()
    page._address.line.selectAll()
    driver.qtbot.keyClicks(page._address.line, text)
    driver.qtbot.keyClick(page._address.line, Qt.Key.Key_Return)


def test_an_address_is_judged_while_it_is_typed_and_kept_once_it_is_whole(driver: Driver) -> None:
    page, settings = archive_page(driver, "s3"), driver.window.workspace.desk.settings
    assert "https://s3.example.org/bucket/folder" in page._address._note.text()
    type_address(driver, page, "s3.example.org/bucket")
    assert "must begin with" in page._address.said.text()
    assert settings.get("endpoints") == {}
    type_address(driver, page, "https://s3.example.org")
    assert "does not name a bucket" in page._address.said.text()
    type_address(driver, page, "https://s3.example.org/bucket")
    driver.until(lambda: settings.get("endpoints") == {"s3": "https://s3.example.org/bucket"})
    assert "can be used" in page._address.said.text()


def test_a_line_that_others_can_read_is_told(driver: Driver) -> None:
    page = archive_page(driver, "ftp")
    type_address(driver, page, "ftp://ftp.example.org/in")
    assert "Nothing is encrypted" in page._address.said.text()


def test_each_protocol_asks_for_what_it_needs(driver: Driver) -> None:
    page = archive_page(driver, "s3")
    assert page._account._user_label.text() == "Access key"
    assert page._account.token.isVisible()
    assert not page._account.key_file.isVisible()
    page.cards["sftp"][0].radio.click()
    driver.until(page._account.key_file.isVisible)
    assert not page._account.token.isVisible()
    assert page._account._secret_label.text() == "Password"
    page._account.key_file.setText("/home/ada/.ssh/id_ed25519")
    assert page._account._secret_label.text() == "Passphrase of the key file"


def test_a_bucket_is_filled_from_the_window(driver: Driver, bucket: Any) -> None:
    from generic_s3 import ACCESS, SECRET, address

    page = archive_page(driver, "s3")
    type_address(driver, page, address(bucket))
    driver.until(lambda: driver.window.workspace.desk.settings.endpoint("s3"))
    panel = page._account
    panel.user.setText(ACCESS)
    panel.secret.setText(SECRET)
    panel.sign_in.click()
    driver.until(lambda: "Signed in" in panel._said.head.text())
    driver.window.workspace.close_draft()
    example_for(driver, "s3")
    send_off(driver)
    to_receipt(driver)
    receipt = driver.now.receipt
    assert receipt.state is State.ACCEPTED
    assert sum(receipt.more["proved"].values()) == receipt.files
    assert receipt.more["proved"]["size"] == 0
    (mark,) = [name for name in bucket.names() if name.endswith("/receipt.json")]
    assert receipt.submission in mark
    driver.until(lambda: "confirmed their checksums" in "\n".join(driver.texts()))
    assert SECRET not in driver.window.workspace.desk.settings.path.read_text("utf-8")


def test_without_an_address_the_first_step_is_open_and_nothing_is_sealed(driver: Driver) -> None:
    from depositor.draft.steps import StepState, steps

    example_for(driver, "webdav")
    review = driver.window.page(StepId.REVIEW)
    review.agree.click()
    driver.settled()
    (archive,) = [s for s in steps(driver.now) if s.id is StepId.ARCHIVE]
    assert archive.state is StepState.PARTLY
    assert not review.main_action().enabled
    assert any("has no address yet" in text for text in driver.texts())
    driver.window.show_step(StepId.ARCHIVE)
    page: Any = driver.window.page(StepId.ARCHIVE)
    type_address(driver, page, "https://cloud.example.org/dav/in")
    driver.until(lambda: next(s for s in steps(driver.now) if s.id is StepId.ARCHIVE).state is StepState.DONE)


def test_what_the_chosen_place_asks_for_is_scrolled_into_view(driver: Driver) -> None:
    driver.new_draft("practice")
    driver.window.show_step(StepId.ARCHIVE)
    page: Any = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: page.cards)
    page.cards["ftp"][0].radio.click()
    driver.until(page._address.isVisible)
    driver.until(lambda: page._address.line.visibleRegion().boundingRect().height() > 0)


def test_an_unknown_server_is_asked_about_and_never_taken_silently(driver: Driver, server: Any) -> None:
    from depositor.gui.widgets.host_key import HostKeyDialog
    from depositor.session import host_keys

    page, store = archive_page(driver, "sftp"), driver.window.workspace.desk.store
    type_address(driver, page, f"sftp://dep@127.0.0.1:{server.port}/in")
    driver.until(lambda: driver.window.workspace.desk.settings.endpoint("sftp"))
    panel = page._account
    panel.user.setText("dep")
    panel.secret.setText("secret")
    panel.sign_in.click()
    asked = dialog(driver, HostKeyDialog)
    assert host_keys.accepted(store) == ()
    assert asked.accept_key.isEnabled()
    asked.accept_key.click()
    driver.until(lambda: "Signed in as dep" in panel._said.head.text())
    (key,) = host_keys.accepted(store)
    assert key.place == f"127.0.0.1:{server.port}"
    server.kill()
    server.new_host_key()
    server.start()
    panel.secret.setText("secret")
    panel.sign_in.click()
    asked = dialog(driver, HostKeyDialog)
    assert not asked.accept_key.isEnabled()
    asked.told.setText("SHA256:" + "A" * 43)
    assert not asked.accept_key.isEnabled()
    asked.told.setText(asked._shown.fingerprint)
    assert asked.accept_key.isEnabled()
    asked.accept_key.click()
    driver.until(lambda: host_keys.accepted(store)[0].pin != key.pin)
