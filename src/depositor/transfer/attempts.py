"""How often something was tried, and whether it is worth another try."""

from __future__ import annotations

from depositor.draft.problem import Retryable
from depositor.transfer.gate import Gate
from depositor.transfer.policy import EngineSettings, shared

FEW = 2  # so often is anything sent anew because what arrived was damaged
CHECKSUM = "archive.checksum"


class Attempts:
    """The failures of one file, or of one part, since it last made progress."""

    def __init__(self) -> None:
        self.tries = 0
        self.damages = 0
        self._successes = 0

    def progressed(self) -> None:
        """It moved: counting starts again. What arrived damaged before is not forgotten."""
        self.tries = 0

    def hopeless(self, error: Retryable, gate: Gate, settings: EngineSettings) -> bool:
        """Count a failure. True for what fails again and again while others arrive; if nothing arrives, it is not the
        file."""
        if self.tries == 0:
            self._successes = gate.successes
        self.tries += 1
        if error.problem.code == CHECKSUM:
            self.damages += 1
            return self.damages >= FEW
        if self.tries < settings.file_tries:
            return False
        return not shared(error) or gate.successes > self._successes
