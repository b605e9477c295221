-- Programs of schema 1 and later may run on it.
-- What people are told by mail. A row is written when there is something to tell; several rows for one person go out in one
-- mail, whose Message-ID is made of them, so that a mail sent twice after a crash can be told for the same.
CREATE TABLE notices (
  id         INTEGER PRIMARY KEY,
  reference  TEXT NOT NULL REFERENCES requests (reference),
  recipient  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  reason     TEXT,
  mark       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Who it went to, or why it went to nobody.
  outcome    TEXT,
  settled_at INTEGER
) STRICT;
CREATE INDEX notices_open ON notices (created_at) WHERE settled_at IS NULL;
CREATE INDEX notices_by_request ON notices (reference, mark);

-- What was last found worth telling about a request.
ALTER TABLE requests ADD COLUMN told TEXT;
