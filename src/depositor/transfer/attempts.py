"""How often something was tried, and whether it is worth another try."""

from __future__ import annotations

from depositor.draft.problem import Retryable
from depositor.transfer.manners.gate import Gate
from depositor.transfer.manners.policy import EngineSettings, shared

FEW = 2  # so often is anything sent anew because what arrived was damaged
CHECKSUM = "archive.checksum"


class Attempts:
    """The failures of one file, or of one part, since it last made progress."""

    def __init__(self) -> None:
        self.tries = 0
        self.damages = 0
        self._own = 0  # failures that cannot be laid at everybody's door
        self._successes = 0

    def progressed(self) -> None:
        """It moved: counting starts again. What arrived damaged before is not forgotten."""
        self.tries = self._own = 0

    def hopeless(self, error: Retryable, gate: Gate, settings: EngineSettings) -> bool:
        """Count a failure. True for what fails again and again while others arrive; if nothing arrives between two
        failures, it is not the file: an archive may be busy for days."""
        others_arrived = self.tries == 0 or gate.successes > self._successes
        self._successes = gate.successes
        self.tries += 1
        self._own += not shared(error) or others_arrived
        if error.problem.code == CHECKSUM:
            self.damages += 1
            return self.damages >= FEW
        return self._own >= settings.file_tries
