"""A sender in a process of its own, to be killed: python s3_sender.py STORE ENDPOINT BUCKET ACCESS SECRET PART."""

from __future__ import annotations

import sys
from pathlib import Path

from transfer_world import QUICK, SUBMISSION

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.s3 import S3Carrier
from depositor.transfer.s3_place import S3Keys, S3Options, S3Place


def main() -> None:
    store, endpoint, bucket, access, secret, part = sys.argv[1:]
    place, options = S3Place(endpoint, bucket), S3Options(part_size=int(part), least_part=int(part), one_request=10_000)
    journal = SqliteJournal(Path(store))
    Engine(
        journal, lambda: S3Carrier(place, lambda: S3Keys(access, secret), options), SUBMISSION, QUICK, Cancel()
    ).run()


if __name__ == "__main__":
    main()
