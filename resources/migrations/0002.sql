-- Text in pictures. What a picture shows is told by its digest, so that equal pictures are read once.
CREATE TABLE picture_text (digest TEXT PRIMARY KEY, lines TEXT NOT NULL, day INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX picture_text_by_day ON picture_text (day);

CREATE TABLE picture_result (                -- per file of a draft; "gaps": what the check of its header left open
  draft_id TEXT NOT NULL, path TEXT NOT NULL, stamp TEXT NOT NULL, judged TEXT NOT NULL, reading TEXT NOT NULL,
  gaps TEXT NOT NULL, PRIMARY KEY (draft_id, path)
) STRICT, WITHOUT ROWID;
