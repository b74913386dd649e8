"""The practice archive: an archive on this computer that needs no account, and is as strict as a real one."""

from __future__ import annotations

from depositor.archives.practice.adapter import Practice

__all__ = ["Practice"]
