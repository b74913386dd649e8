"""All commands: what each is for, and the module that knows the rest, imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from depositor.cli.console import Console
from depositor.session.language import tr


class Module(Protocol):
    """What the module of a command offers, beside ``run_<command>``."""

    def arguments(self, command: str, parser: argparse.ArgumentParser) -> None:
        """Add the options of ``command`` and set the default ``run``: Callable[[Namespace, Console], int]."""
        ...


Run = Callable[[argparse.Namespace, Console], int]


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``examples`` are lines for its help."""

    name: str
    module: str
    summary: str
    examples: tuple[str, ...]

    def load(self) -> Module:
        return cast(Module, importlib.import_module(f"depositor.cli.{self.module}"))


def commands() -> tuple[Command, ...]:
    """The commands in the order of the work, their summaries in the language in use."""
    return (*_looking(), *_describing(), *_sending(), *_listing())


def _looking() -> tuple[Command, ...]:
    return (
        Command("scan", "looking", tr("what is in files and folders"), ("scan images",)),
        Command("headers", "looking", tr("what the headers of image files say"), ("headers images --json",)),
        Command("check", "looking", tr("look for personal data"), ("check images", "check study.depositor.json")),
        Command(
            "clean",
            "cleaning",
            tr("write cleaned copies"),
            ("clean images --out cleaned", "clean images --out cleaned --policy controlled --keep site"),
        ),
        Command(
            "report",
            "reporting",
            tr("a report on personal data for an ethics board"),
            ("report study.depositor.json --out papers", "report images --out papers --policy controlled"),
        ),
    )


def _describing() -> tuple[Command, ...]:
    return (
        Command(
            "new",
            "describing",
            tr("a prefilled submission document"),
            (
                "new images --archive practice --out study.depositor.json",
                "new images --archive practice --profile light-microscopy --out study.depositor.json",
                "new images --archive practice --from filled-in.xlsx --out study.depositor.json",
                "new images --archive practice --template last.depositor.json --out study.depositor.json",
            ),
        ),
        Command("validate", "describing", tr("all that the archive would refuse"), ("validate study.depositor.json",)),
        Command(
            "export",
            "describing",
            tr("the description in another format"),
            ("export study.depositor.json --as ro-crate --out folder",),
        ),
        Command(
            "import",
            "importing",
            tr("take a description out of spreadsheets and other files"),
            ("import study.depositor.json study.xlsx --dry-run", "import study.depositor.json notebook.eln"),
        ),
        Command(
            "template",
            "importing",
            tr("an empty spreadsheet to fill in"),
            (
                "template --archive practice --out study.xlsx",
                "template --archive bioimage-archive --profile volume-em --out study.xlsx",
            ),
        ),
    )


def _sending() -> tuple[Command, ...]:
    return (
        Command("deposit", "sending", tr("seal, send, commit, receipt"), ("deposit study.depositor.json",)),
        Command(
            "resume",
            "transfers",
            tr("go on with an unfinished deposit"),
            ("resume", "resume k3v9", "resume k3v9 --skip images/a.tif", "resume k3v9 --replace images/a.tif"),
        ),
        Command("status", "transfers", tr("where deposits stand"), ("status", "status --watch", "status k3v9 --json")),
        Command("verify", "sending", tr("compare a receipt with what the archive holds"), ("verify receipt.json",)),
        Command("batch", "batch", tr("many submissions from one sheet (not built yet)"), ()),
    )


def _listing() -> tuple[Command, ...]:
    return (
        Command("archives", "listing", tr("the archives, and what each is for"), ("archives",)),
        Command(
            "profiles",
            "listing",
            tr("the description profiles; with --json their schema"),
            ("profiles volume-em", "profiles --json"),
        ),
        Command("licenses", "listing", tr("the licences, in plain words"), ("licenses",)),
        Command(
            "settings",
            "listing",
            tr("show or change settings"),
            ("settings", "settings speed_limit 500", "settings theme --unset"),
        ),
        Command("practice", "serving", tr("serve the practice archive"), ("practice", "practice --port 8765")),
        Command("diagnose", "serving", tr("test the way to an archive"), ("diagnose", "diagnose practice")),
        Command("completion", "completion", tr("completion for bash, zsh or fish"), ("completion bash",)),
    )
