"""The frame of the command line: help, usage errors, exit codes, one JSON document, languages."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_running import Run

from depositor.cli import exits
from depositor.cli.commands import commands
from depositor.draft.message import msg
from depositor.draft.problem import (
    Damaged,
    Defect,
    DepositError,
    NeedsUser,
    Problem,
    Refused,
    Retryable,
    Side,
    Stopped,
)

CONTRACT = (
    "scan headers check clean new validate export deposit resume status verify batch archives profiles licenses "
    "settings practice diagnose"
)


def test_every_command_of_the_contract_is_there() -> None:
    assert set(CONTRACT.split()) <= {c.name for c in commands()}


@pytest.mark.parametrize("name", [c.name for c in commands() if c.name != "clean"])
def test_each_command_has_help_with_examples_and_takes_json(run: Run, name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert "--json" in done.out
    assert name == "batch" or f"depositor {name}" in done.out.split("Examples")[1]


def test_help_lists_all(run: Run) -> None:
    for argv in ((), ("--help",), ("help",)):
        done = run(*argv)
        assert done.code == 0
        assert all(f"  {c.name} " in done.out for c in commands())
    assert run("--version").out.startswith("depositor ")


def test_an_unknown_command_gets_a_hint(run: Run) -> None:
    done = run("valdate", "x", "--json")
    assert done.code == exits.USAGE
    assert "validate" in done.err
    assert done.json()["problems"]


def test_a_missing_argument_is_a_usage_error_with_a_document(run: Run) -> None:
    done = run("scan", "--json")
    assert done.code == exits.USAGE
    assert done.json()["problems"][0]["code"] == "cli.usage"
    assert "usage: depositor scan" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [(Damaged, 1), (NeedsUser, 3), (Refused, 4), (Retryable, 5), (Stopped, 5), (Defect, 70)],
)
def test_each_kind_of_error_has_its_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: type[DepositError], code: int, tmp_path: Path
) -> None:
    text = msg("test.what", "What happened."), msg("test.do", "What to do.")
    problem = Problem("test.code", Side.ARCHIVE, *text, path="a/b")

    def fails(*_: object, **__: object) -> None:
        raise error(problem)

    monkeypatch.setattr("depositor.session.tasks.look", fails)
    done = run("scan", tmp_path, "--json")
    assert done.code == code
    assert done.json()["problems"] == [problem.as_json()]
    for said in ("What happened.", "What to do.", "The archive", "test.code", "a/b"):
        assert said in done.err


def test_a_defect_is_our_fault_and_tells_nothing_private(run: Run, home: Path, tmp_path: Path) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("ZQXMARK")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("depositor.session.tasks.look", breaks)
        done = run("scan", tmp_path, "--json")
    assert done.code == exits.DEFECT
    assert done.json()["problems"][0]["side"] == "this program"
    assert "ZQXMARK" not in done.out + done.err
    written = "".join(p.read_text() for p in home.rglob("*.jsonl"))
    assert '"exception": "RuntimeError"' in written
    assert "ZQXMARK" not in written


def test_batch_says_that_it_is_not_built(run: Run) -> None:
    done = run("batch", "sheet.xlsx", "--json")
    assert done.code == exits.USAGE
    assert done.json()["problems"][0]["code"] == "batch.not-built"
    assert "not built yet" in done.err


def test_another_language_changes_words_but_no_keys(run: Run, tmp_path: Path) -> None:
    done = run("scan", tmp_path, "--json", "--lang", "xx")
    assert {"files", "bytes", "sets"} <= set(done.json())
    done = run("scan", tmp_path, "--lang", "xx")
    assert "[!!" in done.out


@pytest.mark.parametrize("name", [c.name for c in commands()])
def test_every_word_of_the_help_can_be_translated(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DEPOSITOR_LANG", "xx")
    lines = run(name, "--help").out.splitlines()
    text = " ".join(" ".join(line for line in lines if not line.startswith("  depositor ")).split())
    for piece in re.findall(r"\[!!.*?!!\]", text):
        text = text.replace(piece, " ")
    left = re.findall(r"(?<![-\w{.])[a-z]{4,}", re.sub(r"depositor( \w+| [-\[A-Z].*?)?|\{[\w,-]+\}|-\S+", " ", text))
    given = {"json", "paths", "document", "receipt", "archive", "value", "shell", "sheet", "xlsx", name}
    assert set(left) <= given, left


def test_usage_errors_speak_the_language(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEPOSITOR_LANG", "xx")
    for argv in (("scan",), ("clean", tmp_path), ("scan", tmp_path, "--bad"), ("completion", "csh"), ("nothing",)):
        err = run(*argv).err
        assert "[!!" in err
        assert "required" not in err
        assert "invalid" not in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(run: Run, shell: str, tmp_path: Path) -> None:
    done = run("completion", shell)
    assert done.code == 0
    for word in ("deposit", "validate", "show-evidence"):
        assert word in done.out
    program = shutil.which(shell)
    if program:
        file = tmp_path / "completion"
        file.write_text(done.out)
        subprocess.run([program, "-n", str(file)], check=True, timeout=30)


def test_bash_completes_for_real(run: Run, tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash here")
    file = tmp_path / "completion"
    file.write_text(run("completion", "bash").out)
    script = (
        f"source {file}; COMP_WORDS=(depositor va); COMP_CWORD=1; _depositor; echo ${{COMPREPLY[@]}};"
        "COMP_WORDS=(depositor check --sh); COMP_CWORD=2; _depositor; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["validate", "--show-evidence"]


def test_settings_are_listed_set_and_refused(run: Run) -> None:
    assert run("settings", "speed_limit", "500").code == 0
    rows = {s["key"]: s for s in run("settings", "--json").json()["settings"]}
    assert rows["speed_limit"]["value"] == 500
    assert rows["speed_limit"]["set"]
    assert rows["theme"]["choices"] == ["system", "light", "dark", "contrast"]
    assert run("settings", "speed_limit", "fast").code == exits.NEEDS_USER
    assert run("settings", "no_such", "--json").json()["problems"][0]["code"] == "settings.unknown"
    assert run("settings", "speed_limit", "--unset").code == 0
    assert not run("settings", "speed_limit", "--json").json()["settings"][0]["set"]


def test_damaged_settings_are_told_once_and_stop_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    (home / "settings").mkdir(parents=True, exist_ok=True)
    (home / "settings" / "settings.json").write_text("{")
    done = run("scan", tmp_path, "--json")
    assert done.code == 0
    assert "settings.damaged" in done.err
    assert "settings.damaged" not in run("scan", tmp_path).err


def test_the_report_for_the_help_desk(run: Run) -> None:
    run("settings", "theme", "dark")
    done = run("diagnose", "--report", "--json")
    assert done.code == 0
    assert "theme: dark" in done.json()["report"]


# --- as real processes -----------------------------------------------------------------------------------------------


def process(*argv: str, home: Path, **more: str) -> subprocess.Popen[str]:
    environ = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    environ |= {"DEPOSITOR_HOME": str(home), "DEPOSITOR_LANG": "en", **more}
    return subprocess.Popen(
        [sys.executable, "-m", "depositor", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_the_window_says_so(tmp_path: Path) -> None:
    for argv in ((), ("--demo",)):
        started = process(*argv, home=tmp_path)
        out, err = started.communicate(timeout=60)
        assert started.returncode == exits.USAGE
        assert "display" in err
        assert not out


def test_the_reader_of_our_output_may_go(tmp_path: Path, example: Path) -> None:
    started = process("headers", str(example), "--json", home=tmp_path)
    assert started.stdout
    started.stdout.close()
    assert started.stderr
    assert "Traceback" not in started.stderr.read()
    started.stderr.close()
    assert started.wait(60) == 0


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_stops_with_a_word_and_no_trace(tmp_path: Path) -> None:
    fifo = tmp_path / "waits.tif"
    os.mkfifo(fifo)
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(3000):
        (folder / f"{n:05}.tif").write_bytes(b"II*\x00")
    started = process("headers", str(folder), "--json", home=tmp_path / "home")
    log = tmp_path / "home" / "state" / "logs"
    while not list(log.glob("events-*")):
        assert started.poll() is None
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert "Traceback" not in err
    assert started.returncode in (exits.RESUMABLE, exits.FINDINGS)
    if started.returncode == exits.FINDINGS:  # it was quicker than the signal
        json.loads(out)


def test_a_command_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    script = (
        "import sys; from depositor.__main__ import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    )
    environ = {**os.environ, "DEPOSITOR_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=True)
    for heavy in ("PySide6", "numpy", "requests", "keyring", "pydicom", "tifffile", "openpyxl", "sqlite3"):
        assert f"'{heavy}'" not in done.stderr, heavy
