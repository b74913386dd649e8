"""The folders of this computer."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from depositor.draft.problem import NeedsUser
from depositor.session.home import Home, file_system, mounts, on_network

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /home rw shared:2 - nfs4 server:/export/home rw,vers=4.2
41 40 8:2 / /home/local\\040disk rw shared:3 - xfs /dev/sdb1 rw
42 22 0:36 / /mnt rw - autofs systemd-1 rw
43 42 0:37 / /mnt rw - cifs //nas/lab rw
broken line
""".splitlines()


def test_one_folder_for_everything_where_it_is_asked_for(tmp_path: Path) -> None:
    home = Home.find({"DEPOSITOR_HOME": str(tmp_path / "all")}).create()
    folders = (home.state, home.settings, home.cache, home.logs, home.submissions, home.practice)
    assert all(f.is_dir() and f.is_relative_to(tmp_path / "all") for f in folders)
    assert home.database.parent == home.state


def test_the_users_own_folders_otherwise() -> None:
    home = Home.find({})
    assert all("epositor" in f.as_posix() for f in (home.state, home.settings, home.cache))
    assert len({home.state, home.settings, home.cache}) == 3


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_folders_are_for_the_user_alone_even_if_they_were_open_before(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.state.mkdir(mode=0o755)
    home.create()
    for folder in (home.state, home.settings, home.cache, home.logs):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NeedsUser) as error:
        Home.at(tmp_path / "file").create()
    assert error.value.problem.code == "home.no-folder"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home/me/x", "nfs4"),
        ("/homes", "ext4"),
        ("/home/local disk/x", "xfs"),
        ("/mnt/lab", "cifs"),
    ],
)
def test_the_deepest_and_latest_mount_counts(path: str, kind: str) -> None:
    assert file_system(Path(path), mounts(MOUNTS)) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="asks the running system")
def test_this_system_answers(tmp_path: Path) -> None:
    assert on_network(Path("/proc/self")) is False
    assert on_network(tmp_path / "not there yet") in (True, False)
