"""Write docs/commands.md from the program's own help, so that the page cannot tell anything else.

python docs/make_commands.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

PAGE = Path(__file__).with_name("commands.md")
_HEAD = """# Commands

Made from the program's own help by `python docs/make_commands.py`.

`--json` puts one JSON document on standard output and nothing else; words and progress for people go to standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | done, with findings or failed items |
| 2 | the command was not understood |
| 3 | a person is needed: sign in, decide, free some space |
| 4 | the archive refused |
| 5 | stopped (network, pause, Ctrl-C); `depositor resume` goes on |
| 70 | our own fault |

| variable | for |
|---|---|
| `DEPOSITOR_HOME` | state, settings and cache in one folder |
| `DEPOSITOR_ENDPOINT_<ARCHIVE>` | another address of an archive (id in capitals, `-` as `_`) |
| `DEPOSITOR_USER_<ARCHIVE>`, `DEPOSITOR_PASSWORD_<ARCHIVE>` | the account, instead of the key store |
| `DEPOSITOR_TOKEN_<ARCHIVE>` | a token, where the archive takes one |
| `DEPOSITOR_FTP_<ARCHIVE>` | the bulk route where an archive has one: `ftp://user:pass@host:port/` |
| `DEPOSITOR_LANG` | the language: `en`, `de` |
"""


def page() -> str:
    """The text of the page."""
    os.environ["COLUMNS"] = "110"
    from depositor.cli.commands import commands
    from depositor.cli.main import make_parser
    from depositor.session import language

    language.use("en")
    parts = [_HEAD]
    for command in commands():
        text = make_parser(command).format_help().strip()
        parts.append(f"## depositor {command.name}\n\n```\n{re.sub(r'[ ]+$', '', text, flags=re.M)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
