"""Archives with an account and packages, from the window: the BioImage Archive's stand-in, and a chosen folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gui_driving import Driver

from depositor.draft.finding import Choice
from depositor.draft.message import msg
from depositor.draft.steps import StepId, obstacles
from depositor.session.clock import today
from depositor.session.desk import with_archive

if TYPE_CHECKING:
    from depositor.gui.pages.send import SendPage

ARCHIVES = Path(__file__).parents[1] / "archives"


@pytest.fixture
def bia(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in, as the address of the archive for this desk; the key store is not touched."""
    monkeypatch.syspath_prepend(str(ARCHIVES))
    from bia_standin import StandIn

    folder = tmp_path / "archive"
    folder.mkdir()
    desk = driver.window.workspace.desk
    with StandIn(folder) as standin:
        desk.settings.set("endpoints", {"bioimage-archive": standin.url})
        desk.settings.set("remember_sign_in", False)
        monkeypatch.setattr(desk.accounts, "_find_store", _no_store)
        yield standin


def _no_store() -> Any:
    from depositor.session.accounts import Unusable

    raise Unusable


def example_for(driver: Driver, archive: str) -> None:
    """The example, described for another archive, ready to be sealed."""
    driver.window.home.try_example()
    driver.until(lambda: driver.window.workspace.situation and driver.now.inventory.complete)
    driver.settled()
    work = driver.window.workspace.work
    work.update(msg("change.archive", "Choice of archive"), lambda draft: with_archive(draft, archive))
    soon = (today() + dt.timedelta(days=30)).isoformat()
    work.update(msg("change.release", "Release date"), lambda draft: replace(draft, release_date=soon))
    driver.settled()
    driver.check_privacy()
    driver.decide_all(Choice.EXCLUDE)
    driver.window.show_step(StepId.REVIEW)
    driver.settled()
    assert not obstacles(driver.now), [f.message.text for f in obstacles(driver.now)]


def send_off(driver: Driver) -> SendPage:
    review = driver.window.page(StepId.REVIEW)
    review.agree.click()
    driver.settled()
    review.seal()
    driver.until(lambda: driver.window.current is StepId.SEND)
    page: Any = driver.window.page(StepId.SEND)
    return page


def to_receipt(driver: Driver) -> None:
    driver.until(lambda: driver.window.current is StepId.RECEIPT)
    driver.until(lambda: driver.now.receipt is not None)
    driver.settled()


def dialog(driver: Driver, kind: type) -> Any:
    driver.until(lambda: any(d.isVisible() for d in driver.window.findChildren(kind)))
    return next(d for d in driver.window.findChildren(kind) if d.isVisible())


def test_a_package_is_written_where_the_person_chose(driver: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    driver.new_draft("package")
    archive = driver.window.page(StepId.ARCHIVE)
    driver.window.show_step(StepId.ARCHIVE)
    driver.until(lambda: archive.cards)
    archive._folder.take(folder)
    driver.until(lambda: archive._folder._path.text() == str(folder))
    driver.window.workspace.close_draft()
    example_for(driver, "package")
    send_off(driver)
    to_receipt(driver)
    (bag,) = [p for p in folder.iterdir() if p.is_dir()]
    assert (bag / "data").is_dir()
    assert sum(p.is_file() for p in (bag / "data").rglob("*")) >= driver.now.receipt.files


def test_the_sign_in_is_asked_for_when_the_archive_wants_it_and_the_sending_goes_on(driver: Driver, bia: Any) -> None:
    from bia_standin import PASSWORD, USER

    from depositor.gui.widgets.sign_in import SignInAgain

    example_for(driver, "bioimage-archive")
    page = send_off(driver)
    asked = dialog(driver, SignInAgain)
    asked.panel.user.setText(USER)
    asked.panel.secret.setText("wrong")
    asked.panel.sign_in.click()
    driver.until(asked.panel.sign_in.isEnabled)
    assert asked.isVisible()
    assert page.transfer is not None
    assert not page.transfer.running
    asked.panel.secret.setText(PASSWORD)
    asked.panel.sign_in.click()
    to_receipt(driver)
    assert driver.now.receipt.accession
    saved = driver.window.workspace.desk.settings.path.read_text("utf-8")
    assert PASSWORD not in saved
    assert "endpoints" in json.loads(saved)


def test_a_large_deposit_asks_for_the_ftp_password_again_until_it_is_right(
    driver: Driver, bia: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bia_standin import PASSWORD, USER

    from depositor.archives.bioimage_archive import adapter
    from depositor.archives.ports import Credentials
    from depositor.gui.widgets.sign_in import BulkPassword

    monkeypatch.setattr(adapter, "HTTP_MOST_TOTAL", 1)
    right, accounts = bia.serve_ftp(), driver.window.workspace.desk.accounts
    accounts.remember("bioimage-archive", Credentials(USER, PASSWORD), for_session_only=True)
    example_for(driver, "bioimage-archive")
    send_off(driver)
    asked = dialog(driver, BulkPassword)
    assert not asked.go.isEnabled()
    asked.secret.setText(right.replace("bulk%20pass", "wrong"))
    asked.go.click()
    driver.until(lambda: not asked.isVisible() if _alive(asked) else True)
    again = dialog(driver, BulkPassword)
    again.secret.setText(right)
    again.go.click()
    to_receipt(driver)
    assert bia.asked("POST", "/files/user/upload") == 0
    known = accounts.credentials("bioimage-archive")
    assert (known.user, known.password) == (USER, PASSWORD)


def _alive(widget: Any) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(widget))
