"""The remote id of a deposit: the draft's key, the folder in the user's space, and the route of the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from depositor.bundle.file_lists import slug
from depositor.draft.submission import Submission

Route = Literal["http", "ftp"]
# Where the archive asks to leave HTTP: 50 GB in all or 20 GB in one file, the most that its server takes.
HTTP_MOST_TOTAL = 50 * 10**9
HTTP_MOST_FILE = 20 * 10**9


@dataclass(frozen=True, slots=True)
class Remote:
    """``S-BIAD1|my-study-1a2b3c4d|http``; for a revision also the version of the study that it follows: ``...|http|1``.

    What the archive says of a study counts for a revision only once its version is a later one.
    """

    key: str
    root: str
    route: Route
    after: int = 0

    def __str__(self) -> str:
        return f"{self.key}|{self.root}|{self.route}" + (f"|{self.after}" if self.after else "")

    @staticmethod
    def of(text: str) -> Remote:
        key, root, route, *after = text.split("|")
        return Remote(key, root, "ftp" if route == "ftp" else "http", int(after[0]) if after else 0)


def root_of(submission: Submission) -> str:
    """The folder of one submission: never shared with another revision, whose files may differ at equal size."""
    metadata = submission.document.get("metadata")
    study = metadata.get("study") if isinstance(metadata, dict) else None
    title = study.get("title") if isinstance(study, dict) else None
    return "-".join(filter(None, (slug(title) if isinstance(title, str) else "", mark_of(submission.id))))


def mark_of(submission_id: str) -> str:
    """What the folder's name ends with; enough to find the draft of a submission again."""
    return re.sub(r"[^a-z0-9]", "", submission_id.lower())[:12]


def route_for(largest: int, total: int, most_file: int = HTTP_MOST_FILE, most_total: int = HTTP_MOST_TOTAL) -> Route:
    """By HTTP what the archive takes that way, the rest by FTP."""
    return "http" if largest < most_file and total < most_total else "ftp"
