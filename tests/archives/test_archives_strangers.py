"""Whatever answers at an archive's address, the caller gets a DepositError and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from archives_world import Study

from depositor.archives import registry
from depositor.archives.ports import Credentials
from depositor.draft.problem import DepositError, Problem, Side

ANSWERS = [
    (200, "text/html", "<html>Welcome to the guest network</html>"),
    (200, "application/json", "[]"),
    (200, "application/json", "{}"),
    (200, "application/json", '{"state": "odd", "id": 7, "depositions": [3], "free": "much", "log": 1}'),
    (200, "application/json", '{"sessid": "x", "key": "../../x", "free": 99999999999999, "depositions": []}'),
    (200, "application/json", "null"),
    (200, "application/json", "\xff{"),
    (204, "application/json", ""),
    (302, "text/html", ""),
    (400, "application/json", "[1]"),
    (401, "text/plain", "who are you"),
    (403, "application/json", '{"message": "not you"}'),
    (404, "text/html", "nothing"),
    (422, "application/json", '{"reasons": [1, null]}'),
    (500, "application/json", '{"status": "FAIL", "log": {"subnodes": [1, {"message": 5, "subnodes": "x"}]}}'),
    (500, "application/json", '{"status": "FAIL"}'),
    (503, "text/plain", ""),
]


class Stranger:
    """A server that always answers the same."""

    def __init__(self, status: int, kind: str, body: str) -> None:
        class Talk(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                data = b"" if status == 204 else body.encode("latin-1")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture(params=ANSWERS, ids=lambda a: f"{a[0]}-{a[2][:12]}")
def stranger(request: pytest.FixtureRequest) -> Iterator[Stranger]:
    made = Stranger(*request.param)
    yield made
    made.http.shutdown()
    made.http.server_close()


def problem_of(call: Callable[[], object]) -> Problem | None:
    """What a call has to say; any other exception is a failure of the test."""
    try:
        call()
    except DepositError as error:
        return error.problem
    return None


@pytest.mark.parametrize("archive_id", ["practice", "bioimage-archive"])
def test_only_deposit_errors_come_out(stranger: Stranger, archive_id: str, tmp_path: Path) -> None:
    study = Study(tmp_path / "s", archive_id, {"a.tif": b"a"})
    study.document["release_date"] = "2027-06-30"
    remote = "0" * 32 if archive_id == "practice" else "S-BIAD1|root-1|http"
    session = registry.get(archive_id).session(stranger.url, Credentials("u", "p"), {"idle_s": 5, "connect_s": 5})
    calls = [
        session.sign_in,
        lambda: session.open(study.deposit()),
        lambda: session.find("x"),
        lambda: session.check(remote, study.deposit()),
        lambda: session.commit(remote, study.deposit()),
        lambda: session.state(remote),
        lambda: list(session.holdings(remote)),
        lambda: session.withdraw(remote),
    ]
    for problem in filter(None, map(problem_of, calls)):
        assert problem.side in (Side.ARCHIVE, Side.NETWORK)
        assert problem.message.english()
    assert all(c.ok or c.problem for c in session.diagnose())
    session.close()
