"""The step of licence and release date."""

from __future__ import annotations

from depositor.draft.steps import StepId
from depositor.gui.pages.base import Page
from depositor.gui.texts import tr


class LicensePage(Page):
    """Licence and release date. Not built yet: says so."""

    step = StepId.LICENSE

    def build(self) -> None:
        self.texts.bind(
            lambda: self.title.setText(tr("Licence and release")),
            lambda: self.lead.setText(tr("This page is not built yet.")),
        )
        self.body.addStretch(1)
