"""Who decides: asked once, kept while the program runs, and taken from the last decision of the draft."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Who:
    """The name that goes into the record, and the reason that was given last."""

    name: str = ""
    why: str = ""
