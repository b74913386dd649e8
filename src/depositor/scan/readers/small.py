"""The readers of formats with small headers, in the order in which they are asked."""

from __future__ import annotations

from depositor.scan.readers.base import Reader
from depositor.scan.readers.emd import EmdReader
from depositor.scan.readers.gatan import GatanReader
from depositor.scan.readers.lif import LifReader
from depositor.scan.readers.mdoc import MdocReader
from depositor.scan.readers.mrc import DeltaVisionReader, MrcReader
from depositor.scan.readers.nd2 import Nd2Reader
from depositor.scan.readers.nifti import NiftiReader
from depositor.scan.readers.nrrd import MetaImageReader, NrrdReader
from depositor.scan.readers.picture import PictureReader
from depositor.scan.readers.ser import EmiReader, SerReader

READERS: tuple[Reader, ...] = (
    PictureReader(),
    NrrdReader(),
    LifReader(),
    Nd2Reader(),
    GatanReader(),
    EmdReader(),
    SerReader(),
    EmiReader(),
    MdocReader(),
    DeltaVisionReader(),
    NiftiReader(),
    MetaImageReader(),
    MrcReader(),
)
