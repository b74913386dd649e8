"""What to say where the window cannot be opened."""

from __future__ import annotations

from depositor.cli import exits
from depositor.cli.console import Console
from depositor.session import language
from depositor.session.home import Home
from depositor.session.language import tr
from depositor.session.settings import Settings


def explain(reason: str) -> int:
    """``display``: there is none; ``qt``: a system library is missing; ``window``: an installation without it."""
    language.use(language.pick(str(Settings(Home.find().settings / "settings.json").get("language"))))
    console = Console()
    if reason == "display":
        console.say(tr("There is no display here, so the window cannot be opened."))
    elif reason == "qt":
        console.say(tr("The window needs a library that this computer lacks."))
        console.say(tr("On Debian and Ubuntu: apt-get install libgl1 libegl1 libxkbcommon0 libxcb-cursor0"))
    else:
        console.say(tr("This copy of Depositor came without its window."))
    console.say(tr("Everything can be done from the command line too: “depositor --help”."))
    return exits.USAGE
