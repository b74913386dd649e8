"""What people hand to commands: paths, documents, ids."""

from __future__ import annotations

import argparse
from pathlib import Path

from depositor.session.language import tr

SUFFIX = ".depositor.json"


def existing(text: str) -> str:
    """A path that is there; a usage error otherwise, because it is most often a slip of the fingers."""
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(tr("there is no file or folder “{path}”", path=text))
    return text


def document(text: str) -> Path:
    """A submission document."""
    path = Path(existing(text))
    if path.is_dir():
        raise argparse.ArgumentTypeError(tr("“{path}” is a folder, no submission document", path=text))
    return path


def is_document(text: str) -> bool:
    """True for the name of a submission document."""
    return text.endswith(SUFFIX) and Path(text).is_file()
