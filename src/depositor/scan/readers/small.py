"""Formats with small headers, parsed by hand."""

from __future__ import annotations

from depositor.scan.readers.base import Reader

READERS: tuple[Reader, ...] = ()
