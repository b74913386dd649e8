"""Running commands the way a shell does, but in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import Done, Run

from depositor.cli.main import main
from depositor.session import language
from depositor.session.home import Home
from depositor.session.settings import Settings


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, English, no terminal, no key store; pictures are read where a test asks for it."""
    folder = tmp_path_factory.mktemp("home")
    Settings(Home.at(folder).create().settings / "settings.json").set("privacy_pixels", "none")
    monkeypatch.setenv("DEPOSITOR_HOME", str(folder))
    monkeypatch.setenv("DEPOSITOR_LANG", "en")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return folder


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command; its code and what it said."""

    def command(*argv: object) -> Done:
        capfd.readouterr()
        try:
            code = main([str(a) for a in argv])
        finally:
            language.use("en")
        said = capfd.readouterr()
        return Done(code, said.out, said.err)

    return command


@pytest.fixture(scope="session")
def example() -> Path:
    """The bundled example's folder."""
    from depositor import resources

    return resources.path("examples")
