"""Which questions a page shows: those that apply to the other answers, and more detail where somebody wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button
from depositor.session.forms import Field, Module, asked


def shown_keys(module: Module, base: str, draft: Draft, *, detailed: bool) -> frozenset[str]:
    """The keys of the questions to show in the record at ``base``. What is answered is never hidden."""
    record = draft.get(base)
    here = record if isinstance(record, dict) else {}
    wanted = {f.key for f in asked(module.fields, here, draft) if detailed or f.tier == 1}
    return frozenset(wanted | {f.key for f in module.fields if not is_empty(here.get(f.key))})


def with_columns(field: Field, value: Any, *, detailed: bool) -> Field:
    """The field with the columns to show: more detail only where it is wanted or told."""
    if detailed or not any(f.tier > 1 for f in field.subfields):
        return field
    rows = value if isinstance(value, list) else [value]
    told = {key for row in rows if isinstance(row, dict) for key, one in row.items() if not is_empty(one)}
    return replace(field, subfields=tuple(f for f in field.subfields if f.tier == 1 or f.key in told))


def has_detail(module: Module) -> bool:
    """True where there is more to ask than is shown at first."""
    return any(one.tier > 1 for field in module.fields for one in field.walk())


class DetailButton(Button):
    """Shows more questions, or fewer again."""

    def __init__(self, changed: Callable[[bool], None], *, detailed: bool) -> None:
        super().__init__(None, "quiet", lambda: changed(not detailed))
        self.setText(tr("Fewer questions") if detailed else tr("More detail"))
        self.setToolTip(
            tr("Leave out what few studies need. Answers stay.") if detailed else tr("Questions that few studies need.")
        )
