"""The readers of light microscopy and of plates, in the order in which they are asked."""

from __future__ import annotations

from depositor.scan.readers.base import Reader
from depositor.scan.readers.opera import OperaReader
from depositor.scan.readers.yokogawa import YokogawaReader

READERS: tuple[Reader, ...] = (
    OperaReader(),
    YokogawaReader(),
)
