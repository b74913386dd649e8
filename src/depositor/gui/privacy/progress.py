"""How far a check for personal data is: what is looked at now, and how many of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.gui.texts import count, tr

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft


@dataclass(frozen=True, slots=True)
class News:
    """``stage`` as the session calls it (``checks.Stage``), ``done`` of ``of`` files in it; 0 of 0 at its begin."""

    stage: str = "headers"
    done: int = 0
    of: int = 0


def check(work: OpenDraft, cancel: Cancel, post: Callable[[News], object]) -> object:
    """Check the draft, beside the window's thread; ``post`` gets what is new."""
    now = News()

    def tell(news: News) -> None:
        nonlocal now
        now = news
        post(now)

    return work.check_privacy(
        cancel,
        lambda done, of: tell(replace(now, done=done, of=of)),
        on_stage=lambda stage: tell(News(str(stage))),
    )


def short(news: News) -> str:
    """For the strip at the bottom."""
    return {
        "headers": tr("Looking for personal data in headers and names"),
        "again": tr("Looking again for what other files gave away"),
        "pictures": tr("Looking for text in pictures"),
    }[news.stage]


def words(news: News) -> tuple[str, str]:
    """For the page: what is done now, with how far it is, and what to know about it."""
    far = tr("{done} of {of} files", done=count(news.done), of=count(news.of)) if news.of else ""
    head, note = {
        "headers": (tr("Headers and names are read"), tr("Your files are read on this computer only.")),
        "again": (
            tr("All files are searched for what others gave away"),
            tr("A name in one header may stand in the remark of another."),
        ),
        "pictures": (
            tr("Pictures are read for text"),
            tr("This takes longest. What was found so far is below: you can decide already."),
        ),
    }[news.stage]
    return (tr("{what}: {far}", what=head, far=far) if far else f"{head} …"), note
