"""Which rules hold for this deposit: those of the archive, unless the person chooses others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QWidget

from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Label, column, row

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft


class RulesChoice(QWidget):
    """A choice of policies with the explanation of the one that holds."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._shown: object = None
        self._label = Label(wrap=False)
        self.which = QComboBox()
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(30)
        self._label.setBuddy(self.which)
        self._explanation = Label(kind="muted")
        self.which.activated.connect(self._choose)
        self.setLayout(column(row(self._label, (self.which, 3), 2), self._explanation))

    def show_draft(self, work: OpenDraft) -> None:
        """Show what holds for the draft."""
        from depositor.session import policies

        draft = work.draft
        key = (draft.policy, draft.archive, tr("R&ules"))
        if key == self._shown:
            return
        self._shown = key
        self._label.setText(tr("R&ules"))
        self.which.setAccessibleName(tr("Rules of privacy"))
        known, _ = policies.all_policies(self._workspace.desk.home.settings)
        usual = policies.default_of(draft.archive)
        self.which.clear()
        for policy_id, policy in known.items():
            if policy_id != "patients":  # the name that scripts of earlier versions use
                name = say(policy.title)
                words = tr("{name} (usual for this archive)", name=name) if policy_id == usual else name
                self.which.addItem(words, policy_id)
        holds = policies.id_of(draft)
        self.which.setCurrentIndex(self.which.findData(holds))
        self._explanation.setText(say(known[holds].explanation) if holds in known else "")

    def _choose(self, _at: int) -> None:
        """Other rules for this deposit."""
        from depositor.session import policies

        work, chosen = self._workspace.work, self.which.currentData()
        if work is None or chosen is None:
            return
        usual = policies.default_of(work.draft.archive)
        policies.choose(work, None if chosen == usual else chosen)


class PicturesChoice(QWidget):
    """How many pictures are read for text. It holds for all deposits; what is new is read at once."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._shown: object = None
        self._label = Label(wrap=False)
        self.which = QComboBox()
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(30)
        self._label.setBuddy(self.which)
        self._explanation = Label(kind="muted")
        self.which.activated.connect(self._choose)
        self.setLayout(column(row(self._label, (self.which, 3), 2), self._explanation))

    def show_choice(self) -> None:
        """Show what holds."""
        holds = str(self._workspace.desk.settings.get("privacy_pixels"))
        key = (holds, tr("Text in &pictures"))
        if key == self._shown:
            return
        self._shown = key
        self._label.setText(tr("Text in &pictures"))
        self.which.setAccessibleName(tr("Text in pictures"))
        self.which.clear()
        for amount, words in (
            ("all", tr("Read all pictures")),
            ("sample", tr("Read a sample of long series")),
            ("none", tr("Read no pictures")),
        ):
            self.which.addItem(words, amount)
        self.which.setCurrentIndex(self.which.findData(holds))
        self._explanation.setText(
            {
                "all": tr("Every frame of every file: for many files that takes hours."),
                "sample": tr(
                    "All of small files; of long series some pictures, and all of them laid over one another. "
                    "What was passed over stands under “Not checked”."
                ),
                "none": tr("Names that are written into pictures are not found then."),
            }.get(holds, "")
        )

    def _choose(self, _at: int) -> None:
        """Another amount: what is not read yet is read now."""
        space, chosen = self._workspace, str(self.which.currentData())
        if chosen == space.desk.settings.get("privacy_pixels"):
            return
        space.bridge.ask(lambda _: space.desk.settings.set("privacy_pixels", chosen), self._go, space.trouble.emit)

    def _go(self, _: object) -> None:
        self.show_choice()
        self._workspace.check_again()
