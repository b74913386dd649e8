"""The remedies of everyday files, by the id of their check."""

from __future__ import annotations

from depositor.privacy.checks.archives import BZIP2, GZIP, XZ
from depositor.privacy.remedies.archives import PackedFileRemedy, TarRemedy, ZipRemedy
from depositor.privacy.remedies.office import OfficeRemedy
from depositor.privacy.remedies.pdf import PdfRemedy
from depositor.privacy.remedies.ports import Remedy

EVERYDAY: dict[str, Remedy] = {
    "office": OfficeRemedy(),
    "pdf": PdfRemedy(),
    "zip": ZipRemedy(),
    "tar": TarRemedy(),
    "gzip": PackedFileRemedy(GZIP),
    "bzip2": PackedFileRemedy(BZIP2),
    "xz": PackedFileRemedy(XZ),
}
