"""The readers of formats with small headers."""

from __future__ import annotations

from depositor.scan.readers.base import Reader
from depositor.scan.readers.picture import PictureReader

READERS: tuple[Reader, ...] = (PictureReader(),)
