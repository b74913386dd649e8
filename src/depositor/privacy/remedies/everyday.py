"""The remedies of everyday files, by the id of their check."""

from __future__ import annotations

from depositor.privacy.checks.archives import BZIP2, GZIP, XZ
from depositor.privacy.checks.bitmaps import BMP
from depositor.privacy.checks.gif import GIF
from depositor.privacy.checks.riff import WEBP
from depositor.privacy.remedies import boxes, boxes_gif
from depositor.privacy.remedies.archives import PackedFileRemedy, TarRemedy, ZipRemedy
from depositor.privacy.remedies.drawings import SvgRemedy
from depositor.privacy.remedies.office import OfficeRemedy
from depositor.privacy.remedies.pdf import PdfRemedy
from depositor.privacy.remedies.pictures import PictureRemedy, in_bmp
from depositor.privacy.remedies.ports import Remedy

EVERYDAY: dict[str, Remedy] = {
    "office": OfficeRemedy(),
    "gif": PictureRemedy(GIF, boxes_gif.blank),
    "bmp": PictureRemedy(BMP, in_bmp),
    "webp": PictureRemedy(WEBP, boxes.blank_webp),
    "svg": SvgRemedy(),
    "pdf": PdfRemedy(),
    "zip": ZipRemedy(),
    "tar": TarRemedy(),
    "gzip": PackedFileRemedy(GZIP),
    "bzip2": PackedFileRemedy(BZIP2),
    "xz": PackedFileRemedy(XZ),
}
