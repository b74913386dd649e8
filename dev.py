#!/usr/bin/env python3
"""All the set-up on a fresh machine that has only Python 3.11 or newer, in one command each.

    python dev.py run      set up, then open Depositor on the bundled example (without a display: make the same deposit)
    python dev.py test     set up, then run everything that the continuous integration runs
    python dev.py lock     (for maintainers) renew the lock files
    python dev.py texts    (for translators) renew the catalogues and say how complete they are

Uses the standard library alone. What it installs goes into .venv beside this file. System libraries that Qt needs are
installed where that is allowed (Debian, Ubuntu as root); elsewhere the one command that does it is named.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST, TOO_NEW = (3, 11), (3, 14)

# What Qt's wheels load from the system (docs/developing.md tells how the list was found).
QT_LIBRARIES = [
    *("libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0", "libxcb-cursor0"),
    *("libxkbcommon-x11-0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"),
    *("libwayland-client0", "libwayland-cursor0"),
]
# A validator and a server that cleaned DICOM is shown to; a server that nobody asked for belongs on no one's desk.
CI_PROGRAMS = ["dicom3tools", "dcmtk", "orthanc"]
# Real servers for the routes; a test whose server is missing is skipped and says so.
CI_SERVERS = [
    *("apache2", "apache2-utils", "openssh-server", "proftpd-core", "proftpd-mod-crypto"),
    *("ceph-mon", "ceph-osd", "ceph-common", "radosgw"),
]
TEST_PROGRAMS = ["xvfb", "xauth", "openbox", "fonts-dejavu-core", "fonts-noto-core"]


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    commands = {"run": run, "test": test, "lock": lock, "texts": texts}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments in ([], ["--help"], ["-h"]) else 2
    other = fitting_python()
    if other:
        return subprocess.call([other, str(HERE / "dev.py"), *arguments])
    return commands[arguments[0]](arguments[1:])


# --- commands ---------------------------------------------------------------------------------------------------------


def run(rest: list[str]) -> int:
    """Open the wizard on the example; headless, deposit the example and print the receipt."""
    set_up("requirements.lock", ["-e", "."])
    if has_display() and qt_works():
        return call([str(BIN / "depositor"), "--demo", *rest])
    say("There is no display here: the example is deposited without a window.")
    example = HERE / "resources" / "examples" / "example.depositor.json"
    return call([str(BIN / "depositor"), "deposit", str(example), *rest])


def test(rest: list[str]) -> int:
    """Format, lint, types, texts and tests; with arguments, only the tests, and these go to pytest."""
    set_up("requirements-dev.lock", ["-e", "."])
    if not qt_works():
        return 1
    install_packages([p for p in TEST_PROGRAMS if not installed(p)], "the tests look at real windows")
    for programs in (CI_PROGRAMS, CI_SERVERS) if os.environ.get("CI") else ():
        install_packages([p for p in programs if not installed(p)], "the tests ask real programs")
    failed = [] if rest else [name for name, line in checks() if step(name, line)]
    with display() as environment:
        for name, what in test_runs(rest):
            line = [str(PYTHON), "-m", "pytest", *what]
            # Real servers, processes and windows: what fails once on a busy machine is tried once more, and said.
            again = (f"{name}, the failed ones again", [*line, "--lf", "-n0"], environment)
            if step(name, line, environment) and step(*again):
                failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
    return 1 if failed else 0


def test_runs(rest: list[str]) -> list[tuple[str, list[str]]]:
    """What pytest runs: the window's tests in a process of their own, so that no other test's threads touch Qt."""
    if rest:
        return [("tests", rest)]
    quiet = ["-q", "--durations=10"]
    # Most tests wait for servers and processes; those of a file share what it sets up.
    side_by_side = ["-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    return [("tests", [*quiet, *side_by_side, "--ignore=tests/gui"]), ("window tests", [*quiet, "tests/gui"])]


def checks() -> list[tuple[str, list[str]]]:
    """The checks that need no display, the quick ones first."""
    python = str(PYTHON)
    return [
        ("format", [python, "-m", "ruff", "format", "--check", "-q", "."]),
        ("lint", [python, "-m", "ruff", "check", "-q", "."]),
        ("types", [python, "-m", "mypy"]),
        ("texts", [python, str(HERE / "translations" / "extract.py"), "--check"]),
    ]


def lock(_: list[str]) -> int:
    """Renew both lock files: every version with its hashes, no index address."""
    set_up("requirements-dev.lock", ["-e", "."])
    call([str(PYTHON), "-m", "pip", "install", "-q", "uv"])
    common = ["pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    common += ["--no-header", "--no-annotate", "-q", "pyproject.toml"]
    common += [word for extra in ("globus", "ocr", "s3") for word in ("--extra", extra)]
    first = call([str(BIN / "uv"), *common, "--group", "build", "-o", "requirements.lock"])
    second = ["-c", "requirements.lock", "--group", "build", "--group", "dev", "-o", "requirements-dev.lock"]
    return first or call([str(BIN / "uv"), *common, *second])


def texts(rest: list[str]) -> int:
    """Renew the translation catalogues from the source."""
    set_up("requirements-dev.lock", ["-e", "."])
    return call([str(PYTHON), str(HERE / "translations" / "extract.py"), *rest])


# --- set-up -----------------------------------------------------------------------------------------------------------


def fitting_python() -> str | None:
    """Another Python to run with, where this one is too old or too new; None where this one fits."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return None
    for minor in (12, 13, 11):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    sys.exit(f"Depositor needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")


def set_up(lock_name: str, extra: list[str]) -> None:
    """Make .venv hold what the lock file says and the program itself; nothing is done twice."""
    make_venv()
    lock_file = HERE / lock_name
    stamp = VENV / f".{lock_name}.stamp"
    wanted = hashlib.sha256(lock_file.read_bytes() + (HERE / "pyproject.toml").read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text("ascii") == wanted):
        say(f"Installing what {lock_name} lists (once) ...")
        pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        must([*pip, "--require-hashes", "-r", str(lock_file)])
        must([*pip, "--no-deps", "--no-build-isolation", *extra])
        stamp.write_text(wanted, "ascii")
    else:
        must([str(PYTHON), str(HERE / "hatch_build.py")], quiet=True)


def make_venv() -> None:
    """Make .venv; on Debian that may need one package first."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python3.{sys.version_info[1]}-venv"
    if not install_packages([package], "Python's own part for virtual environments is missing"):
        sys.exit(1)
    must([sys.executable, "-m", "venv", str(VENV)])


def qt_works() -> bool:
    """Whether Qt's libraries load; tries to install what is missing."""
    probe = [str(PYTHON), "-c", "import PySide6.QtWidgets, PySide6.QtSvg"]
    if subprocess.run(probe, capture_output=True).returncode == 0 and (not on_debian() or installed("libxcb-cursor0")):
        return True
    if sys.platform != "linux" or not install_packages(QT_LIBRARIES, "Qt needs some system libraries"):
        return False
    return subprocess.run(probe, capture_output=True).returncode == 0


def install_packages(packages: list[str], why: str) -> bool:
    """Install Debian packages where that is allowed, else name the command; True when they are there."""
    if not packages:
        return True
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if on_debian() and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"{why}: installing {' '.join(packages)} ...")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
        return subprocess.run(line, env=quiet, stdout=subprocess.DEVNULL).returncode == 0
    say(f"{why}. Please run this once, then try again:\n\n    sudo {' '.join(line)}\n")
    return False


def on_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def installed(package: str) -> bool:
    """Whether a Debian package is installed; True on other systems, where we cannot know."""
    if not on_debian():
        return True
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    return "install ok installed" in subprocess.run(query, capture_output=True, text=True).stdout


def has_display() -> bool:
    """Whether a window could be shown."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class display:  # noqa: N801 - used like a function
    """A virtual display with a window manager for the tests, where the system has them; else Qt draws off screen."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> dict[str, str]:
        environment = dict(os.environ)
        if sys.platform != "linux" or not shutil.which("Xvfb"):
            return {**environment, "QT_QPA_PLATFORM": environment.get("QT_QPA_PLATFORM", "offscreen")}
        read, write = os.pipe()
        line = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x1000x24", "-nolisten", "tcp"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.started.append(subprocess.Popen(line, pass_fds=[write], **quiet))  # type: ignore[call-overload]
        os.close(write)
        number = os.read(read, 16).decode().strip()
        os.close(read)
        environment |= {"DISPLAY": f":{number}", "DEPOSITOR_TEST_DISPLAY": f":{number}"}
        environment.pop("WAYLAND_DISPLAY", None)
        if shutil.which("openbox"):
            self.started.append(subprocess.Popen(["openbox"], env=environment, **quiet))  # type: ignore[call-overload]
            time.sleep(0.5)
        return environment

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.started):
            process.terminate()
            process.wait()


# --- small things -----------------------------------------------------------------------------------------------------


def step(name: str, line: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run one check; True when it failed."""
    begun = time.monotonic()
    code = call(line, environment)
    say(f"{name}: {'FAILED' if code else 'passed'} ({time.monotonic() - begun:.0f} s)")
    return code != 0


def call(line: list[str], environment: dict[str, str] | None = None) -> int:
    return subprocess.call(line, cwd=HERE, env=environment)


def must(line: list[str], *, quiet: bool = False) -> None:
    done = subprocess.run(line, cwd=HERE, stdout=subprocess.DEVNULL if quiet else None)
    if done.returncode:
        sys.exit(done.returncode)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
