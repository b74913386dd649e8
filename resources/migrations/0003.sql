-- Transfers: parts that were sent in any order, how each file was proved, order among submissions, and what a second
-- window can follow. Owner: transfer/ (upload_part, submission_file.proof, digest.more), session/ (the rest).
CREATE TABLE upload_part (                   -- a receipt per part: the truth where the server cannot tell which it has
  submission_id TEXT NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL, receipt TEXT NOT NULL,
  PRIMARY KEY (submission_id, seq, number)
) STRICT, WITHOUT ROWID;

ALTER TABLE upload ADD COLUMN part_bytes INTEGER;                         -- the length of parts that was planned; NULL: sent in order

DROP INDEX submission_file_by_state;         -- with the size in it, totals and what is pending are told without the rows
CREATE INDEX submission_file_by_state ON submission_file (submission_id, state, seq, size);

-- A handful of documents among millions of files is found at once.
CREATE INDEX submission_file_documents ON submission_file (submission_id, seq) WHERE role='document';

ALTER TABLE submission_file ADD COLUMN proof TEXT;                        -- digest | parts | read-back | samples | size
ALTER TABLE digest ADD COLUMN more TEXT NOT NULL DEFAULT '{}';            -- JSON {algorithm: hex} beside sha256
ALTER TABLE submission ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;    -- higher goes first
ALTER TABLE submission ADD COLUMN news TEXT;                              -- JSON: progress as the sending program last told it

CREATE TABLE host_key (                      -- keys of servers that a person has accepted; changed ones are refused
  place TEXT PRIMARY KEY, pin TEXT NOT NULL, accepted TEXT NOT NULL
) STRICT, WITHOUT ROWID;
