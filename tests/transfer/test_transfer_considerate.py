"""Hours, metered lines, stepping aside."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from depositor.transfer.manners import low_priority, metered
from depositor.transfer.manners.hours import Timetable
from depositor.transfer.manners.low_priority import Reach, StepAside

BERLIN, AUCKLAND, AZORES = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland"), ZoneInfo("Atlantic/Azores")
NIGHTS = Timetable(19, 7)
NIGHTS_AND_WEEKENDS = Timetable(19, 7, weekends=True)


def at(text: str, zone: ZoneInfo = BERLIN) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


# --- hours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "when", "covered"),
    [
        (NIGHTS, "2026-11-19T18:59", False),  # a Thursday
        (NIGHTS, "2026-11-19T19:00", True),
        (NIGHTS, "2026-11-20T00:00", True),
        (NIGHTS, "2026-11-20T06:59", True),
        (NIGHTS, "2026-11-20T07:00", False),
        (NIGHTS, "2026-11-21T12:00", False),  # a Saturday
        (NIGHTS_AND_WEEKENDS, "2026-11-21T12:00", True),
        (NIGHTS_AND_WEEKENDS, "2026-11-22T23:59", True),
        (NIGHTS_AND_WEEKENDS, "2026-11-23T07:00", False),
        (Timetable(9, 17), "2026-11-19T09:00", True),
        (Timetable(9, 17), "2026-11-19T17:00", False),
        (Timetable(5, 5), "2026-11-19T12:00", True),  # all day
        (Timetable(0, 7), "2026-11-19T00:00", True),
        (Timetable(0, 7), "2026-11-19T23:59", False),
    ],
)
def test_when_sending_is_welcome(table: Timetable, when: str, covered: bool) -> None:
    assert table.covers(at(when)) is covered
    assert (table.next_start(at(when), BERLIN) is None) is covered


@pytest.mark.parametrize(
    ("table", "when", "start"),
    [
        (NIGHTS, "2026-11-19T12:00", "2026-11-19T19:00"),
        (NIGHTS, "2026-11-21T12:00", "2026-11-21T19:00"),
        (NIGHTS_AND_WEEKENDS, "2026-11-20T12:00", "2026-11-20T19:00"),
        (Timetable(3, 5), "2026-11-19T12:00", "2026-11-20T03:00"),
        (Timetable(3, 5, weekends=True), "2026-11-20T12:00", "2026-11-21T00:00"),
        (Timetable(3, 5), "2026-12-31T23:30", "2027-01-01T03:00"),
    ],
)
def test_the_next_start(table: Timetable, when: str, start: str) -> None:
    assert table.next_start(at(when), BERLIN) == at(start)


def test_a_night_is_as_long_as_clocks_make_it() -> None:
    """In the night to 2026-03-29 the clocks of Berlin skip an hour; to 2026-10-25 they have one twice."""
    table = Timetable(6, 7)
    for day, hours in (("2026-03-28", 10), ("2026-10-24", 12), ("2026-11-19", 11)):
        when = at(f"{day}T19:00")
        start = table.next_start(when, BERLIN)
        assert start is not None
        assert start.astimezone(dt.UTC) - when.astimezone(dt.UTC) == dt.timedelta(hours=hours)


def test_an_hour_that_clocks_skip_begins_right_after() -> None:
    """On 2026-03-29 Berlin has no 02:00; the Azores have no 00:00."""
    start = Timetable(2, 4).next_start(at("2026-03-28T12:00"), BERLIN)
    assert start is not None
    assert start.isoformat() == "2026-03-29T03:00:00+02:00"
    start = Timetable(0, 4).next_start(at("2026-03-28T12:00", AZORES), AZORES)
    assert start is not None
    assert start.isoformat() == "2026-03-29T01:00:00+00:00"
    assert Timetable(0, 4).covers(start)


def test_the_hours_are_those_of_the_place() -> None:
    when = dt.datetime(2026, 11, 19, 7, 30, tzinfo=dt.UTC)  # 20:30 in Auckland, 08:30 in Berlin
    assert NIGHTS.next_start(when, AUCKLAND) is None
    assert NIGHTS.next_start(when, BERLIN) == at("2026-11-19T19:00")


def test_without_a_zone_it_is_the_one_of_this_computer() -> None:
    noon = dt.datetime.now().astimezone().replace(hour=12, minute=0)
    start = Timetable(13, 14).next_start(noon.astimezone(dt.UTC))
    assert start is not None
    assert start.astimezone().hour == 13


# --- metered lines --------------------------------------------------------------------------------------------------


SERVICE = """
import sys
from jeepney import DBusAddress, MessageType, new_method_return, message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection("SYSTEM")
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.NetworkManager"))
print("there", flush=True)
while True:
    message = bus.receive()
    if message.header.message_type is MessageType.method_call:
        bus.send(new_method_return(message, "v", (("u", int(sys.argv[1])),)))
"""


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A message bus of this test alone, in place of the system's."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("there is no message bus here")
    address = f"unix:path={tmp_path}/bus"
    line = ["dbus-daemon", "--session", "--nofork", f"--address={address}", "--print-address=1"]
    daemon = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert daemon.stdout is not None
    assert daemon.stdout.readline()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    yield
    daemon.terminate()
    daemon.wait(10)
    daemon.stdout.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="NetworkManager is of Linux")
@pytest.mark.parametrize(("told", "meaning"), [(0, None), (1, True), (2, False), (3, True), (4, False), (99, None)])
def test_what_the_network_manager_says(bus: None, told: int, meaning: bool | None) -> None:
    line = [sys.executable, "-c", SERVICE, str(told)]
    service = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    try:
        assert service.stdout.readline().strip() == "there"
        assert metered.metered() is meaning
    finally:
        service.terminate()
        service.wait(10)
        service.stdout.close()


def test_where_nobody_answers_nobody_knows(bus: None) -> None:
    assert metered.metered() is None


def test_without_a_bus_nobody_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert metered.metered() is None


# --- stepping aside -------------------------------------------------------------------------------------------------


def told_in_a_thread(*wishes: bool) -> list[tuple[Reach, int, int]]:
    """(what was agreed to, disk class, processor priority) of one thread after each wish."""
    import psutil

    aside, seen = StepAside(), []

    def work() -> None:
        for wish in wishes:
            aside.wanted = wish
            aside()
            me = threading.get_native_id()
            seen.append((aside.reach, int(psutil.Process(me).ionice().ioclass), os.getpriority(os.PRIO_PROCESS, me)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    return seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks where Linux keeps it")
def test_a_thread_steps_aside_alone_and_comes_back() -> None:
    import psutil

    usual = int(psutil.Process(threading.get_native_id()).ionice().ioclass)
    (_, calm, _), (reach, low, nice), (after, back, _) = told_in_a_thread(False, True, False)
    assert reach is Reach.FULL
    assert (low, nice) == (int(psutil.IOPRIO_CLASS_IDLE), 10)
    assert after is Reach.NONE
    assert calm == back == usual
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == 0  # this thread is as it was


def test_a_system_that_refuses_is_told_honestly(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*, low: bool) -> bool:
        raise PermissionError

    monkeypatch.setattr(low_priority, "_linux_disk", refuse)
    monkeypatch.setattr(low_priority, "_SYSTEM", "linux")
    monkeypatch.setattr(os, "setpriority", lambda *_: None, raising=False)
    aside = StepAside(wanted=True)
    aside()
    assert aside.reach is Reach.PROCESSOR
    monkeypatch.setattr(low_priority, "_SYSTEM", "beos")
    aside = StepAside(wanted=True)
    aside()
    assert aside.reach is Reach.NONE
