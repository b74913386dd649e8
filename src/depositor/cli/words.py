"""argparse's own words in the user's language.

argparse looks its texts up in a gettext of its own, by the name ``_`` of its module; that name is given a table here.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from depositor.session.language import tr


def translate_argparse() -> None:
    """Let argparse speak the language in use; what it says that is not in the table stays English."""
    table = _table()
    argparse._ = lambda text: table.get(text, text)  # type: ignore[attr-defined]
    argparse.ngettext = lambda one, many, n: table.get(one if n == 1 else many, one if n == 1 else many)  # type: ignore[attr-defined]


def _table() -> Mapping[str, str]:
    # The keys are the texts of Python 3.11 to 3.13.
    return {
        "usage: ": tr("usage: "),
        "positional arguments": tr("arguments"),
        "options": tr("options"),
        "show this help message and exit": tr("show this help and end"),
        "the following arguments are required: %s": tr("this is missing: %s"),
        "unrecognized arguments: %s": tr("this was not understood: %s"),
        "argument %(argument_name)s: %(message)s": tr("%(argument_name)s: %(message)s"),
        "%(prog)s: error: %(message)s\n": tr("%(prog)s: %(message)s\n"),
        "invalid %(type)s value: %(value)r": tr("%(value)r does not fit here"),
        "invalid choice: %(value)r (choose from %(choices)s)": tr("%(value)r is none of %(choices)s"),
        "expected one argument": tr("a value is missing"),
        "expected at least one argument": tr("at least one value is missing"),
        "ambiguous option: %(option)s could match %(matches)s": tr("%(option)s may mean %(matches)s"),
        "ignored explicit argument %r": tr("takes no value, but got %r"),
    }
