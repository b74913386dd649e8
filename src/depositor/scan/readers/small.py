"""The readers of formats with small headers, in the order in which they are asked."""

from __future__ import annotations

from depositor.scan.readers.base import Reader
from depositor.scan.readers.cytometry import CytometryTextReader, McdReader
from depositor.scan.readers.deltavision import DeltaVisionReader
from depositor.scan.readers.emd import EmdReader
from depositor.scan.readers.freesurfer import MghReader
from depositor.scan.readers.gatan import GatanReader
from depositor.scan.readers.heif import HeifReader, Jpeg2000Reader
from depositor.scan.readers.imzml import ImzmlReader
from depositor.scan.readers.lif import LifReader
from depositor.scan.readers.mdoc import MdocReader
from depositor.scan.readers.minc import MincReader
from depositor.scan.readers.mrc import MrcReader
from depositor.scan.readers.mrxs import MrxsReader
from depositor.scan.readers.nd2 import Nd2Reader
from depositor.scan.readers.nifti import NiftiReader
from depositor.scan.readers.nrrd import MetaImageReader, NrrdReader
from depositor.scan.readers.parrec import ParReader
from depositor.scan.readers.picture import PictureReader
from depositor.scan.readers.sdt import SdtReader
from depositor.scan.readers.ser import EmiReader, SerReader
from depositor.scan.readers.video import AviReader, Mp4Reader

READERS: tuple[Reader, ...] = (
    MrxsReader(),  # a picture by its first bytes
    PictureReader(),
    HeifReader(),
    Jpeg2000Reader(),
    NrrdReader(),
    LifReader(),
    Nd2Reader(),
    GatanReader(),
    EmdReader(),
    SerReader(),
    EmiReader(),
    MdocReader(),
    ImzmlReader(),
    McdReader(),
    CytometryTextReader(),
    SdtReader(),
    AviReader(),
    Mp4Reader(),
    ParReader(),
    DeltaVisionReader(),
    NiftiReader(),
    MghReader(),
    MincReader(),
    MetaImageReader(),
    MrcReader(),
)
