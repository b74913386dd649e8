"""A sender in a process of its own, to be killed:

python s3_sender.py STORE ENDPOINT BUCKET PREFIX ACCESS SECRET PART [BYTES PER SECOND]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from transfer_world import QUICK, SUBMISSION

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place


def main() -> None:
    store, endpoint, bucket, prefix, access, secret, part, *limit = sys.argv[1:]
    settings = replace(QUICK, limit=int(limit[0]) if limit else None)
    place, options = (
        S3Place(endpoint, bucket, prefix),
        S3Options(part_size=int(part), least_part=int(part), one_request=10_000),
    )
    journal = SqliteJournal(Path(store))
    Engine(
        journal, lambda: S3Carrier(place, lambda: S3Keys(access, secret), options), SUBMISSION, settings, Cancel()
    ).run()


if __name__ == "__main__":
    main()
