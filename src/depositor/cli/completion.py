"""completion: scripts that let bash, zsh and fish complete commands and options."""

from __future__ import annotations

import argparse

from depositor.cli import exits
from depositor.cli.commands import commands
from depositor.cli.console import Console
from depositor.cli.main import make_parser
from depositor.session.language import tr

BASH = """\
# Put this into ~/.bashrc:  eval "$(depositor completion bash)"
_depositor() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" options=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{commands} --demo --help --version" -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  if [ "${{word#-}}" != "$word" ]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _depositor depositor
"""
ZSH = """\
#compdef depositor
# Put this into ~/.zshrc:  eval "$(depositor completion zsh)"
_depositor() {{
  local -a commands options
  commands=(
{commands}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  case "$words[2]" in
{cases}
  esac
  if [[ "$PREFIX" == -* ]]; then
    compadd -- $options
  else
    _files
  fi
}}
compdef _depositor depositor
"""


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help=tr("your shell"))
    parser.set_defaults(run=_completion)


def _completion(given: argparse.Namespace, console: Console) -> int:
    text = {"bash": _bash, "zsh": _zsh, "fish": _fish}[given.shell]()
    console.document({"shell": given.shell, "script": text})
    if not console.json:
        console.answer(text.rstrip("\n"))
    return exits.DONE


def _options() -> dict[str, list[str]]:
    """The long options of each command, as its own parser knows them."""
    found = {}
    for command in commands():
        parser = make_parser(command)
        actions = parser._actions  # noqa: SLF001 - argparse has no public way to list options
        found[command.name] = sorted(o for a in actions for o in a.option_strings if o.startswith("--"))
    return found


def _bash() -> str:
    cases = "\n".join(f'    {name}) options="{" ".join(options)}" ;;' for name, options in _options().items())
    return BASH.format(commands=" ".join(c.name for c in commands()), cases=cases)


def _zsh() -> str:
    named = "\n".join(f"    {_quoted(f'{c.name}:{c.summary}')}" for c in commands())
    cases = "\n".join(f"    {name}) options=({' '.join(options)}) ;;" for name, options in _options().items())
    return ZSH.format(commands=named, cases=cases)


def _fish() -> str:
    lines = ["# Put this into ~/.config/fish/completions/depositor.fish"]
    for command in commands():
        summary = _quoted(command.summary)
        lines.append(f"complete -c depositor -n __fish_use_subcommand -a {command.name} -d {summary}")
    for name, options in _options().items():
        lines += [f"complete -c depositor -n '__fish_seen_subcommand_from {name}' -l {o[2:]}" for o in options]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
