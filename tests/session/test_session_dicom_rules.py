"""A newer table of the DICOM profile in the settings folder is used by every process; a damaged one is told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from depositor import resources
from depositor.privacy.dicom.profile import TABLE
from depositor.session import dicom_rules
from depositor.session.home import Home

EDITION = "import depositor.privacy.dicom.profile as p; print(p.edition())"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(dicom_rules.ENVIRONMENT, "")
    return Home.at(tmp_path / "home").create()


def edition_elsewhere():
    return subprocess.run([sys.executable, "-c", EDITION], capture_output=True, text=True, check=True).stdout.strip()


def test_a_newer_table_is_used_by_other_processes(home):
    data = {**resources.json_data(TABLE), "edition": "2031z"}
    (home.settings / "dicom-table.json").write_text(json.dumps(data), "utf-8")
    assert edition_elsewhere() != "2031z"
    dicom_rules.announce(home)
    assert edition_elsewhere() == "2031z"
    assert dicom_rules.problem(home) is None


def test_a_damaged_table_is_told_and_not_used(home):
    (home.settings / "dicom-table.json").write_text("{}", "utf-8")
    dicom_rules.announce(home)
    usual = edition_elsewhere()
    assert usual
    found = dicom_rules.problem(home)
    assert found is not None
    assert found.code.startswith("privacy.profile.")


def test_without_a_table_nothing_is_said(home):
    dicom_rules.announce(home)
    assert dicom_rules.problem(home) is None
