"""radosgw, the S3 gateway of Ceph, on a cluster of one monitor and one store in a folder: Debian's radosgw ceph-mon
ceph-osd ceph-common. It checks signatures, digests and the order of parts as a real archive does."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

ACCESS, SECRET = "depositor-access", "depositor-secret"
LEAST_PART = 64 << 10
_PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool")
_CONF = """[global]
fsid = {fsid}
mon_initial_members = a
mon_host = v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data_avail_warn = 1
mon_data_avail_crit = 1
osd_objectstore = bluestore
bluestore_block_size = 8589934592
osd_memory_target = 939524096
public_network = 127.0.0.0/8
run_dir = {folder}/run
admin_socket = {folder}/run/$name.$pid.asok
log_file = {folder}/log/$name.log
pid_file = {folder}/run/$name.pid
crash_dir = {folder}/crash
mon_data = {folder}/mon-$id
osd_data = {folder}/osd-$id
rgw_data = {folder}/rgw
[client.rgw.x]
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_multipart_min_part_size = {least}
ms_mon_client_mode = crc
auth_client_required = none
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gateway:
    """The cluster and its gateway; only the gateway is killed and started again, what it holds stays."""

    def __init__(self) -> None:
        missing = [name for name in _PROGRAMS if not shutil.which(name)]
        if missing:
            pytest.skip("radosgw is not installed here (Debian: radosgw ceph-mon ceph-osd ceph-common)")
        self.folder = Path(tempfile.mkdtemp(prefix="rgw-"))  # short: sockets of a path over 107 characters fail
        self.port = _free_port()
        self._pids: list[int] = []
        self._gateway: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Gateway:
        try:
            self._cluster()
            self.start()
            self._admin(
                "user", "create", "--uid=dep", "--display-name=dep", f"--access-key={ACCESS}", f"--secret={SECRET}"
            )
        except (subprocess.SubprocessError, OSError, AssertionError):
            self.__exit__()
            pytest.skip("radosgw is installed, but could not be started here")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the gateway, or start it again on the same port."""
        command = ["radosgw", "-c", str(self._conf), "-n", "client.rgw.x", "--no-mon-config", "-f"]
        with (self.folder / "log" / "gateway.out").open("ab") as out:
            self._gateway = subprocess.Popen(command, stdout=out, stderr=out)
        self._answering()

    def kill(self) -> None:
        """As the power does."""
        if self._gateway is not None:
            self._gateway.kill()
            self._gateway.wait()
            self._gateway = None

    def _answering(self) -> None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            assert self._gateway is not None
            assert self._gateway.poll() is None, "the gateway ended"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise AssertionError("the gateway never took a connection")

    # --- the cluster -----------------------------------------------------------------------------------------------

    @property
    def _conf(self) -> Path:
        return self.folder / "ceph.conf"

    def _cluster(self) -> None:
        for name in ("run", "log", "crash", "mon-a", "osd-0", "rgw"):
            (self.folder / name).mkdir()
        fsid, mon1, mon2 = str(uuid.uuid4()), _free_port(), _free_port()
        told = {"fsid": fsid, "mon1": mon1, "mon2": mon2, "port": self.port, "least": LEAST_PART}
        self._conf.write_text(_CONF.format(folder=self.folder, **told))
        monmap = str(self.folder / "monmap")
        place = f"[v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}]"
        self._do("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", place, monmap, conf=False)
        self._do("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._do("ceph-mon", "-i", "a", "--public-addr", "127.0.0.1")
        self._remember("mon.a")
        store = str(uuid.uuid4())
        self._do("ceph", "osd", "new", store)
        self._do("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", store)
        self._do("ceph-osd", "-i", "0")
        self._remember("osd.0")

    def _remember(self, name: str) -> None:
        self._pids.append(int((self.folder / "run" / f"{name}.pid").read_text()))

    def _admin(self, *words: str) -> None:
        self._do("radosgw-admin", "-n", "client.rgw.x", "--no-mon-config", *words)

    def _do(self, *command: str, conf: bool = True) -> Any:
        where = ["-c", str(self._conf)] if conf else []
        return subprocess.run([command[0], *where, *command[1:]], capture_output=True, timeout=120, check=True)
