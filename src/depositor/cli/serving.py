"""practice, diagnose: the archive on this computer, and the way to the others."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from depositor.cli import diagnosing, exits
from depositor.cli.console import Console
from depositor.session import routes
from depositor.session.home import Home
from depositor.session.language import tr


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of practice and diagnose."""
    if command == "practice":
        parser.add_argument("--folder", metavar="DIR", type=Path, help=tr("where it keeps what it gets"))
        parser.add_argument("--port", metavar="N", type=int, default=0, help=tr("0 takes any free one"))
        parser.set_defaults(run=_practice)
    else:
        diagnosing.arguments(parser)


# --- practice --------------------------------------------------------------------------------------------------------


def _practice(given: argparse.Namespace, console: Console) -> int:
    folder = (given.folder or Home.find().create().practice).absolute()

    def announce(url: str, pid: int) -> None:
        console.document({"url": url, "folder": str(folder), "pid": pid})
        console.answer(tr("The practice archive answers at {url}", url=url))
        if pid == os.getpid():
            console.say(tr("It keeps what it gets in {folder}. Ctrl-C stops it.", folder=str(folder)))

    if not routes.serve_practice(folder, given.port, announce):
        console.say(tr("Another process serves this folder already."))
    return exits.DONE
