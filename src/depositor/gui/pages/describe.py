"""The step in which the study is described."""

from __future__ import annotations

from depositor.draft.steps import StepId
from depositor.gui.pages.base import Page
from depositor.gui.texts import tr


class DescribePage(Page):
    """The form. Not built yet: says so."""

    step = StepId.DESCRIBE

    def build(self) -> None:
        self.texts.bind(
            lambda: self.title.setText(tr("Describe the study")),
            lambda: self.lead.setText(tr("This page is not built yet.")),
        )
        self.body.addStretch(1)
