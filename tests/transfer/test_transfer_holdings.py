"""What real servers hold, listed; small marks put, read and removed; the same promises for FTP, SFTP and WebDAV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nextcloud_server import NextcloudServer
from sftp_servers import OpenSsh
from transfer_servers import FtpServer
from webdav_servers import Apache

from depositor.draft.problem import Refused
from depositor.transfer.ftp import holdings as ftp_holdings
from depositor.transfer.ftp.carrier import FtpPlace
from depositor.transfer.ftp.holdings import FtpHoldings
from depositor.transfer.holdings import Holdings
from depositor.transfer.net.web import Timeouts
from depositor.transfer.sftp.holdings import SftpHoldings
from depositor.transfer.webdav.holdings import WebdavHoldings

SHORT = Timeouts(connect=5, idle=5)
Served = tuple[Path, Callable[[], Holdings]]


def ftp(server: FtpServer) -> FtpHoldings:
    return FtpHoldings(FtpPlace("127.0.0.1", server.port, "dep", "secret"), SHORT)


@pytest.fixture(params=["ftp", "ftp by LIST", "sftp", "webdav"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """The folder behind the server, and a way to it."""
    if request.param.startswith("ftp"):
        forbid = frozenset({"FEAT", "MLSD"}) if "LIST" in request.param else frozenset()
        with FtpServer(tmp_path / "ftp", forbid=forbid) as server:
            yield server.folder, lambda: ftp(server)
    elif request.param == "sftp":
        with OpenSsh(tmp_path / "ssh") as ssh:
            yield ssh.folder, lambda: SftpHoldings(ssh.place(), SHORT)
    else:
        with Apache() as dav:
            yield dav.folder, lambda: WebdavHoldings(dav.place(), SHORT)


def fill(folder: Path) -> dict[str, int]:
    sizes = {"dep/a.tif": 5, "dep/sub folder/ä é.dcm": 70_000, "dep/sub folder/deep/0.dcm": 0, "other/b": 1}
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        for above in path.relative_to(folder).parents:
            (folder / above).chmod(0o777)  # the server may run as somebody else
    return sizes


def test_all_that_is_below_a_prefix_is_listed(served: Served) -> None:
    folder, make = served
    sizes = fill(folder)
    holdings = make()
    everything = {held.name: held.size for held in holdings.listing()}
    assert everything == sizes
    below = {held.name: held.size for held in holdings.listing("dep/")}
    assert below == {name: size for name, size in sizes.items() if name.startswith("dep/")}
    assert list(holdings.listing("nothing")) == []
    holdings.close()
    holdings.close()


def test_a_small_file_is_put_read_replaced_and_removed(served: Served) -> None:
    folder, make = served
    holdings = make()
    assert holdings.get_small("dep/mark.json") is None
    holdings.put_small("dep/mark.json", b"{}")
    assert (folder / "dep" / "mark.json").read_bytes() == b"{}"
    holdings.put_small("dep/mark.json", b'{"more": 1}')
    assert holdings.get_small("dep/mark.json") == b'{"more": 1}'
    assert [path.name for path in (folder / "dep").iterdir()] == ["mark.json"]
    holdings.remove("dep/mark.json")
    assert holdings.get_small("dep/mark.json") is None
    holdings.close()


def test_a_prefix_is_removed_and_nothing_beside_it(served: Served) -> None:
    folder, make = served
    fill(folder)
    holdings = make()
    holdings.remove("dep")
    holdings.remove("dep")
    assert [held.name for held in holdings.listing()] == ["other/b"]
    assert not (folder / "dep").exists()
    for whole in ("", "/", "a/../.."):
        with pytest.raises(ValueError, match="prefix"):
            holdings.remove(whole)
    holdings.close()


def test_nextcloud_takes_no_part_files_and_still_gets_its_mark() -> None:
    with NextcloudServer() as server:
        holdings = WebdavHoldings(server.place(), SHORT)
        holdings.put_small("mark.json", b"{}")
        assert holdings.get_small("mark.json") == b"{}"
        assert [held.name for held in holdings.listing()] == ["mark.json"]
        holdings.close()


def test_a_folder_that_may_not_be_listed_is_not_an_empty_one(tmp_path: Path) -> None:
    with FtpServer(tmp_path / "ftp", forbid=frozenset({"MLSD", "LIST"})) as server:
        fill(server.folder)
        holdings = ftp(server)
        with pytest.raises(Refused) as caught:
            list(holdings.listing("dep"))
        assert caught.value.problem.code == "archive.no-listing"
        assert list(holdings.listing("nothing")) == []
        holdings.close()


@pytest.mark.parametrize(
    ("line", "name", "size"),
    [
        ("-rw-r--r--   1 dep  group     1234 Nov 21 12:00 a b.tif", "a b.tif", 1234),
        ("-rw-r--r--+  1 dep  domain$u  5000000000 Nov 21  2025  leading", " leading", 5_000_000_000),
        ("drwxr-xr-x   2 dep  group     4096 Nov 21 12:00 sub", "sub", None),
        ("11-21-26  09:53PM       <DIR>          sub dir", "sub dir", None),
        ("11-21-2026  09:53PM             70000 a b.dcm", "a b.dcm", 70000),
    ],
)
def test_lines_of_listings(line: str, name: str, size: Any) -> None:
    assert ftp_holdings._list_line(line) == ftp_holdings.Entry(name, size)


@pytest.mark.parametrize(
    "line", ["total 5", "lrwxrwxrwx 1 a b 5 Nov 21 12:00 x -> y", "", "drwxr-xr-x 2 a b 5 Nov 21 12:00 .."]
)
def test_lines_that_tell_of_no_file(line: str) -> None:
    assert ftp_holdings._list_line(line) is None
