"""Uploads in parts that nobody will end: their parts are kept, and paid for, until somebody aborts them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from depositor.draft.problem import Refused
from depositor.transfer.s3.place import S3Place
from depositor.transfer.s3.token import decode
from depositor.transfer.s3.wire import S3Wire

STALE_S = 86_400.0
_ABORTS = 3  # a part that was under way may arrive after an abort


def sweep(wire: S3Wire, place: S3Place, keep: Iterable[str], older_s: float, names: Iterable[str] | None) -> int:
    """See :meth:`~depositor.transfer.s3.carrier.S3Carrier.sweep`."""
    if names is None and not place.key(""):
        return 0
    kept = {token.upload for token in map(decode, keep) if token}
    wanted = None if names is None else {place.key(name) for name in names}
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=older_s)
    stale = [
        (key, upload)
        for key, upload, begun in wire.uploads(place.key(""))
        if upload not in kept and begun < before and (wanted is None or key in wanted)
    ]
    return sum(abort(wire, key, upload) for key, upload in stale)


def tidy(wire: S3Wire, key: str) -> None:
    """Uploads of this very key whose id was lost in a crash; where nobody may list them, they stay."""
    try:
        left = [upload for found, upload, _ in wire.uploads(key) if found == key]
    except Refused:
        return
    for upload in left:
        abort(wire, key, upload)


def abort(wire: S3Wire, key: str, upload: str) -> bool:
    """Whether the upload is gone."""
    return any(wire.abort(key, upload) for _ in range(_ABORTS))
