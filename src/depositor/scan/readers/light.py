"""The readers of light microscopy and of plates, in the order in which they are asked."""

from __future__ import annotations

from depositor.scan.readers.base import Reader
from depositor.scan.readers.bdv import BigDataViewerReader
from depositor.scan.readers.imaris import ImarisReader
from depositor.scan.readers.lif import LofReader, XlefReader
from depositor.scan.readers.metamorph import MetaMorphReader
from depositor.scan.readers.mmstudio import MetadataTextReader
from depositor.scan.readers.n5 import N5Reader
from depositor.scan.readers.olympus import OlympusReader
from depositor.scan.readers.opera import OperaReader
from depositor.scan.readers.yokogawa import YokogawaReader

READERS: tuple[Reader, ...] = (
    OperaReader(),
    YokogawaReader(),
    OlympusReader(),
    LofReader(),
    XlefReader(),
    ImarisReader(),
    BigDataViewerReader(),
    MetaMorphReader(),
    MetadataTextReader(),
    N5Reader(),
)
