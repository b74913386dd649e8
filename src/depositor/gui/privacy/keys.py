"""The single keys of the lists of findings, for tool tips and for the list of keys in the help."""

from __future__ import annotations

from depositor.gui.texts import tr


def shortcuts() -> tuple[tuple[str, str], ...]:
    """(key, what it does). They work in the lists alone: in a field they are letters."""
    return (
        ("K", tr("Privacy: keep, with a reason")),
        ("L", tr("Privacy: leave the file out")),
        ("C", tr("Privacy: send a cleaned copy")),
        ("T", tr("Privacy: take a decision back")),
        ("W", tr("Privacy: what goes, what stays")),
        ("N", tr("Privacy: next kind that is open")),
        ("Esc", tr("Privacy: decide about all of the kind, not about single rows")),
    )
