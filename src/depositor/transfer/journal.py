"""What the engine remembers, in the store's SQLite file: synchronous FULL, one commit for all who wait for one.

Intents reach the disk before the call they announce. Outcomes of small files are gathered for at most 0.5 s: after a
crash an intent without an outcome means "ask the server", so nothing is lost by it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from depositor.draft.problem import Problem
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer.counters import totals_of
from depositor.transfer.journal_disk import GATHER_BYTES, GATHER_S, JournalDisk, Statement
from depositor.transfer.ports import Upload
from depositor.transfer.rows import COLUMNS, from_row

__all__ = ["GATHER_BYTES", "GATHER_S", "SqliteJournal", "Statement"]

_SMALL = 1 << 20
_PAGE = 500
_BY_CONTENT = frozenset({Proof.DIGEST, Proof.PARTS, Proof.READ_BACK})
_REMEMBERED = (
    "(SELECT sha256 FROM digest WHERE path=f.source AND digest.size=f.size AND digest.mtime_ns=f.mtime_ns "
    "AND digest.inode=f.inode)"
)


class SqliteJournal:
    """The journal in the store's file at ``path``, whose tables exist; safe to use from many threads.

    The journal mode (WAL, or the slower one on network drives) is the store's choice and stays as it is in the file.
    Raises NeedsUser ``journal.disk-full`` or ``journal.no-access`` where the disk does not take a change.
    """

    def __init__(self, path: Path) -> None:
        self._disk = JournalDisk(path, lambda statements: self.commit(statements))
        self._ask = self._disk.ask

    # --- what the engine asks --------------------------------------------------------------------------------------

    def pending(self, submission: str, at_least: int = 0, below: int | None = None) -> Iterator[SubmissionFile]:
        """Files that were under way, then those that wait, each in order of ``seq``; in pages: no cursor stays open, no
        more than a page is in memory. A file is given once, whatever happens to it meanwhile; its SHA-256 is there
        where it was remembered for exactly this state of the file."""
        most = below if below is not None else 1 << 62
        what = f"{COLUMNS}, coalesce(sha256, {_REMEMBERED}) AS sha256"
        for state in ("sending", "waiting"):
            yield from self._pages(submission, "state=? AND size>=? AND size<?", (state, at_least, most), what)

    def files(self, submission: str) -> Iterator[SubmissionFile]:
        """All files of a submission, whatever their state."""
        self.flush()
        yield from self._pages(submission, "1", (), "*")

    def totals(self, submission: str) -> tuple[int, int, int, int]:
        """(files, files done, bytes, bytes done), without those that were left out."""
        return totals_of(self.sums(submission))

    def sums(self, submission: str) -> dict[str, tuple[int, int]]:
        """{state: (files, bytes)}, from the index alone; states without a file are left out."""
        self.flush()
        sql = "SELECT state, count(*), sum(size) FROM submission_file WHERE submission_id=? GROUP BY state"
        return {str(row[0]): (int(row[1]), int(row[2])) for row in self._ask(sql, (submission,))}

    def held(self, submission: str) -> dict[int, int]:
        """Of files that are not done (by ``seq``): the bytes that the other side was last known to hold, where any."""
        self.flush()
        rows = self._ask(
            # CROSS: from the few uploads to their files, never the other way round.
            "SELECT seq, min(offset_known, size) FROM upload CROSS JOIN submission_file USING (submission_id, seq) "
            "WHERE submission_id=? AND offset_known>0 AND state NOT IN ('sent', 'verified', 'skipped')",
            (submission,),
        )
        return {int(row[0]): int(row[1]) for row in rows}

    def counts(self, submission: str) -> dict[str, int]:
        """How many files are in each state; states without a file are left out."""
        return {state: files for state, (files, _) in self.sums(submission).items()}

    def known(self, submission: str, seq: int) -> Upload | None:
        """What was last known of the far side of a file; None where no token was kept."""
        return self.known_all(submission, (seq,)).get(seq)

    def known_all(self, submission: str, seqs: Sequence[int]) -> dict[int, Upload]:
        """:meth:`known` for several files, those of which a token was kept."""
        marks = ",".join("?" * len(seqs))
        sql = (
            "SELECT seq, token, offset_known, expires FROM upload "  # noqa: S608 - marks are question marks
            f"WHERE submission_id=? AND seq IN ({marks}) AND token<>''"
        )
        rows = self._ask(sql, (submission, *seqs))
        return {int(row[0]): Upload(row[1], int(row[2]), expires=row[3]) for row in rows}

    def tokens(self, protocol: str) -> Iterator[str]:
        """The tokens of all uploads under way by this protocol, of whatever submission: what a sweep must leave."""
        self.flush()
        rows = self._ask("SELECT token FROM upload WHERE protocol=? AND token<>''", (protocol,))
        return (str(row[0]) for row in rows)

    def tokens_of(self, submission: str, protocol: str) -> dict[int, str]:
        """The tokens of the files of a submission that are under way by this protocol, by ``seq``."""
        self.flush()
        sql = (
            "SELECT seq, token FROM upload CROSS JOIN submission_file USING (submission_id, seq) "
            "WHERE submission_id=? AND protocol=? AND token<>'' AND state='sending'"
        )
        return {int(row[0]): str(row[1]) for row in self._ask(sql, (submission, protocol))}

    def recall(self, path: str, size: int, mtime_ns: int, inode: int) -> str | None:
        """The SHA-256 (hex) that was remembered for exactly this state of the file at ``path``."""
        sql = "SELECT sha256 FROM digest WHERE path=? AND size=? AND mtime_ns=? AND inode=?"
        rows = self._ask(sql, (path, size, mtime_ns, inode))
        return str(rows[0][0]) if rows else None

    def recall_more(self, path: str, size: int, mtime_ns: int, inode: int) -> dict[str, str]:
        """All digests, {algorithm: hex}, that were remembered for exactly this state of the file at ``path``."""
        sql = "SELECT sha256, more FROM digest WHERE path=? AND size=? AND mtime_ns=? AND inode=?"
        rows = self._ask(sql, (path, size, mtime_ns, inode))
        return {**json.loads(rows[0][1]), "sha256": str(rows[0][0])} if rows else {}

    # --- what the engine tells -------------------------------------------------------------------------------------

    def intend(self, submission: str, seq: int, protocol: str) -> None:
        """Write down that a file will be sent, before anything is asked of the other side."""
        self.intend_all(submission, (seq,), protocol)

    def intend_all(self, submission: str, seqs: Sequence[int], protocol: str) -> None:
        """:meth:`intend` for several files in one commit; a token of another protocol is forgotten."""
        upload = (
            "INSERT INTO upload (submission_id, seq, protocol, intent) VALUES (?,?,?,?) "
            "ON CONFLICT (submission_id, seq) DO UPDATE SET intent=excluded.intent, "
            "token=iif(protocol=excluded.protocol, token, ''), "
            "offset_known=iif(protocol=excluded.protocol, offset_known, 0), "
            "part_bytes=iif(protocol=excluded.protocol, part_bytes, NULL), protocol=excluded.protocol"
        )
        state = "UPDATE submission_file SET state='sending', tries=tries+1 WHERE submission_id=? AND seq=?"
        now = _now()
        self._durable(
            (upload, [(submission, seq, protocol, now) for seq in seqs]), (state, [(submission, seq) for seq in seqs])
        )

    def began(self, submission: str, seq: int, upload: Upload, *, gather: bool = False) -> None:
        """Keep the token of the remote object."""
        self._upload(submission, seq, upload, gather=gather)

    def began_all(self, submission: str, uploads: Mapping[int, Upload]) -> None:
        """:meth:`began` for several files ({seq: upload}) in one commit."""
        self._durable(*(_token(submission, seq, upload) for seq, upload in uploads.items()))

    def advanced(self, submission: str, seq: int, upload: Upload) -> None:
        """Keep what the server confirmed."""
        self._upload(submission, seq, upload, gather=False)

    def cut(self, submission: str, seq: int, wanted: int) -> None:
        """Keep the length of parts that this upload was planned with; parts of an earlier one are forgotten."""
        sql = "UPDATE upload SET part_bytes=? WHERE submission_id=? AND seq=?"
        self._durable(_no_parts(submission, seq), (sql, (wanted, submission, seq)))

    def part_length(self, submission: str, seq: int) -> int | None:
        """What :meth:`cut` kept; None where the upload is not sent in parts."""
        rows = self._ask("SELECT part_bytes FROM upload WHERE submission_id=? AND seq=?", (submission, seq))
        return int(rows[0][0]) if rows and rows[0][0] is not None else None

    def part_sent(self, submission: str, seq: int, number: int, receipt: str, held: int = 0) -> None:
        """Keep the receipt of one part; ``held``: bytes of the file that are there by now."""
        part = "INSERT OR REPLACE INTO upload_part (submission_id, seq, number, receipt) VALUES (?,?,?,?)"
        sum_ = "UPDATE upload SET offset_known=max(offset_known, ?) WHERE submission_id=? AND seq=?"
        self._durable((part, (submission, seq, number, receipt)), (sum_, (held, submission, seq)))

    def parts(self, submission: str, seq: int) -> dict[int, str]:
        """The receipts of the parts of a file under way, {number: receipt}."""
        sql = "SELECT number, receipt FROM upload_part WHERE submission_id=? AND seq=? ORDER BY number"
        return {int(row[0]): str(row[1]) for row in self._ask(sql, (submission, seq))}

    def forget_parts(self, submission: str, seq: int) -> None:
        """Drop them: the upload is begun anew."""
        sql = "UPDATE upload SET part_bytes=NULL, offset_known=0 WHERE submission_id=? AND seq=?"
        self._durable(_no_parts(submission, seq), (sql, (submission, seq)))

    def sent(self, submission: str, seq: int, sha256: str, held: HeldFile) -> None:
        """A file is there, as ``held`` proves; by the content of all of it: it counts as verified. The digests that
        were compared on the way are remembered with the SHA-256."""
        key, digests = (submission, seq), {k: v for k, v in held.digests.items() if k != "sha256"}
        state = "verified" if held.proved_by in _BY_CONTENT else "sent"
        done = (
            "UPDATE submission_file SET state=?, sha256=?, remote_digests=?, proof=?, problem=NULL "
            "WHERE submission_id=? AND seq=?"
        )
        remember = (
            "INSERT OR REPLACE INTO digest (path, size, mtime_ns, inode, sha256, more) "
            "SELECT source, size, mtime_ns, inode, ?, ? FROM submission_file WHERE submission_id=? AND seq=?"
        )
        proof = held.proved_by.value
        outcomes: tuple[tuple[str, tuple[Any, ...]], ...] = (
            (done, (state, sha256, _json(held.digests), proof, *key)),
            (remember, (sha256, _json(digests), *key)),
            ("DELETE FROM upload WHERE submission_id=? AND seq=?", key),
        )
        if held.size <= _SMALL:
            self._disk.gather_outcomes(held.size, outcomes)
        else:
            self._durable(*outcomes, _no_parts(submission, seq))

    def failed(self, submission: str, seq: int, problem: Problem) -> None:
        """A file could not be sent; what the other side holds of it is kept in mind for a later try. Digests of a file
        that is not what it was are forgotten: where its time and size do not tell (clocks of memory cards tick every
        two seconds), it would never again be what they say."""
        sql = "UPDATE submission_file SET state='failed', problem=? WHERE submission_id=? AND seq=?"
        told: Statement = (sql, (json.dumps(problem.as_stored(), ensure_ascii=False), submission, seq))
        self._durable(told, *([_unlearnt(submission, seq)] if problem.code == "file.changed" else ()))

    def remember(
        self, path: str, size: int, mtime_ns: int, inode: int, sha256: str, more: Mapping[str, str] | None = None
    ) -> None:
        """Keep the digests of a file ({algorithm: hex} beside SHA-256), for this and later submissions."""
        sql = "INSERT OR REPLACE INTO digest (path, size, mtime_ns, inode, sha256, more) VALUES (?,?,?,?,?,?)"
        self._disk.gather((sql, (path, size, mtime_ns, inode, sha256, _json(more or {}))))

    def retry_failed(self, submission: str) -> None:
        """Let all failed files wait for their turn again."""
        sql = "UPDATE submission_file SET state='waiting', problem=NULL WHERE submission_id=? AND state='failed'"
        self._durable((sql, (submission,)))

    def skip(self, submission: str, seq: int) -> None:
        """Leave a file out that is not sent yet."""
        sql = (
            "UPDATE submission_file SET state='skipped' WHERE submission_id=? AND seq=? "
            "AND state IN ('waiting', 'sending', 'failed')"
        )
        self._durable((sql, (submission, seq)))

    def flush(self) -> None:
        """Bring to disk what was gathered."""
        self._durable()

    def close(self) -> None:
        """Flush and close; may be called twice. Later calls from threads that are still ending change nothing."""
        self._disk.close()

    def commit(self, statements: Sequence[Statement]) -> None:
        """One transaction; on disk when it returns. All that is written goes through here."""
        self._disk.write(statements)

    # --- within ----------------------------------------------------------------------------------------------------

    def _durable(self, *statements: Statement) -> None:
        self._disk.durable(statements)

    def _upload(self, submission: str, seq: int, upload: Upload, *, gather: bool) -> None:
        if gather:
            self._disk.gather(_token(submission, seq, upload))
        else:
            self._durable(_token(submission, seq, upload))

    def _pages(self, submission: str, where: str, values: tuple[Any, ...], what: str) -> Iterator[SubmissionFile]:
        """In order of ``seq``. The inner query needs the index alone: a few big files among a million are found without
        looking into the rows of the others."""
        inner = (
            f"SELECT seq FROM submission_file WHERE submission_id=? AND seq>? AND {where} ORDER BY seq LIMIT {_PAGE}"  # noqa: S608 - own texts
        )
        sql = f"SELECT {what} FROM submission_file f WHERE submission_id=? AND seq IN ({inner}) ORDER BY seq"  # noqa: S608
        last = -(1 << 62)
        while rows := self._ask(sql, (submission, submission, last, *values)):
            yield from map(from_row, rows)
            last = rows[-1]["seq"]
            if len(rows) < _PAGE:
                return


def _no_parts(submission: str, seq: int) -> Statement:
    return "DELETE FROM upload_part WHERE submission_id=? AND seq=?", (submission, seq)


def _unlearnt(submission: str, seq: int) -> Statement:
    sql = "DELETE FROM digest WHERE path=(SELECT source FROM submission_file WHERE submission_id=? AND seq=?)"
    return sql, (submission, seq)


def _json(digests: Mapping[str, str]) -> str:
    return json.dumps(dict(digests), sort_keys=True) if digests else "{}"


def _token(submission: str, seq: int, upload: Upload) -> Statement:
    sql = "UPDATE upload SET token=?, offset_known=?, expires=? WHERE submission_id=? AND seq=?"
    return sql, (upload.token, upload.offset, upload.expires, submission, seq)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
