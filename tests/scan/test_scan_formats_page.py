"""The page of formats says what the readers do."""

import importlib.util
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "make_formats.py"


def test_the_page_of_formats_is_up_to_date(monkeypatch):
    """Run ``python docs/make_formats.py`` after a reader or a sample changed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("make_formats", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page()
