"""The entry of the command line: find the command, parse, run, turn what goes wrong into words and an exit code."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from typing import NoReturn

from depositor import __version__
from depositor.cli import exits
from depositor.cli.commands import Command, commands
from depositor.cli.console import Console, table
from depositor.cli.words import translate_argparse
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, Problem, Side
from depositor.session import language, logs
from depositor.session.home import Home
from depositor.session.language import tr
from depositor.session.settings import Settings


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit code. Never raises."""
    _speak_unicode()
    console = Console(json="--json" in argv)
    try:
        return _run(argv, console)
    except SystemExit as end:  # argparse's way to end
        return end.code if isinstance(end.code, int) else exits.USAGE
    except KeyboardInterrupt:
        console.say(tr("Stopped. Nothing is lost: the same command, given again, goes on or begins anew."))
        return exits.RESUMABLE
    except DepositError as error:
        return failed(error, console)
    except BrokenPipeError:  # the reader of our output has gone, as in "depositor ... | head"
        sys.stderr.close()
        return exits.DONE
    except Exception as error:  # before or after the log was open
        logs.defect(error)
        return _defect(error, console)


def _run(argv: Sequence[str], console: Console) -> int:
    home = Home.find()
    _speak(home, console)
    argv = _command_first(argv)
    known = {c.name: c for c in commands()}
    if not argv or argv[0] in ("-h", "--help", "help"):
        return _help(console)
    if argv[0] in ("-V", "--version"):
        console.answer(f"depositor {__version__}")
        return exits.DONE
    if argv[0] not in known:
        return _unknown(argv[0], tuple(known), console)
    return _command(known[argv[0]], argv[1:], console, home)


def _command(command: Command, argv: Sequence[str], console: Console, home: Home) -> int:
    parsed = make_parser(command, console).parse_args(argv)
    if parsed.lang:
        _speak_as_asked(parsed.lang, console)
    logs.start(home.create())
    try:
        logs.event("command.started", command=command.name)
        from depositor.session.store import told  # only here: the help needs no journal

        with told():  # a full disk may show at whatever we ask of the journal
            code: int = parsed.run(parsed, console)
        logs.event("command.ended", command=command.name, exit_code=code)
        return code
    except DepositError as error:
        logs.event("command.failed", command=command.name, code=error.problem.code, exit_code=exits.code(error))
        raise
    except (BrokenPipeError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        logs.defect(error)
        return _defect(error, console)
    finally:
        logs.stop()


def make_parser(command: Command, console: Console | None = None) -> argparse.ArgumentParser:
    """The parser of one command, with the options that all of them take."""
    translate_argparse()
    examples = "\n".join(f"  depositor {line}" for line in command.examples)
    parser = Parser(
        prog=f"depositor {command.name}",
        description=command.summary,
        epilog=f"{tr('Examples')}:\n{examples}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.console = console
    parser.add_argument("--json", action="store_true", help=tr("one JSON document on standard output, nothing else"))
    parser.add_argument("--lang", metavar="CODE", help=tr("speak this language (de, en ...)"))
    command.load().arguments(command.name, parser)
    return parser


class Parser(argparse.ArgumentParser):
    """argparse, but a usage error is a JSON document too where one was asked for."""

    console: Console | None = None

    def error(self, message: str) -> NoReturn:
        if self.console and self.console.json:
            self.console.document({"problems": [_usage(self.prog).as_json()]})
        super().error(message)


def failed(error: DepositError, console: Console) -> int:
    """Say what went wrong, for people and for programs; the exit code."""
    console.problem(error.problem)
    console.document({"problems": [error.problem.as_json()]})
    return exits.code(error)


def _speak_unicode() -> None:
    """UTF-8 on every system, and names that are no text as escapes, which JSON and people can both read."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _speak(home: Home, console: Console) -> None:
    settings = Settings(home.settings / "settings.json")
    language.use(language.pick(str(settings.get("language"))))
    if settings.problem:
        console.problem(settings.problem)


def _speak_as_asked(wanted: str, console: Console) -> None:
    chosen = language.pick(wanted, {})
    language.use(chosen)
    if chosen == "en" and not wanted.lower().startswith("en"):
        console.say(tr("Depositor does not speak “{language}” yet; this is English.", language=wanted))


def _command_first(argv: Sequence[str]) -> Sequence[str]:
    """``--json scan images`` means ``scan images --json``."""
    at = 0
    while at < len(argv) and (argv[at] == "--json" or argv[at].startswith("--lang")):
        at += 2 if argv[at] == "--lang" else 1
    return [*argv[at:], *argv[:at]] if at < len(argv) else argv


def _help(console: Console) -> int:
    rows = [(f"  {c.name}", c.summary) for c in commands()]
    opening = [
        ("  depositor", tr("open the window")),
        ("  depositor --demo", tr("open the window on the bundled example")),
        ("  depositor COMMAND --help", tr("how a command is used")),
    ]
    parts = [
        tr("Depositor gives an imaging data set to a public archive: describe once, check, send, keep the receipt."),
        "",
        table(opening),
        "",
        table(rows),
        "",
        tr("Each command takes --json. Exit codes: 0 done; 1 findings or failed items; 2 usage; 3 needs you;"),
        tr("4 refused by the archive; 5 stopped, can be resumed; 70 our own fault."),
    ]
    console.answer("\n".join(parts))
    return exits.DONE


def _unknown(name: str, known: Sequence[str], console: Console) -> int:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    hint = f" {tr('Did you mean “{name}”?', name=near[0])}" if near else ""
    console.say(tr("There is no command “{name}”.", name=name) + hint)
    console.say(tr("“depositor --help” lists all commands."))
    console.document({"problems": [_usage("depositor").as_json()]})
    return exits.USAGE


def _usage(program: str) -> Problem:
    return Problem(
        "cli.usage",
        Side.COMPUTER,
        msg("cli.usage", "This command was not understood."),
        msg("cli.usage.advice", "“{program} --help” shows how it is used.", program=program),
    )


def _defect(error: Exception, console: Console) -> int:
    problem = Problem(
        "cli.defect",
        Side.PROGRAM,
        msg("cli.defect", "Depositor made a mistake ({kind}).", kind=type(error).__name__),
        msg(
            "cli.defect.advice",
            "Nothing that was written is lost. Please send the report of “depositor diagnose --report”.",
        ),
    )
    console.problem(problem)
    console.document({"problems": [problem.as_json()]})
    return exits.DEFECT
