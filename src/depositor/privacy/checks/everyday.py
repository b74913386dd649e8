"""The checks of files that everybody has: pictures, films, documents, archives, mail, and what systems leave behind."""

from __future__ import annotations

from depositor.privacy.checks.archives import BZIP2, GZIP, OTHERS, TAR, XZ, ZIP
from depositor.privacy.checks.bitmaps import BMP, ICO
from depositor.privacy.checks.databases import DATABASE
from depositor.privacy.checks.drawings import SVG
from depositor.privacy.checks.gif import GIF
from depositor.privacy.checks.isobmff import BOXES
from depositor.privacy.checks.leftovers import LEFTOVERS
from depositor.privacy.checks.links import SHORTCUTS
from depositor.privacy.checks.mail import MAIL
from depositor.privacy.checks.office import OFFICE
from depositor.privacy.checks.ole import OLE
from depositor.privacy.checks.pdf import PDF
from depositor.privacy.checks.ports import Check
from depositor.privacy.checks.rich_text import RICH_TEXT
from depositor.privacy.checks.riff import FILM, WEBP

EVERYDAY: tuple[Check, ...] = (
    *(LEFTOVERS, SHORTCUTS),
    *(GIF, WEBP, BMP, ICO, FILM, BOXES),
    *(PDF, RICH_TEXT, OLE, DATABASE, SVG, MAIL, OFFICE),
    *(ZIP, TAR, GZIP, BZIP2, XZ, OTHERS),
)
"""In this order: what an ending or the inside tells more about comes before what only a signature tells."""
