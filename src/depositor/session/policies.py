"""Which privacy policies there are, and which one holds for a draft."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding, Level, Subject
from depositor.draft.message import Message, msg
from depositor.draft.problem import NeedsUser, Problem, Side

if TYPE_CHECKING:
    from depositor.privacy.policy import Policy
    from depositor.session.open_draft import OpenDraft

DEFAULT = "public"


def all_policies(settings: Path | None = None) -> tuple[Mapping[str, Policy], tuple[Problem, ...]]:
    """The program's policies and those of the file ``policies.toml`` in the folder ``settings`` (``Home.settings``), by
    id; with a Problem for each of the latter that is not understood."""
    from depositor.privacy import policy_file
    from depositor.privacy.policy import POLICIES

    own, problems = policy_file.read(settings / policy_file.NAME) if settings else ({}, ())
    return {**POLICIES, **own}, problems


def get(policy_id: str, settings: Path | None = None) -> Policy:
    """One policy. NeedsUser ``policy.unknown``, which lists the ids that there are."""
    known, _ = all_policies(settings)
    if policy_id not in known:
        raise NeedsUser(_unknown(policy_id, ", ".join(known)))
    return known[policy_id]


def default_of(archive: str | None) -> str:
    """The policy that an archive names; "public" for a draft without one."""
    from depositor.archives import descriptor

    return descriptor.capabilities(archive).policy if archive in descriptor.ids() and archive else DEFAULT


def id_of(draft: Draft) -> str:
    """The id of the policy that holds for a draft: the one that a person chose, else that of its archive."""
    return draft.policy or default_of(draft.archive)


def policy_of(draft: Draft, settings: Path | None = None) -> Policy:
    """The policy that holds for a draft. NeedsUser where the one that was chosen is not known on this computer: rules
    that nobody knows cannot be kept."""
    return get(id_of(draft), settings)


def for_sealing(draft: Draft, secret: bytes, settings: Path | None = None) -> Policy:
    """The rules of the draft's policy for what a person decided to clean, whomever it is about, with the draft's own
    secret. Subjects that she chose to keep stay; a site that stays, stays in DICOM too (option 113112). Words about
    nobody in particular may be left where a field was cleaned: descriptions keep them on purpose (option 113105)."""
    from dataclasses import replace

    from depositor.privacy.policy import Option

    policy = policy_of(draft, settings)
    kept = {subject for subject, chosen in draft.privacy_choices.items() if chosen.choice == "keep"}
    options = policy.options | {Option.INSTITUTION} if Subject.SITE in kept else policy.options
    return replace(policy.about(frozenset(Subject) - kept - {Subject.OTHER}, secret), options=options)


def findings_of(draft: Draft, settings: Path | None = None) -> tuple[Finding, ...]:
    """What the validation says about the policy: one that is not known here, and copies that a policy does not want."""
    known, _ = all_policies(settings)
    policy = known.get(id_of(draft))
    if policy is None:
        problem = _unknown(id_of(draft), ", ".join(known))
        return (_finding("unknown", Level.BLOCKER, problem.message, problem.advice),)
    wide = any(chosen.choice == "clean" for chosen in draft.privacy_choices.values())
    if policy.action == "warn" and (wide or any(d.choice is Choice.CLEAN for d in draft.decisions)):
        text = msg("policy.warns", "This archive removes personal data with its own tool, and asks for the originals.")
        advice = msg("policy.warns.advice", "Leave the files out or hand them over as the archive tells, or choose "
                     "another privacy policy.")  # fmt: skip
        return (_finding("warns", Level.WARNING, text, advice),)
    return ()


def _finding(what: str, level: Level, text: Message, advice: Message) -> Finding:
    return Finding(f"form:policy.{what}", "policy", level, text, None, advice, location="policy")


def choose(opened: OpenDraft, policy_id: str | None) -> None:
    """A person chooses a policy for the deposit; None: that of the archive again. Undoable."""
    from dataclasses import replace

    what = msg("change.policy", "Choice of the privacy policy")
    opened.update(what, lambda draft: replace(draft, policy=policy_id))


def _unknown(policy_id: str, known: str) -> Problem:
    return Problem(
        "policy.unknown",
        Side.COMPUTER,
        msg("policy.unknown", "The privacy policy “{policy}” is not known on this computer.", policy=policy_id),
        msg("policy.unknown.advice", "Choose one of these: {known}.", known=known),
    )
