"""Storage of one's own: S3, tus, SFTP, FTP and WebDAV, described by data alone.

One adapter (:mod:`~depositor.archives.generic.adapter`) makes the deposit; what differs between the protocols is a
:class:`~depositor.archives.generic.ports.Place` each, found by the protocol that the descriptor names.
"""

from __future__ import annotations

from depositor.archives.generic.adapter import Generic

__all__ = ["Generic"]
