"""The trial upload as steps, and what its speed means for the whole set."""

from __future__ import annotations

from depositor.archives.ports import ArchiveSession
from depositor.draft.message import msg
from depositor.session.diagnosing import measuring
from depositor.session.diagnosing.begun import Begun
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.trial import Trial
from depositor.session.diagnosing.values import Estimate, Facts, Speed, StepState, Told
from depositor.session.language import current
from depositor.transfer.net.wait import within

ALLOWED = "trial"  # the word among an archive's abilities
_LONGEST_S = 180.0
_UPLOAD = msg("step.upload", "Small upload, removed again")
_ESTIMATE = msg("step.estimate", "The whole data set")


def trial_of(bench: Bench, session: ArchiveSession) -> Trial | None:
    """A trial at this archive; None where it does not allow any."""
    if ALLOWED not in bench.archive.can:
        return None
    state = bench.desk.home.state
    return Trial(session, bench.archive, Begun(state, bench.archive.id, bench.place.url), bench.cancel)


def upload(bench: Bench, trial: Trial | None) -> Speed | None:
    """Send some megabytes and take them back."""
    if trial is None:
        bench.skip("upload", _UPLOAD, msg("upload.not-allowed", "Not tried: this archive takes no test files."))
        return None
    measured: list[Speed] = []
    bench.step("upload", _UPLOAD, lambda: _upload(bench, trial, measured))
    return measured[0] if measured else None


def _upload(bench: Bench, trial: Trial, measured: list[Speed]) -> Told:
    speed = measuring.speed_of(within(_LONGEST_S, bench.cancel, trial.run, trial.abort))
    assert speed is not None
    measured.append(speed)
    tell = current()
    facts: Facts = {"bytes_per_s": round(speed.bytes_per_s), "per_file_s": round(speed.per_file_s, 3)}
    given = {"size": tell.size(speed.bytes), "speed": tell.speed(speed.bytes_per_s)}
    if speed.least:
        text = msg("upload.fast", "{size} arrived whole and were removed; at least {speed}.", **given)
    else:
        text = msg("upload.good", "{size} arrived whole and were removed; {speed}.", **given)
    return Told(text, facts=facts)


def estimate(bench: Bench, speed: Speed | None) -> Estimate | None:
    """How long the whole set would take."""
    if bench.size is None:
        return None
    if speed is None:
        bench.skip(
            "estimate", _ESTIMATE, msg("estimate.no-speed", "How long it takes cannot be told without a test upload.")
        )
        return None
    lanes = int(bench.desk.settings.get("parallel_files"))
    found = measuring.estimate_of(speed, bench.size, lanes)
    facts: Facts = {"low_s": round(found.low), "high_s": round(found.high), "files": found.files, "bytes": found.bytes}
    bench.step("estimate", _ESTIMATE, lambda: Told(measuring.in_words(found), StepState.OK, facts=facts))
    return found
