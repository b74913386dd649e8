-- The journal: everything that must survive. Times are ISO 8601 UTC unless named *_ns. Values are JSON text.
-- Owners: session/ (draft*, submission, step, event), scan/ (inventory*), transfer/ (submission_file, upload).

CREATE TABLE draft (
  id TEXT PRIMARY KEY, created TEXT NOT NULL, changed TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '', archive TEXT, document TEXT NOT NULL,      -- as of change `upto`
  upto INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL DEFAULT 0,      -- position: how far undo went back
  discarded TEXT
) STRICT;

CREATE TABLE draft_change (                 -- undo and redo move draft.position; a new change replaces what was undone
  draft_id TEXT NOT NULL REFERENCES draft(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  at TEXT NOT NULL, what TEXT NOT NULL,     -- what: message id of the change, for the undo menu
  before TEXT NOT NULL, after TEXT NOT NULL, -- JSON: the top-level parts of the document that changed
  PRIMARY KEY (draft_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE inventory (
  draft_id TEXT PRIMARY KEY, root_list TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
  files INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, largest INTEGER NOT NULL DEFAULT 0,
  by_type TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE inventory_file (
  draft_id TEXT NOT NULL, root INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL, set_path TEXT, PRIMARY KEY (draft_id, root, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE inventory_set (
  draft_id TEXT NOT NULL, root INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, files INTEGER NOT NULL,
  bytes INTEGER NOT NULL, detail TEXT NOT NULL DEFAULT '', facts TEXT, stamp TEXT,   -- facts: FileFacts JSON once read
  PRIMARY KEY (draft_id, root, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE inventory_note (               -- ignored files and problems of the scan
  id INTEGER PRIMARY KEY, draft_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('ignored', 'problem')),
  path TEXT, body TEXT NOT NULL
) STRICT;
CREATE INDEX inventory_note_by_draft ON inventory_note (draft_id, kind);

CREATE TABLE privacy_result (               -- per file, so that a re-check reads only what changed
  draft_id TEXT NOT NULL, path TEXT NOT NULL, stamp TEXT NOT NULL, findings TEXT NOT NULL, not_checked TEXT NOT NULL,
  PRIMARY KEY (draft_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission (
  id TEXT PRIMARY KEY, draft_id TEXT NOT NULL, archive TEXT NOT NULL, endpoint TEXT NOT NULL, revision INTEGER NOT NULL,
  previous TEXT, sealed_at TEXT NOT NULL, document TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
  stage TEXT NOT NULL, folder TEXT NOT NULL, receipt TEXT, bytes_sent INTEGER NOT NULL DEFAULT 0, started TEXT,
  paused INTEGER NOT NULL DEFAULT 0, problem TEXT
) STRICT;

CREATE TABLE submission_file (
  submission_id TEXT NOT NULL REFERENCES submission(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  source TEXT NOT NULL, origin TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL, role TEXT NOT NULL, grp TEXT, facts TEXT NOT NULL DEFAULT '{}',
  sha256 TEXT, remote_digests TEXT,          -- remote_digests: JSON {algorithm: hex} as the archive says
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'verified', 'failed', 'skipped')),
  tries INTEGER NOT NULL DEFAULT 0, problem TEXT,
  PRIMARY KEY (submission_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_file_by_state ON submission_file (submission_id, state, seq);

CREATE TABLE upload (                       -- the far side of a file under way
  submission_id TEXT NOT NULL, seq INTEGER NOT NULL, protocol TEXT NOT NULL, token TEXT NOT NULL DEFAULT '',  -- tus URL, S3 upload id ...
  offset_known INTEGER NOT NULL DEFAULT 0, expires TEXT, intent TEXT, PRIMARY KEY (submission_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (                         -- intent, remote call, outcome
  submission_id TEXT NOT NULL, name TEXT NOT NULL, intent_at TEXT NOT NULL, request TEXT NOT NULL DEFAULT '{}',
  outcome_at TEXT, outcome TEXT, PRIMARY KEY (submission_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE digest (                       -- remembered over submissions: the same file is not read twice
  path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (path)
) STRICT, WITHOUT ROWID;
