"""A newer edition of the DICOM confidentiality table than the bundled one, brought by the user."""

from __future__ import annotations

import os
from pathlib import Path

from depositor.draft.problem import DepositError, Problem
from depositor.session.home import Home

NAMES = ("part15.xml", "dicom-table.json")  # the standard's own file, or JSON as the project keeps it
ENVIRONMENT = "DEPOSITOR_DICOM_TABLE"


def table(home: Home) -> Path | None:
    """The file in the settings folder that holds the table; None where there is none."""
    return next((home.settings / name for name in NAMES if (home.settings / name).is_file()), None)


def announce(home: Home) -> None:
    """Let this process, and those that it starts from now on, judge by the user's table. Reads nothing yet."""
    found = table(home)
    if found is not None:
        os.environ[ENVIRONMENT] = str(found)


def problem(home: Home) -> Problem | None:
    """Why the user's table is not used; None where it is, and where there is none."""
    from depositor.privacy.dicom import table as dicom_table

    found = table(home)
    if found is None:
        return None
    try:
        dicom_table.read(found)
    except DepositError as error:
        return error.problem
    return None
