"""The page of commands tells what the program's help tells."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "make_commands.py"


def test_the_page_of_commands_is_up_to_date(monkeypatch):
    """Run ``python docs/make_commands.py`` after a command changed."""
    monkeypatch.setenv("COLUMNS", "110")
    spec = importlib.util.spec_from_file_location("make_commands", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page()
