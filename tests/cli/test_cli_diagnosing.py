"""diagnose on the command line: live lines, one JSON document, exit codes, and a report without secrets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_running import Run

for folder in ("transfer", "archives"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))

from bia_standin import PASSWORD, USER, StandIn  # noqa: E402
from net_world import Authority, Proxy, Server  # noqa: E402

from depositor.archives.bioimage_archive import account  # noqa: E402
from depositor.archives.practice import process  # noqa: E402
from depositor.cli import exits  # noqa: E402
from depositor.session.home import Home  # noqa: E402


@pytest.fixture(autouse=True)
def _straight(home: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(account, "FTP_HOST", "127.0.0.1")  # nobody is asked outside
    yield
    process.stop(Home.at(home).practice)


def test_all_archives_without_an_account(run: Run) -> None:
    done = run("diagnose", "--json")
    assert done.code == exits.DONE, done.err
    rows = {r["archive"]: r for r in done.json()["archives"]}
    assert set(rows) >= {"practice", "package"}
    assert [s["id"] for s in rows["practice"]["steps"]] == ["sign-in", "route.1", "room", "upload"]
    assert rows["practice"]["speed"]["bytes_per_s"] > 0
    assert "practice: [ok]" in done.err
    assert [s["id"] for s in done.json()["computer"]["steps"]] == ["way", "proxy"]


def test_a_set_is_held_against_the_archive(run: Run, example: Path) -> None:
    done = run("diagnose", "practice", example / "example.depositor.json", "--json")
    found = done.json()["archives"][0]
    assert found["estimate"]["files"] > 3
    assert found["estimate"]["low_s"] <= found["estimate"]["high_s"]
    assert "It fits" in done.err
    assert run("diagnose", "practice", "/no/such/place", "--json").code == exits.NEEDS_USER


def test_nothing_is_sent_where_only_questions_are_wanted(run: Run) -> None:
    done = run("diagnose", "practice", "--no-upload")
    assert "Small upload" not in done.out
    assert done.code == exits.DONE


def test_exit_codes_tell_network_from_person(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE", "https://depositor-test.invalid/api")
    done = run("diagnose", "bioimage-archive", "--json")
    assert done.code == exits.RESUMABLE
    assert done.json()["archives"][0]["verdict"] == "network"
    assert done.json()["archives"][0]["problems"][0]["side"] == "network"
    with Server(pem=Authority(tmp_path).issue("localhost")) as server:
        monkeypatch.setenv("DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE", f"https://localhost:{server.port}/api")
        done = run("diagnose", "bioimage-archive")
    assert done.code == exits.NEEDS_USER
    assert "Institute Root" in done.out
    assert "extra certificates" in done.err


def test_the_report_for_the_help_desk(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "report.txt"
    (tmp_path / "archive").mkdir()
    with StandIn(tmp_path / "archive") as standin, Proxy(("marker-user", "marker-secret")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//marker-user:marker-secret@"))
        monkeypatch.setenv("DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE", standin.url)
        monkeypatch.setenv("DEPOSITOR_USER_BIOIMAGE_ARCHIVE", USER)
        monkeypatch.setenv("DEPOSITOR_PASSWORD_BIOIMAGE_ARCHIVE", PASSWORD)
        done = run("diagnose", "bioimage-archive", "--out", out, "--json")
    text = out.read_text("utf-8")
    assert done.json()["archives"][0]["report"] == text
    for secret in (USER, PASSWORD, "marker-user", "marker-secret", "/api"):
        assert secret not in text
        assert secret not in done.out.replace(str(out), "")
    assert "OpenSSL" in text
    assert run("diagnose", "practice", "--out", tmp_path / "none" / "x.txt").code == exits.NEEDS_USER


def test_the_last_test_is_kept_for_the_window(run: Run, home: Path) -> None:
    run("diagnose", "practice", "--no-upload")
    assert "practice" in (Home.at(home).cache / "routes.json").read_text("utf-8")
