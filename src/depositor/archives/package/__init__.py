"""A checked, self-describing folder on a drive or a share."""

from __future__ import annotations

from depositor.archives.package.adapter import Package

__all__ = ["Package"]
