"""The words of the page of transfers: groups, states of files, proofs."""

from __future__ import annotations

from depositor.draft.problem import Problem
from depositor.draft.submission import Proof
from depositor.gui.texts import duration, percent, tr
from depositor.session.sending.file_list import FileLine
from depositor.session.sending.transfers import Group, Stand, Standing

TONES = {
    Stand.SENDING: "info",
    Stand.WAITING: "warn",
    Stand.RESTING: "info",
    Stand.PAUSED: "info",
    Stand.STOPPED: "info",
    Stand.NEEDS_USER: "warn",
    Stand.FAILED_FILES: "warn",
    Stand.REFUSED: "bad",
    Stand.CANCELLED: "info",
    Stand.SENT: "ok",
    Stand.ACCEPTED: "ok",
}


def group_title(group: Group) -> str:
    """The heading of a group."""
    return {
        Group.RUNNING: tr("Running"),
        Group.WAITING: tr("Waiting"),
        Group.FAILED: tr("Needs you"),
        Group.DONE: tr("Done"),
    }[group]


def state_word(state: str) -> str:
    """The state of a file."""
    return {
        "waiting": tr("waiting"),
        "sending": tr("being sent"),
        "sent": tr("sent"),
        "verified": tr("sent and proved"),
        "failed": tr("failed"),
        "skipped": tr("left out"),
    }.get(state, state)


def state_of(line: FileLine, sent: int | None) -> str:
    """The state of a file with how far it is; ``sent``: what is known of one under way right now."""
    if line.state not in ("waiting", "sending"):
        return state_word(line.state)
    if sent is not None:
        return under_way(sent / line.size if line.size else 0.0)
    if line.held and line.size:
        return tr("waiting, {share} is there", share=percent(line.held / line.size))
    return state_word("waiting")


def under_way(share: float) -> str:
    """The state of a file of which ``share`` (0 to 1) is sent."""
    return tr("being sent, {share}", share=percent(share))


def widest_state() -> str:
    """The longest state that a file under way comes through."""
    return max(under_way(1.0), state_word("verified"), key=len)


def proof_word(proof: Proof | None) -> str:
    """What shows that a file is there; nothing while it is not."""
    if proof is None:
        return ""
    return {
        Proof.DIGEST: tr("checksum of the archive"),
        Proof.PARTS: tr("checksum of each part"),
        Proof.READ_BACK: tr("read back whole"),
        Proof.SAMPLES: tr("size, and places read back"),
        Proof.SIZE: tr("size alone"),
        Proof.ANSWER: tr("its answer alone"),
    }[proof]


def since(seconds: float | None) -> str:
    """For how long it has been waiting; nothing in the first moments."""
    if seconds is None or seconds < 5:
        return ""
    return tr("Waiting for {time}.", time=duration(seconds))


def title(found: Standing) -> str:
    """The name of a submission."""
    return found.info.title or tr("Untitled study")


def in_the_way(found: Standing) -> Problem | None:
    """What a submission waits for or stopped at, while that is still to be helped."""
    over = (Stand.SENDING, Stand.PAUSED, Stand.CANCELLED, Stand.SENT, Stand.ACCEPTED)
    return None if found.stand in over else found.problem
