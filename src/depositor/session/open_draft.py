"""A draft that is open: the one place where it changes, with undo, autosave and everything that is known about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.answer import Proposal
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import Decision, Finding, NotChecked
from depositor.draft.inventory import Summary
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem
from depositor.draft.steps import Completeness, Situation, Step, obstacles, ready, steps
from depositor.draft.submission import Receipt, Submission
from depositor.session import (
    addresses,
    checks,
    documents,
    filling,
    headers,
    history,
    human_data,
    integrity,
    policies,
    seal,
)
from depositor.session import decisions as deciding
from depositor.session.annotations import pairing
from depositor.session.autosave import Autosave
from depositor.session.clock import today
from depositor.session.current_findings import CurrentFindings
from depositor.session.draft_lock import not_ready
from depositor.session.places import Places, scanned
from depositor.session.reuse import defaults
from depositor.session.store import told

if TYPE_CHECKING:
    from filelock import FileLock

    from depositor.form.fields import Form
    from depositor.form.prefill import Renewal
    from depositor.scan.inventory import Inventory
    from depositor.session.desk import Desk
    from depositor.session.pixels import Amount

Progress = Callable[[int, int], None]  # (done, of); of is 0 while it is not known
Listener = Callable[[str], None]


class OpenDraft:
    """One draft, open for this process alone. Thread-safe.

    ``listeners`` are called after a change, in the thread that made it, with what changed: ``draft``, ``inventory``,
    ``facts``, ``privacy``, ``saved`` or ``problem``.
    """

    def __init__(self, desk: Desk, draft: Draft, lock: FileLock, changes: list[history.Change], position: int) -> None:
        self._desk = desk
        self._draft = draft
        self._lock = lock
        self._guard = threading.RLock()
        self._memory = Autosave(desk.store, draft, changes, position)
        self._memory.on_problem = self._save_problem
        self._summary: Summary | None = None
        self._form: tuple[tuple[Any, ...], Form] | None = None
        self._findings = CurrentFindings(desk, draft.id)
        self.save_problem: Problem | None = None
        self.listeners: list[Listener] = []
        self.offers: Mapping[str, Proposal] = {}  # what the headers say, since the last prefill
        self.renewed: tuple[Renewal, ...] = ()  # what the last prefill changed because the files did

    # --- the value and its changes -------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self._draft.id

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return self._draft

    @property
    def saved(self) -> bool:
        """True when every change is on disk."""
        return self._memory.saved

    @property
    def can_undo(self) -> str | None:
        """The message id of the change that undo takes back, or None."""
        change = self._memory.undoable
        return change.what if change else None

    @property
    def can_redo(self) -> str | None:
        """The message id of the change that redo brings back, or None."""
        change = self._memory.redoable
        return change.what if change else None

    def change(self, what: Message, new: Draft, *, joins: bool = False) -> None:
        """Replace the draft. It is on disk within 2 s. ``joins``: part of the burst of typing that the last change with
        the same ``what`` began; the two are undone as one. Where records got other names, what follows from them
        without a choice is part of the same step. Of other folders nothing is known until :meth:`scan`."""
        with self._guard:
            new = self._followed(new)
            if new == self._draft:
                return
            moved = scanned(new.files) != scanned(self._draft.files)
            self._draft = new
            self._memory.record(new, history.named(what), joins=joins)
        self._tell("draft")
        if moved:
            self._forget_inventory()

    def _followed(self, new: Draft) -> Draft:
        """``new`` with what follows from the changed answers without a choice; what a person took away stays away."""
        same = (new.archive, new.profiles) == (self._draft.archive, self._draft.profiles)
        if new.metadata is self._draft.metadata and same:
            return new
        from depositor.form.filling.following import follow

        return follow(self.form(new), self._draft, new)

    def update(self, what: Message, make: Callable[[Draft], Draft], *, joins: bool = False) -> None:
        """Replace the draft by what ``make`` makes of it; what another thread changed a moment before stays."""
        with self._guard:
            self.change(what, make(self._draft), joins=joins)

    def edit(self, path: str, value: Any) -> None:
        """A person typed ``value`` at ``path``."""
        with self._guard:
            what = msg("change.answer", "Change of {field}", field=path)
            last = self._memory.undoable
            joins = last is not None and last.what == history.named(what)
            self.change(what, self._draft.answer(path, value), joins=joins)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Note what a person decided about findings; one undo step for all of them."""
        what, new = msg("change.decisions", "Decisions about personal data"), deciding.about(self, decisions)
        self.update(what, lambda draft: replace(draft, decisions=(*draft.decisions, *new)))

    def undo(self) -> bool:
        """Take back the last change; False if there is none."""
        return self._step(forward=False)

    def redo(self) -> bool:
        """Bring back what undo took; False if there is nothing."""
        return self._step(forward=True)

    def _step(self, *, forward: bool) -> bool:
        with self._guard:
            found = self._memory.step(forward=forward)
            if found is None:
                return False
            moved = scanned(found.files) != scanned(self._draft.files)
            self._draft = found
        self._tell("draft")
        if moved:
            self._forget_inventory()
        return True

    # --- files ---------------------------------------------------------------------------------------------------

    @property
    def places(self) -> Places:
        """How the rows of the inventory and the paths on disk belong together."""
        return Places(self._draft.files)

    def set_files(self, groups: Sequence[FileGroup]) -> None:
        """Choose other folders; what is known of the old ones is forgotten until :meth:`scan`."""
        self.update(msg("change.files", "Choice of files"), lambda draft: replace(draft, files=tuple(groups)))

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Add folders or files that are not yet among the chosen ones."""
        known = {g.path for g in self._draft.files}
        new = [FileGroup(str(p.absolute())) for p in paths]
        self.set_files((*self._draft.files, *(g for g in new if g.path not in known)))

    def remove_path(self, path: str) -> None:
        """Take a folder or file out of the choice."""
        self.set_files([g for g in self._draft.files if g.path != path])

    def inventory(self) -> Inventory:
        """The inventory in this thread's connection."""
        from depositor.scan.inventory import Inventory

        return Inventory(self._desk.store.connection(), self.id)

    def summary(self) -> Summary:
        """The totals of the last scan."""
        if self._summary is None:
            self._summary = self.inventory().summary()
        return self._summary

    def scan(self, cancel: Cancel, on_progress: Callable[[Summary], None] | None = None) -> Summary:
        """Look through the chosen folders. Stopped when cancelled; what was found until then stays visible."""
        from depositor.scan.walk import walk

        roots = self.places.roots
        batches = walk([r.path for r in roots], [r.exclude for r in roots], cancel)
        self._summary = None
        with told():
            found = self.inventory().fill(batches, [str(r.path) for r in roots], on_progress)
            checks.outdate(self._desk, self.id, self.inventory(), self.places)
        self._summary = found
        self._findings.renew()
        self._tell("inventory")
        return found

    def read_headers(self, cancel: Cancel, on_progress: Progress | None = None) -> int:
        """Read the headers that are not yet read, one per image set, in the worker process; how many were read."""
        done = headers.read_new(
            self._desk.worker(), self._desk.store, self.inventory(), self.places, cancel, on_progress
        )
        if done:
            self._tell("facts")
        return done

    def files_renewed(self) -> None:
        """Rows of the inventory were brought up to date beside a scan."""
        self._summary = None
        self._findings.renew()
        self._tell("inventory")

    def _forget_inventory(self) -> None:
        self._summary = Summary()
        self._findings.renew()
        self._desk.forget_inventory(self.id)
        self._tell("inventory")

    # --- the form ------------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities | None:
        """What the chosen archive can do; None while none is chosen or the program does not know it."""
        return self._desk.capabilities(self._draft.archive)

    def form(self, draft: Draft | None = None) -> Form:
        """The form for the chosen profiles and archive; of the draft as it is now if no other is given."""
        from depositor.form.profiles import load

        asked = draft or self._draft
        capabilities = self._desk.described(asked.archive)
        key = (asked.profiles, capabilities.profile if capabilities else None)
        if self._form is None or self._form[0] != key:
            self._form = (key, load(asked.profiles, key[1]))
        return self._form[1]

    def prefill(self) -> int:
        """Offer what the headers say to every answer that no person gave; how many answers it touched. ``renewed``
        tells which of the earlier values changed because the files did."""
        return filling.fill(self, self._guard)

    def confirm(self, *places: str) -> None:
        """A person agrees with all that the program offered at or below ``places`` (answers, records, modules)."""
        self.update(msg("change.confirm", "Agreement with a value"), lambda draft: draft.confirm_all(*places))

    def take_offer(self, path: str) -> bool:
        """A person asks for the value that the headers give to ``path``, whatever stands there; False if they give
        none. She asked for it, so it counts as confirmed."""
        return filling.take(self, path)

    def validate(self) -> tuple[Finding, ...]:
        """All that the archive would refuse, and advice; the same in window, command line and batch. An archive that
        the program only knows of is asked about as strictly as one that it can send to."""
        from depositor.form.validation import validate

        archive = self._desk.described(self._draft.archive)
        found = validate(self.form(), self._draft, archive, today(), self.summary())
        people = human_data.findings_of(self._draft, archive, self.summary(), self.privacy() or ())
        rules = policies.findings_of(self._draft, self._desk.home.settings)
        return (*found, *pairing.findings_of(self), *integrity.findings_of(self), *people, *rules)

    def completeness(self) -> Completeness:
        from depositor.form.validation import completeness

        return completeness(self.form(), self._draft)

    def by_module(self) -> Mapping[str, Completeness]:
        """How complete each module is."""
        from depositor.form.validation import by_module

        return by_module(self.form(), self._draft)

    # --- privacy -------------------------------------------------------------------------------------------------

    def check_privacy(
        self,
        cancel: Cancel,
        on_progress: Progress | None = None,
        pixels: Amount | None = None,
        on_stage: Callable[[checks.Stage], object] | None = None,
    ) -> tuple[Finding, ...]:
        """Check what is new or changed since the last check; all findings. ``pixels``: how many pictures are read for
        text; None: as the settings say. ``on_stage`` is told what begins; what headers and names tell can be asked for
        while the pictures are read, and listeners hear of it."""

        def begins(stage: checks.Stage) -> None:
            if on_stage:
                on_stage(stage)
            if stage is checks.Stage.PICTURES:
                self._findings.renew()
                self._tell("privacy")

        desk, places = self._desk, self.places
        with self._findings.checking():
            checks.check_files(desk, self.id, self.inventory(), places, cancel, on_progress, pixels, begins)
        if not cancel:
            deciding.carry(self)
        self._tell("privacy")
        return self.privacy() or ()

    def privacy(self) -> tuple[Finding, ...] | None:
        """The findings in files, names and the form's text; None until every file was checked."""
        return self._findings.of(self._draft)

    @property
    def are_pictures_read(self) -> bool:
        """False where the last check was stopped before it had read all the pictures that it should."""
        return checks.are_pictures_done(self._desk.store.connection(), self.id)

    def not_checked(self) -> tuple[NotChecked, ...]:
        """What no check covers."""
        return checks.not_checked(self._desk.store.connection(), self.id)

    # --- all together --------------------------------------------------------------------------------------------

    def situation(self) -> Situation:
        """Everything that the steps depend on."""
        last = self._desk.last_submission(self.id)
        now = Situation(
            draft=self._draft,
            capabilities=self.capabilities,
            inventory=self.summary(),
            validation=self.validate(),
            completeness=self.completeness(),
            privacy=self.privacy(),
            not_checked=checks.count_not_checked(self._desk.store.connection(), self.id),
            stage=last.stage if last else None,
            receipt=last.receipt if last else None,
            address=addresses.wanting(self._desk, self.capabilities),
        )
        _ = now.undecided  # counted here, beside the window's thread
        return now

    def receipt(self) -> Receipt | None:
        """What the archive gave for the draft as it is now, if it was sent."""
        last = self._desk.last_submission(self.id)
        return last.receipt if last else None

    def steps(self) -> tuple[Step, ...]:
        """How each step stands now."""
        return steps(self.situation())

    def seal(self, cancel: Cancel | None = None, on_progress: Progress | None = None) -> Submission:
        """Make the immutable Submission. NeedsUser ``seal.not-ready`` while something stops it."""
        addresses.needed(self._desk, self.capabilities)
        now = self.situation()
        if not ready(now):
            raise NeedsUser(not_ready(obstacles(now)))
        self._memory.flush()
        assert now.capabilities is not None
        defaults.notice(self._desk.home, self._draft)
        return seal.seal(self._desk, self, now.capabilities, cancel or Cancel(), on_progress)

    def export(self, format: str, folder: Path) -> tuple[Path, ...]:  # noqa: A002
        """Write one format of the description into ``folder`` (made if needed)."""
        return documents.export(self._desk, self, format, folder)

    def save(self, path: Path) -> None:
        """Write the submission document; paths in it are relative to its folder."""
        documents.write(self._draft, path)

    def flush(self) -> None:
        """Put every change on disk now."""
        self._memory.flush()

    def close(self) -> None:
        """Write what is left and let other windows open the draft."""
        self._memory.close()
        defaults.notice(self._desk.home, self._draft)
        self._lock.release()
        self._desk.closed(self.id)

    def _save_problem(self, problem: Problem | None) -> None:
        self.save_problem = problem
        self._tell("problem")

    def _tell(self, what: str) -> None:
        for listener in tuple(self.listeners):
            listener(what)
