"""A desk of its own for each test, and the bundled example as a draft that is ready to be sent."""

import shutil

import pytest

from depositor import resources
from depositor.archives.practice import process
from depositor.draft.cancel import Cancel
from depositor.session.desk import Desk
from depositor.session.home import Home


@pytest.fixture
def home(tmp_path):
    found = Home.at(tmp_path / "home")
    yield found
    process.stop(found.practice)


@pytest.fixture
def desk(home):
    found = Desk(home)
    found.settings.set("privacy_pixels", "none")  # text in pictures has tests of its own; it takes seconds
    yield found
    found.close()


@pytest.fixture
def example(tmp_path):
    """The example's document, beside copies of its files."""
    shutil.copytree(resources.path("examples"), tmp_path / "study")
    return tmp_path / "study" / "example.depositor.json"


def made_ready(opened):
    """Look through the files, read the headers, check for personal data."""
    opened.scan(Cancel())
    opened.read_headers(Cancel())
    opened.prefill()
    opened.check_privacy(Cancel())
    return opened


@pytest.fixture
def ready(desk, example):
    return made_ready(desk.load(example))
