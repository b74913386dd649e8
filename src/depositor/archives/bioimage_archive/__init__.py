"""The BioImage Archive at EMBL-EBI, by way of its submission tool (BioStudies).

Source of what is written here: EBIBioStudies/biostudies-backend-services (server), EBIBioStudies/submission-tool (the
archive's own web form) and the archive's help pages, read in 2026.
"""

from __future__ import annotations

from depositor.archives.bioimage_archive.adapter import BioImageArchive

__all__ = ["BioImageArchive"]
